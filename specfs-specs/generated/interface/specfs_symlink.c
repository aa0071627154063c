#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include "interface.h"

/* The longest target, without a terminator. */
#define TARGET_MAX 4095

static int check_target(const char *target)
{
	size_t length = strlen(target);

	if (length == 0)
		return -ENOENT;
	if (length > TARGET_MAX)
		return -ENAMETOOLONG;
	return 0;
}

/* Writes the whole target or fails; a part may be left in the file then. */
static int write_target(struct file *file, const char *target)
{
	size_t length = strlen(target);
	int64_t written = file_write(file, target, length, 0);

	if (written < 0)
		return (int)written;
	/* Space ended midway, and half a target is of no use. */
	if ((size_t)written < length)
		return -ENOSPC;
	return 0;
}

int specfs_symlink(struct inode *start, const char *const *path, const char *name,
		   const char *target, const struct specfs_birth *birth, struct specfs_attr *attr,
		   struct inode **node)
{
	struct specfs_birth copy = *birth;
	struct inode *made = NULL;
	int error;

	error = check_target(target);
	if (error != 0)
		return error;

	copy.mode = S_IFLNK | 0777;
	copy.rdev = 0;
	error = inode_create(&copy, &made);
	if (error != 0)
		return error;

	error = write_target(&made->file, target);
	if (error == 0)
		error = insert_at(start, path, name, made, attr);
	if (error != 0) {
		/* Not entered, so nobody else can reach it; its blocks go with it. */
		inode_dispose(made);
		return error;
	}
	*node = made;
	return 0;
}
