#include "check.h"
#include "interface.h"
#include "interface/tree.h"

TEST(some_references_of_many)
{
	tree_begin();
	struct inode *file = tree_file(volume.root, "file");
	for (int i = 0; i < 5; i++)
		tree_hold(file);
	tree_age(file);
	specfs_forget(file, 2);
	CHECK_EQ(file->refs, 3);
	CHECK_EQ(file->nlink, 1);
	CHECK_UNLOCKED(file);
	specfs_forget(file, 0);
	CHECK_EQ(file->refs, 3);
	specfs_forget(file, 1);
	CHECK_EQ(file->refs, 2);
	specfs_forget(file, 2);
	CHECK_EQ(file->refs, 0);
	CHECK_TIMES_OLD(file);
	tree_check();
	tree_end();
}

TEST(more_references_than_32_bits_count)
{
	tree_begin();
	struct inode *file = tree_file(volume.root, "file");
	file->refs = UINT64_C(0x300000002);
	specfs_forget(file, UINT64_C(0x200000001));
	CHECK_EQ(file->refs, UINT64_C(0x100000001));
	specfs_forget(file, UINT64_C(0x100000001));
	tree_check();
	tree_end();
}

TEST(the_last_reference_of_a_removed_file)
{
	tree_begin();
	struct inode *file = tree_file(volume.root, "file");
	tree_fill(file, "bytes", 5);
	tree_hold(file);
	tree_hold(file);
	CHECK_EQ(remove_at(volume.root, HERE, "file", false), 0);
	specfs_forget(file, 1);
	CHECK_EQ(file->refs, 1);
	CHECK_EQ(file->nlink, 0);
	CHECK_EQ(file->file.size, 5);
	CHECK_UNLOCKED(file);
	tree_check_with(1, 1, 0);
	specfs_forget(file, 1);
	CHECK_EQ(volume.inodes_used, 1);
	CHECK_EQ(volume.blocks_used, 0);
	tree_check();
	tree_end();
}

TEST(all_references_of_a_removed_file_at_once)
{
	tree_begin();
	struct inode *file = tree_file(volume.root, "file");
	for (int i = 0; i < 7; i++)
		tree_hold(file);
	CHECK_EQ(remove_at(volume.root, HERE, "file", false), 0);
	specfs_forget(file, 7);
	CHECK_EQ(volume.inodes_used, 1);
	tree_end();
}

TEST(a_file_with_a_link_left_stays)
{
	tree_begin();
	struct inode *file = tree_file(volume.root, "one");
	tree_link(volume.root, "two", file);
	tree_hold(file);
	CHECK_EQ(remove_at(volume.root, HERE, "one", false), 0);
	specfs_forget(file, 1);
	CHECK(tree_child(volume.root, "two") == file);
	CHECK_EQ(file->nlink, 1);
	tree_check();
	tree_end();
}

TEST(a_removed_directory)
{
	tree_begin();
	struct inode *dir = tree_dir(volume.root, "dir");
	tree_hold(dir);
	CHECK_EQ(remove_at(volume.root, HERE, "dir", true), 0);
	CHECK_EQ(volume.inodes_used, 2);
	specfs_forget(dir, 1);
	CHECK_EQ(volume.inodes_used, 1);
	tree_check();
	tree_end();
}

TEST(the_root_outlives_its_references)
{
	tree_begin();
	specfs_forget(volume.root, 1);
	CHECK_EQ(volume.root->refs, 0);
	CHECK_EQ(volume.inodes_used, 1);
	tree_check();
	tree_end();
}

#if !SEQUENTIAL
/* ---- Several threads, which tree_race makes with pthread_create ---- */

#define ROUNDS 300

static struct inode *shared[ROUNDS];

static void forget_all(unsigned int index)
{
	(void)index;
	for (int round = 0; round < ROUNDS; round++)
		for (int i = 0; i < 5; i++)
			specfs_forget(shared[round], 1);
}

/* The inode goes once, with the last of 4 x 5 references. */
TEST(the_last_of_several_threads_disposes)
{
	tree_begin();
	for (int round = 0; round < ROUNDS; round++) {
		shared[round] = tree_file(volume.root, "file");
		tree_fill(shared[round], "x", 1);
		shared[round]->refs = 5 * TREE_THREADS;
		CHECK_EQ(remove_at(volume.root, HERE, "file", false), 0);
	}
	tree_race(forget_all);
	tree_check();
	tree_end();
}

static void forget_or_remove(unsigned int index)
{
	char name[16];
	for (int round = 0; round < ROUNDS; round++) {
		snprintf(name, sizeof name, "%d", round);
		if (index == 0)
			CHECK_EQ(remove_at(volume.root, HERE, name, false), 0);
		else
			specfs_forget(shared[round], 1);
	}
}

TEST(the_last_link_and_the_last_reference_go_at_once)
{
	char name[16];
	tree_begin();
	for (int round = 0; round < ROUNDS; round++) {
		snprintf(name, sizeof name, "%d", round);
		shared[round] = tree_file(volume.root, name);
		shared[round]->refs = TREE_THREADS - 1;
	}
	tree_race(forget_or_remove);
	CHECK_EQ(volume.inodes_used, 1);
	tree_check();
	tree_end();
}
#endif
