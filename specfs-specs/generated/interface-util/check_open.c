#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "interface-util.h"

int check_open(const struct inode *node, int flags)
{
	if (node->kind != S_IFDIR)
		return 0;
	if ((flags & O_ACCMODE) != O_RDONLY || (flags & O_TRUNC) != 0)
		return -EISDIR;
	return 0;
}
