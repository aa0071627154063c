#include "check.h"
#include "interface.h"
#include "interface/tree.h"

static void make(struct inode *node, struct inode *start, const char *const *path, const char *name)
{
	struct specfs_attr attr;
	uint32_t nlink = node->nlink;
	uint64_t refs = node->refs;
	tree_blank(&attr);
	CHECK_EQ(specfs_link(node, start, path, name, &attr), 0);
	tree_check_attr(&attr, node);
	CHECK_EQ(attr.nlink, nlink + 1);
	CHECK_EQ(node->nlink, nlink + 1);
	CHECK_EQ(node->refs, refs + 1);
	CHECK_UNLOCKED(node);
}

/* Links what cannot be linked, and checks that the inode stays as it is. */
static int fail(struct inode *node, struct inode *start, const char *const *path, const char *name)
{
	struct specfs_attr attr;
	uint32_t nlink = node->nlink;
	uint64_t refs = node->refs;
	tree_blank(&attr);
	tree_age(node);
	int result = specfs_link(node, start, path, name, &attr);
	CHECK(result != 0);
	CHECK(tree_is_blank(&attr));
	CHECK_EQ(node->nlink, nlink);
	CHECK_EQ(node->refs, refs);
	CHECK_TIMES_OLD(node);
	CHECK_UNLOCKED(node);
	return result;
}

static struct inode *begin_with_file(void)
{
	tree_begin();
	struct inode *file = tree_file(volume.root, "file");
	tree_fill(file, "bytes", 5);
	tree_hold(file);
	return file;
}

TEST(a_second_name)
{
	struct inode *file = begin_with_file(), *dir = tree_dir(volume.root, "dir");
	tree_age(file);
	tree_age(dir);
	make(file, volume.root, PATH("dir"), "link");
	CHECK(tree_child(dir, "link") == file);
	CHECK(tree_child(volume.root, "file") == file);
	CHECK(tree_is_old(file->atime) && tree_is_old(file->mtime));
	CHECK(tree_is_now(file->ctime));
	CHECK(tree_is_old(dir->atime));
	CHECK(tree_is_now(dir->mtime) && tree_is_now(dir->ctime));
	CHECK_EQ(dir->nlink, 2);
	CHECK_EQ(volume.inodes_used, 3);
	CHECK_EQ(volume.blocks_used, 1);
	tree_check_with(0, 0, 2);
	make(file, dir, HERE, "another");
	make(file, volume.root, HERE, "third");
	CHECK_EQ(file->nlink, 4);
	specfs_forget(file, 4);
	tree_check();
	tree_end();
}

TEST(the_names_are_equal_among_themselves)
{
	struct inode *file = begin_with_file();
	make(file, volume.root, HERE, "link");
	specfs_forget(file, 2);
	CHECK_EQ(specfs_unlink(volume.root, HERE, "file"), 0);
	CHECK_EQ(file->nlink, 1);
	CHECK_EQ(file->file.size, 5);
	tree_check();
	CHECK_EQ(specfs_unlink(volume.root, HERE, "link"), 0);
	CHECK_EQ(volume.inodes_used, 1);
	CHECK_EQ(volume.blocks_used, 0);
	tree_end();
}

TEST(the_reference_outlives_the_names)
{
	struct inode *file = begin_with_file();
	make(file, volume.root, HERE, "link");
	CHECK_EQ(specfs_unlink(volume.root, HERE, "file"), 0);
	CHECK_EQ(specfs_unlink(volume.root, HERE, "link"), 0);
	specfs_forget(file, 1);
	CHECK_EQ(file->nlink, 0);
	tree_check_with(1, 1, 0);
	specfs_forget(file, 1);
	tree_check();
	tree_end();
}

TEST(every_kind_but_directories)
{
	static const uint32_t kinds[] = { S_IFREG, S_IFLNK, S_IFIFO, S_IFSOCK, S_IFCHR, S_IFBLK };
	tree_begin();
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		char name[2] = { (char)('a' + i), '\0' }, link[2] = { (char)('A' + i), '\0' };
		struct inode *node = tree_add(volume.root, name, kinds[i] | 0600);
		tree_hold(node);
		make(node, volume.root, HERE, link);
	}
	tree_check_with(0, 0, 2 * sizeof kinds / sizeof *kinds);
	tree_end();
}

