/* inode_dispose: everything an inode holds is given back. The leak checker runs at exit. */
#include "check.h"
#include "inode.h"

static struct inode *make(uint32_t mode)
{
	struct inode *node = NULL;
	CHECK_EQ(inode_create(&(struct specfs_birth){ .mode = mode }, &node), 0);
	return node;
}

TEST(an_empty_file_gives_its_number_back)
{
	volume_setup(100, 10);
	struct inode *node = make(S_IFREG | 0644);
	inode_dispose(node);
	CHECK_EQ(volume.inodes_used, 0);
	CHECK_EQ(volume.blocks_used, 0);
}

TEST(an_empty_directory_gives_its_number_back)
{
	volume_setup(100, 10);
	struct inode *node = make(S_IFDIR | 0755);
	inode_dispose(node);
	CHECK_EQ(volume.inodes_used, 0);
}

TEST(numbers_are_not_given_twice)
{
	volume_setup(100, 10);
	struct inode *node = make(S_IFREG | 0644);
	uint64_t first = node->ino;
	inode_dispose(node);
	node = make(S_IFREG | 0644);
	CHECK(node->ino != first);
	inode_dispose(node);
}

TEST(a_file_of_one_block_is_freed)
{
	volume_setup(100, 10);
	struct inode *node = make(S_IFREG | 0644);
	CHECK_EQ(file_write(&node->file, "x", 1, 0), 1);
	CHECK_EQ(volume.blocks_used, 1);
	inode_dispose(node);
	CHECK_EQ(volume.blocks_used, 0);
	CHECK_EQ(volume.inodes_used, 0);
}

TEST(a_sparse_file_is_freed_to_its_last_block)
{
	volume_setup(100, 10);
	struct inode *node = make(S_IFREG | 0644);
	CHECK_EQ(file_write(&node->file, "x", 1, 0), 1);
	CHECK_EQ(file_write(&node->file, "x", 1, 70 * (uint64_t)BLOCK_BYTES), 1);
	CHECK_EQ(file_write(&node->file, "x", 1, FILE_BYTES_MAX - 1), 1);
	CHECK_EQ(volume.blocks_used, 3);
	inode_dispose(node);
	CHECK_EQ(volume.blocks_used, 0);
}

TEST(blocks_of_other_files_stay_counted)
{
	volume_setup(100, 10);
	struct inode *node = make(S_IFREG | 0644), *other = make(S_IFREG | 0644);
	char byte = 0;
	CHECK_EQ(file_write(&node->file, "x", 1, 0), 1);
	CHECK_EQ(file_write(&other->file, "y", 1, 0), 1);
	inode_dispose(node);
	CHECK_EQ(volume.blocks_used, 1);
	CHECK_EQ(volume.inodes_used, 1);
	CHECK_EQ(file_read(&other->file, &byte, 1, 0), 1);
	CHECK_EQ(byte, 'y');
	inode_dispose(other);
}

TEST(the_entries_of_a_directory_are_freed_but_not_their_inodes)
{
	volume_setup(100, 100);
	struct inode *directory = make(S_IFDIR | 0755), *file = make(S_IFREG | 0644);
	for (int i = 0; i < 40; i++) {
		char name[32];
		snprintf(name, sizeof name, "entry%d", i);
		CHECK_EQ(dir_add(&directory->dir, name, file), 0);
	}
	CHECK(dir_remove(&directory->dir, "entry7") == file);
	inode_dispose(directory);
	CHECK_EQ(volume.inodes_used, 1);
	CHECK_EQ(file->kind, S_IFREG);
	CHECK_EQ(file->nlink, 1);
	inode_dispose(file);
}

TEST(links_and_references_are_not_asked_for)
{
	volume_setup(100, 10);
	struct inode *node = make(S_IFREG | 0644);
	node->nlink = 3;
	node->refs = 7;
	inode_dispose(node);
	CHECK_EQ(volume.inodes_used, 0);
}
