#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "interface.h"

/* The target is kept as the bytes of the link's file, without a terminator. */
int64_t specfs_readlink(struct inode *start, const char *const *path, char *buffer, size_t size)
{
	int error = 0;
	struct inode *node = locate(start, path, &error);

	if (node == NULL)
		return error;
	if (node->kind != S_IFLNK) {
		unlock(node);
		return -EINVAL;
	}

	int64_t count = (int64_t)file_read(&node->file, buffer, size, 0);

	unlock(node);
	return count;
}
