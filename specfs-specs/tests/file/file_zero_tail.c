#include "check.h"
#include "file.h"

#define LAST_INDEX 1073741823

static char *make(struct file *file, uint64_t index)
{
	char *block = NULL;
	CHECK_EQ(file_block(file, index, &block), 0);
	memset(block, 'b', BLOCK_BYTES);
	return block;
}

/* Whether the block has 'b' before `start` and zeros from there on. */
static bool is_cut_at(const char *block, int start)
{
	for (int i = 0; i < BLOCK_BYTES; i++)
		if (block[i] != (i < start ? 'b' : 0))
			return false;
	return true;
}

TEST(from_the_middle_of_a_block)
{
	const int start[] = { 4095, 4094, 4000, 100, 1 };
	struct file file = { .size = 77 };
	volume_setup(10, 10);
	char *before = make(&file, 2), *block = make(&file, 3), *after = make(&file, 4);
	for (int i = 0; i < 5; i++) {
		file_zero_tail(&file, 3 * 4096 + start[i]);
		CHECK(is_cut_at(block, start[i]));
		CHECK(is_cut_at(before, 4096));
		CHECK(is_cut_at(after, 4096));
	}
	CHECK_EQ(file.size, 77);
	CHECK_EQ(file.blocks, 3);
	CHECK_EQ(volume.blocks_used, 3);
	file_cut(&file, 0);
}

TEST(from_the_border_the_block_after_it_is_zeroed)
{
	struct file file = { .size = 0 };
	volume_setup(10, 10);
	char *before = make(&file, 2), *block = make(&file, 3), *after = make(&file, 4);
	file_zero_tail(&file, 3 * 4096);
	CHECK(is_cut_at(before, 4096));
	CHECK(is_cut_at(block, 0));
	CHECK(is_cut_at(after, 4096));
	file_cut(&file, 0);
}

TEST(a_hole_stays_a_hole)
{
	struct file file = { .size = 0 };
	volume_setup(10, 10);
	char *block = make(&file, 1);
	FAIL_ALLOCATION(0);
	file_zero_tail(&file, 5);
	file_zero_tail(&file, 2 * 4096 + 5);
	file_zero_tail(&file, 64ull * 4096 + 5);
	file_zero_tail(&file, FILE_BYTES_MAX);
	file_zero_tail(&file, UINT64_MAX);
	FAIL_NO_ALLOCATION();
	CHECK(is_cut_at(block, 4096));
	CHECK(map_get(&file.map, 0) == NULL);
	CHECK_EQ(file.blocks, 1);
	file_cut(&file, 0);
	struct file empty = { .size = 0 };
	file_zero_tail(&empty, 0);
	file_zero_tail(&empty, 100);
	CHECK(empty.map.root == NULL);
}

TEST(the_last_block_of_the_largest_file)
{
	struct file file = { .size = FILE_BYTES_MAX };
	volume_setup(10, 10);
	char *block = make(&file, LAST_INDEX), *first = make(&file, 0);
	file_zero_tail(&file, FILE_BYTES_MAX - 1);
	CHECK(is_cut_at(block, 4095));
	file_zero_tail(&file, FILE_BYTES_MAX);
	CHECK(is_cut_at(first, 4096));
	CHECK(is_cut_at(block, 4095));
	file_cut(&file, 0);
}