TEST(a_directory)
{
	tree_begin();
	struct inode *dir = tree_dir(volume.root, "dir");
	tree_hold(dir);
	CHECK_EQ(fail(dir, volume.root, HERE, "link"), -EPERM);
	CHECK_EQ(fail(dir, dir, HERE, "link"), -EPERM);
	CHECK_EQ(fail(volume.root, dir, HERE, "link"), -EPERM);
	CHECK_EQ(dir->dir.count, 0);
	tree_check_with(0, 0, 1);
	specfs_forget(dir, 1);
	tree_end();
}

TEST(a_file_without_names)
{
	struct inode *file = begin_with_file();
	CHECK_EQ(specfs_unlink(volume.root, HERE, "file"), 0);
	CHECK_EQ(fail(file, volume.root, HERE, "link"), -ENOENT);
	CHECK(tree_child(volume.root, "link") == NULL);
	CHECK_EQ(volume.inodes_used, 2);
	specfs_forget(file, 1);
	tree_check();
	tree_end();
}

TEST(the_most_links)
{
	struct inode *file = begin_with_file();
	file->nlink = UINT32_MAX;
	CHECK_EQ(fail(file, volume.root, HERE, "link"), -EMLINK);
	file->nlink = UINT32_MAX - 1;
	make(file, volume.root, HERE, "link");
	CHECK_EQ(file->nlink, UINT32_MAX);
	file->nlink = 2;
	specfs_forget(file, 2);
	tree_check();
	tree_end();
}

TEST(a_name_that_exists)
{
	struct inode *file = begin_with_file(), *dir = tree_dir(volume.root, "dir");
	tree_file(dir, "other");
	tree_symlink(dir, "dangling", "none");
	tree_age(dir);
	CHECK_EQ(fail(file, volume.root, HERE, "file"), -EEXIST);
	CHECK_EQ(fail(file, volume.root, HERE, "dir"), -EEXIST);
	CHECK_EQ(fail(file, volume.root, PATH("dir"), "other"), -EEXIST);
	CHECK_EQ(fail(file, dir, HERE, "dangling"), -EEXIST);
	CHECK_TIMES_OLD(dir);
	tree_check_with(0, 0, 1);
	specfs_forget(file, 1);
	tree_end();
}

/* The trees of tree_try_paths and tree_try_names have a "file" in "dir" that can be linked. */
static int64_t fail_name(struct inode *start, const char *const *path, const char *name)
{
	struct inode *file = tree_child(tree_child(volume.root, "dir"), "file");
	tree_hold(file);
	int result = fail(file, start, path, name);
	specfs_forget(file, 1);
	return result;
}

static int64_t fail_below(struct inode *start, const char *const *path)
{
	return fail_name(start, path, "new");
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
	struct inode *file = begin_with_file();
	make(file, volume.root, HERE, tree_name(NAME_BYTES_MAX));
	CHECK(tree_child(volume.root, tree_name(NAME_BYTES_MAX)) == file);
	tree_end();
}

TEST(a_removed_directory)
{
	struct inode *file = begin_with_file(), *dir = tree_dir(volume.root, "dir");
	tree_hold(dir);
	CHECK_EQ(specfs_rmdir(volume.root, HERE, "dir"), 0);
	CHECK_EQ(fail(file, dir, HERE, "link"), -ENOENT);
	specfs_forget(dir, 1);
	tree_check_with(0, 0, 1);
	specfs_forget(file, 1);
	tree_end();
}

TEST(no_further_inode_is_needed)
{
	tree_begin_with(0, 2);
	struct inode *file = tree_file(volume.root, "file");
	tree_hold(file);
	make(file, volume.root, HERE, "link");
	specfs_forget(file, 2);
	tree_check();
	tree_end();
}

