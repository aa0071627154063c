#include <stdbool.h>

#include "interface.h"

int specfs_rmdir(struct inode *start, const char *const *path, const char *name)
{
	return remove_at(start, path, name, true);
}
