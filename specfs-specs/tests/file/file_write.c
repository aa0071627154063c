#include "check.h"
#include "file.h"

#define LAST_INDEX 1073741823

/* A buffer of exactly `size` bytes, byte i being `seed + i` modulo 251, plus 1 so that none is zero. */
static char *data_of(size_t size, int seed)
{
	char *data = malloc(size > 0 ? size : 1);
	CHECK(data != NULL);
	for (size_t i = 0; i < size; i++)
		data[i] = (char)((seed + i) % 251 + 1);
	return data;
}

static int64_t write_of(struct file *file, size_t size, uint64_t offset, int seed)
{
	char *data = data_of(size, seed);
	int64_t result = file_write(file, data, size, offset);
	free(data);
	return result;
}

static void check_bytes(const struct file *file, uint64_t offset, size_t size, int seed)
{
	char *data = data_of(size, seed), *buffer = malloc(size);
	CHECK(buffer != NULL);
	CHECK_EQ(file_read(file, buffer, size, offset), size);
	CHECK(memcmp(buffer, data, size) == 0);
	free(buffer);
	free(data);
}

static void check_zero(const struct file *file, uint64_t offset, size_t size)
{
	char *buffer = malloc(size);
	CHECK(buffer != NULL);
	CHECK_EQ(file_read(file, buffer, size, offset), size);
	for (size_t i = 0; i < size; i++)
		CHECK(buffer[i] == 0);
	free(buffer);
}

/* Checks that all blocks are counted and charged, and gives them back. */
static void finish(struct file *file)
{
	CHECK_EQ(volume.blocks_used, file->blocks);
	file_cut(file, 0);
	CHECK_EQ(file->blocks, 0);
	CHECK_EQ(volume.blocks_used, 0);
}

TEST(a_first_write)
{
	struct file file = { .size = 0 };
	volume_setup(10, 10);
	CHECK_EQ(write_of(&file, 10, 0, 1), 10);
	CHECK_EQ(file.size, 10);
	CHECK_EQ(file.blocks, 1);
	check_bytes(&file, 0, 10, 1);
	finish(&file);
}

TEST(whole_blocks)
{
	struct file file = { .size = 0 };
	volume_setup(10, 10);
	CHECK_EQ(write_of(&file, 3 * 4096, 0, 1), 3 * 4096);
	CHECK_EQ(file.size, 3 * 4096);
	CHECK_EQ(file.blocks, 3);
	check_bytes(&file, 0, 3 * 4096, 1);
	finish(&file);
}

TEST(across_blocks)
{
	for (uint64_t offset = 4094; offset <= 4098; offset++) {
		for (size_t size = 4094; size <= 4098; size++) {
			struct file file = { .size = 0 };
			volume_setup(10, 10);
			CHECK_EQ(write_of(&file, 4 * 4096, 0, 1), 4 * 4096);
			CHECK_EQ(write_of(&file, size, offset, 100), size);
			CHECK_EQ(file.size, 4 * 4096);
			CHECK_EQ(file.blocks, 4);
			check_bytes(&file, 0, offset, 1);
			check_bytes(&file, offset, size, 100);
			uint64_t end = offset + size;
			check_bytes(&file, end, 4 * 4096 - end, (int)(1 + end));
			finish(&file);
		}
	}
}

TEST(only_the_blocks_written_to_are_made)
{
	struct file file = { .size = 0 };
	volume_setup(10, 10);
	CHECK_EQ(write_of(&file, 4096, 4096, 1), 4096);
	CHECK_EQ(file.blocks, 1);
	CHECK_EQ(file.size, 8192);
	CHECK_EQ(write_of(&file, 2, 4 * 4096 - 1, 1), 2);
	CHECK_EQ(file.blocks, 3);
	check_zero(&file, 0, 4096);
	check_bytes(&file, 4096, 4096, 1);
	check_zero(&file, 8192, 2 * 4096 - 1);
	finish(&file);
}

