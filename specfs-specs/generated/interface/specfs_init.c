#include <stddef.h>
#include <sys/stat.h>

#include "interface.h"

int specfs_init(uint64_t block_limit, uint64_t inode_limit, uint32_t uid, uint32_t gid)
{
	struct specfs_birth birth = {
		.mode = S_IFDIR | 0755,
		.uid = uid,
		.gid = gid,
		.rdev = 0,
	};
	struct inode *root = NULL;
	int error;

	/* First, because the root takes its number from the volume. */
	volume_setup(block_limit, inode_limit);
	error = inode_create(&birth, &root);
	if (error != 0)
		return error;
	/* No entry names the root, yet its links stay 2: so it outlives all references to it. */
	volume.root = root;
	return 0;
}
