#include "check.h"
#include "file.h"

#define LAST_INDEX 1073741823

/* Gives the file a block whose byte i is `seed + i` modulo 251. */
static void make(struct file *file, uint64_t index, int seed)
{
	char *block = NULL;
	CHECK_EQ(file_block(file, index, &block), 0);
	for (int i = 0; i < BLOCK_BYTES; i++)
		block[i] = (char)((seed + i) % 251);
}

/* Reads into memory of exactly the expected size plus a margin that must stay as it is. */
static char *read_of(const struct file *file, size_t size, uint64_t offset, size_t expected)
{
	char *buffer = malloc(expected + 16);
	CHECK(buffer != NULL);
	memset(buffer, '#', expected + 16);
	CHECK_EQ(file_read(file, buffer, size, offset), expected);
	for (int i = 0; i < 16; i++)
		CHECK(buffer[expected + i] == '#');
	return buffer;
}

static void check_pattern(const char *buffer, size_t count, int seed)
{
	for (size_t i = 0; i < count; i++)
		CHECK(buffer[i] == (char)((seed + i) % 251));
}

static void check_zero(const char *buffer, size_t count)
{
	for (size_t i = 0; i < count; i++)
		CHECK(buffer[i] == 0);
}

TEST(at_and_beyond_the_end)
{
	struct file file = { .size = 10 };
	volume_setup(10, 10);
	make(&file, 0, 1);
	free(read_of(&file, 5, 10, 0));
	free(read_of(&file, 5, 11, 0));
	free(read_of(&file, 5, 4096, 0));
	free(read_of(&file, 5, FILE_BYTES_MAX, 0));
	free(read_of(&file, 5, UINT64_MAX, 0));
	free(read_of(&file, 5, UINT64_MAX - 4, 0));
	file_cut(&file, 0);
	struct file empty = { .size = 0 };
	free(read_of(&empty, 5, 0, 0));
	free(read_of(&empty, 5, UINT64_MAX, 0));
}

TEST(nothing_wanted)
{
	struct file file = { .size = 10 };
	volume_setup(10, 10);
	make(&file, 0, 1);
	CHECK_EQ(file_read(&file, NULL, 0, 0), 0);
	CHECK_EQ(file_read(&file, NULL, 0, 9), 0);
	CHECK_EQ(file_read(&file, NULL, 0, 10), 0);
	file_cut(&file, 0);
}

TEST(inside_one_block)
{
	struct file file = { .size = 4096 };
	volume_setup(10, 10);
	make(&file, 0, 1);
	char *buffer = read_of(&file, 4096, 0, 4096);
	check_pattern(buffer, 4096, 1);
	free(buffer);
	buffer = read_of(&file, 100, 50, 100);
	check_pattern(buffer, 100, 51);
	free(buffer);
	buffer = read_of(&file, 1, 4095, 1);
	check_pattern(buffer, 1, 1 + 4095);
	free(buffer);
	file_cut(&file, 0);
}

TEST(the_size_cuts_the_read)
{
	struct file file = { .size = 1000 };
	volume_setup(10, 10);
	make(&file, 0, 1);
	char *buffer = read_of(&file, 4096, 0, 1000);
	check_pattern(buffer, 1000, 1);
	free(buffer);
	buffer = read_of(&file, 2, 999, 1);
	check_pattern(buffer, 1, 1000);
	free(buffer);
	buffer = read_of(&file, SIZE_MAX, 990, 10);
	check_pattern(buffer, 10, 991);
	free(buffer);
	file_cut(&file, 0);
}

TEST(across_blocks)
{
	struct file file = { .size = 3 * 4096 };
	volume_setup(10, 10);
	make(&file, 0, 0);
	make(&file, 1, 100);
	make(&file, 2, 200);
	for (uint64_t offset = 4094; offset <= 4098; offset++) {
		for (size_t size = 4094; size <= 4098; size++) {
			char *buffer = read_of(&file, size, offset, size);
			for (size_t i = 0; i < size; i++) {
				uint64_t at = offset + i;
				CHECK(buffer[i] == (char)((at / 4096 * 100 + at % 4096) % 251));
			}
			free(buffer);
		}
	}
	char *buffer = read_of(&file, 3 * 4096, 0, 3 * 4096);
	check_pattern(buffer, 4096, 0);
	check_pattern(buffer + 4096, 4096, 100);
	check_pattern(buffer + 8192, 4096, 200);
	free(buffer);
	file_cut(&file, 0);
}

TEST(holes_are_zeros)
{
	struct file file = { .size = 5 * 4096 };
	volume_setup(10, 10);
	make(&file, 1, 7);
	make(&file, 3, 9);
	FAIL_ALLOCATION(1); /* the buffer's is the only allocation */
	char *buffer = read_of(&file, 5 * 4096, 0, 5 * 4096);
	FAIL_NO_ALLOCATION();
	check_zero(buffer, 4096);
	check_pattern(buffer + 4096, 4096, 7);
	check_zero(buffer + 2 * 4096, 4096);
	check_pattern(buffer + 3 * 4096, 4096, 9);
	check_zero(buffer + 4 * 4096, 4096);
	free(buffer);
	CHECK_EQ(file.blocks, 2);
	file_cut(&file, 0);
}

TEST(a_file_that_is_all_hole)
{
	struct file file = { .size = FILE_BYTES_MAX };
	char *buffer = read_of(&file, 10000, 1ull << 41, 10000);
	check_zero(buffer, 10000);
	free(buffer);
	buffer = read_of(&file, 10000, FILE_BYTES_MAX - 300, 300);
	check_zero(buffer, 300);
	free(buffer);
}

TEST(the_end_of_the_largest_file)
{
	struct file file = { .size = FILE_BYTES_MAX };
	volume_setup(10, 10);
	make(&file, LAST_INDEX, 3);
	char *buffer = read_of(&file, 8192, FILE_BYTES_MAX - 4096 - 5, 4096 + 5);
	check_zero(buffer, 5);
	check_pattern(buffer + 5, 4096, 3);
	free(buffer);
	buffer = read_of(&file, SIZE_MAX, FILE_BYTES_MAX - 1, 1);
	check_pattern(buffer, 1, 3 + 4095);
	free(buffer);
	file_cut(&file, 0);
}

TEST(offsets_of_more_than_32_bits)
{
	struct file file = { .size = (1ull << 33) + 4096 };
	volume_setup(10, 10);
	make(&file, 0, 11);
	make(&file, 1ull << 21, 42);
	char *buffer = read_of(&file, 100, 1ull << 33, 100);
	check_pattern(buffer, 100, 42);
	free(buffer);
	buffer = read_of(&file, 100, 1ull << 32, 100);
	check_zero(buffer, 100);
	free(buffer);
	file_cut(&file, 0);
}
