#include "check.h"
#include "interface.h"
#include "interface/tree.h"

TEST(gives_the_root_without_a_reference)
{
	tree_begin();
	struct inode *root = volume.root;
	CHECK(specfs_root() == root);
	CHECK_EQ(root->refs, 1);
	CHECK_UNLOCKED(root);
	tree_end();
}

TEST(the_root_stays_the_same)
{
	tree_begin();
	struct inode *root = specfs_root();
	tree_file(tree_dir(root, "dir"), "file");
	tree_empty(root);
	CHECK(specfs_root() == root);
	CHECK_EQ(root->ino, ROOT_INO);
	tree_check();
	tree_end();
}

TEST(asks_for_no_lock)
{
	tree_begin();
	lock(volume.root);
	CHECK(specfs_root() == volume.root);
	unlock(volume.root);
	tree_end();
}
