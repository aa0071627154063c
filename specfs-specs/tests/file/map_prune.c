#include "check.h"
#include "file.h"

#define LAST_INDEX 1073741823

static uint64_t span_of(unsigned int height)
{
	return 1ull << (6 * height);
}

/* The slot of an index; with `make`, nodes that are missing on the way are made. */
static void **slot_of(void **slot, unsigned int height, uint64_t index, bool make)
{
	for (; height > 0; height--) {
		if (*slot == NULL && make) {
			*slot = calloc(1, sizeof(struct map_node));
			CHECK(*slot != NULL);
		}
		if (*slot == NULL)
			return slot;
		struct map_node *node = *slot;
		slot = &node->slot[index / span_of(height - 1) % MAP_FANOUT];
	}
	return slot;
}

static void plant(void **slot, unsigned int height, uint64_t index)
{
	void **leaf = slot_of(slot, height, index, true);
	CHECK(*leaf == NULL);
	*leaf = malloc(BLOCK_BYTES);
	CHECK(*leaf != NULL);
	memset(*leaf, 'b', BLOCK_BYTES);
}

static bool has(void **slot, unsigned int height, uint64_t index)
{
	char *block = *slot_of(slot, height, index, false);
	if (block != NULL)
		CHECK(block[0] == 'b' && block[BLOCK_BYTES - 1] == 'b');
	return block != NULL;
}

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

TEST(an_empty_slot)
{
	for (unsigned int height = 0; height <= MAP_HEIGHT_MAX; height++) {
		void *slot = NULL;
		CHECK_EQ(map_prune(&slot, height, 0), 0);
		CHECK_EQ(map_prune(&slot, height, 1), 0);
		CHECK_EQ(map_prune(&slot, height, UINT64_MAX), 0);
		CHECK(slot == NULL);
	}
}

TEST(a_single_block)
{
	void *slot = NULL;
	plant(&slot, 0, 0);
	void *block = slot;
	CHECK_EQ(map_prune(&slot, 0, 1), 0);
	CHECK_EQ(map_prune(&slot, 0, UINT64_MAX), 0);
	CHECK(slot == block);
	CHECK(has(&slot, 0, 0));
	CHECK_EQ(map_prune(&slot, 0, 0), 1);
	CHECK(slot == NULL);
}

TEST(the_edge_inside_a_node)
{
	void *slot = NULL;
	for (int i = 0; i < 64; i++)
		plant(&slot, 1, i);
	CHECK_EQ(map_prune(&slot, 1, 64), 0);
	CHECK_EQ(map_prune(&slot, 1, 63), 1);
	CHECK(!has(&slot, 1, 63));
	CHECK(has(&slot, 1, 62));
	CHECK_EQ(map_prune(&slot, 1, 10), 53);
	for (int i = 0; i < 64; i++)
		CHECK(has(&slot, 1, i) == (i < 10));
	CHECK_EQ(map_prune(&slot, 1, 1), 9);
	CHECK(slot != NULL);
	CHECK(has(&slot, 1, 0));
	CHECK_EQ(map_prune(&slot, 1, 0), 1);
	CHECK(slot == NULL);
}

/* Blocks around the border of two nodes, cut at each place near the border. */
TEST(the_edge_between_nodes)
{
	for (uint64_t from = 60; from <= 70; from++) {
		void *slot = NULL;
		for (uint64_t index = 60; index < 70; index++)
			plant(&slot, 2, index);
		CHECK_EQ(map_prune(&slot, 2, from), 70 - from);
		for (uint64_t index = 60; index < 70; index++)
			CHECK(has(&slot, 2, index) == (index < from));
		CHECK_EQ(count_blocks(slot, 2), from - 60);
		CHECK((slot == NULL) == (from == 60));
		if (slot != NULL) {
			struct map_node *root = slot;
			CHECK((root->slot[1] == NULL) == (from <= 64));
		}
		CHECK_EQ(map_prune(&slot, 2, 0), from - 60);
		CHECK(slot == NULL);
	}
}

