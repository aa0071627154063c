#include "check.h"
#include "interface.h"
#include "interface/tree.h"

static struct specfs_usage usage(void)
{
	struct specfs_usage usage;
	memset(&usage, 0xa5, sizeof usage);
	specfs_statfs(&usage);
	return usage;
}

TEST(an_empty_volume)
{
	tree_begin_with(100, 50);
	struct specfs_usage found = usage();
	CHECK_EQ(found.block_size, 4096);
	CHECK_EQ(found.blocks, 100);
	CHECK_EQ(found.blocks_free, 100);
	CHECK_EQ(found.inodes, 50);
	CHECK_EQ(found.inodes_free, 49);
	CHECK_EQ(found.name_max, 255);
	tree_end();
}

TEST(blocks_and_inodes_in_use)
{
	char bytes[2 * BLOCK_BYTES + 1] = { 0 };
	tree_begin_with(100, 50);
	struct inode *dir = tree_dir(volume.root, "dir");
	tree_fill(tree_file(dir, "file"), bytes, sizeof bytes);
	struct specfs_usage found = usage();
	CHECK_EQ(found.blocks, 100);
	CHECK_EQ(found.blocks_free, 97);
	CHECK_EQ(found.inodes, 50);
	CHECK_EQ(found.inodes_free, 47);
	tree_end();
}

TEST(holes_use_nothing)
{
	tree_begin_with(100, 50);
	struct inode *file = tree_file(volume.root, "file");
	lock(file);
	CHECK_EQ(file_resize(&file->file, FILE_BYTES_MAX), 0);
	unlock(file);
	CHECK_EQ(usage().blocks_free, 100);
	tree_end();
}

TEST(a_full_volume)
{
	char bytes[3 * BLOCK_BYTES] = { 0 };
	tree_begin_with(3, 2);
	tree_fill(tree_file(volume.root, "file"), bytes, sizeof bytes);
	CHECK_EQ(usage().blocks_free, 0);
	CHECK_EQ(usage().inodes_free, 0);
	tree_end();
}

TEST(what_is_removed_is_free_again)
{
	char bytes[5 * BLOCK_BYTES] = { 0 };
	tree_begin_with(100, 50);
	for (int round = 0; round < 3; round++) {
		struct inode *dir = tree_dir(volume.root, "dir");
		tree_fill(tree_file(dir, "file"), bytes, sizeof bytes);
		tree_symlink(dir, "symlink", "target");
		CHECK_EQ(usage().blocks_free, 94);
		CHECK_EQ(usage().inodes_free, 46);
		tree_empty(volume.root);
		CHECK_EQ(usage().blocks_free, 100);
		CHECK_EQ(usage().inodes_free, 49);
	}
	tree_end();
}

TEST(a_removed_file_counts_while_it_is_held)
{
	tree_begin_with(100, 50);
	struct inode *file = tree_file(volume.root, "file");
	tree_fill(file, "x", 1);
	tree_hold(file);
	CHECK_EQ(remove_at(volume.root, HERE, "file", false), 0);
	CHECK_EQ(usage().blocks_free, 99);
	CHECK_EQ(usage().inodes_free, 48);
	tree_release(file);
	CHECK_EQ(usage().blocks_free, 100);
	CHECK_EQ(usage().inodes_free, 49);
	tree_end();
}

TEST(the_largest_volume)
{
	tree_begin_with(UINT64_MAX, UINT64_MAX);
	CHECK_EQ(usage().blocks, UINT64_MAX);
	CHECK_EQ(usage().blocks_free, UINT64_MAX);
	CHECK_EQ(usage().inodes_free, UINT64_MAX - 1);
	tree_end();
}

#if !SEQUENTIAL
/* ---- Several threads, which tree_race makes with pthread_create ---- */

static void take_and_ask(unsigned int index)
{
	for (int i = 0; i < 5000; i++) {
		if (index < 2) {
			if (block_take() == 0)
				block_give(1);
		} else {
			struct specfs_usage found = usage();
			CHECK_EQ(found.blocks, 1);
			CHECK(found.blocks_free <= 1);
			CHECK_EQ(found.inodes_free, 1);
		}
	}
}

TEST(counts_that_change_meanwhile)
{
	tree_begin_with(1, 2);
	tree_race(take_and_ask);
	CHECK_EQ(usage().blocks_free, 1);
	tree_end();
}
#endif
