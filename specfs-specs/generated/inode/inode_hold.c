#include "inode.h"

void inode_hold(struct inode *node)
{
	node->refs++;
}
