#include "check.h"
#include "file.h"

#define LAST_INDEX 1073741823

/* The number of blocks below a slot; fails on a node without any. */
static uint64_t count_blocks(void *at, unsigned int height)
{
	if (at == NULL || height == 0)
		return at != NULL;
	struct map_node *node = at;
	uint64_t count = 0;
	for (int i = 0; i < MAP_FANOUT; i++)
		count += count_blocks(node->slot[i], height - 1);
	CHECK(count > 0);
	return count;
}

static bool is_zero(const char *block)
{
	for (int i = 0; i < BLOCK_BYTES; i++)
		if (block[i] != 0)
			return false;
	return true;
}

static char *put(struct block_map *map, uint64_t index)
{
	char *block = NULL;
	CHECK_EQ(map_put(map, index, &block), 0);
	CHECK(block != NULL);
	CHECK(map_get(map, index) == block);
	CHECK(is_zero(block));
	memset(block, 'b', BLOCK_BYTES);
	return block;
}

static void clear(struct block_map *map, uint64_t expected)
{
	CHECK_EQ(map_prune(&map->root, map->height, 0), expected);
	CHECK(map->root == NULL);
}

TEST(the_first_block_is_the_root)
{
	struct block_map map = { .root = NULL, .height = 0 };
	char *block = put(&map, 0);
	CHECK(map.root == block);
	CHECK_EQ(map.height, 0);
	clear(&map, 1);
}

TEST(a_first_block_anywhere)
{
	const uint64_t index[] = { 1, 63, 64, 4095, 4096, 262144, 16777215, 16777216, LAST_INDEX };
	const unsigned int height[] = { 1, 1, 2, 2, 3, 4, 4, 5, 5 };
	for (int i = 0; i < 9; i++) {
		struct block_map map = { .root = NULL, .height = 0 };
		put(&map, index[i]);
		CHECK_EQ(map.height, height[i]);
		CHECK_EQ(count_blocks(map.root, map.height), 1);
		CHECK(map_get(&map, 0) == NULL);
		CHECK(map_get(&map, index[i] - 1) == NULL);
		CHECK(map_get(&map, index[i] + 1) == NULL);
		clear(&map, 1);
	}
}

TEST(blocks_in_a_row)
{
	enum { COUNT = 200 };
	struct block_map map = { .root = NULL, .height = 0 };
	char *block[COUNT];
	for (int i = 0; i < COUNT; i++)
		block[i] = put(&map, i);
	for (int i = 0; i < COUNT; i++) {
		CHECK(map_get(&map, i) == block[i]);
		CHECK(block[i][0] == 'b' && block[i][BLOCK_BYTES - 1] == 'b');
	}
	CHECK(map_get(&map, COUNT) == NULL);
	CHECK_EQ(map.height, 2);
	clear(&map, COUNT);
}

TEST(blocks_from_the_far_end)
{
	const uint64_t index[] = { LAST_INDEX, 0, 16777216, 262144 * 5 + 4096 * 63 + 64 * 2 + 1, 64, 63, LAST_INDEX - 64 };
	struct block_map map = { .root = NULL, .height = 0 };
	char *block[7];
	for (int i = 0; i < 7; i++)
		block[i] = put(&map, index[i]);
	for (int i = 0; i < 7; i++)
		CHECK(map_get(&map, index[i]) == block[i]);
	CHECK_EQ(count_blocks(map.root, map.height), 7);
	clear(&map, 7);
}

TEST(a_hole_in_a_full_node)
{
	struct block_map map = { .root = NULL, .height = 0 };
	for (int i = 0; i < 64; i++)
		if (i != 31)
			put(&map, i);
	void *root = map.root;
	put(&map, 31);
	CHECK(map.root == root);
	CHECK_EQ(map.height, 1);
	clear(&map, 64);
}

/* Fails every allocation in turn while a block is put into a map with the blocks 0 and 100. */
TEST(out_of_memory_adds_no_block)
{
	const uint64_t index[] = { 1, 64, 4096, 16777216 + 64, LAST_INDEX };
	for (int i = 0; i < 5; i++) {
		int failures = 0;
		for (int result = -ENOMEM; result != 0; failures++) {
			struct block_map map = { .root = NULL, .height = 0 };
			char *first = put(&map, 0), *other = put(&map, 100);
			char *block = first;
			FAIL_ALLOCATION(failures);
			result = map_put(&map, index[i], &block);
			FAIL_NO_ALLOCATION();
			CHECK(map_get(&map, 0) == first);
			CHECK(map_get(&map, 100) == other);
			CHECK(first[17] == 'b' && other[17] == 'b');
			if (result != 0) {
				CHECK_EQ(result, -ENOMEM);
				CHECK(block == first);
				CHECK(map_get(&map, index[i]) == NULL);
				CHECK_EQ(count_blocks(map.root, map.height), 2);
				put(&map, index[i]);
			} else {
				CHECK(block != first);
				CHECK(is_zero(block));
				CHECK(map_get(&map, index[i]) == block);
			}
			CHECK_EQ(count_blocks(map.root, map.height), 3);
			clear(&map, 3);
		}
		CHECK(failures > 1);
	}
}

TEST(out_of_memory_in_an_empty_map)
{
	int failures = 0;
	for (int result = -ENOMEM; result != 0; failures++) {
		struct block_map map = { .root = NULL, .height = 0 };
		char *block = NULL;
		FAIL_ALLOCATION(failures);
		result = map_put(&map, LAST_INDEX, &block);
		FAIL_NO_ALLOCATION();
		if (result != 0) {
			CHECK_EQ(result, -ENOMEM);
			CHECK(block == NULL);
			CHECK(map.root == NULL);
		} else {
			clear(&map, 1);
		}
	}
	CHECK_EQ(failures, 7); /* a block and five nodes */
}
