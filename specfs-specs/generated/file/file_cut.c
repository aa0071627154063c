#include <stdint.h>

#include "file.h"

void file_cut(struct file *file, uint64_t from)
{
	uint64_t freed = map_prune(&file->map.root, file->map.height, from);

	file->blocks -= freed;
	block_give(freed);
	map_shrink(&file->map);
}
