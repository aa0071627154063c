#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "file.h"

void file_zero_tail(struct file *file, uint64_t size)
{
	char *block = map_get(&file->map, size / BLOCK_BYTES);
	size_t start = size % BLOCK_BYTES;

	/* A hole reads as zeros already. */
	if (block == NULL)
		return;
	memset(block + start, 0, BLOCK_BYTES - start);
}
