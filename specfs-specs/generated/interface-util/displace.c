#include <stdbool.h>

#include "interface-util.h"

/*
 * moved is never locked here: another rename may have the same two inodes
 * as its victim and its moved one, and each would wait for the other.
 */
int displace(struct inode *target, const char *to, struct inode *moved, struct inode *victim)
{
	int error;

	/* From the check to the end, so that nobody enters a directory that is being replaced. */
	lock(victim);
	error = check_replace(moved, victim);
	if (error != 0) {
		unlock(victim);
		return error;
	}
	/* The entry's old inode is the victim, which is known already. */
	dir_replace(&target->dir, to, moved);
	inode_touch(target, true);
	inode_drop(victim);
	/* Last, because the victim may be gone after it; it also releases the lock. */
	inode_settle(victim);
	return 0;
}
