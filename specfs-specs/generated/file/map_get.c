#include <stddef.h>
#include <stdint.h>

#include "file.h"

char *map_get(const struct block_map *map, uint64_t index)
{
	void *reached = map->root;
	unsigned int height = map->height;

	if (index >= map_span(height))
		return NULL;
	while (reached != NULL && height > 0) {
		const struct map_node *node = reached;

		height--;
		reached = node->slot[index / map_span(height) % MAP_FANOUT];
	}
	return reached;
}
