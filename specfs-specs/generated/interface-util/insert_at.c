#include <stddef.h>

#include "interface-util.h"

/* Check and enter; dir stays locked. */
static int enter(struct inode *dir, const char *name, struct inode *fresh)
{
	int error = check_insert(dir, name);

	if (error != 0)
		return error;
	return inode_attach(dir, name, fresh);
}

int insert_at(struct inode *start, const char *const *path, const char *name, struct inode *fresh,
	      struct specfs_attr *attr)
{
	struct inode *dir;
	int error = 0;

	dir = locate(start, path, &error);
	if (dir == NULL)
		return error;
	error = enter(dir, name, fresh);
	if (error != 0) {
		unlock(dir);
		return error;
	}
	/*
	 * Other threads can reach fresh by its entry now. It is a child of dir,
	 * so its lock is taken downwards; while dir is locked the entry stays.
	 */
	lock(fresh);
	inode_attr(fresh, attr);
	unlock(fresh);
	unlock(dir);
	return 0;
}
