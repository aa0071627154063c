#include <stdbool.h>

#include "inode.h"

void inode_settle(struct inode *node)
{
	/* Kept while node is locked: unless it is unused, another thread may dispose of it after
	 * the unlock. */
	bool unused = node->nlink == 0 && node->refs == 0;

	unlock(node);
	/* Nobody else can reach it now, so the two counts cannot have risen again. */
	if (unused)
		inode_dispose(node);
}
