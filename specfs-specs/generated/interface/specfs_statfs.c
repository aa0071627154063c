#include <stdint.h>

#include "interface.h"

/* The counters change while threads run: each is read exactly once. */
void specfs_statfs(struct specfs_usage *usage)
{
	usage->block_size = BLOCK_BYTES;
	usage->blocks = volume.block_limit;
	usage->blocks_free = volume.block_limit - volume.blocks_used;
	usage->inodes = volume.inode_limit;
	usage->inodes_free = volume.inode_limit - volume.inodes_used;
	usage->name_max = NAME_BYTES_MAX;
}
