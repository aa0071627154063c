#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#include "interface.h"

/* Checks and truncates the inode, whose lock the caller owns and keeps. */
static int open_locked(struct inode *node, int flags)
{
	int error = check_open(node, flags);

	if (error != 0)
		return error;
	if ((flags & O_TRUNC) != 0 && node->kind == S_IFREG) {
		/* Only a size that is too large can fail, and 0 is not. */
		(void)file_resize(&node->file, 0);
		inode_touch(node, true);
	}
	return 0;
}

int specfs_open(struct inode *start, const char *const *path, int flags)
{
	int error = 0;
	struct inode *node = locate(start, path, &error);

	if (node == NULL)
		return error;
	error = open_locked(node, flags);
	unlock(node);
	return error;
}
