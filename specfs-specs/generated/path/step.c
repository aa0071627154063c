#include <errno.h>
#include <sys/stat.h>

#include "path.h"

/* A step that fails gives up the inode that it started from. */
static struct inode *fail(struct inode *cur, int code, int *error)
{
	unlock(cur);
	*error = code;
	return NULL;
}

struct inode *step(struct inode *cur, const char *name, int *error)
{
	struct entry *entry;
	struct inode *child;
	int bad;

	if (cur->kind != S_IFDIR)
		return fail(cur, -ENOTDIR, error);
	bad = name_check(name);
	if (bad != 0)
		return fail(cur, bad, error);
	entry = dir_find(&cur->dir, name);
	if (entry == NULL)
		return fail(cur, -ENOENT, error);
	/* The entry may vanish as soon as cur is unlocked, so it is read before that. */
	child = entry->node;
	/* The child first: while cur is locked nobody can remove the child's entry and dispose of
	 * it. */
	lock(child);
	unlock(cur);
	return child;
}
