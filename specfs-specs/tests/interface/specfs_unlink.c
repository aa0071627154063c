#include "check.h"
#include "interface.h"
#include "interface/tree.h"

static int fail(struct inode *start, const char *const *path, const char *name)
{
	uint64_t inodes = volume.inodes_used, blocks = volume.blocks_used;
	int result = specfs_unlink(start, path, name);
	CHECK(result != 0);
	CHECK_EQ(volume.inodes_used, inodes);
	CHECK_EQ(volume.blocks_used, blocks);
	return result;
}

TEST(the_last_link_frees_the_file)
{
	char bytes[3 * BLOCK_BYTES] = { 0 };
	struct specfs_usage before, after;
	tree_begin();
	struct inode *dir = tree_dir(volume.root, "dir");
	specfs_statfs(&before);
	tree_fill(tree_file(dir, "file"), bytes, sizeof bytes);
	tree_age(dir);
	CHECK_EQ(specfs_unlink(volume.root, PATH("dir"), "file"), 0);
	specfs_statfs(&after);
	CHECK_EQ(after.blocks_free, before.blocks_free);
	CHECK_EQ(after.inodes_free, before.inodes_free);
	CHECK(tree_child(dir, "file") == NULL);
	CHECK_EQ(dir->dir.count, 0);
	CHECK_EQ(dir->nlink, 2);
	CHECK(tree_is_old(dir->atime));
	CHECK(tree_is_now(dir->mtime) && tree_is_now(dir->ctime));
	tree_check();
	CHECK_EQ(fail(dir, HERE, "file"), -ENOENT);
	tree_end();
}

TEST(through_a_handle)
{
	tree_begin();
	struct inode *dir = tree_dir(volume.root, "dir");
	tree_file(dir, "file");
	tree_file(dir, "other");
	CHECK_EQ(specfs_unlink(dir, HERE, "file"), 0);
	CHECK(tree_child(dir, "file") == NULL);
	CHECK(tree_child(dir, "other") != NULL);
	tree_check();
	tree_end();
}

TEST(every_kind_but_directories)
{
	static const uint32_t kinds[] = { S_IFREG, S_IFLNK, S_IFIFO, S_IFSOCK, S_IFCHR, S_IFBLK };
	tree_begin();
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		tree_add(volume.root, "name", kinds[i] | 0600);
		CHECK_EQ(specfs_unlink(volume.root, HERE, "name"), 0);
		CHECK_EQ(volume.inodes_used, 1);
	}
	tree_end();
}

TEST(a_symbolic_link_goes_and_its_target_stays)
{
	tree_begin();
	tree_file(volume.root, "target");
	tree_symlink(volume.root, "symlink", "target");
	CHECK_EQ(specfs_unlink(volume.root, HERE, "symlink"), 0);
	CHECK(tree_child(volume.root, "target") != NULL);
	tree_check();
	tree_end();
}

TEST(one_of_several_links)
{
	tree_begin();
	struct inode *dir = tree_dir(volume.root, "dir"), *file = tree_file(dir, "one");
	tree_fill(file, "bytes", 5);
	tree_link(dir, "two", file);
	tree_link(volume.root, "three", file);
	tree_age(file);
	CHECK_EQ(specfs_unlink(dir, HERE, "one"), 0);
	CHECK_EQ(file->nlink, 2);
	CHECK_EQ(file->file.size, 5);
	CHECK(tree_is_old(file->mtime));
	CHECK(tree_is_now(file->ctime));
	CHECK_EQ(specfs_unlink(volume.root, HERE, "three"), 0);
	CHECK_EQ(file->nlink, 1);
	tree_check();
	CHECK_EQ(specfs_unlink(volume.root, PATH("dir"), "two"), 0);
	CHECK_EQ(volume.inodes_used, 2);
	CHECK_EQ(volume.blocks_used, 0);
	tree_end();
}

TEST(a_file_that_is_held_lives_on)
{
	struct specfs_attr attr;
	char byte;
	tree_begin();
	struct inode *file = tree_file(volume.root, "file");
	tree_fill(file, "bytes", 5);
	tree_hold(file);
	tree_age(file);
	CHECK_EQ(specfs_unlink(volume.root, HERE, "file"), 0);
	CHECK_EQ(specfs_getattr(file, HERE, &attr), 0);
	CHECK_EQ(attr.nlink, 0);
	CHECK_EQ(attr.size, 5);
	CHECK(tree_is_now(attr.ctime));
	CHECK(tree_is_old(attr.mtime));
	CHECK_EQ(file_read(&file->file, &byte, 1, 4), 1);
	CHECK_EQ(byte, 's');
	CHECK_UNLOCKED(file);
	tree_check_with(1, 1, 0);
	tree_file(volume.root, "file");
	specfs_forget(file, 1);
	tree_check();
	tree_end();
}

TEST(a_directory)
{
	tree_begin();
	struct inode *dir = tree_dir(volume.root, "dir");
	tree_dir(dir, "empty");
	tree_file(dir, "file");
	tree_age(volume.root);
	tree_age(dir);
	CHECK_EQ(fail(volume.root, HERE, "dir"), -EISDIR);
	CHECK_EQ(fail(volume.root, PATH("dir"), "empty"), -EISDIR);
	CHECK_TIMES_OLD(volume.root);
	CHECK_TIMES_OLD(dir);
	CHECK_EQ(dir->dir.count, 2);
	tree_check();
	tree_end();
}

