#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "interface.h"

/*
 * Counts the link and the caller's reference before the name is entered.
 * The caller owns the lock of node.
 */
static int count_link(struct inode *node)
{
	if (node->nlink == 0)
		return -ENOENT;
	if (node->nlink == UINT32_MAX)
		return -EMLINK;
	node->nlink++;
	node->refs++;
	return 0;
}

/*
 * Takes back what count_link has counted. It subtracts and does not restore
 * saved values, as other links may have come and gone in between.
 * The caller owns the lock of node.
 */
static void uncount_link(struct inode *node)
{
	node->nlink--;
	node->refs--;
}

int specfs_link(struct inode *node, struct inode *start, const char *const *path, const char *name,
		struct specfs_attr *attr)
{
	/* The kind never changes, so it is read without the lock. */
	if (node->kind == S_IFDIR)
		return -EPERM;

	lock(node);
	int error = count_link(node);
	unlock(node);

	if (error != 0)
		return error;
	/* insert_at takes locks of its own, so none may be owned here. */
	error = insert_at(start, path, name, node, attr);

	/* The caller's own reference has kept node alive in between. */
	lock(node);
	if (error != 0) {
		uncount_link(node);
		unlock(node);
		return error;
	}
	/* insert_at has told the old time: fill attr again after the touch. */
	inode_touch(node, false);
	inode_attr(node, attr);
	unlock(node);
	return 0;
}
