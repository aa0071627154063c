#include "check.h"
#include "interface.h"
#include "interface/tree.h"

static int fail(struct inode *start, const char *const *path, const char *name)
{
	uint64_t inodes = volume.inodes_used;
	int result = specfs_rmdir(start, path, name);
	CHECK(result != 0);
	CHECK_EQ(volume.inodes_used, inodes);
	return result;
}

TEST(an_empty_directory)
{
	tree_begin();
	struct inode *dir = tree_dir(volume.root, "dir");
	tree_dir(dir, "sub");
	tree_dir(dir, "other");
	tree_age(dir);
	CHECK_EQ(dir->nlink, 4);
	CHECK_EQ(specfs_rmdir(volume.root, PATH("dir"), "sub"), 0);
	CHECK(tree_child(dir, "sub") == NULL);
	CHECK(tree_child(dir, "other") != NULL);
	CHECK_EQ(dir->nlink, 3);
	CHECK_EQ(dir->dir.count, 1);
	CHECK(tree_is_old(dir->atime));
	CHECK(tree_is_now(dir->mtime) && tree_is_now(dir->ctime));
	CHECK_EQ(volume.inodes_used, 3);
	tree_check();
	CHECK_EQ(fail(dir, HERE, "sub"), -ENOENT);
	tree_end();
}

TEST(through_a_handle)
{
	tree_begin();
	struct inode *dir = tree_dir(volume.root, "dir");
	tree_dir(dir, "sub");
	CHECK_EQ(specfs_rmdir(dir, HERE, "sub"), 0);
	CHECK_EQ(specfs_rmdir(volume.root, HERE, "dir"), 0);
	CHECK_EQ(volume.inodes_used, 1);
	CHECK_EQ(volume.root->nlink, 2);
	tree_check();
	tree_end();
}

TEST(a_directory_with_entries)
{
	tree_begin();
	struct inode *dir = tree_dir(volume.root, "dir"), *sub = tree_dir(dir, "sub");
	tree_file(sub, "file");
	tree_age(dir);
	tree_age(sub);
	CHECK_EQ(fail(volume.root, HERE, "dir"), -ENOTEMPTY);
	CHECK_EQ(fail(volume.root, PATH("dir"), "sub"), -ENOTEMPTY);
	CHECK_TIMES_OLD(dir);
	CHECK_TIMES_OLD(sub);
	tree_check();
	CHECK_EQ(specfs_unlink(sub, HERE, "file"), 0);
	CHECK_EQ(specfs_rmdir(dir, HERE, "sub"), 0);
	CHECK_EQ(specfs_rmdir(volume.root, HERE, "dir"), 0);
	tree_check();
	tree_end();
}

TEST(what_is_no_directory)
{
	static const uint32_t kinds[] = { S_IFREG, S_IFLNK, S_IFIFO, S_IFSOCK, S_IFCHR, S_IFBLK };
	tree_begin();
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		tree_add(volume.root, "name", kinds[i] | 0600);
		CHECK_EQ(fail(volume.root, HERE, "name"), -ENOTDIR);
		CHECK_EQ(specfs_unlink(volume.root, HERE, "name"), 0);
	}
	tree_dir(volume.root, "dir");
	tree_symlink(volume.root, "symlink", "dir");
	CHECK_EQ(fail(volume.root, HERE, "symlink"), -ENOTDIR);
	tree_check();
	tree_end();
}

static int64_t fail_below(struct inode *start, const char *const *path)
{
	return fail(start, path, "sub");
}

static int64_t fail_name(struct inode *start, const char *const *path, const char *name)
{
	return fail(start, path, name);
}

TEST(a_missing_name)
{
	tree_begin();
	CHECK_EQ(fail(volume.root, HERE, "none"), -ENOENT);
	tree_check();
	tree_end();
}

TEST(paths_that_lead_nowhere)
{
	tree_try_paths(fail_below);
}

TEST(names_that_are_none)
{
	tree_try_names(fail_name);
}

