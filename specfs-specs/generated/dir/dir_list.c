#include <stddef.h>
#include <stdint.h>

#include "dir.h"

void dir_list(const struct dir *dir, uint64_t cookie, specfs_fill fill, void *context)
{
	for (uint64_t i = dir_seek(dir, cookie); i < dir->slot_used; i++) {
		const struct entry *entry = dir->slot[i].entry;

		if (entry == NULL)
			continue;

		/* Its ino and kind never change, so they are read without its lock. */
		const struct inode *node = entry->node;

		if (fill(context, entry->name, node->ino, node->kind, entry->cookie) != 0)
			return;
	}
}
