#include "check.h"
#include "interface.h"
#include "interface/tree.h"

static char buffer[8 * BLOCK_BYTES];

static struct inode *begin_with_file(void)
{
	tree_begin();
	struct inode *file = tree_file(tree_dir(volume.root, "dir"), "file");
	tree_age(file);
	return file;
}

/* Whether `size` bytes from `offset` on are all `byte`. */
static bool filled(struct inode *file, uint64_t offset, size_t size, char byte)
{
	static char bytes[sizeof buffer];
	CHECK_EQ(specfs_read(file, HERE, bytes, size, offset), size);
	for (size_t i = 0; i < size; i++)
		if (bytes[i] != byte)
			return false;
	return true;
}

TEST(bytes_by_path_and_through_a_handle)
{
	char bytes[16];
	struct inode *file = begin_with_file(), *dir = tree_child(volume.root, "dir");
	tree_age(dir);
	CHECK_EQ(specfs_write(volume.root, PATH("dir", "file"), "hello", 5, 0), 5);
	CHECK_EQ(file->file.size, 5);
	CHECK_EQ(specfs_write(dir, PATH("file"), " world", 6, 5), 6);
	CHECK_EQ(specfs_write(file, HERE, "J", 1, 0), 1);
	CHECK_EQ(file->file.size, 11);
	CHECK_EQ(specfs_read(file, HERE, bytes, sizeof bytes, 0), 11);
	CHECK(memcmp(bytes, "Jello world", 11) == 0);
	CHECK_UNLOCKED(file);
	CHECK_EQ(file->refs, 0);
	CHECK_EQ(volume.blocks_used, 1);
	CHECK_TIMES_OLD(dir);
	tree_check();
	tree_end();
}

TEST(the_times)
{
	struct inode *file = begin_with_file();
	CHECK_EQ(specfs_write(file, HERE, "x", 1, 0), 1);
	CHECK(tree_is_old(file->atime));
	CHECK(tree_is_now(file->mtime) && tree_is_now(file->ctime));
	tree_end();
}

TEST(nothing)
{
	struct inode *file = begin_with_file();
	CHECK_EQ(specfs_write(file, HERE, "x", 0, 0), 0);
	CHECK_EQ(specfs_write(file, HERE, "x", 0, 100), 0);
	CHECK_EQ(file->file.size, 0);
	CHECK_EQ(volume.blocks_used, 0);
	CHECK_TIMES_OLD(file);
	CHECK_UNLOCKED(file);
	tree_end();
}

TEST(across_blocks)
{
	struct inode *file = begin_with_file();
	memset(buffer, 'x', sizeof buffer);
	CHECK_EQ(specfs_write(file, HERE, buffer, BLOCK_BYTES, 1), BLOCK_BYTES);
	CHECK_EQ(volume.blocks_used, 2);
	CHECK_EQ(file->file.size, BLOCK_BYTES + 1);
	CHECK(filled(file, 0, 1, '\0'));
	CHECK(filled(file, 1, BLOCK_BYTES, 'x'));
	memset(buffer, 'y', sizeof buffer);
	CHECK_EQ(specfs_write(file, HERE, buffer, 2 * BLOCK_BYTES, BLOCK_BYTES - 1), 2 * BLOCK_BYTES);
	CHECK(filled(file, 1, BLOCK_BYTES - 2, 'x'));
	CHECK(filled(file, BLOCK_BYTES - 1, 2 * BLOCK_BYTES, 'y'));
	CHECK_EQ(volume.blocks_used, 3);
	tree_check();
	tree_end();
}

TEST(beyond_the_end)
{
	struct inode *file = begin_with_file();
	CHECK_EQ(specfs_write(file, HERE, "x", 1, (uint64_t)5 << 32), 1);
	CHECK_EQ(file->file.size, ((uint64_t)5 << 32) + 1);
	CHECK_EQ(volume.blocks_used, 1);
	CHECK(filled(file, 0, BLOCK_BYTES, '\0'));
	CHECK(filled(file, ((uint64_t)5 << 32) - 10, 10, '\0'));
	CHECK(filled(file, (uint64_t)5 << 32, 1, 'x'));
	tree_check();
	tree_end();
}

