#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "dir.h"

/* Takes the entry out of its bucket's list, in which it is. */
static void bucket_remove(struct dir *dir, const struct entry *entry)
{
	struct entry **link = &dir->bucket[entry->hash % dir->bucket_count];

	while (*link != entry)
		link = &(*link)->next;
	*link = entry->next;
}

struct inode *dir_remove(struct dir *dir, const char *name)
{
	struct entry *entry = dir_find(dir, name);

	if (entry == NULL)
		return NULL;
	bucket_remove(dir, entry);

	/* The first slot above the cookie before is the entry's own; it keeps its cookie. */
	uint64_t index = dir_seek(dir, entry->cookie - 1);

	dir->slot[index].entry = NULL;
	dir->count--;

	struct inode *node = entry->node;

	free(entry);
	return node;
}
