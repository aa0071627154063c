#include "check.h"
#include "interface.h"
#include "interface/tree.h"

static const struct specfs_birth dir_birth = { .mode = S_IFDIR | 0755 };

static struct inode *make(struct inode *start, const char *const *path, const char *name,
                          const struct specfs_birth *birth)
{
	struct specfs_attr attr;
	struct inode *node = NULL;
	tree_blank(&attr);
	CHECK_EQ(specfs_mkdir(start, path, name, birth, &attr, &node), 0);
	CHECK(node != NULL);
	tree_check_attr(&attr, node);
	CHECK_EQ(node->kind, S_IFDIR);
	CHECK_EQ(node->refs, 1);
	CHECK_EQ(node->nlink, 2);
	CHECK_EQ(node->dir.count, 0);
	CHECK_UNLOCKED(node);
	return node;
}

static int fail(struct inode *start, const char *const *path, const char *name)
{
	struct specfs_attr attr;
	struct inode *node = (struct inode *)&attr;
	uint64_t inodes = volume.inodes_used;
	tree_blank(&attr);
	int result = specfs_mkdir(start, path, name, &dir_birth, &attr, &node);
	CHECK(tree_is_blank(&attr));
	CHECK(node == (struct inode *)&attr);
	CHECK_EQ(volume.inodes_used, inodes);
	return result;
}

TEST(a_directory_in_a_directory)
{
	const struct specfs_birth birth = { .mode = S_IFDIR | 03751, .uid = 12, .gid = 34 };
	struct specfs_attr attr;
	tree_begin();
	struct inode *dir = tree_dir(volume.root, "dir");
	tree_age(dir);
	struct inode *node = make(volume.root, PATH("dir"), "new", &birth);
	CHECK(tree_child(dir, "new") == node);
	CHECK_EQ(specfs_getattr(volume.root, PATH("dir", "new"), &attr), 0);
	CHECK_EQ(attr.mode, S_IFDIR | 03751);
	CHECK_EQ(attr.uid, 12);
	CHECK_EQ(attr.gid, 34);
	CHECK_EQ(attr.size, 0);
	CHECK_EQ(attr.nlink, 2);
	CHECK(tree_is_now(attr.atime) && tree_is_now(attr.mtime) && tree_is_now(attr.ctime));
	CHECK_EQ(dir->nlink, 3);
	CHECK(tree_is_old(dir->atime));
	CHECK(tree_is_now(dir->mtime) && tree_is_now(dir->ctime));
	CHECK_EQ(volume.root->nlink, 3);
	make(dir, HERE, "other", &dir_birth);
	CHECK_EQ(dir->nlink, 4);
	tree_check_with(0, 0, 2);
	tree_end();
}

/* Whatever kind and device the caller names, it is a directory and no device. */
TEST(the_kind_is_forced)
{
	static const uint32_t kinds[] = { 0, S_IFREG, S_IFLNK, S_IFBLK, S_IFMT };
	tree_begin();
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		char name[2] = { (char)('a' + i), '\0' };
		struct specfs_birth birth = { .mode = kinds[i] | 01700, .rdev = 99 };
		struct specfs_attr attr;
		struct inode *node = make(volume.root, HERE, name, &birth);
		CHECK_EQ(specfs_getattr(node, HERE, &attr), 0);
		CHECK_EQ(attr.mode, S_IFDIR | 01700);
		CHECK_EQ(attr.rdev, 0);
		CHECK_EQ(birth.mode, kinds[i] | 01700);
	}
	CHECK_EQ(volume.root->nlink, 7);
	tree_end();
}

TEST(a_name_that_exists)
{
	tree_begin();
	struct inode *dir = tree_dir(volume.root, "dir");
	tree_file(dir, "file");
	tree_dir(dir, "sub");
	tree_symlink(dir, "dangling", "none");
	tree_age(dir);
	CHECK_EQ(fail(volume.root, HERE, "dir"), -EEXIST);
	CHECK_EQ(fail(volume.root, PATH("dir"), "file"), -EEXIST);
	CHECK_EQ(fail(dir, HERE, "sub"), -EEXIST);
	CHECK_EQ(fail(dir, HERE, "dangling"), -EEXIST);
	CHECK_EQ(dir->nlink, 3);
	CHECK_TIMES_OLD(dir);
	tree_check();
	tree_end();
}

