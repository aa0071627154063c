#include <stdbool.h>

#include "interface.h"

int specfs_unlink(struct inode *start, const char *const *path, const char *name)
{
	return remove_at(start, path, name, false);
}
