#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "dir.h"

int dir_grow_slots(struct dir *dir)
{
	uint64_t slot_capacity = DIR_SLOTS_MIN;

	if (dir->slot_capacity > 0)
		slot_capacity = 2 * dir->slot_capacity;

	struct slot *slot = realloc(dir->slot, slot_capacity * sizeof(*slot));

	/* The old array is still there, unchanged. */
	if (slot == NULL)
		return -ENOMEM;
	dir->slot = slot;
	dir->slot_capacity = slot_capacity;
	return 0;
}
