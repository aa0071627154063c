#include <stdbool.h>
#include <sys/stat.h>

#include "inode.h"

void inode_drop(struct inode *node)
{
	/* A directory has one entry only; with it goes also its link to itself. */
	if (node->kind == S_IFDIR)
		node->nlink = 0;
	else
		node->nlink--;
	inode_touch(node, false);
}
