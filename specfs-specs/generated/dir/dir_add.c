#include <errno.h>
#include <stddef.h>
#include <stdint.h>

#include "dir.h"

int dir_add(struct dir *dir, const char *name, struct inode *node)
{
	int error = dir_reserve(dir);

	if (error != 0)
		return error;

	struct entry *entry = entry_create(name, node);

	/* The room that was reserved stays, for the next entry. */
	if (entry == NULL)
		return -ENOMEM;
	entry->cookie = dir->next_cookie;

	struct entry **head = &dir->bucket[entry->hash % dir->bucket_count];

	entry->next = *head;
	*head = entry;

	struct slot *slot = &dir->slot[dir->slot_used];

	slot->cookie = entry->cookie;
	slot->entry = entry;
	dir->next_cookie++;
	dir->slot_used++;
	dir->count++;
	return 0;
}
