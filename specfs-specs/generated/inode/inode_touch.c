#include <stdbool.h>
#include <time.h>

#include "inode.h"

void inode_touch(struct inode *node, bool contents)
{
	now(&node->ctime);
	/* A copy, not a second call of now, so that the two times are equal. */
	if (contents)
		node->mtime = node->ctime;
}
