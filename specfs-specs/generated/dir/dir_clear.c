#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "dir.h"

void dir_clear(struct dir *dir)
{
	/* Every entry is in exactly one slot, so the lists need no walk. */
	for (uint64_t i = 0; i < dir->slot_used; i++)
		free(dir->slot[i].entry);
	free(dir->slot);
	free(dir->bucket);
	dir->bucket = NULL;
	dir->bucket_count = 0;
	dir->slot = NULL;
	dir->slot_capacity = 0;
	dir->slot_used = 0;
	dir->count = 0;
	/* next_cookie goes on, so that no cookie is ever given twice. */
}
