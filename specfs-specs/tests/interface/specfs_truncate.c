#include "check.h"
#include "interface.h"
#include "interface/tree.h"

static void truncate_to(struct inode *start, const char *const *path, uint64_t size, const struct inode *node)
{
	struct specfs_attr attr;
	tree_blank(&attr);
	CHECK_EQ(specfs_truncate(start, path, size, &attr), 0);
	tree_check_attr(&attr, node);
	CHECK_EQ(attr.size, size);
	CHECK_EQ(node->file.size, size);
	CHECK_UNLOCKED((struct inode *)node);
}

static int fail(struct inode *start, const char *const *path, uint64_t size)
{
	struct specfs_attr attr;
	tree_blank(&attr);
	int result = specfs_truncate(start, path, size, &attr);
	CHECK(result != 0);
	CHECK(tree_is_blank(&attr));
	return result;
}

/* A file of three blocks of 'x' in "dir". */
static struct inode *begin_with_file(void)
{
	static char bytes[3 * BLOCK_BYTES];
	memset(bytes, 'x', sizeof bytes);
	tree_begin();
	struct inode *file = tree_file(tree_dir(volume.root, "dir"), "file");
	tree_fill(file, bytes, sizeof bytes);
	tree_age(file);
	return file;
}

/* Whether `size` bytes from `offset` on are all `byte`. */
static bool filled(const struct inode *file, uint64_t offset, size_t size, char byte)
{
	static char bytes[4 * BLOCK_BYTES];
	CHECK(size <= sizeof bytes);
	CHECK_EQ(file_read(&file->file, bytes, size, offset), size);
	for (size_t i = 0; i < size; i++)
		if (bytes[i] != byte)
			return false;
	return true;
}

TEST(to_nothing)
{
	struct inode *file = begin_with_file();
	truncate_to(volume.root, PATH("dir", "file"), 0, file);
	CHECK_EQ(volume.blocks_used, 0);
	CHECK(tree_is_old(file->atime));
	CHECK(tree_is_now(file->mtime) && tree_is_now(file->ctime));
	tree_check();
	tree_end();
}

TEST(to_the_middle_of_a_block)
{
	struct inode *file = begin_with_file(), *dir = tree_child(volume.root, "dir");
	tree_age(dir);
	truncate_to(dir, PATH("file"), BLOCK_BYTES + 1, file);
	CHECK_EQ(volume.blocks_used, 2);
	CHECK(filled(file, 0, BLOCK_BYTES + 1, 'x'));
	CHECK_TIMES_OLD(dir);
	truncate_to(file, HERE, 3 * BLOCK_BYTES, file);
	CHECK(filled(file, 0, BLOCK_BYTES + 1, 'x'));
	CHECK(filled(file, BLOCK_BYTES + 1, 2 * BLOCK_BYTES - 1, '\0'));
	CHECK_EQ(volume.blocks_used, 2);
	tree_check();
	tree_end();
}

TEST(to_the_edge_of_a_block)
{
	struct inode *file = begin_with_file();
	truncate_to(file, HERE, 2 * BLOCK_BYTES, file);
	CHECK_EQ(volume.blocks_used, 2);
	truncate_to(file, HERE, BLOCK_BYTES, file);
	CHECK_EQ(volume.blocks_used, 1);
	CHECK(filled(file, 0, BLOCK_BYTES, 'x'));
	tree_check();
	tree_end();
}

TEST(growing_leaves_a_hole)
{
	struct inode *file = begin_with_file();
	truncate_to(file, HERE, (uint64_t)5 << 32, file);
	CHECK_EQ(volume.blocks_used, 3);
	CHECK(filled(file, 0, 3 * BLOCK_BYTES, 'x'));
	CHECK(filled(file, 3 * BLOCK_BYTES, BLOCK_BYTES, '\0'));
	CHECK(filled(file, ((uint64_t)5 << 32) - 100, 100, '\0'));
	CHECK(tree_is_now(file->mtime) && tree_is_now(file->ctime));
	tree_check();
	tree_end();
}

TEST(to_the_same_size)
{
	struct inode *file = begin_with_file();
	truncate_to(file, HERE, 3 * BLOCK_BYTES, file);
	CHECK(filled(file, 0, 3 * BLOCK_BYTES, 'x'));
	CHECK_EQ(volume.blocks_used, 3);
	CHECK(tree_is_old(file->atime));
	CHECK(tree_is_now(file->mtime) && tree_is_now(file->ctime));
	tree_end();
}

