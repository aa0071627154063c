#include "check.h"
#include "file.h"

#define LAST_INDEX 1073741823

static char *put(struct block_map *map, uint64_t index)
{
	char *block = NULL;
	CHECK_EQ(map_put(map, index, &block), 0);
	memset(block, 'b', BLOCK_BYTES);
	return block;
}

static void clear(struct block_map *map, uint64_t expected)
{
	CHECK_EQ(map_prune(&map->root, map->height, 0), expected);
}

TEST(an_empty_map_becomes_flat)
{
	for (unsigned int height = 0; height <= MAP_HEIGHT_MAX; height++) {
		struct block_map map = { .root = NULL, .height = height };
		map_shrink(&map);
		CHECK(map.root == NULL);
		CHECK_EQ(map.height, 0);
	}
}

TEST(a_single_block_becomes_the_root)
{
	for (unsigned int height = 0; height <= MAP_HEIGHT_MAX; height++) {
		struct block_map map = { .root = NULL, .height = height };
		char *block = put(&map, 0);
		CHECK_EQ(map.height, height);
		map_shrink(&map);
		CHECK_EQ(map.height, 0);
		CHECK(map.root == block);
		CHECK(block[0] == 'b' && block[BLOCK_BYTES - 1] == 'b');
		clear(&map, 1);
	}
}

TEST(the_height_follows_the_highest_block)
{
	const uint64_t index[] = { 1, 63, 64, 4095, 4096, 262143, 262144, 16777215, 16777216, LAST_INDEX };
	const unsigned int height[] = { 1, 1, 2, 2, 3, 3, 4, 4, 5, 5 };
	for (int i = 0; i < 10; i++) {
		struct block_map map = { .root = NULL, .height = MAP_HEIGHT_MAX };
		char *first = put(&map, 0), *last = put(&map, index[i]);
		map_shrink(&map);
		CHECK_EQ(map.height, height[i]);
		CHECK(map_get(&map, 0) == first);
		CHECK(map_get(&map, index[i]) == last);
		CHECK(map_get(&map, index[i] - 1) == (index[i] == 1 ? first : NULL));
		map_shrink(&map);
		CHECK_EQ(map.height, height[i]);
		clear(&map, 2);
	}
}

TEST(a_low_map_without_its_first_block_stays)
{
	struct block_map map = { .root = NULL, .height = 0 };
	char *block = put(&map, 1);
	void *root = map.root;
	map_shrink(&map);
	CHECK_EQ(map.height, 1);
	CHECK(map.root == root);
	CHECK(map_get(&map, 1) == block);
	clear(&map, 1);
}

TEST(levels_with_slot_0_only_go_and_lower_ones_stay)
{
	struct block_map map = { .root = NULL, .height = MAP_HEIGHT_MAX };
	char *middle = put(&map, 70), *low = put(&map, 2);
	map_shrink(&map);
	CHECK_EQ(map.height, 2);
	CHECK(map_get(&map, 70) == middle);
	CHECK(map_get(&map, 2) == low);
	CHECK(map_get(&map, 70 + 4096) == NULL);
	clear(&map, 2);
}
