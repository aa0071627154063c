#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "interface.h"

int specfs_readdir(struct inode *start, const char *const *path, uint64_t cookie, specfs_fill fill,
		   void *context)
{
	int error = 0;
	struct inode *node = locate(start, path, &error);

	if (node == NULL)
		return error;
	if (node->kind != S_IFDIR) {
		unlock(node);
		return -ENOTDIR;
	}
	/* That fill has no more room is no error: the caller goes on from the last cookie. */
	dir_list(&node->dir, cookie, fill, context);
	unlock(node);
	return 0;
}
