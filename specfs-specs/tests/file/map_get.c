#include "check.h"
#include "file.h"

static char block[8][BLOCK_BYTES];

TEST(an_empty_map_has_no_blocks)
{
	for (unsigned int height = 0; height <= MAP_HEIGHT_MAX; height++) {
		struct block_map map = { .root = NULL, .height = height };
		CHECK(map_get(&map, 0) == NULL);
		CHECK(map_get(&map, 63) == NULL);
		CHECK(map_get(&map, 64) == NULL);
		CHECK(map_get(&map, 1073741823) == NULL);
	}
}

TEST(at_height_0_the_root_is_the_block)
{
	struct block_map map = { .root = block[0], .height = 0 };
	CHECK(map_get(&map, 0) == block[0]);
	CHECK(map_get(&map, 1) == NULL);
	CHECK(map_get(&map, 64) == NULL);
	CHECK(map_get(&map, UINT64_MAX) == NULL);
}

TEST(one_node)
{
	struct map_node node = { .slot = { [0] = block[0], [5] = block[1], [63] = block[2] } };
	struct block_map map = { .root = &node, .height = 1 };
	CHECK(map_get(&map, 0) == block[0]);
	CHECK(map_get(&map, 1) == NULL);
	CHECK(map_get(&map, 5) == block[1]);
	CHECK(map_get(&map, 62) == NULL);
	CHECK(map_get(&map, 63) == block[2]);
	CHECK(map_get(&map, 64) == NULL);
	CHECK(map_get(&map, 64 + 5) == NULL);
	CHECK(map_get(&map, 4096) == NULL);
}

TEST(the_slot_follows_from_the_index_at_every_level)
{
	/* 2 * 64 + 3, and 63 * 64 + 63: the last index of height 2. */
	struct map_node left = { .slot = { [3] = block[0] } };
	struct map_node right = { .slot = { [63] = block[1], [0] = block[2] } };
	struct map_node root = { .slot = { [2] = &left, [63] = &right } };
	struct block_map map = { .root = &root, .height = 2 };
	CHECK(map_get(&map, 131) == block[0]);
	CHECK(map_get(&map, 130) == NULL);
	CHECK(map_get(&map, 132) == NULL);
	CHECK(map_get(&map, 3 * 64 + 2) == NULL);
	CHECK(map_get(&map, 4095) == block[1]);
	CHECK(map_get(&map, 4032) == block[2]);
	CHECK(map_get(&map, 4031) == NULL);
	CHECK(map_get(&map, 4096) == NULL);
	CHECK(map_get(&map, 4096 + 131) == NULL);
}

TEST(the_highest_map)
{
	/* The index is 1, 2, 3, 4, 5 in base 64; the last one is all 63. */
	struct map_node level[10] = { 0 };
	struct block_map map = { .root = &level[0], .height = 5 };
	uint64_t index = (((1ull * 64 + 2) * 64 + 3) * 64 + 4) * 64 + 5;
	level[0].slot[1] = &level[1];
	level[1].slot[2] = &level[2];
	level[2].slot[3] = &level[3];
	level[3].slot[4] = &level[4];
	level[4].slot[5] = block[0];
	level[0].slot[63] = &level[5];
	level[5].slot[63] = &level[6];
	level[6].slot[63] = &level[7];
	level[7].slot[63] = &level[8];
	level[8].slot[63] = block[1];
	CHECK(map_get(&map, index) == block[0]);
	CHECK(map_get(&map, index - 1) == NULL);
	CHECK(map_get(&map, index + 1) == NULL);
	CHECK(map_get(&map, index + 64) == NULL);
	CHECK(map_get(&map, index + 16777216) == NULL);
	CHECK(map_get(&map, 1073741823) == block[1]);
	CHECK(map_get(&map, 1073741824) == NULL);
	CHECK(map_get(&map, 1073741824 + index) == NULL);
	CHECK(map_get(&map, (1ull << 32) + index) == NULL);
	CHECK(map_get(&map, UINT64_MAX) == NULL);
}

TEST(looking_changes_nothing)
{
	struct map_node node = { .slot = { [5] = block[1] } }, before = node;
	struct block_map map = { .root = &node, .height = 1 };
	map_get(&map, 5);
	map_get(&map, 6);
	map_get(&map, 600);
	CHECK(map.root == &node);
	CHECK_EQ(map.height, 1);
	CHECK(memcmp(&node, &before, sizeof(node)) == 0);
}
