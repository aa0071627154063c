#include "check.h"
#include "interface.h"
#include "interface/tree.h"

#define TARGET_BYTES_MAX 4095

static const struct specfs_birth link_birth = { .mode = S_IFLNK | 0777 };

static const char *target_of(size_t length)
{
	static char target[TARGET_BYTES_MAX + 2];
	CHECK(length < sizeof target);
	memset(target, 't', length);
	target[length] = '\0';
	return target;
}

static struct inode *make(struct inode *start, const char *const *path, const char *name, const char *target)
{
	struct specfs_attr attr;
	struct inode *node = NULL;
	char bytes[TARGET_BYTES_MAX + 1];
	tree_blank(&attr);
	CHECK_EQ(specfs_symlink(start, path, name, target, &link_birth, &attr, &node), 0);
	CHECK(node != NULL);
	tree_check_attr(&attr, node);
	CHECK_EQ(attr.size, strlen(target));
	CHECK_EQ(attr.mode, S_IFLNK | 0777);
	CHECK_EQ(node->refs, 1);
	CHECK_EQ(node->nlink, 1);
	CHECK_EQ(file_read(&node->file, bytes, sizeof bytes, 0), strlen(target));
	CHECK(memcmp(bytes, target, strlen(target)) == 0);
	CHECK_UNLOCKED(node);
	return node;
}

static int fail(struct inode *start, const char *const *path, const char *name, const char *target)
{
	struct specfs_attr attr;
	struct inode *node = (struct inode *)&attr;
	uint64_t inodes = volume.inodes_used, blocks = volume.blocks_used;
	tree_blank(&attr);
	int result = specfs_symlink(start, path, name, target, &link_birth, &attr, &node);
	CHECK(tree_is_blank(&attr));
	CHECK(node == (struct inode *)&attr);
	CHECK_EQ(volume.inodes_used, inodes);
	CHECK_EQ(volume.blocks_used, blocks);
	return result;
}

TEST(a_link_to_a_path)
{
	tree_begin();
	struct inode *dir = tree_dir(volume.root, "dir");
	tree_age(dir);
	struct inode *node = make(volume.root, PATH("dir"), "symlink", "../some/where");
	CHECK(tree_child(dir, "symlink") == node);
	CHECK(tree_is_old(dir->atime));
	CHECK(tree_is_now(dir->mtime) && tree_is_now(dir->ctime));
	CHECK_EQ(dir->nlink, 2);
	tree_check_with(0, 0, 1);
	specfs_forget(node, 1);
	tree_check();
	tree_end();
}

TEST(the_target_need_not_exist_nor_be_a_valid_name)
{
	tree_begin();
	make(volume.root, HERE, "a", "none");
	make(volume.root, HERE, "b", "b");
	make(volume.root, HERE, "c", ".");
	make(volume.root, HERE, "d", "/");
	make(volume.root, HERE, "e", target_of(NAME_BYTES_MAX + 1));
	tree_check_with(0, 0, 5);
	tree_end();
}

TEST(the_kind_the_mode_and_the_owner)
{
	static const uint32_t modes[] = { 0, 0600, S_IFREG | 0644, S_IFDIR | 0755 };
	tree_begin();
	for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
		char name[2] = { (char)('a' + i), '\0' };
		struct specfs_birth birth = { .mode = modes[i], .uid = 12, .gid = 34, .rdev = 56 };
		struct specfs_attr attr;
		struct inode *node;
		CHECK_EQ(specfs_symlink(volume.root, HERE, name, "target", &birth, &attr, &node), 0);
		CHECK_EQ(attr.mode, S_IFLNK | 0777);
		CHECK_EQ(attr.uid, 12);
		CHECK_EQ(attr.gid, 34);
		CHECK_EQ(attr.rdev, 0);
		CHECK_EQ(attr.size, 6);
		CHECK(tree_is_now(attr.atime) && tree_is_now(attr.mtime) && tree_is_now(attr.ctime));
	}
	CHECK_EQ(volume.root->nlink, 2);
	tree_end();
}

TEST(the_length_of_the_target)
{
	tree_begin();
	CHECK_EQ(fail(volume.root, HERE, "empty", ""), -ENOENT);
	CHECK_EQ(fail(volume.root, HERE, "overlong", target_of(TARGET_BYTES_MAX + 1)), -ENAMETOOLONG);
	tree_check();
	make(volume.root, HERE, "one", target_of(1));
	make(volume.root, HERE, "longest", target_of(TARGET_BYTES_MAX));
	tree_check_with(0, 0, 2);
	tree_end();
}

TEST(a_name_that_exists)
{
	tree_begin();
	struct inode *dir = tree_dir(volume.root, "dir");
	tree_file(dir, "file");
	tree_symlink(dir, "symlink", "none");
	tree_age(dir);
	CHECK_EQ(fail(volume.root, HERE, "dir", "target"), -EEXIST);
	CHECK_EQ(fail(dir, HERE, "file", "target"), -EEXIST);
	CHECK_EQ(fail(volume.root, PATH("dir"), "symlink", "target"), -EEXIST);
	CHECK_TIMES_OLD(dir);
	tree_check();
	tree_end();
}