static int64_t fail_below(struct inode *start, const char *const *path)
{
	return fail(start, path, "new");
}

static int64_t fail_name(struct inode *start, const char *const *path, const char *name)
{
	return fail(start, path, name);
}

TEST(paths_that_lead_nowhere)
{
	tree_try_paths(fail_below);
}

TEST(names_that_are_none)
{
	tree_try_names(fail_name);
}

TEST(a_name_of_255_bytes)
{
	tree_begin();
	struct inode *node = make(volume.root, HERE, tree_name(NAME_BYTES_MAX), &dir_birth);
	CHECK(tree_child(volume.root, tree_name(NAME_BYTES_MAX)) == node);
	tree_end();
}

TEST(a_removed_directory)
{
	tree_begin();
	struct inode *dir = tree_dir(volume.root, "dir");
	tree_hold(dir);
	CHECK_EQ(remove_at(volume.root, HERE, "dir", true), 0);
	CHECK_EQ(fail(dir, HERE, "new"), -ENOENT);
	CHECK_UNLOCKED(dir);
	specfs_forget(dir, 1);
	tree_check();
	tree_end();
}

TEST(inodes_end)
{
	tree_begin_with(10, 2);
	struct inode *one = make(volume.root, HERE, "one", &dir_birth);
	CHECK_EQ(fail(one, HERE, "two"), -ENOSPC);
	CHECK_EQ(one->nlink, 2);
	specfs_forget(one, 1);
	CHECK_EQ(remove_at(volume.root, HERE, "one", true), 0);
	make(volume.root, HERE, "two", &dir_birth);
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
		int result = specfs_mkdir(volume.root, PATH("dir"), "new", &dir_birth, &attr, &node);
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
		CHECK_EQ(dir->nlink, 2);
		CHECK_EQ(volume.inodes_used, 2);
		tree_check();
		tree_end();
	}
	CHECK(failed > 1);
}

TEST(a_tree_of_a_thousand_levels)
{
	struct specfs_usage before, after;
	tree_begin();
	specfs_statfs(&before);
	struct inode *dir = volume.root;
	for (int level = 0; level < TREE_DEPTH; level++) {
		dir = make(dir, HERE, "d", &dir_birth);
		specfs_forget(dir, 1);
	}
	struct inode *last = make(volume.root, tree_chain_path(NULL), "last", &dir_birth);
	CHECK(tree_child(dir, "last") == last);
	specfs_forget(last, 1);
	tree_check();
	tree_empty(volume.root);
	specfs_statfs(&after);
	CHECK_EQ(after.inodes_free, before.inodes_free);
	tree_end();
}

#if !SEQUENTIAL
/* ---- Several threads, which tree_race makes with pthread_create ---- */

#define NAMES 300

static _Atomic int made;

/* All threads make the same directories, and one below each of their own. */
static void make_same_names(unsigned int index)
{
	char name[16], own[2] = { (char)('0' + index), '\0' };
	struct specfs_attr attr;
	struct inode *node;
	for (int i = 0; i < NAMES; i++) {
		snprintf(name, sizeof name, "%d", i);
		int result = specfs_mkdir(volume.root, HERE, name, &dir_birth, &attr, &node);
		if (result == 0) {
			made++;
			specfs_forget(node, 1);
		} else {
			CHECK_EQ(result, -EEXIST);
		}
		CHECK_EQ(specfs_mkdir(volume.root, PATH(name), own, &dir_birth, &attr, &node), 0);
		CHECK_EQ(attr.nlink, 2);
		specfs_forget(node, 1);
	}
}

TEST(each_name_is_made_once)
{
	tree_begin();
	made = 0;
	tree_race(make_same_names);
	CHECK_EQ(made, NAMES);
	CHECK_EQ(volume.root->nlink, 2 + NAMES);
	CHECK_EQ(volume.inodes_used, 1 + NAMES + TREE_THREADS * NAMES);
	tree_check();
	tree_empty(volume.root);
	CHECK_EQ(volume.inodes_used, 1);
	tree_end();
}
#endif
