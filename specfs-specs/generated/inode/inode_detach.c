#include <stdbool.h>
#include <sys/stat.h>

#include "inode.h"

void inode_detach(struct inode *dir, const char *name, struct inode *node)
{
	/* The caller knows the inode that the entry names: it is node. */
	dir_remove(&dir->dir, name);
	/* With a subdirectory goes the link to dir that is its "..". */
	if (node->kind == S_IFDIR)
		dir->nlink--;
	inode_touch(dir, true);
}