TEST(memory_ends)
{
	int failed = 0;
	for (long n = 0;; n++) {
		struct specfs_attr attr;
		struct inode *file = begin_with_file(), *dir = tree_dir(volume.root, "dir");
		tree_age(file);
		tree_age(dir);
		tree_blank(&attr);
		FAIL_ALLOCATION(n);
		int result = specfs_link(file, volume.root, PATH("dir"), "link", &attr);
		FAIL_NO_ALLOCATION();
		if (result == 0) {
			tree_check_with(0, 0, 2);
			tree_end();
			break;
		}
		failed++;
		CHECK_EQ(result, -ENOMEM);
		CHECK(tree_is_blank(&attr));
		CHECK_EQ(file->nlink, 1);
		CHECK_EQ(file->refs, 1);
		CHECK_TIMES_OLD(file);
		CHECK_TIMES_OLD(dir);
		tree_check_with(0, 0, 1);
		tree_end();
	}
	CHECK(failed > 0);
}

TEST(a_deep_path)
{
	struct inode *file = begin_with_file(), *last = tree_chain(volume.root);
	make(file, volume.root, tree_chain_path(NULL), "link");
	CHECK(tree_child(last, "link") == file);
	tree_end();
}

TEST(many_names)
{
	char name[16];
	struct inode *file = begin_with_file();
	specfs_forget(file, 1);
	for (int i = 0; i < 500; i++) {
		struct specfs_attr attr;
		struct inode *node;
		snprintf(name, sizeof name, "%d", i);
		CHECK_EQ(specfs_lookup(volume.root, HERE, "file", &attr, &node), 0);
		make(node, volume.root, HERE, name);
		specfs_forget(node, 2);
	}
	CHECK_EQ(file->nlink, 501);
	tree_check();
	for (int i = 0; i < 500; i++) {
		snprintf(name, sizeof name, "%d", i);
		CHECK_EQ(specfs_unlink(volume.root, HERE, name), 0);
	}
	CHECK_EQ(file->nlink, 1);
	tree_check();
	tree_end();
}

#if !SEQUENTIAL
/* ---- Several threads, which tree_race makes with pthread_create ---- */

static struct inode *shared;

/* All threads link one file under a few names, most of which exist, and unlink them again. */
static void link_and_unlink(unsigned int index)
{
	uint32_t state = 23 + index;
	struct specfs_attr attr;
	for (int i = 0; i < 2000; i++) {
		char name[2] = { (char)('a' + tree_random(&state, 4)), '\0' };
		const char *const *path = tree_random(&state, 2) ? PATH("one") : PATH("two");
		int result;
		if (tree_random(&state, 3)) {
			result = specfs_link(shared, volume.root, path, name, &attr);
			CHECK(result == 0 || result == -EEXIST);
			if (result == 0)
				specfs_forget(shared, 1);
		} else {
			result = specfs_unlink(volume.root, path, name);
			CHECK(result == 0 || result == -ENOENT);
		}
	}
}

TEST(links_that_come_and_go)
{
	shared = begin_with_file();
	tree_dir(volume.root, "one");
	tree_dir(volume.root, "two");
	tree_race(link_and_unlink);
	CHECK_EQ(shared->refs, 1);
	tree_check_with(0, 0, 1);
	specfs_forget(shared, 1);
	tree_empty(volume.root);
	CHECK_EQ(volume.inodes_used, 1);
	CHECK_EQ(volume.blocks_used, 0);
	tree_end();
}

/* Two threads make links that fail, while two take the last real ones: nothing is lost or kept. */
static void fail_while_others_unlink(unsigned int index)
{
	char name[16];
	struct specfs_attr attr;
	struct inode *node;
	for (int i = 0; i < 500; i++) {
		snprintf(name, sizeof name, "%d", i);
		if (index < 2) {
			if (specfs_lookup(volume.root, HERE, name, &attr, &node) != 0)
				continue;
			int result = specfs_link(node, volume.root, HERE, "one", &attr);
			CHECK(result == -EEXIST || result == -ENOENT);
			specfs_forget(node, 1);
		} else {
			int result = specfs_unlink(volume.root, HERE, name);
			CHECK(result == 0 || result == -ENOENT);
		}
	}
}

TEST(the_last_link_goes_while_another_fails)
{
	char name[16];
	tree_begin();
	tree_dir(volume.root, "one");
	for (int i = 0; i < 500; i++) {
		snprintf(name, sizeof name, "%d", i);
		tree_file(volume.root, name);
	}
	tree_race(fail_while_others_unlink);
	CHECK_EQ(volume.inodes_used, 2);
	tree_check();
	tree_end();
}
#endif
