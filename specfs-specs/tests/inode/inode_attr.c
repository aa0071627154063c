/* inode_attr: what stat(2) tells. */
#include "check.h"
#include "inode.h"

static struct inode *make(uint32_t mode)
{
	struct inode *node = NULL;
	CHECK_EQ(inode_create(&(struct specfs_birth){ .mode = mode, .uid = 11, .gid = 22, .rdev = 0x0801 }, &node), 0);
	node->atime = (struct timespec){ 101, 1 };
	node->mtime = (struct timespec){ 102, 2 };
	node->ctime = (struct timespec){ 103, 3 };
	return node;
}

/* The attributes of the node, read into memory that held something else before. */
static struct specfs_attr attr_of(struct inode *node)
{
	struct specfs_attr attr;
	memset(&attr, 0xa5, sizeof attr);
	lock(node);
	inode_attr(node, &attr);
	CHECK_LOCKED(node);
	unlock(node);
	return attr;
}

TEST(identity_owner_and_links_of_a_file)
{
	volume_setup(100, 10);
	struct inode *node = make(S_IFREG | 04751);
	node->nlink = 3;
	struct specfs_attr attr = attr_of(node);
	CHECK_EQ(attr.ino, node->ino);
	CHECK_EQ(attr.mode, S_IFREG | 04751);
	CHECK_EQ(attr.nlink, 3);
	CHECK_EQ(attr.uid, 11);
	CHECK_EQ(attr.gid, 22);
	CHECK_EQ(attr.rdev, 0x0801);
	CHECK_EQ(attr.blksize, 4096);
	inode_dispose(node);
}

TEST(each_time_is_told_in_its_own_place)
{
	volume_setup(100, 10);
	struct inode *node = make(S_IFREG | 0644);
	struct specfs_attr attr = attr_of(node);
	CHECK_EQ(attr.atime.tv_sec, 101);
	CHECK_EQ(attr.atime.tv_nsec, 1);
	CHECK_EQ(attr.mtime.tv_sec, 102);
	CHECK_EQ(attr.mtime.tv_nsec, 2);
	CHECK_EQ(attr.ctime.tv_sec, 103);
	CHECK_EQ(attr.ctime.tv_nsec, 3);
	inode_dispose(node);
}

TEST(an_empty_file_has_no_blocks)
{
	volume_setup(100, 10);
	struct inode *node = make(S_IFREG | 0644);
	struct specfs_attr attr = attr_of(node);
	CHECK_EQ(attr.size, 0);
	CHECK_EQ(attr.blocks, 0);
	inode_dispose(node);
}

TEST(blocks_count_512_bytes_each_and_holes_do_not_count)
{
	volume_setup(100, 10);
	struct inode *node = make(S_IFREG | 0644);
	CHECK_EQ(file_write(&node->file, "x", 1, 0), 1);
	struct specfs_attr attr = attr_of(node);
	CHECK_EQ(attr.size, 1);
	CHECK_EQ(attr.blocks, 8);
	CHECK_EQ(file_write(&node->file, "x", 1, 10 * BLOCK_BYTES), 1);
	attr = attr_of(node);
	CHECK_EQ(attr.size, 10 * BLOCK_BYTES + 1);
	CHECK_EQ(attr.blocks, 16);
	inode_dispose(node);
}

TEST(a_size_beyond_32_bits_is_told)
{
	volume_setup(100, 10);
	struct inode *node = make(S_IFREG | 0644);
	CHECK_EQ(file_resize(&node->file, FILE_BYTES_MAX), 0);
	struct specfs_attr attr = attr_of(node);
	CHECK_EQ(attr.size, FILE_BYTES_MAX);
	CHECK_EQ(attr.blocks, 0);
	inode_dispose(node);
}

TEST(the_size_of_a_directory_is_its_number_of_entries)
{
	volume_setup(100, 10);
	struct inode *directory = make(S_IFDIR | 0755), *file = make(S_IFREG | 0644);
	CHECK_EQ(attr_of(directory).size, 0);
	CHECK_EQ(dir_add(&directory->dir, "a", file), 0);
	CHECK_EQ(dir_add(&directory->dir, "b", file), 0);
	CHECK_EQ(dir_add(&directory->dir, "c", file), 0);
	CHECK(dir_remove(&directory->dir, "b") == file);
	struct specfs_attr attr = attr_of(directory);
	CHECK_EQ(attr.size, 2);
	CHECK_EQ(attr.blocks, 0);
	CHECK_EQ(attr.mode, S_IFDIR | 0755);
	CHECK_EQ(attr.nlink, 2);
	inode_dispose(directory);
	inode_dispose(file);
}
