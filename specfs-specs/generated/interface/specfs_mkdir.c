#include <stddef.h>
#include <sys/stat.h>

#include "interface.h"

int specfs_mkdir(struct inode *start, const char *const *path, const char *name,
		 const struct specfs_birth *birth, struct specfs_attr *attr, struct inode **node)
{
	struct specfs_birth copy = *birth;
	struct inode *made = NULL;
	int error;

	/* A directory is made whatever kind the caller's mode names. */
	copy.mode = S_IFDIR | (birth->mode & 07777);
	copy.rdev = 0;

	error = inode_create(&copy, &made);
	if (error != 0)
		return error;
	error = insert_at(start, path, name, made, attr);
	if (error != 0) {
		/* Not entered, so nobody else can reach it. */
		inode_dispose(made);
		return error;
	}
	*node = made;
	return 0;
}
