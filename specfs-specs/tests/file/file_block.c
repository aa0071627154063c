#include "check.h"
#include "file.h"

#define LAST_INDEX 1073741823

static bool is_zero(const char *block)
{
	for (int i = 0; i < BLOCK_BYTES; i++)
		if (block[i] != 0)
			return false;
	return true;
}

static void clear(struct file *file)
{
	CHECK_EQ(map_prune(&file->map.root, file->map.height, 0), file->blocks);
	CHECK(file->map.root == NULL);
}

TEST(a_missing_block_is_made_zeroed_and_charged)
{
	struct file file = { .size = 5 };
	char *block = NULL;
	volume_setup(10, 10);
	CHECK_EQ(file_block(&file, 0, &block), 0);
	CHECK(block != NULL);
	CHECK(map_get(&file.map, 0) == block);
	CHECK(is_zero(block));
	CHECK_EQ(file.blocks, 1);
	CHECK_EQ(volume.blocks_used, 1);
	CHECK_EQ(file.size, 5);
	clear(&file);
}

TEST(a_present_block_is_found_and_not_charged)
{
	struct file file = { .size = 0 };
	char *made = NULL, *found = NULL;
	volume_setup(10, 10);
	CHECK_EQ(file_block(&file, 3, &made), 0);
	memset(made, 'b', BLOCK_BYTES);
	FAIL_ALLOCATION(0);
	CHECK_EQ(file_block(&file, 3, &found), 0);
	FAIL_NO_ALLOCATION();
	CHECK(found == made);
	CHECK(found[0] == 'b' && found[BLOCK_BYTES - 1] == 'b');
	CHECK_EQ(file.blocks, 1);
	CHECK_EQ(volume.blocks_used, 1);
	clear(&file);
}

TEST(blocks_anywhere)
{
	const uint64_t index[] = { LAST_INDEX, 0, 63, 64, 16777216 };
	struct file file = { .size = 0 };
	char *made[5];
	volume_setup(10, 10);
	for (int i = 0; i < 5; i++) {
		CHECK_EQ(file_block(&file, index[i], &made[i]), 0);
		CHECK_EQ(file.blocks, i + 1);
		CHECK_EQ(volume.blocks_used, i + 1);
	}
	for (int i = 0; i < 5; i++)
		CHECK(map_get(&file.map, index[i]) == made[i]);
	CHECK(map_get(&file.map, 1) == NULL);
	clear(&file);
}

TEST(a_full_volume)
{
	struct file file = { .size = 0 };
	char *first = NULL, *block = NULL;
	volume_setup(1, 10);
	CHECK_EQ(file_block(&file, 0, &first), 0);
	CHECK_EQ(file_block(&file, 1, &block), -ENOSPC);
	CHECK_EQ(file_block(&file, LAST_INDEX, &block), -ENOSPC);
	CHECK_EQ(file.blocks, 1);
	CHECK_EQ(volume.blocks_used, 1);
	CHECK(map_get(&file.map, 1) == NULL);
	CHECK(map_get(&file.map, LAST_INDEX) == NULL);
	CHECK(map_get(&file.map, 0) == first);
	CHECK_EQ(file_block(&file, 0, &block), 0);
	CHECK(block == first);
	clear(&file);
	volume_setup(0, 10);
	struct file empty = { .size = 0 };
	CHECK_EQ(file_block(&empty, 0, &block), -ENOSPC);
	CHECK_EQ(empty.blocks, 0);
	CHECK(empty.map.root == NULL);
}

TEST(a_full_volume_comes_before_memory)
{
	struct file file = { .size = 0 };
	char *block = NULL;
	volume_setup(0, 10);
	FAIL_ALLOCATION(0);
	CHECK_EQ(file_block(&file, 0, &block), -ENOSPC);
}

TEST(out_of_memory_charges_nothing)
{
	int failures = 0;
	for (int result = -ENOMEM; result != 0; failures++) {
		struct file file = { .size = 7 };
		char *first = NULL, *block = NULL;
		volume_setup(10, 10);
		CHECK_EQ(file_block(&file, 0, &first), 0);
		FAIL_ALLOCATION(failures);
		result = file_block(&file, LAST_INDEX, &block);
		FAIL_NO_ALLOCATION();
		CHECK(map_get(&file.map, 0) == first);
		CHECK_EQ(file.size, 7);
		if (result != 0) {
			CHECK_EQ(result, -ENOMEM);
			CHECK_EQ(file.blocks, 1);
			CHECK_EQ(volume.blocks_used, 1);
			CHECK(map_get(&file.map, LAST_INDEX) == NULL);
		} else {
			CHECK_EQ(file.blocks, 2);
			CHECK_EQ(volume.blocks_used, 2);
			CHECK(map_get(&file.map, LAST_INDEX) == block);
		}
		clear(&file);
	}
	CHECK(failures > 1);
}