TEST(the_largest_file_and_beyond)
{
	struct inode *file = begin_with_file();
	CHECK_EQ(specfs_write(file, HERE, "x", 1, FILE_BYTES_MAX), -EFBIG);
	CHECK_EQ(specfs_write(file, HERE, "xyz", 3, (uint64_t)FILE_BYTES_MAX + 5), -EFBIG);
	CHECK_EQ(specfs_write(file, HERE, "xyz", 3, UINT64_MAX), -EFBIG);
	CHECK_EQ(file->file.size, 0);
	CHECK_EQ(volume.blocks_used, 0);
	CHECK_TIMES_OLD(file);
	CHECK_UNLOCKED(file);
	CHECK_EQ(specfs_write(file, HERE, "xyz", 3, (uint64_t)FILE_BYTES_MAX - 1), 1);
	CHECK_EQ(file->file.size, FILE_BYTES_MAX);
	CHECK(tree_is_now(file->mtime) && tree_is_now(file->ctime));
	CHECK_EQ(volume.blocks_used, 1);
	tree_check();
	tree_end();
}

TEST(blocks_end)
{
	tree_begin_with(2, 10);
	struct inode *file = tree_file(volume.root, "file"), *other = tree_file(volume.root, "other");
	memset(buffer, 'x', sizeof buffer);
	CHECK_EQ(specfs_write(file, HERE, buffer, 3 * BLOCK_BYTES, 100), 2 * BLOCK_BYTES - 100);
	CHECK_EQ(file->file.size, 2 * BLOCK_BYTES);
	CHECK(filled(file, 100, 2 * BLOCK_BYTES - 100, 'x'));
	CHECK_EQ(volume.blocks_used, 2);
	tree_age(file);
	tree_age(other);
	CHECK_EQ(specfs_write(file, HERE, buffer, 1, 2 * BLOCK_BYTES), -ENOSPC);
	CHECK_EQ(specfs_write(other, HERE, buffer, 1, 0), -ENOSPC);
	CHECK_EQ(file->file.size, 2 * BLOCK_BYTES);
	CHECK_EQ(other->file.size, 0);
	CHECK_TIMES_OLD(file);
	CHECK_TIMES_OLD(other);
	CHECK_EQ(specfs_write(file, HERE, "y", 1, BLOCK_BYTES), 1);
	CHECK_EQ(specfs_unlink(volume.root, HERE, "file"), 0);
	CHECK_EQ(specfs_write(other, HERE, buffer, 1, 0), 1);
	tree_check();
	tree_end();
}

TEST(memory_ends)
{
	int failed = 0, partial = 0;
	memset(buffer, 'x', sizeof buffer);
	for (long n = 0;; n++) {
		struct inode *file = begin_with_file();
		FAIL_ALLOCATION(n);
		int64_t count = specfs_write(volume.root, PATH("dir", "file"), buffer, 3 * BLOCK_BYTES, 0);
		FAIL_NO_ALLOCATION();
		if (count < 0) {
			failed++;
			CHECK_EQ(count, -ENOMEM);
			CHECK_EQ(file->file.size, 0);
			CHECK_EQ(volume.blocks_used, 0);
			CHECK_TIMES_OLD(file);
		} else {
			CHECK(count > 0);
			partial += count < 3 * BLOCK_BYTES;
			CHECK_EQ(file->file.size, count);
			CHECK_EQ(volume.blocks_used, (count + BLOCK_BYTES - 1) / BLOCK_BYTES);
			CHECK(filled(file, 0, (size_t)count, 'x'));
			CHECK(tree_is_now(file->mtime));
		}
		tree_check();
		tree_end();
		if (count == 3 * BLOCK_BYTES)
			break;
	}
	CHECK(failed > 0 && partial > 0);
}

TEST(directories)
{
	begin_with_file();
	struct inode *dir = tree_child(volume.root, "dir");
	tree_age(dir);
	CHECK_EQ(specfs_write(volume.root, PATH("dir"), "x", 1, 0), -EISDIR);
	CHECK_EQ(specfs_write(dir, HERE, "x", 0, 0), -EISDIR);
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
		tree_age(node);
		CHECK_EQ(specfs_write(volume.root, PATH(name), "x", 1, 0), -EINVAL);
		CHECK_EQ(node->file.size, 0);
		CHECK_TIMES_OLD(node);
	}
	CHECK_EQ(volume.blocks_used, 0);
	tree_check();
	tree_end();
}

static int64_t write_wrong(struct inode *start, const char *const *path)
{
	return specfs_write(start, path, "bytes", 5, 0);
}

TEST(paths_that_lead_nowhere)
{
	tree_try_paths(write_wrong);
}

