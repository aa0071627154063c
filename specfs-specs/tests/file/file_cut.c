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

static void check_empty(const struct file *file)
{
	CHECK(file->map.root == NULL);
	CHECK_EQ(file->map.height, 0);
	CHECK_EQ(file->blocks, 0);
}

TEST(an_empty_file)
{
	struct file file = { .size = 12345 };
	volume_setup(10, 10);
	file_cut(&file, 0);
	file_cut(&file, 7);
	file_cut(&file, UINT64_MAX);
	check_empty(&file);
	CHECK_EQ(file.size, 12345);
	CHECK_EQ(volume.blocks_used, 0);
}

TEST(the_end_is_cut_off_and_given_back)
{
	struct file file = { .size = 99 };
	char *block[100];
	volume_setup(1000, 10);
	volume.blocks_used = 5; /* of other files */
	for (int i = 0; i < 100; i++)
		block[i] = make(&file, i);
	file_cut(&file, 100);
	CHECK_EQ(file.blocks, 100);
	CHECK_EQ(volume.blocks_used, 105);
	file_cut(&file, 64);
	CHECK_EQ(file.blocks, 64);
	CHECK_EQ(volume.blocks_used, 69);
	CHECK_EQ(file.map.height, 1);
	file_cut(&file, 10);
	CHECK_EQ(file.blocks, 10);
	CHECK_EQ(volume.blocks_used, 15);
	CHECK_EQ(file.size, 99);
	for (int i = 0; i < 100; i++)
		CHECK(map_get(&file.map, i) == (i < 10 ? block[i] : NULL));
	for (int i = 0; i < 10; i++)
		CHECK(block[i][0] == 'b' && block[i][BLOCK_BYTES - 1] == 'b');
	file_cut(&file, 0);
	check_empty(&file);
	CHECK_EQ(volume.blocks_used, 5);
}

TEST(a_sparse_file_gets_low_again)
{
	struct file file = { .size = 0 };
	volume_setup(1000, 10);
	char *first = make(&file, 0);
	make(&file, 4096);
	make(&file, 16777216);
	make(&file, LAST_INDEX);
	CHECK_EQ(file.map.height, 5);
	file_cut(&file, 1ull << 32);
	CHECK_EQ(file.blocks, 4);
	file_cut(&file, LAST_INDEX + 1ull);
	CHECK_EQ(file.blocks, 4);
	file_cut(&file, LAST_INDEX);
	CHECK_EQ(file.blocks, 3);
	CHECK_EQ(file.map.height, 5);
	file_cut(&file, 4097);
	CHECK_EQ(file.blocks, 2);
	CHECK_EQ(file.map.height, 3);
	file_cut(&file, 1);
	CHECK_EQ(file.blocks, 1);
	CHECK_EQ(volume.blocks_used, 1);
	CHECK_EQ(file.map.height, 0);
	CHECK(file.map.root == first);
	file_cut(&file, 0);
	check_empty(&file);
	CHECK_EQ(volume.blocks_used, 0);
}

TEST(a_hole_before_the_cut_stays_a_hole)
{
	struct file file = { .size = 0 };
	volume_setup(1000, 10);
	char *block = make(&file, 70);
	make(&file, 90);
	file_cut(&file, 80);
	CHECK_EQ(file.blocks, 1);
	CHECK(map_get(&file.map, 70) == block);
	CHECK(map_get(&file.map, 0) == NULL);
	CHECK(map_get(&file.map, 90) == NULL);
	file_cut(&file, 70);
	check_empty(&file);
	CHECK_EQ(volume.blocks_used, 0);
}

TEST(a_map_grown_in_vain_gets_low_again)
{
	struct file file = { .map = { .root = NULL, .height = 5 } };
	volume_setup(1000, 10);
	file_cut(&file, 3);
	check_empty(&file);
}
