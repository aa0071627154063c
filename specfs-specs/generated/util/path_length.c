#include <stddef.h>

#include "util.h"

size_t path_length(const char *const *path)
{
	size_t length = 0;

	while (path[length] != NULL)
		length++;
	return length;
}