TEST(the_size_grows_and_never_falls)
{
	struct file file = { .size = 0 };
	volume_setup(10, 10);
	CHECK_EQ(write_of(&file, 100, 0, 1), 100);
	CHECK_EQ(write_of(&file, 50, 10, 2), 50);
	CHECK_EQ(file.size, 100);
	CHECK_EQ(write_of(&file, 50, 50, 2), 50);
	CHECK_EQ(file.size, 100);
	CHECK_EQ(write_of(&file, 51, 50, 2), 51);
	CHECK_EQ(file.size, 101);
	finish(&file);
}

TEST(bytes_between_the_old_end_and_the_write_are_zero)
{
	struct file file = { .size = 0 };
	volume_setup(10, 10);
	CHECK_EQ(write_of(&file, 10, 0, 1), 10);
	CHECK_EQ(write_of(&file, 10, 50, 2), 10);
	CHECK_EQ(file.size, 60);
	check_bytes(&file, 0, 10, 1);
	check_zero(&file, 10, 40);
	check_bytes(&file, 50, 10, 2);
	CHECK_EQ(write_of(&file, 10, 10000, 3), 10);
	CHECK_EQ(file.size, 10010);
	check_zero(&file, 60, 10000 - 60);
	check_bytes(&file, 10000, 10, 3);
	finish(&file);
}

TEST(the_bytes_after_the_end_stay_zero)
{
	struct file file = { .size = 0 };
	volume_setup(10, 10);
	CHECK_EQ(write_of(&file, 10, 0, 1), 10);
	char *block = map_get(&file.map, 0);
	for (int i = 10; i < BLOCK_BYTES; i++)
		CHECK(block[i] == 0);
	finish(&file);
}

TEST(nothing_to_write)
{
	struct file file = { .size = 0 };
	volume_setup(10, 10);
	CHECK_EQ(file_write(&file, NULL, 0, 0), 0);
	CHECK_EQ(file_write(&file, NULL, 0, 5000), 0);
	CHECK_EQ(file_write(&file, NULL, 0, FILE_BYTES_MAX), 0);
	CHECK_EQ(file_write(&file, NULL, 0, UINT64_MAX), 0);
	CHECK_EQ(file.size, 0);
	CHECK_EQ(file.blocks, 0);
	CHECK(file.map.root == NULL);
	CHECK_EQ(volume.blocks_used, 0);
	volume_setup(0, 10);
	CHECK_EQ(file_write(&file, NULL, 0, 0), 0);
}

TEST(at_and_beyond_the_largest_size)
{
	struct file file = { .size = 0 };
	volume_setup(10, 10);
	CHECK_EQ(write_of(&file, 1, FILE_BYTES_MAX, 1), -EFBIG);
	CHECK_EQ(write_of(&file, 1, FILE_BYTES_MAX + 1, 1), -EFBIG);
	CHECK_EQ(write_of(&file, 10, UINT64_MAX, 1), -EFBIG);
	CHECK_EQ(write_of(&file, 10, UINT64_MAX - 5, 1), -EFBIG);
	CHECK_EQ(file.size, 0);
	CHECK_EQ(file.blocks, 0);
	CHECK_EQ(volume.blocks_used, 0);
	volume_setup(0, 10);
	CHECK_EQ(write_of(&file, 1, FILE_BYTES_MAX, 1), -EFBIG);
}

TEST(a_write_across_the_largest_size_is_cut)
{
	struct file file = { .size = 0 };
	volume_setup(10, 10);
	CHECK_EQ(write_of(&file, 5000, FILE_BYTES_MAX - 4500, 1), 4500);
	CHECK_EQ(file.size, FILE_BYTES_MAX);
	CHECK_EQ(file.blocks, 2);
	check_bytes(&file, FILE_BYTES_MAX - 4500, 4500, 1);
	CHECK_EQ(write_of(&file, 1, FILE_BYTES_MAX - 1, 9), 1);
	check_bytes(&file, FILE_BYTES_MAX - 1, 1, 9);
	finish(&file);
}

