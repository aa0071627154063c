#include <errno.h>
#include <sys/stat.h>

#include "interface-util.h"

int check_replace(const struct inode *moved, const struct inode *victim)
{
	if (moved->kind != S_IFDIR)
		return victim->kind == S_IFDIR ? -EISDIR : 0;
	if (victim->kind != S_IFDIR)
		return -ENOTDIR;
	if (victim->dir.count > 0)
		return -ENOTEMPTY;
	return 0;
}
