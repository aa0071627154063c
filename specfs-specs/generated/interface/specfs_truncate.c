#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#include "interface.h"

/* Only a regular file has a size that may be set. */
static int check_kind(const struct inode *node)
{
	if (node->kind == S_IFDIR)
		return -EISDIR;
	if (node->kind != S_IFREG)
		return -EINVAL;
	return 0;
}

int specfs_truncate(struct inode *start, const char *const *path, uint64_t size,
		    struct specfs_attr *attr)
{
	int error = 0;
	struct inode *node = locate(start, path, &error);

	/* locate leaves the node locked, or nothing. */
	if (node == NULL)
		return error;
	error = check_kind(node);
	if (error != 0) {
		unlock(node);
		return error;
	}
	error = file_resize(&node->file, size);
	if (error != 0) {
		unlock(node);
		return error;
	}

	/* Also when the size stays the same; before attr is filled, which tells these times. */
	inode_touch(node, true);
	inode_attr(node, attr);
	unlock(node);
	return 0;
}
