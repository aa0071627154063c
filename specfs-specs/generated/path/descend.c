#include <errno.h>
#include <stddef.h>
#include <sys/stat.h>

#include "path.h"

/* cur is never unlocked here: it stays the caller's, on errors as well. */
struct inode *descend(struct inode *cur, const char *const *path, size_t length, int *error)
{
	struct entry *entry;
	int bad;

	/* The result is cur itself, whose one lock is owned already. */
	if (length == 0)
		return cur;
	if (cur->kind != S_IFDIR) {
		*error = -ENOTDIR;
		return NULL;
	}
	bad = name_check(path[0]);
	if (bad != 0) {
		*error = bad;
		return NULL;
	}
	entry = dir_find(&cur->dir, path[0]);
	if (entry == NULL) {
		*error = -ENOENT;
		return NULL;
	}
	/* walk hands this lock on downwards, or releases it when it fails. */
	lock(entry->node);
	return walk(entry->node, path + 1, length - 1, error);
}
