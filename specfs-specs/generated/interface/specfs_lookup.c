#include <stddef.h>

#include "interface.h"

int specfs_lookup(struct inode *start, const char *const *path, const char *name,
		  struct specfs_attr *attr, struct inode **node)
{
	int error = 0;
	struct inode *dir;
	struct inode *child;

	dir = locate(start, path, &error);
	if (dir == NULL)
		return error;
	/*
	 * step itself tells when dir is no directory. It hands the lock of dir on to the child,
	 * or releases it when it fails: either way dir is not locked any more.
	 */
	child = step(dir, name, &error);
	if (child == NULL)
		return error;

	/* Under the lock: without the reference the child could be disposed of once it is unlocked.
	 */
	inode_hold(child);
	inode_attr(child, attr);
	unlock(child);
	*node = child;
	return 0;
}
