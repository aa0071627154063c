#include <stdbool.h>
#include <sys/stat.h>

#include "inode.h"

int inode_attach(struct inode *dir, const char *name, struct inode *node)
{
	int error = dir_add(&dir->dir, name, node);

	if (error != 0)
		return error;
	/* The ".." of a subdirectory is one more link to dir. */
	if (node->kind == S_IFDIR)
		dir->nlink++;
	inode_touch(dir, true);
	return 0;
}