TEST(a_directory_that_is_held_stays_but_takes_no_entries)
{
	const struct specfs_birth birth = { .mode = S_IFREG | 0644 };
	struct specfs_attr attr;
	struct inode *node;
	tree_begin();
	struct inode *dir = tree_dir(volume.root, "dir");
	tree_hold(dir);
	CHECK_EQ(specfs_rmdir(volume.root, HERE, "dir"), 0);
	CHECK_EQ(specfs_getattr(dir, HERE, &attr), 0);
	CHECK_EQ(attr.nlink, 0);
	CHECK(tree_is_now(attr.ctime));
	CHECK_UNLOCKED(dir);
	tree_check_with(1, 0, 0);
	CHECK_EQ(specfs_mknod(dir, HERE, "file", &birth, &attr, &node), -ENOENT);
	CHECK_EQ(specfs_mkdir(dir, HERE, "sub", &birth, &attr, &node), -ENOENT);
	CHECK_EQ(fail(dir, HERE, "sub"), -ENOENT);
	tree_dir(volume.root, "dir");
	specfs_forget(dir, 1);
	tree_check();
	tree_end();
}

TEST(a_directory_that_was_filled_and_emptied)
{
	char name[16];
	tree_begin();
	struct inode *dir = tree_dir(volume.root, "dir");
	for (int i = 0; i < 100; i++) {
		snprintf(name, sizeof name, "%d", i);
		tree_file(dir, name);
	}
	for (int i = 0; i < 100; i++) {
		CHECK_EQ(fail(volume.root, HERE, "dir"), -ENOTEMPTY);
		snprintf(name, sizeof name, "%d", i);
		CHECK_EQ(specfs_unlink(dir, HERE, name), 0);
	}
	CHECK_EQ(specfs_rmdir(volume.root, HERE, "dir"), 0);
	tree_check();
	tree_end();
}

TEST(a_name_of_255_bytes)
{
	tree_begin();
	tree_dir(volume.root, tree_name(NAME_BYTES_MAX));
	CHECK_EQ(specfs_rmdir(volume.root, HERE, tree_name(NAME_BYTES_MAX)), 0);
	CHECK_EQ(volume.inodes_used, 1);
	tree_end();
}

/* From the deepest level up, each by its whole path. */
TEST(a_tree_of_a_thousand_levels)
{
	static const char *path[TREE_DEPTH + 1];
	struct specfs_usage before, after;
	tree_begin();
	specfs_statfs(&before);
	tree_chain(volume.root);
	memcpy(path, tree_chain_path(NULL), sizeof path);
	for (int level = TREE_DEPTH - 1; level >= 0; level--) {
		path[level] = NULL;
		CHECK_EQ(specfs_rmdir(volume.root, path, "d"), 0);
	}
	specfs_statfs(&after);
	CHECK_EQ(after.inodes_free, before.inodes_free);
	tree_check();
	tree_end();
}

TEST(memory_is_not_needed)
{
	tree_begin();
	tree_dir(volume.root, "dir");
	FAIL_ALLOCATION(0);
	CHECK_EQ(specfs_rmdir(volume.root, HERE, "dir"), 0);
	FAIL_NO_ALLOCATION();
	tree_check();
	tree_end();
}

#if !SEQUENTIAL
/* ---- Several threads, which tree_race makes with pthread_create ---- */

/* A directory is made and removed while others put files in: no file is ever lost with it. */
static void make_fill_remove(unsigned int index)
{
	const struct specfs_birth birth = { .mode = 0755 };
	char own[2] = { (char)('0' + index), '\0' };
	struct specfs_attr attr;
	struct inode *node;
	for (int i = 0; i < 1500; i++) {
		int result = specfs_mkdir(volume.root, PATH("top"), "dir", &birth, &attr, &node);
		CHECK(result == 0 || result == -EEXIST);
		if (result == 0)
			specfs_forget(node, 1);
		if (index < 2) {
			result = specfs_mknod(volume.root, PATH("top", "dir"), own, &birth, &attr, &node);
			CHECK(result == 0 || result == -ENOENT);
			if (result == 0) {
				specfs_forget(node, 1);
				CHECK_EQ(specfs_unlink(volume.root, PATH("top", "dir"), own), 0);
			}
		}
		result = specfs_rmdir(volume.root, PATH("top"), "dir");
		CHECK(result == 0 || result == -ENOENT || result == -ENOTEMPTY);
	}
}

TEST(directories_that_come_and_go)
{
	tree_begin();
	tree_dir(volume.root, "top");
	tree_race(make_fill_remove);
	tree_check();
	tree_empty(volume.root);
	CHECK_EQ(volume.inodes_used, 1);
	CHECK_EQ(volume.root->nlink, 2);
	tree_end();
}
#endif
