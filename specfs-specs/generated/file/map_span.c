#include <stdint.h>

#include "file.h"

uint64_t map_span(unsigned int height)
{
	uint64_t span = 1;

	while (height > 0) {
		span *= MAP_FANOUT;
		height--;
	}
	return span;
}
