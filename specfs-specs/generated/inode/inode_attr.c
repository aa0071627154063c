#include <stdint.h>
#include <sys/stat.h>

#include "inode.h"

/* The unit in which stat counts blocks. */
#define STAT_BLOCK_BYTES 512

/* What a directory shows as its size is the number of its entries. */
static uint64_t size_of(const struct inode *node)
{
	if (node->kind == S_IFDIR)
		return node->dir.count;
	return node->file.size;
}

void inode_attr(const struct inode *node, struct specfs_attr *attr)
{
	attr->ino = node->ino;
	attr->size = size_of(node);
	attr->blocks = node->file.blocks * (BLOCK_BYTES / STAT_BLOCK_BYTES);
	attr->atime = node->atime;
	attr->mtime = node->mtime;
	attr->ctime = node->ctime;
	attr->mode = node->kind | node->mode;
	attr->nlink = node->nlink;
	attr->uid = node->uid;
	attr->gid = node->gid;
	attr->rdev = node->rdev;
	attr->blksize = BLOCK_BYTES;
}
