#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "file.h"

static bool node_empty(const struct map_node *node)
{
	for (unsigned int i = 0; i < MAP_FANOUT; i++) {
		if (node->slot[i] != NULL)
			return false;
	}
	return true;
}

uint64_t map_prune(void **slot, unsigned int height, uint64_t from)
{
	if (*slot == NULL || from >= map_span(height))
		return 0;
	if (height == 0) {
		free(*slot);
		*slot = NULL;
		return 1;
	}

	struct map_node *node = *slot;
	uint64_t span = map_span(height - 1);
	uint64_t first = from / span;
	/* Only the first of the slots can hold blocks on both sides of the cut. */
	uint64_t freed = map_prune(&node->slot[first], height - 1, from % span);

	for (uint64_t i = first + 1; i < MAP_FANOUT; i++)
		freed += map_prune(&node->slot[i], height - 1, 0);
	if (node_empty(node)) {
		free(node);
		*slot = NULL;
	}
	return freed;
}
