#include "interface.h"

void specfs_forget(struct inode *node, uint64_t count)
{
	lock(node);
	node->refs -= count;
	/* Releases the lock, and may dispose of node: it is not used after this. */
	inode_settle(node);
}
