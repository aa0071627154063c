#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#include "interface-util.h"

int check_remove(const struct inode *dir, const char *name, bool directory, struct inode **child)
{
	struct entry *entry;
	bool is_directory;
	int bad;

	if (dir->kind != S_IFDIR)
		return -ENOTDIR;
	bad = name_check(name);
	if (bad != 0)
		return bad;
	entry = dir_find(&dir->dir, name);
	if (entry == NULL)
		return -ENOENT;
	/* The child is not locked: of it only the kind may be read, which never changes. */
	is_directory = entry->node->kind == S_IFDIR;
	if (directory && !is_directory)
		return -ENOTDIR;
	if (!directory && is_directory)
		return -EISDIR;
	*child = entry->node;
	return 0;
}