TEST(a_sum_that_does_not_fit_64_bits)
{
	struct file file = { .size = 0 };
	char *data = data_of(20, 5);
	volume_setup(10, 10);
	CHECK_EQ(file_write(&file, data, SIZE_MAX, FILE_BYTES_MAX - 20), 20);
	CHECK_EQ(file.size, FILE_BYTES_MAX);
	CHECK_EQ(file.blocks, 1);
	check_bytes(&file, FILE_BYTES_MAX - 20, 20, 5);
	free(data);
	finish(&file);
}

TEST(a_full_volume)
{
	struct file file = { .size = 0 };
	volume_setup(1, 10);
	CHECK_EQ(write_of(&file, 10, 0, 1), 10);
	CHECK_EQ(write_of(&file, 10, 4096, 2), -ENOSPC);
	CHECK_EQ(write_of(&file, 10, 1ull << 40, 2), -ENOSPC);
	CHECK_EQ(file.size, 10);
	CHECK_EQ(file.blocks, 1);
	check_bytes(&file, 0, 10, 1);
	CHECK_EQ(write_of(&file, 4096, 0, 3), 4096);
	CHECK_EQ(file.size, 4096);
	check_bytes(&file, 0, 4096, 3);
	finish(&file);
}

TEST(the_space_ends_midway)
{
	struct file file = { .size = 0 };
	volume_setup(2, 10);
	CHECK_EQ(write_of(&file, 3 * 4096, 100, 1), 2 * 4096 - 100);
	CHECK_EQ(file.size, 2 * 4096);
	CHECK_EQ(file.blocks, 2);
	check_zero(&file, 0, 100);
	check_bytes(&file, 100, 2 * 4096 - 100, 1);
	finish(&file);
}

TEST(the_space_ends_midway_inside_the_old_size)
{
	struct file file = { .size = 5 * 4096 };
	volume_setup(2, 10);
	CHECK_EQ(write_of(&file, 3 * 4096, 4096 + 1, 1), 2 * 4096 - 1);
	CHECK_EQ(file.size, 5 * 4096);
	CHECK_EQ(file.blocks, 2);
	check_bytes(&file, 4097, 2 * 4096 - 1, 1);
	check_zero(&file, 3 * 4096, 2 * 4096);
	finish(&file);
}

/* A file of 100 bytes in block 1, written to from there over three new blocks. */
TEST(memory_ends_anywhere)
{
	int failures = 0;
	bool whole = false;
	bool failed = false, short_write = false;
	for (; !whole; failures++) {
		struct file file = { .size = 0 };
		volume_setup(10, 10);
		CHECK_EQ(write_of(&file, 100, 4096, 7), 100);
		char *data = data_of(3 * 4096, 1);
		FAIL_ALLOCATION(failures);
		int64_t result = file_write(&file, data, 3 * 4096, 63 * 4096 + 1000);
		FAIL_NO_ALLOCATION();
		free(data);
		whole = result == 3 * 4096;
		if (result < 0) {
			CHECK_EQ(result, -ENOMEM);
			CHECK_EQ(file.size, 4196);
			CHECK_EQ(file.blocks, 1);
			failed = true;
		} else if (!whole) {
			CHECK(result > 0);
			CHECK_EQ((1000 + result) % 4096, 0);
			CHECK_EQ(file.size, 63 * 4096 + 1000 + result);
			CHECK_EQ(file.blocks, 1 + (1000 + result) / 4096);
			short_write = true;
		}
		if (result > 0)
			check_bytes(&file, 63 * 4096 + 1000, result, 1);
		check_bytes(&file, 4096, 100, 7);
		finish(&file);
	}
	CHECK(failed);
	CHECK(short_write);
}