TEST(a_removed_file_that_is_held)
{
	struct inode *file = begin_with_file();
	tree_hold(file);
	CHECK_EQ(specfs_unlink(volume.root, PATH("dir"), "file"), 0);
	CHECK_EQ(specfs_write(file, HERE, "bytes", 5, BLOCK_BYTES), 5);
	CHECK(filled(file, 0, BLOCK_BYTES, '\0'));
	CHECK_EQ(volume.blocks_used, 1);
	specfs_forget(file, 1);
	CHECK_EQ(volume.blocks_used, 0);
	tree_end();
}

TEST(zeros_after_shrinking_and_growing)
{
	struct specfs_attr attr;
	struct inode *file = begin_with_file();
	memset(buffer, 'x', sizeof buffer);
	CHECK_EQ(specfs_write(file, HERE, buffer, 2 * BLOCK_BYTES, 0), 2 * BLOCK_BYTES);
	CHECK_EQ(specfs_truncate(file, HERE, 10, &attr), 0);
	CHECK_EQ(specfs_write(file, HERE, "y", 1, BLOCK_BYTES + 10), 1);
	CHECK(filled(file, 0, 10, 'x'));
	CHECK(filled(file, 10, BLOCK_BYTES, '\0'));
	tree_check();
	tree_end();
}

TEST(a_deep_path)
{
	static const char *path[TREE_DEPTH + 2];
	tree_begin();
	struct inode *file = tree_file(tree_chain(volume.root), "file");
	memcpy(path, tree_chain_path(NULL), TREE_DEPTH * sizeof *path);
	path[TREE_DEPTH] = "file";
	CHECK_EQ(specfs_write(volume.root, path, "bytes", 5, 0), 5);
	CHECK_EQ(file->file.size, 5);
	tree_end();
}

#if !SEQUENTIAL
/* ---- Several threads, which tree_race makes with pthread_create ---- */

#define RECORD_BLOCKS 16
#define RECORD_BYTES (RECORD_BLOCKS * BLOCK_BYTES)
#define RECORDS 400

/* Writes that overlap come one after the other; each thread has blocks of its own, too. */
static void write_all(unsigned int index)
{
	static char record[TREE_THREADS][RECORD_BYTES];
	char *bytes = record[index];
	for (int i = 0; i < RECORDS; i++) {
		memset(bytes, 'A' + (int)index, RECORD_BYTES);
		CHECK_EQ(specfs_write(volume.root, PATH("dir", "file"), bytes, RECORD_BYTES, 0), RECORD_BYTES);
		CHECK_EQ(specfs_read(volume.root, PATH("dir", "file"), bytes, RECORD_BYTES, 0), RECORD_BYTES);
		CHECK(memcmp(bytes, bytes + 1, RECORD_BYTES - 1) == 0);
		uint64_t own = (RECORD_BLOCKS + (uint64_t)i * TREE_THREADS + index) * BLOCK_BYTES;
		CHECK_EQ(specfs_write(volume.root, PATH("dir", "file"), "x", 1, own), 1);
	}
}

TEST(several_threads_write_one_file)
{
	struct inode *file = begin_with_file();
	tree_race(write_all);
	CHECK_EQ(file->file.blocks, RECORD_BLOCKS + RECORDS * TREE_THREADS);
	CHECK_EQ(file->file.size, (RECORD_BLOCKS + RECORDS * TREE_THREADS - 1) * BLOCK_BYTES + 1);
	tree_check();
	tree_empty(volume.root);
	CHECK_EQ(volume.blocks_used, 0);
	tree_end();
}

static _Atomic uint64_t written;

static void write_until_full(unsigned int index)
{
	char name[2] = { (char)('0' + index), '\0' };
	for (uint64_t block = 0; block < 200; block++) {
		int64_t count = specfs_write(volume.root, PATH(name), "x", 1, block * BLOCK_BYTES);
		CHECK(count == 1 || count == -ENOSPC);
		written += count == 1;
	}
}

/* The last blocks go to whoever comes first, and none is given twice. */
TEST(several_files_fill_the_volume)
{
	tree_begin_with(300, 10);
	for (unsigned int i = 0; i < TREE_THREADS; i++) {
		char name[2] = { (char)('0' + i), '\0' };
		tree_file(volume.root, name);
	}
	written = 0;
	tree_race(write_until_full);
	CHECK_EQ(written, 300);
	CHECK_EQ(volume.blocks_used, 300);
	tree_check();
	tree_end();
}
#endif
