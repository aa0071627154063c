#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "util.h"

struct volume volume;

void volume_setup(uint64_t block_limit, uint64_t inode_limit)
{
	volume.root = NULL;
	volume.block_limit = block_limit;
	volume.inode_limit = inode_limit;
	atomic_store(&volume.blocks_used, 0);
	atomic_store(&volume.inodes_used, 0);
	atomic_store(&volume.next_ino, ROOT_INO);
}
