#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

#include "file.h"

static bool needs_height(const struct map_node *node)
{
	for (unsigned int i = 1; i < MAP_FANOUT; i++) {
		if (node->slot[i] != NULL)
			return true;
	}
	return false;
}

void map_shrink(struct block_map *map)
{
	while (map->height > 0) {
		struct map_node *node = map->root;

		if (node != NULL) {
			if (needs_height(node))
				return;
			map->root = node->slot[0];
			free(node);
		}
		map->height--;
	}
}
