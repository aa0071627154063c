#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "interface.h"

/* Writes to the inode, whose lock the caller owns and keeps. */
static int64_t write_locked(struct inode *node, const char *buffer, size_t size, uint64_t offset)
{
	if (node->kind == S_IFDIR)
		return -EISDIR;
	if (node->kind != S_IFREG)
		return -EINVAL;

	int64_t written = file_write(&node->file, buffer, size, offset);

	/* Without a byte written the file is as before, and so are its times. */
	if (written > 0)
		inode_touch(node, true);
	return written;
}

int64_t specfs_write(struct inode *start, const char *const *path, const char *buffer, size_t size,
		     uint64_t offset)
{
	int error = 0;
	struct inode *node = locate(start, path, &error);

	if (node == NULL)
		return error;

	int64_t written = write_locked(node, buffer, size, offset);

	unlock(node);
	return written;
}
