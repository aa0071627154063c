#include <stddef.h>
#include <stdint.h>

#include "dir.h"

void dir_compact(struct dir *dir)
{
	uint64_t kept = 0;

	/* No slot is overwritten before it is read: kept never passes i. */
	for (uint64_t i = 0; i < dir->slot_used; i++) {
		if (dir->slot[i].entry == NULL)
			continue;
		dir->slot[kept] = dir->slot[i];
		kept++;
	}
	dir->slot_used = kept;
}
