#include <errno.h>
#include <stdbool.h>
#include <stddef.h>

#include "interface-util.h"

int remove_at(struct inode *start, const char *const *path, const char *name, bool directory)
{
	struct inode *dir;
	struct inode *child = NULL;
	int error = 0;

	dir = locate(start, path, &error);
	if (dir == NULL)
		return error;
	error = check_remove(dir, name, directory, &child);
	if (error != 0) {
		unlock(dir);
		return error;
	}
	/* Until its lock is owned, a thread with a reference may still enter the child. */
	lock(child);
	if (directory && child->dir.count > 0) {
		unlock(child);
		unlock(dir);
		return -ENOTEMPTY;
	}
	inode_detach(dir, name, child);
	inode_drop(child);
	/* Freeing a large file takes time: nobody has to wait for the directory meanwhile. */
	unlock(dir);
	/* Last, because the child may be gone after it; it also releases the child's lock. */
	inode_settle(child);
	return 0;
}
