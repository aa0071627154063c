#include <stdbool.h>

#include "inode.h"

void inode_change(struct inode *node, const struct specfs_change *change)
{
	if (change->valid & SPECFS_SET_MODE)
		node->mode = change->mode & 07777;
	if (change->valid & SPECFS_SET_UID)
		node->uid = change->uid;
	if (change->valid & SPECFS_SET_GID)
		node->gid = change->gid;
	if (change->valid & SPECFS_SET_ATIME)
		node->atime = change->atime;
	if (change->valid & SPECFS_SET_MTIME)
		node->mtime = change->mtime;

	/* Not as changed contents: that would overwrite the mtime set above. */
	inode_touch(node, false);
}
