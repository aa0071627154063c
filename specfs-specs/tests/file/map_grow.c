#include "check.h"
#include "file.h"

#define LAST_INDEX 1073741823

static char *new_block(void)
{
	char *block = malloc(BLOCK_BYTES);
	CHECK(block != NULL);
	memset(block, 'b', BLOCK_BYTES);
	return block;
}

/* Whether every slot of the node but slot 0 is empty. */
static bool only_slot_0(const struct map_node *node)
{
	for (int i = 1; i < MAP_FANOUT; i++)
		if (node->slot[i] != NULL)
			return false;
	return true;
}

static void clear(struct block_map *map)
{
	map_prune(&map->root, map->height, 0);
	CHECK(map->root == NULL);
}

TEST(an_index_that_fits_changes_nothing)
{
	char *block = new_block();
	struct block_map map = { .root = block, .height = 0 };
	FAIL_ALLOCATION(0);
	CHECK_EQ(map_grow(&map, 0), 0);
	CHECK(map.root == block);
	CHECK_EQ(map.height, 0);
	map.root = NULL;
	map.height = 3;
	CHECK_EQ(map_grow(&map, 262143), 0);
	CHECK_EQ(map_grow(&map, 0), 0);
	CHECK_EQ(map.height, 3);
	free(block);
}

TEST(an_empty_map_gets_height_and_no_nodes)
{
	const uint64_t index[] = { 1, 63, 64, 4095, 4096, 262143, 262144, 16777215, 16777216, LAST_INDEX };
	const unsigned int height[] = { 1, 1, 2, 2, 3, 3, 4, 4, 5, 5 };
	FAIL_ALLOCATION(0);
	for (int i = 0; i < 10; i++) {
		struct block_map map = { .root = NULL, .height = 0 };
		CHECK_EQ(map_grow(&map, index[i]), 0);
		CHECK_EQ(map.height, height[i]);
		CHECK(map.root == NULL);
	}
}

TEST(the_old_root_becomes_slot_0)
{
	char *block = new_block();
	struct block_map map = { .root = block, .height = 0 };
	CHECK_EQ(map_grow(&map, 1), 0);
	CHECK_EQ(map.height, 1);
	struct map_node *node = map.root;
	CHECK(node->slot[0] == block);
	CHECK(only_slot_0(node));
	CHECK_EQ(map_grow(&map, 64), 0);
	CHECK_EQ(map.height, 2);
	struct map_node *root = map.root;
	CHECK(root->slot[0] == node);
	CHECK(only_slot_0(root));
	clear(&map);
}

TEST(several_levels_at_once)
{
	char *block = new_block();
	struct block_map map = { .root = block, .height = 0 };
	CHECK_EQ(map_grow(&map, LAST_INDEX), 0);
	CHECK_EQ(map.height, 5);
	void *at = map.root;
	for (int level = 5; level > 0; level--) {
		struct map_node *node = at;
		CHECK(only_slot_0(node));
		at = node->slot[0];
	}
	CHECK(at == block);
	CHECK(map_get(&map, 0) == block);
	CHECK(block[0] == 'b' && block[BLOCK_BYTES - 1] == 'b');
	clear(&map);
}

TEST(blocks_keep_their_indices)
{
	struct map_node *node = calloc(1, sizeof(*node));
	CHECK(node != NULL);
	char *first = node->slot[0] = new_block();
	char *last = node->slot[63] = new_block();
	struct block_map map = { .root = node, .height = 1 };
	CHECK_EQ(map_grow(&map, 16777216), 0);
	CHECK_EQ(map.height, 5);
	CHECK(map_get(&map, 0) == first);
	CHECK(map_get(&map, 63) == last);
	CHECK(map_get(&map, 1) == NULL);
	CHECK(map_get(&map, 64) == NULL);
	CHECK(map_get(&map, 4096 + 63) == NULL);
	CHECK(map_get(&map, 16777216 + 63) == NULL);
	clear(&map);
}

TEST(no_level_too_many)
{
	struct block_map map = { .root = new_block(), .height = 0 };
	CHECK_EQ(map_grow(&map, 63), 0);
	CHECK_EQ(map.height, 1);
	CHECK_EQ(map_grow(&map, 4095), 0);
	CHECK_EQ(map.height, 2);
	CHECK_EQ(map_grow(&map, 262143), 0);
	CHECK_EQ(map.height, 3);
	CHECK_EQ(map_grow(&map, 16777215), 0);
	CHECK_EQ(map.height, 4);
	CHECK_EQ(map_grow(&map, LAST_INDEX), 0);
	CHECK_EQ(map.height, 5);
	clear(&map);
}

TEST(out_of_memory_keeps_the_contents)
{
	int failures = 0;
	for (int result = -ENOMEM; result != 0; failures++) {
		struct block_map map = { .root = new_block(), .height = 0 };
		char *block = map.root;
		FAIL_ALLOCATION(failures);
		result = map_grow(&map, LAST_INDEX);
		FAIL_NO_ALLOCATION();
		if (result != 0)
			CHECK_EQ(result, -ENOMEM);
		else
			CHECK_EQ(map.height, 5);
		CHECK(map.height <= MAP_HEIGHT_MAX);
		CHECK(map_get(&map, 0) == block);
		CHECK(map_get(&map, 1) == NULL);
		CHECK(map_get(&map, 64) == NULL);
		CHECK(map_get(&map, LAST_INDEX) == NULL);
		CHECK(block[0] == 'b' && block[BLOCK_BYTES - 1] == 'b');
		CHECK_EQ(map_prune(&map.root, map.height, 0), 1);
		CHECK(map.root == NULL);
	}
	CHECK_EQ(failures, 6); /* five levels were added, each by one allocation */
}

TEST(it_goes_on_after_a_failure)
{
	struct block_map map = { .root = new_block(), .height = 0 };
	char *block = map.root;
	FAIL_ALLOCATION(2);
	CHECK_EQ(map_grow(&map, LAST_INDEX), -ENOMEM);
	CHECK_EQ(map_grow(&map, LAST_INDEX), 0);
	CHECK_EQ(map.height, 5);
	CHECK(map_get(&map, 0) == block);
	clear(&map);
}
