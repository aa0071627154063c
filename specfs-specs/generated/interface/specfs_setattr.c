#include <stddef.h>

#include "interface.h"

int specfs_setattr(struct inode *start, const char *const *path, const struct specfs_change *change,
		   struct specfs_attr *attr)
{
	int error = 0;
	struct inode *node = locate(start, path, &error);

	/* locate leaves the node locked, or nothing. */
	if (node == NULL)
		return error;
	/* In this order and under one lock: attr tells what the inode is like after the change. */
	inode_change(node, change);
	inode_attr(node, attr);
	unlock(node);
	return 0;
}
