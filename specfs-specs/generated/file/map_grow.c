#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#include "file.h"

static int add_level(struct block_map *map)
{
	/* An empty root stays empty: there is to be no node without a block. */
	if (map->root != NULL) {
		struct map_node *node = calloc(1, sizeof(*node));

		if (node == NULL)
			return -ENOMEM;
		node->slot[0] = map->root;
		map->root = node;
	}
	map->height++;
	return 0;
}

int map_grow(struct block_map *map, uint64_t index)
{
	while (index >= map_span(map->height)) {
		int error = add_level(map);

		/* The levels added so far may stay: the contents are the same. */
		if (error != 0)
			return error;
	}
	return 0;
}
