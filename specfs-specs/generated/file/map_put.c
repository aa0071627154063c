#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "file.h"

/* The slot that leads to the index, in a node whose slots are at this height. */
static unsigned int slot_of(uint64_t index, unsigned int height)
{
	return index / map_span(height) % MAP_FANOUT;
}

/*
 * Puts nodes above the block until they reach the height; the result is the
 * topmost of them. When memory ends it is NULL, and all is freed, the block too.
 */
static void *branch_above(char *block, uint64_t index, unsigned int height)
{
	void *branch = block;

	for (unsigned int level = 0; level < height; level++) {
		struct map_node *node = calloc(1, sizeof(*node));

		if (node == NULL) {
			map_prune(&branch, level, 0);
			return NULL;
		}
		node->slot[slot_of(index, level)] = branch;
		branch = node;
	}
	return branch;
}

int map_put(struct block_map *map, uint64_t index, char **block)
{
	int error = map_grow(map, index);

	if (error != 0)
		return error;

	void **slot = &map->root;
	unsigned int height = map->height;

	while (height > 0 && *slot != NULL) {
		struct map_node *node = *slot;

		height--;
		slot = &node->slot[slot_of(index, height)];
	}

	char *fresh = calloc(1, BLOCK_BYTES);

	if (fresh == NULL)
		return -ENOMEM;

	void *branch = branch_above(fresh, index, height);

	if (branch == NULL)
		return -ENOMEM;
	*slot = branch;
	*block = fresh;
	return 0;
}