static int64_t fail_below(struct inode *start, const char *const *path)
{
	return fail(start, path, "new", "target");
}

static int64_t fail_name(struct inode *start, const char *const *path, const char *name)
{
	return fail(start, path, name, "target");
}

TEST(paths_that_lead_nowhere)
{
	tree_try_paths(fail_below);
}

TEST(names_that_are_none)
{
	tree_try_names(fail_name);
}

TEST(a_removed_directory)
{
	tree_begin();
	struct inode *dir = tree_dir(volume.root, "dir");
	tree_hold(dir);
	CHECK_EQ(specfs_rmdir(volume.root, HERE, "dir"), 0);
	CHECK_EQ(fail(dir, HERE, "new", "target"), -ENOENT);
	CHECK_UNLOCKED(dir);
	specfs_forget(dir, 1);
	tree_check();
	tree_end();
}

TEST(blocks_or_inodes_end)
{
	tree_begin_with(1, 3);
	struct inode *node = make(volume.root, HERE, "one", "target");
	CHECK_EQ(fail(volume.root, HERE, "two", "target"), -ENOSPC);
	CHECK(tree_child(volume.root, "two") == NULL);
	CHECK_EQ(specfs_unlink(volume.root, HERE, "one"), 0);
	specfs_forget(node, 1);
	make(volume.root, HERE, "two", "target");
	tree_end();
	tree_begin_with(10, 2);
	make(volume.root, HERE, "one", "target");
	CHECK_EQ(fail(volume.root, HERE, "two", "target"), -ENOSPC);
	tree_check_with(0, 0, 1);
	tree_end();
}

TEST(memory_ends)
{
	int failed = 0;
	for (long n = 0;; n++) {
		struct specfs_attr attr;
		struct inode *node = (struct inode *)&attr;
		tree_begin();
		struct inode *dir = tree_dir(volume.root, "dir");
		tree_age(dir);
		FAIL_ALLOCATION(n);
		int result = specfs_symlink(volume.root, PATH("dir"), "new", "target", &link_birth, &attr, &node);
		FAIL_NO_ALLOCATION();
		if (result == 0) {
			tree_check_with(0, 0, 1);
			tree_end();
			break;
		}
		failed++;
		CHECK_EQ(result, -ENOMEM);
		CHECK(node == (struct inode *)&attr);
		CHECK_TIMES_OLD(dir);
		CHECK_EQ(dir->dir.count, 0);
		CHECK_EQ(volume.inodes_used, 2);
		CHECK_EQ(volume.blocks_used, 0);
		tree_check();
		tree_end();
	}
	CHECK(failed > 2);
}

TEST(what_is_removed_is_free_again)
{
	char name[16];
	struct specfs_usage before, after;
	tree_begin();
	specfs_statfs(&before);
	for (int i = 0; i < 100; i++) {
		snprintf(name, sizeof name, "%d", i);
		specfs_forget(make(volume.root, HERE, name, "target"), 1);
	}
	specfs_statfs(&after);
	CHECK_EQ(after.blocks_free, before.blocks_free - 100);
	CHECK_EQ(after.inodes_free, before.inodes_free - 100);
	for (int i = 0; i < 100; i++) {
		snprintf(name, sizeof name, "%d", i);
		CHECK_EQ(specfs_unlink(volume.root, HERE, name), 0);
	}
	specfs_statfs(&after);
	CHECK_EQ(after.blocks_free, before.blocks_free);
	CHECK_EQ(after.inodes_free, before.inodes_free);
	tree_end();
}

TEST(a_deep_path)
{
	tree_begin();
	struct inode *last = tree_chain(volume.root);
	CHECK(make(volume.root, tree_chain_path(NULL), "symlink", "target") == tree_child(last, "symlink"));
	tree_end();
}

#if !SEQUENTIAL
/* ---- Several threads, which tree_race makes with pthread_create ---- */

#define NAMES 200

static _Atomic int made;

static void make_same_names(unsigned int index)
{
	char name[16], target[2] = { (char)('0' + index), '\0' };
	struct specfs_attr attr;
	struct inode *node;
	for (int i = 0; i < NAMES; i++) {
		snprintf(name, sizeof name, "%d", (i + 7 * (int)index) % NAMES);
		int result = specfs_symlink(volume.root, PATH("dir"), name, target, &link_birth, &attr, &node);
		if (result == 0) {
			made++;
			specfs_forget(node, 1);
		} else {
			CHECK_EQ(result, -EEXIST);
		}
	}
}

TEST(each_name_is_made_once)
{
	made = 0;
	tree_begin();
	struct inode *dir = tree_dir(volume.root, "dir");
	tree_race(make_same_names);
	CHECK_EQ(made, NAMES);
	CHECK_EQ(dir->dir.count, NAMES);
	CHECK_EQ(volume.blocks_used, NAMES);
	tree_check();
	tree_empty(volume.root);
	CHECK_EQ(volume.inodes_used, 1);
	tree_end();
}
#endif
