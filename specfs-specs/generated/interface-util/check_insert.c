#include <errno.h>
#include <stddef.h>
#include <sys/stat.h>

#include "interface-util.h"

int check_insert(const struct inode *dir, const char *name)
{
	int bad;

	if (dir->kind != S_IFDIR)
		return -ENOTDIR;
	bad = name_check(name);
	if (bad != 0)
		return bad;
	/* A removed directory may still be referenced, but nothing can enter it any more. */
	if (dir->nlink == 0)
		return -ENOENT;
	if (dir_find(&dir->dir, name) != NULL)
		return -EEXIST;
	return 0;
}
