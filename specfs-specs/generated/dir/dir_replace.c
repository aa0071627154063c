#include "dir.h"

struct inode *dir_replace(struct dir *dir, const char *name, struct inode *node)
{
	struct entry *entry = dir_find(dir, name);
	struct inode *replaced = entry->node;

	entry->node = node;
	return replaced;
}
