#include "check.h"
#include "interface.h"
#include "interface/tree.h"

static char buffer[4 * BLOCK_BYTES];

static int64_t read_at(struct inode *start, const char *const *path, size_t size, uint64_t offset)
{
	CHECK(size <= sizeof buffer);
	memset(buffer, '#', sizeof buffer);
	int64_t count = specfs_read(start, path, buffer, size, offset);
	for (size_t i = count > 0 ? (size_t)count : 0; i < sizeof buffer; i++)
		CHECK(buffer[i] == '#');
	return count;
}

static char byte_at(uint64_t offset)
{
	return (char)('a' + offset % 23);
}

/* A file of two blocks and a half in "dir". */
static struct inode *begin_with_file(void)
{
	static char bytes[2 * BLOCK_BYTES + 2048];
	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = byte_at(i);
	tree_begin();
	struct inode *file = tree_file(tree_dir(volume.root, "dir"), "file");
	tree_fill(file, bytes, sizeof bytes);
	tree_age(file);
	return file;
}

static void check_bytes(size_t count, uint64_t offset)
{
	for (size_t i = 0; i < count; i++)
		CHECK(buffer[i] == byte_at(offset + i));
}

TEST(the_whole_file)
{
	struct inode *file = begin_with_file(), *dir = tree_child(volume.root, "dir");
	CHECK_EQ(read_at(volume.root, PATH("dir", "file"), sizeof buffer, 0), 10240);
	check_bytes(10240, 0);
	CHECK_EQ(read_at(dir, PATH("file"), 10240, 0), 10240);
	check_bytes(10240, 0);
	CHECK_EQ(read_at(file, HERE, 10239, 0), 10239);
	check_bytes(10239, 0);
	CHECK_UNLOCKED(file);
	tree_check();
	tree_end();
}

TEST(parts_of_it)
{
	static const struct {
		size_t size;
		uint64_t offset;
		int64_t count;
	} part[] = {
		{ 1, 0, 1 },          { 1, 4095, 1 },     { 2, 4095, 2 },      { 1, 4096, 1 },
		{ 4096, 4096, 4096 }, { 4097, 1, 4097 },  { 8194, 4095, 6145 }, { 5000, 10239, 1 },
		{ 1, 10239, 1 },      { 1, 10240, 0 },    { 100, 10241, 0 },   { 100, UINT64_MAX, 0 },
		{ 0, 0, 0 },          { 0, 20000, 0 },    { 16384, 8192, 2048 },
	};
	struct inode *file = begin_with_file();
	for (size_t i = 0; i < sizeof part / sizeof *part; i++) {
		CHECK_EQ(read_at(file, HERE, part[i].size, part[i].offset), part[i].count);
		check_bytes((size_t)part[i].count, part[i].offset);
	}
	tree_end();
}

TEST(holes_are_zeros)
{
	struct inode *file = begin_with_file();
	lock(file);
	CHECK_EQ(file_resize(&file->file, (uint64_t)6 << 32), 0);
	CHECK_EQ(file_write(&file->file, "end", 3, ((uint64_t)6 << 32) - 3), 3);
	unlock(file);
	uint64_t blocks = volume.blocks_used;
	CHECK_EQ(read_at(file, HERE, 5000, 10000), 5000);
	check_bytes(240, 10000);
	for (size_t i = 240; i < 5000; i++)
		CHECK(buffer[i] == '\0');
	CHECK_EQ(read_at(file, HERE, 100, (uint64_t)5 << 32), 100);
	for (size_t i = 0; i < 100; i++)
		CHECK(buffer[i] == '\0');
	CHECK_EQ(read_at(file, HERE, 5000, ((uint64_t)6 << 32) - 10), 10);
	CHECK(memcmp(buffer, "\0\0\0\0\0\0\0end", 10) == 0);
	CHECK_EQ(volume.blocks_used, blocks);
	tree_end();
}

TEST(an_empty_file)
{
	tree_begin();
	tree_file(volume.root, "file");
	CHECK_EQ(read_at(volume.root, PATH("file"), 100, 0), 0);
	tree_end();
}

TEST(changes_nothing)
{
	struct inode *file = begin_with_file();
	CHECK_EQ(read_at(file, HERE, 100, 0), 100);
	CHECK_TIMES_OLD(file);
	CHECK_EQ(file->refs, 0);
	CHECK_EQ(file->file.size, 10240);
	tree_end();
}

TEST(directories)
{
	begin_with_file();
	CHECK_EQ(read_at(volume.root, PATH("dir"), 100, 0), -EISDIR);
	CHECK_EQ(read_at(volume.root, HERE, 0, 0), -EISDIR);
	tree_check();
	tree_end();
}

TEST(other_kinds)
{
	static const uint32_t kinds[] = { S_IFLNK, S_IFIFO, S_IFSOCK, S_IFCHR, S_IFBLK };
	tree_begin();
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		char name[2] = { (char)('a' + i), '\0' };
		tree_fill(tree_add(volume.root, name, kinds[i] | 0644), "target", 6);
		CHECK_EQ(read_at(volume.root, PATH(name), 6, 0), -EINVAL);
	}
	tree_check();
	tree_end();
}

static int64_t read_wrong(struct inode *start, const char *const *path)
{
	return read_at(start, path, 100, 0);
}

TEST(paths_that_lead_nowhere)
{
	tree_try_paths(read_wrong);
}

TEST(a_removed_file_that_is_held)
{
	struct inode *file = begin_with_file();
	tree_hold(file);
	CHECK_EQ(specfs_unlink(volume.root, PATH("dir"), "file"), 0);
	CHECK_EQ(read_at(file, HERE, 10240, 0), 10240);
	check_bytes(10240, 0);
	specfs_forget(file, 1);
	tree_check();
	tree_end();
}

TEST(a_deep_path)
{
	static const char *path[TREE_DEPTH + 2];
	tree_begin();
	tree_fill(tree_file(tree_chain(volume.root), "file"), "bytes", 5);
	memcpy(path, tree_chain_path(NULL), TREE_DEPTH * sizeof *path);
	path[TREE_DEPTH] = "file";
	CHECK_EQ(read_at(volume.root, path, 100, 0), 5);
	CHECK(memcmp(buffer, "bytes", 5) == 0);
	tree_end();
}

#if !SEQUENTIAL
/* ---- Several threads, which tree_race makes with pthread_create ---- */

static struct inode *shared;

#define RECORD_BYTES (16 * BLOCK_BYTES)

/* A read sees a write whole or not at all. */
static void fill_or_read(unsigned int index)
{
	static char record[TREE_THREADS][RECORD_BYTES];
	char *bytes = record[index];
	for (int i = 0; i < 1000; i++) {
		if (index % 2) {
			memset(bytes, 'A' + (int)index + i % 2, RECORD_BYTES);
			lock(shared);
			CHECK_EQ(file_write(&shared->file, bytes, RECORD_BYTES, 0), RECORD_BYTES);
			unlock(shared);
		} else {
			CHECK_EQ(specfs_read(volume.root, PATH("dir", "file"), bytes, RECORD_BYTES, 0), RECORD_BYTES);
			CHECK(memcmp(bytes, bytes + 1, RECORD_BYTES - 1) == 0);
		}
	}
}

TEST(a_file_that_changes_meanwhile)
{
	static char bytes[RECORD_BYTES];
	shared = begin_with_file();
	lock(shared);
	CHECK_EQ(file_write(&shared->file, bytes, sizeof bytes, 0), sizeof bytes);
	unlock(shared);
	tree_race(fill_or_read);
	tree_check();
	tree_end();
}
#endif