TEST(the_largest_size_and_beyond)
{
	struct inode *file = begin_with_file();
	CHECK_EQ(fail(file, HERE, (uint64_t)FILE_BYTES_MAX + 1), -EFBIG);
	CHECK_EQ(fail(volume.root, PATH("dir", "file"), UINT64_MAX), -EFBIG);
	CHECK_EQ(fail(volume.root, PATH("dir", "file"), INT64_MAX), -EFBIG);
	CHECK_EQ(file->file.size, 3 * BLOCK_BYTES);
	CHECK_TIMES_OLD(file);
	CHECK_EQ(volume.blocks_used, 3);
	tree_check();
	truncate_to(file, HERE, FILE_BYTES_MAX, file);
	CHECK_EQ(volume.blocks_used, 3);
	tree_check();
	tree_end();
}

TEST(directories)
{
	begin_with_file();
	struct inode *dir = tree_child(volume.root, "dir");
	tree_age(dir);
	CHECK_EQ(fail(volume.root, PATH("dir"), 0), -EISDIR);
	CHECK_EQ(fail(dir, HERE, UINT64_MAX), -EISDIR);
	CHECK_EQ(fail(volume.root, HERE, 10), -EISDIR);
	CHECK_TIMES_OLD(dir);
	tree_check();
	tree_end();
}

TEST(other_kinds)
{
	static const uint32_t kinds[] = { S_IFLNK, S_IFIFO, S_IFSOCK, S_IFCHR, S_IFBLK };
	tree_begin();
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		char name[2] = { (char)('a' + i), '\0' };
		struct inode *node = tree_add(volume.root, name, kinds[i] | 0644);
		if (kinds[i] == S_IFLNK)
			tree_fill(node, "target", 6);
		tree_age(node);
		CHECK_EQ(fail(volume.root, PATH(name), 3), -EINVAL);
		CHECK_EQ(node->file.size, kinds[i] == S_IFLNK ? 6 : 0);
		CHECK_TIMES_OLD(node);
	}
	tree_check();
	tree_end();
}

static int64_t fail_path(struct inode *start, const char *const *path)
{
	return fail(start, path, 0);
}

TEST(paths_that_lead_nowhere)
{
	tree_try_paths(fail_path);
}

TEST(a_removed_file_that_is_held)
{
	struct inode *file = begin_with_file();
	tree_hold(file);
	CHECK_EQ(specfs_unlink(volume.root, PATH("dir"), "file"), 0);
	truncate_to(file, HERE, 1, file);
	CHECK_EQ(volume.blocks_used, 1);
	specfs_forget(file, 1);
	CHECK_EQ(volume.blocks_used, 0);
	tree_end();
}

TEST(neither_blocks_nor_memory_are_needed)
{
	char bytes[2 * BLOCK_BYTES] = { 1 };
	tree_begin_with(2, 2);
	struct inode *file = tree_file(volume.root, "file");
	tree_fill(file, bytes, sizeof bytes);
	FAIL_ALLOCATION(0);
	truncate_to(file, HERE, FILE_BYTES_MAX, file);
	truncate_to(file, HERE, 1, file);
	FAIL_NO_ALLOCATION();
	CHECK_EQ(volume.blocks_used, 1);
	tree_end();
}

TEST(a_deep_path)
{
	static const char *path[TREE_DEPTH + 2];
	tree_begin();
	struct inode *file = tree_file(tree_chain(volume.root), "file");
	memcpy(path, tree_chain_path(NULL), TREE_DEPTH * sizeof *path);
	path[TREE_DEPTH] = "file";
	truncate_to(volume.root, path, 12345, file);
	tree_end();
}

#if !SEQUENTIAL
/* ---- Several threads, which tree_race makes with pthread_create ---- */

static struct inode *shared;

static void resize_or_fill(unsigned int index)
{
	uint32_t state = 31 + index;
	char bytes[BLOCK_BYTES];
	struct specfs_attr attr;
	memset(bytes, 'y', sizeof bytes);
	for (int i = 0; i < 1500; i++) {
		uint64_t size = tree_random(&state, 8 * BLOCK_BYTES);
		if (index == 0) {
			lock(shared);
			CHECK_EQ(file_write(&shared->file, bytes, sizeof bytes, size), sizeof bytes);
			unlock(shared);
		} else {
			CHECK_EQ(specfs_truncate(volume.root, PATH("dir", "file"), size, &attr), 0);
			CHECK_EQ(attr.size, size);
			CHECK(attr.blocks <= 8 * ((size + BLOCK_BYTES - 1) / BLOCK_BYTES));
		}
	}
}

TEST(several_threads_resize_one_file)
{
	shared = begin_with_file();
	tree_race(resize_or_fill);
	tree_check();
	CHECK_EQ(volume.blocks_used, shared->file.blocks);
	truncate_to(shared, HERE, 0, shared);
	CHECK_EQ(volume.blocks_used, 0);
	truncate_to(shared, HERE, 4 * BLOCK_BYTES, shared);
	CHECK(filled(shared, 0, 4 * BLOCK_BYTES, '\0'));
	tree_end();
}
#endif
