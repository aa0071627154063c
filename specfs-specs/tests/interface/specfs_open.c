#include "check.h"
#include "interface.h"
#include "interface/tree.h"

#include <fcntl.h>

/* A file of two blocks of 'x' in "dir". */
static struct inode *begin_with_file(void)
{
	static char bytes[2 * BLOCK_BYTES];
	memset(bytes, 'x', sizeof bytes);
	tree_begin();
	struct inode *file = tree_file(tree_dir(volume.root, "dir"), "file");
	tree_fill(file, bytes, sizeof bytes);
	tree_age(file);
	return file;
}

TEST(a_file_for_reading_and_writing)
{
	static const int flags[] = { O_RDONLY, O_WRONLY, O_RDWR, O_WRONLY | O_APPEND, O_RDWR | O_NONBLOCK };
	struct inode *file = begin_with_file();
	for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
		CHECK_EQ(specfs_open(volume.root, PATH("dir", "file"), flags[i]), 0);
		CHECK_EQ(specfs_open(file, HERE, flags[i]), 0);
		CHECK_UNLOCKED(file);
	}
	CHECK_EQ(file->file.size, 2 * BLOCK_BYTES);
	CHECK_EQ(file->refs, 0);
	CHECK_TIMES_OLD(file);
	tree_check();
	tree_end();
}

TEST(truncation)
{
	static const int flags[] = { O_WRONLY, O_RDWR, O_WRONLY | O_APPEND };
	for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
		struct inode *file = begin_with_file(), *dir = tree_child(volume.root, "dir");
		tree_age(dir);
		CHECK_EQ(specfs_open(i ? dir : volume.root, i ? PATH("file") : PATH("dir", "file"), flags[i] | O_TRUNC),
		         0);
		CHECK_EQ(file->file.size, 0);
		CHECK_EQ(volume.blocks_used, 0);
		CHECK_EQ(file->nlink, 1);
		CHECK_EQ(file->refs, 0);
		CHECK(tree_is_old(file->atime));
		CHECK(tree_is_now(file->mtime) && tree_is_now(file->ctime));
		CHECK_TIMES_OLD(dir);
		tree_check();
		tree_end();
	}
}

TEST(truncation_of_an_empty_file_marks_it_changed)
{
	tree_begin();
	struct inode *file = tree_file(volume.root, "file");
	tree_age(file);
	CHECK_EQ(specfs_open(file, HERE, O_RDWR | O_TRUNC), 0);
	CHECK_EQ(file->file.size, 0);
	CHECK(tree_is_now(file->mtime) && tree_is_now(file->ctime));
	tree_end();
}

TEST(directories)
{
	static const int wrong[] = { O_WRONLY, O_RDWR, O_RDONLY | O_TRUNC, O_RDWR | O_TRUNC };
	begin_with_file();
	struct inode *dir = tree_child(volume.root, "dir");
	tree_age(dir);
	CHECK_EQ(specfs_open(volume.root, PATH("dir"), O_RDONLY), 0);
	CHECK_EQ(specfs_open(volume.root, HERE, O_RDONLY | O_DIRECTORY), 0);
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		CHECK_EQ(specfs_open(volume.root, PATH("dir"), wrong[i]), -EISDIR);
		CHECK_EQ(specfs_open(dir, HERE, wrong[i]), -EISDIR);
		CHECK_UNLOCKED(dir);
	}
	CHECK_EQ(dir->dir.count, 1);
	CHECK_TIMES_OLD(dir);
	tree_check();
	tree_end();
}

/* POSIX: O_TRUNC has no effect on pipes and devices. A symbolic link keeps its target. */
TEST(only_regular_files_are_truncated)
{
	static const uint32_t kinds[] = { S_IFLNK, S_IFIFO, S_IFSOCK, S_IFCHR, S_IFBLK };
	tree_begin();
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		char name[2] = { (char)('a' + i), '\0' };
		struct inode *node = tree_add(volume.root, name, kinds[i] | 0644);
		tree_fill(node, "target", 6);
		tree_age(node);
		CHECK_EQ(specfs_open(volume.root, PATH(name), O_RDWR | O_TRUNC), 0);
		CHECK_EQ(node->file.size, 6);
		CHECK_TIMES_OLD(node);
	}
	tree_check();
	tree_end();
}

static int64_t open_wrong(struct inode *start, const char *const *path)
{
	return specfs_open(start, path, O_WRONLY | O_TRUNC);
}

TEST(paths_that_lead_nowhere)
{
	tree_try_paths(open_wrong);
}

TEST(a_removed_file_that_is_held)
{
	struct inode *file = begin_with_file();
	tree_hold(file);
	CHECK_EQ(specfs_unlink(volume.root, PATH("dir"), "file"), 0);
	CHECK_EQ(specfs_open(file, HERE, O_RDWR), 0);
	CHECK_EQ(volume.blocks_used, 2);
	CHECK_EQ(specfs_open(file, HERE, O_RDWR | O_TRUNC), 0);
	CHECK_EQ(volume.blocks_used, 0);
	specfs_forget(file, 1);
	tree_end();
}

TEST(memory_is_not_needed)
{
	struct inode *file = begin_with_file();
	FAIL_ALLOCATION(0);
	CHECK_EQ(specfs_open(volume.root, PATH("dir", "file"), O_RDWR | O_TRUNC), 0);
	FAIL_NO_ALLOCATION();
	CHECK_EQ(file->file.size, 0);
	tree_end();
}

TEST(a_deep_path)
{
	static const char *path[TREE_DEPTH + 2];
	tree_begin();
	tree_file(tree_chain(volume.root), "file");
	memcpy(path, tree_chain_path(NULL), TREE_DEPTH * sizeof *path);
	CHECK_EQ(specfs_open(volume.root, path, O_RDONLY), 0);
	path[TREE_DEPTH] = "file";
	CHECK_EQ(specfs_open(volume.root, path, O_RDWR | O_TRUNC), 0);
	tree_check();
	tree_end();
}

#if !SEQUENTIAL
/* ---- Several threads, which tree_race makes with pthread_create ---- */

static struct inode *shared;

static void truncate_or_fill(unsigned int index)
{
	static const char bytes[2 * BLOCK_BYTES] = { 'y' };
	struct specfs_attr attr;
	for (int i = 0; i < 2000; i++) {
		if (index == 0) {
			lock(shared);
			CHECK_EQ(file_write(&shared->file, bytes, sizeof bytes, 0), sizeof bytes);
			unlock(shared);
		} else if (index == 1) {
			CHECK_EQ(specfs_getattr(shared, HERE, &attr), 0);
			CHECK(attr.size == 0 || attr.size == sizeof bytes);
			CHECK_EQ(attr.blocks * 512, attr.size);
		} else {
			CHECK_EQ(specfs_open(volume.root, PATH("dir", "file"), O_WRONLY | O_TRUNC), 0);
		}
	}
}

TEST(several_threads_truncate_what_one_writes)
{
	shared = begin_with_file();
	tree_race(truncate_or_fill);
	tree_check();
	CHECK_EQ(specfs_open(shared, HERE, O_WRONLY | O_TRUNC), 0);
	CHECK_EQ(volume.blocks_used, 0);
	tree_end();
}
#endif
