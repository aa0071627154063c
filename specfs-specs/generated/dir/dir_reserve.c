#include <stdint.h>

#include "dir.h"

int dir_reserve(struct dir *dir)
{
	if (dir->count >= dir->bucket_count) {
		int error = dir_grow_buckets(dir);

		if (error != 0)
			return error;
	}
	if (dir->slot_used < dir->slot_capacity)
		return 0;
	/* Closing holes must free half of the slots, else it would be done too often. */
	if (dir->slot_capacity > 0 && 2 * dir->count <= dir->slot_used) {
		dir_compact(dir);
		return 0;
	}
	return dir_grow_slots(dir);
}
