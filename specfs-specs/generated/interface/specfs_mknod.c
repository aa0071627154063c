#include <errno.h>
#include <stddef.h>
#include <sys/stat.h>

#include "interface.h"

/* Directories and symbolic links have operations of their own. */
static int check_kind(uint32_t kind)
{
	switch (kind) {
	case 0:
	case S_IFREG:
	case S_IFCHR:
	case S_IFBLK:
	case S_IFIFO:
	case S_IFSOCK:
		return 0;
	case S_IFDIR:
		return -EPERM;
	default:
		return -EINVAL;
	}
}

int specfs_mknod(struct inode *start, const char *const *path, const char *name,
		 const struct specfs_birth *birth, struct specfs_attr *attr, struct inode **node)
{
	struct specfs_birth copy = *birth;
	struct inode *made = NULL;
	int error;

	error = check_kind(copy.mode & S_IFMT);
	if (error != 0)
		return error;
	/* As with mknod(2), no kind at all means a regular file. */
	if ((copy.mode & S_IFMT) == 0)
		copy.mode |= S_IFREG;

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
