#include "check.h"
#include "interface.h"
#include "interface/tree.h"

static void finish(void)
{
	specfs_destroy();
	alarm(0);
	CHECK(volume.root == NULL);
	CHECK_EQ(volume.inodes_used, 0);
	CHECK_EQ(volume.blocks_used, 0);
}

TEST(an_empty_tree)
{
	tree_begin();
	finish();
}

TEST(files_directories_links_and_their_blocks)
{
	char bytes[3 * BLOCK_BYTES];
	memset(bytes, 'x', sizeof bytes);
	tree_begin();
	struct inode *a = tree_dir(volume.root, "a"), *b = tree_dir(a, "b");
	struct inode *file = tree_file(b, "file");
	tree_fill(file, bytes, sizeof bytes);
	tree_link(a, "link", file);
	tree_link(volume.root, "link", file);
	tree_symlink(b, "symlink", "../file");
	tree_add(b, "pipe", S_IFIFO | 0600);
	CHECK_EQ(volume.inodes_used, 6);
	CHECK_EQ(volume.blocks_used, 4);
	finish();
}

TEST(a_sparse_file_of_the_largest_size)
{
	tree_begin();
	struct inode *file = tree_file(volume.root, "file");
	lock(file);
	CHECK_EQ(file_write(&file->file, "x", 1, (uint64_t)FILE_BYTES_MAX - 1), 1);
	CHECK_EQ(file_write(&file->file, "x", 1, 0), 1);
	unlock(file);
	finish();
}

TEST(inodes_that_are_still_referenced)
{
	tree_begin();
	struct inode *dir = tree_dir(volume.root, "dir"), *file = tree_file(dir, "file");
	tree_hold(volume.root);
	tree_hold(dir);
	tree_hold(file);
	tree_hold(file);
	finish();
}

TEST(a_deep_tree)
{
	tree_begin();
	tree_file(tree_chain(volume.root), "file");
	finish();
}

TEST(a_wide_directory)
{
	char name[16];
	tree_begin();
	for (int i = 0; i < 3000; i++) {
		snprintf(name, sizeof name, "%d", i);
		tree_file(volume.root, name);
	}
	finish();
}

TEST(a_tree_that_has_shrunk)
{
	tree_begin();
	struct inode *dir = tree_dir(volume.root, "dir");
	tree_file(dir, "one");
	tree_file(dir, "two");
	CHECK_EQ(remove_at(dir, HERE, "one", false), 0);
	tree_dir(dir, "three");
	CHECK_EQ(remove_at(dir, HERE, "three", true), 0);
	finish();
}

TEST(init_may_follow)
{
	tree_begin();
	tree_file(volume.root, "file");
	finish();
	tree_begin();
	CHECK_EQ(volume.root->ino, ROOT_INO);
	CHECK_EQ(volume.root->dir.count, 0);
	finish();
}
