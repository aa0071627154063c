#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "inode.h"

/* Deals with the inode that one entry names; directories go to the head of the list. */
static void drop_entry(struct inode *node, struct inode **list)
{
	if (node->kind == S_IFDIR) {
		node->next = *list;
		*list = node;
		return;
	}
	/* Other entries may still name it: only the last one disposes of it. */
	node->nlink--;
	if (node->nlink == 0)
		inode_dispose(node);
}

/* The entries themselves stay: they are freed with their directory. */
static void drop_entries(const struct dir *dir, struct inode **list)
{
	for (uint64_t i = 0; i < dir->bucket_count; i++) {
		for (struct entry *entry = dir->bucket[i]; entry != NULL; entry = entry->next)
			drop_entry(entry->node, list);
	}
}

void tree_dispose(struct inode *root)
{
	struct inode *list = root;

	root->next = NULL;
	while (list != NULL) {
		struct inode *node = list;

		/* Taken off before its subdirectories come to the head of the list. */
		list = node->next;
		drop_entries(&node->dir, &list);
		inode_dispose(node);
	}
}
