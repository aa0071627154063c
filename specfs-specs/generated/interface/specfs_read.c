#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "interface.h"

/* Reads from the inode, whose lock the caller owns and keeps. */
static int64_t read_locked(const struct inode *node, char *buffer, size_t size, uint64_t offset)
{
	if (node->kind == S_IFDIR)
		return -EISDIR;
	if (node->kind != S_IFREG)
		return -EINVAL;
	return (int64_t)file_read(&node->file, buffer, size, offset);
}

int64_t specfs_read(struct inode *start, const char *const *path, char *buffer, size_t size,
		    uint64_t offset)
{
	int error = 0;
	struct inode *node = locate(start, path, &error);

	if (node == NULL)
		return error;

	int64_t count = read_locked(node, buffer, size, offset);

	unlock(node);
	return count;
}
