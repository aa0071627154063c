#include <stdint.h>

#include "dir.h"

uint64_t dir_seek(const struct dir *dir, uint64_t cookie)
{
	uint64_t low = 0;
	uint64_t high = dir->slot_used;

	/* Cookies before low are not above the given one, those from high on are. */
	while (low < high) {
		uint64_t middle = low + (high - low) / 2;

		if (dir->slot[middle].cookie <= cookie)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}
