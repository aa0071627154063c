#include <stddef.h>

#include "interface.h"

int specfs_getattr(struct inode *start, const char *const *path, struct specfs_attr *attr)
{
	int error = 0;
	struct inode *node = locate(start, path, &error);

	/* locate leaves the node locked, or nothing. */
	if (node == NULL)
		return error;
	inode_attr(node, attr);
	unlock(node);
	return 0;
}
