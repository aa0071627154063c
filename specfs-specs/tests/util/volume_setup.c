#include "check.h"
#include "util.h"

TEST(the_limits_are_set)
{
	volume_setup(2097152, 4194304);
	CHECK(volume.root == NULL);
	CHECK_EQ(volume.block_limit, 2097152);
	CHECK_EQ(volume.inode_limit, 4194304);
	CHECK_EQ(volume.blocks_used, 0);
	CHECK_EQ(volume.inodes_used, 0);
	CHECK_EQ(volume.next_ino, 1);
}

TEST(an_earlier_volume_is_forgotten)
{
	struct inode root = { .ino = 1 };
	volume.root = &root;
	volume.block_limit = 11;
	volume.inode_limit = 12;
	volume.blocks_used = 13;
	volume.inodes_used = 14;
	volume.next_ino = 15;
	volume_setup(3, 5);
	CHECK(volume.root == NULL);
	CHECK_EQ(volume.block_limit, 3);
	CHECK_EQ(volume.inode_limit, 5);
	CHECK_EQ(volume.blocks_used, 0);
	CHECK_EQ(volume.inodes_used, 0);
	CHECK_EQ(volume.next_ino, 1);
}

TEST(limits_of_64_bits_are_kept)
{
	volume_setup(0, UINT64_MAX);
	CHECK_EQ(volume.block_limit, 0);
	CHECK(volume.inode_limit == UINT64_MAX);
	volume_setup(UINT64_MAX, 1ull << 33);
	CHECK(volume.block_limit == UINT64_MAX);
	CHECK(volume.inode_limit == 1ull << 33);
}