TEST(a_missing_name)
{
	tree_begin();
	struct inode *dir = tree_dir(volume.root, "dir");
	CHECK_EQ(fail(dir, HERE, "none"), -ENOENT);
	tree_file(dir, "file");
	CHECK_EQ(fail(dir, HERE, "fil"), -ENOENT);
	CHECK_EQ(fail(dir, HERE, "file2"), -ENOENT);
	tree_check();
	tree_end();
}

static int64_t fail_below(struct inode *start, const char *const *path)
{
	return fail(start, path, "file");
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

TEST(a_removed_directory_has_no_names)
{
	tree_begin();
	struct inode *dir = tree_dir(volume.root, "dir");
	tree_hold(dir);
	CHECK_EQ(remove_at(volume.root, HERE, "dir", true), 0);
	CHECK_EQ(fail(dir, HERE, "file"), -ENOENT);
	specfs_forget(dir, 1);
	tree_end();
}

TEST(a_name_of_255_bytes)
{
	tree_begin();
	tree_file(volume.root, tree_name(NAME_BYTES_MAX));
	CHECK_EQ(fail(volume.root, HERE, tree_name(NAME_BYTES_MAX - 1)), -ENOENT);
	CHECK_EQ(specfs_unlink(volume.root, HERE, tree_name(NAME_BYTES_MAX)), 0);
	CHECK_EQ(volume.inodes_used, 1);
	tree_end();
}

TEST(a_deep_path)
{
	tree_begin();
	struct inode *last = tree_chain(volume.root);
	tree_file(last, "file");
	CHECK_EQ(specfs_unlink(volume.root, tree_chain_path(NULL), "file"), 0);
	CHECK_EQ(last->dir.count, 0);
	tree_check();
	tree_end();
}

TEST(many_files_in_one_directory)
{
	char name[16];
	tree_begin();
	for (int i = 0; i < 1000; i++) {
		snprintf(name, sizeof name, "%d", i);
		tree_file(volume.root, name);
	}
	for (int i = 0; i < 1000; i++) {
		snprintf(name, sizeof name, "%d", i * 7 % 1000);
		CHECK_EQ(specfs_unlink(volume.root, HERE, name), 0);
		if (i % 100 == 0)
			tree_check();
	}
	CHECK_EQ(volume.inodes_used, 1);
	tree_end();
}

TEST(memory_is_not_needed)
{
	tree_begin();
	tree_file(volume.root, "file");
	FAIL_ALLOCATION(0);
	CHECK_EQ(specfs_unlink(volume.root, HERE, "file"), 0);
	FAIL_NO_ALLOCATION();
	tree_check();
	tree_end();
}

#if !SEQUENTIAL
/* ---- Several threads, which tree_race makes with pthread_create ---- */

#define NAMES 400

static _Atomic int removed;

static void unlink_same_names(unsigned int index)
{
	char name[16];
	for (int i = 0; i < NAMES; i++) {
		snprintf(name, sizeof name, "%d", (i + 3 * (int)index) % NAMES);
		int result = specfs_unlink(volume.root, PATH("dir"), name);
		CHECK(result == 0 || result == -ENOENT);
		removed += result == 0;
	}
}

TEST(each_name_goes_once)
{
	char name[16];
	tree_begin();
	struct inode *dir = tree_dir(volume.root, "dir"), *shared = tree_file(volume.root, "shared");
	for (int i = 0; i < NAMES; i++) {
		snprintf(name, sizeof name, "%d", i);
		if (i % 2)
			tree_link(dir, name, shared);
		else
			tree_fill(tree_file(dir, name), "x", 1);
	}
	removed = 0;
	tree_race(unlink_same_names);
	CHECK_EQ(removed, NAMES);
	CHECK_EQ(shared->nlink, 1);
	CHECK_EQ(volume.inodes_used, 3);
	tree_check();
	tree_end();
}

/* Files are made, looked up, held and removed by all at once. */
static void make_hold_unlink(unsigned int index)
{
	const struct specfs_birth birth = { .mode = S_IFREG | 0644 };
	struct specfs_attr attr;
	struct inode *node;
	uint32_t state = 17 + index;
	for (int i = 0; i < 1500; i++) {
		char name[2] = { (char)('a' + tree_random(&state, 4)), '\0' };
		int result;
		switch (tree_random(&state, 3)) {
		case 0:
			result = specfs_mknod(volume.root, PATH("dir"), name, &birth, &attr, &node);
			CHECK(result == 0 || result == -EEXIST);
			break;
		case 1:
			result = specfs_lookup(volume.root, PATH("dir"), name, &attr, &node);
			CHECK(result == 0 || result == -ENOENT);
			break;
		default:
			result = specfs_unlink(volume.root, PATH("dir"), name);
			CHECK(result == 0 || result == -ENOENT);
			continue;
		}
		if (result == 0) {
			CHECK_EQ(specfs_getattr(node, HERE, &attr), 0);
			CHECK(attr.nlink <= 1);
			specfs_forget(node, 1);
		}
	}
}

TEST(files_that_come_and_go)
{
	tree_begin();
	tree_dir(volume.root, "dir");
	tree_race(make_hold_unlink);
	tree_check();
	tree_empty(volume.root);
	CHECK_EQ(volume.inodes_used, 1);
	tree_end();
}
#endif