TEST(nodes_left_empty_are_freed_at_every_level)
{
	void *slot = NULL;
	plant(&slot, 5, 0);
	plant(&slot, 5, 16777216);
	plant(&slot, 5, 16777217);
	plant(&slot, 5, LAST_INDEX);
	struct map_node *root = slot;
	CHECK_EQ(map_prune(&slot, 5, LAST_INDEX), 1);
	CHECK(root->slot[63] == NULL);
	CHECK(slot == root);
	CHECK_EQ(map_prune(&slot, 5, 16777217), 1);
	CHECK(root->slot[1] != NULL);
	CHECK_EQ(map_prune(&slot, 5, 16777217), 0);
	CHECK_EQ(map_prune(&slot, 5, 16777216), 1);
	CHECK(root->slot[1] == NULL);
	CHECK(has(&slot, 5, 0));
	CHECK_EQ(map_prune(&slot, 5, 1), 0);
	CHECK_EQ(map_prune(&slot, 5, 0), 1);
	CHECK(slot == NULL);
}

TEST(the_root_is_freed_when_only_the_end_had_blocks)
{
	void *slot = NULL;
	plant(&slot, 5, LAST_INDEX);
	plant(&slot, 5, LAST_INDEX - 1);
	CHECK_EQ(map_prune(&slot, 5, LAST_INDEX - 1), 2);
	CHECK(slot == NULL);
}

TEST(beyond_the_span_everything_stays)
{
	const uint64_t beyond[] = { 4096, 4097, 4096 + 64, 1ull << 32, (1ull << 32) + 1, UINT64_MAX };
	void *slot = NULL;
	plant(&slot, 2, 0);
	plant(&slot, 2, 4095);
	for (int i = 0; i < 6; i++)
		CHECK_EQ(map_prune(&slot, 2, beyond[i]), 0);
	CHECK(has(&slot, 2, 0) && has(&slot, 2, 4095));
	CHECK_EQ(count_blocks(slot, 2), 2);
	CHECK_EQ(map_prune(&slot, 2, 4095), 1);
	CHECK_EQ(map_prune(&slot, 2, 0), 1);
	CHECK(slot == NULL);
}

TEST(indices_count_from_the_slot)
{
	struct map_node root = { .slot = { NULL } };
	plant(&root.slot[7], 1, 3);
	plant(&root.slot[7], 1, 40);
	plant(&root.slot[8], 1, 0);
	CHECK_EQ(map_prune(&root.slot[7], 1, 40), 1);
	CHECK(has(&root.slot[7], 1, 3));
	CHECK(has(&root.slot[8], 1, 0));
	CHECK_EQ(map_prune(&root.slot[7], 1, 3), 1);
	CHECK(root.slot[7] == NULL);
	CHECK(root.slot[8] != NULL);
	CHECK_EQ(map_prune(&root.slot[8], 1, 0), 1);
}

/* Sparse blocks at the edges of all levels, cut at each of these indices and its neighbours. */
TEST(every_edge_of_a_sparse_map)
{
	const uint64_t index[] = { 0, 1, 63, 64, 127, 4095, 4096, 8191, 262143, 262144, 16777215, 16777216,
		                   33554431, LAST_INDEX - 64, LAST_INDEX - 63, LAST_INDEX };
	for (int cut = 0; cut < 16; cut++) {
		for (uint64_t from = index[cut] > 0 ? index[cut] - 1 : 0; from <= index[cut] + 1; from++) {
			void *slot = NULL;
			uint64_t below = 0;
			for (int i = 0; i < 16; i++) {
				plant(&slot, 5, index[i]);
				below += index[i] < from;
			}
			CHECK_EQ(map_prune(&slot, 5, from), 16 - below);
			CHECK_EQ(count_blocks(slot, 5), below);
			for (int i = 0; i < 16; i++)
				CHECK(slot == NULL || has(&slot, 5, index[i]) == (index[i] < from));
			CHECK_EQ(map_prune(&slot, 5, 0), below);
			CHECK(slot == NULL);
		}
	}
}
