#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "interface-util.h"

/* The inode that the name leads to in dir, or NULL when there is no such entry. */
static struct inode *named(const struct inode *dir, const char *name)
{
	struct entry *entry = dir_find(&dir->dir, name);

	return entry == NULL ? NULL : entry->node;
}

int rename_locked(struct inode *source, const char *from, struct inode *target, const char *to,
		  int relation, uint32_t flags)
{
	struct inode *moved = named(source, from);
	struct inode *victim = named(target, to);
	int error;

	if (moved == NULL)
		return -ENOENT;
	if (relation == RENAME_INTO_ITSELF)
		return -EINVAL;
	if (victim != NULL && flags == SPECFS_RENAME_NOREPLACE)
		return -EEXIST;
	/* Two names of one inode: both stay, as POSIX wants it. */
	if (victim == moved)
		return 0;
	/*
	 * The victim is an ancestor of the source, hence a directory with entries.
	 * It may be the source itself, so its lock must not be waited for.
	 */
	if (relation == RENAME_ONTO_ANCESTOR)
		return moved->kind == S_IFDIR ? -ENOTEMPTY : -EISDIR;
	if (victim == NULL && target->nlink == 0)
		return -ENOENT;

	if (victim != NULL)
		error = displace(target, to, moved, victim);
	else
		error = inode_attach(target, to, moved);
	if (error != 0)
		return error;
	/* The new entry is there already, so the moved inode is never without a name. */
	inode_detach(source, from, moved);
	/*
	 * Only now, when the victim is unlocked again: at most one inode besides the
	 * directories is locked at a time. The entry in target keeps moved from disposal.
	 */
	lock(moved);
	inode_touch(moved, false);
	unlock(moved);
	return 0;
}
