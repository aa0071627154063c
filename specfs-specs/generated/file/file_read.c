#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "file.h"

/* Copies a piece that lies within one block. */
static void read_piece(const struct file *file, char *buffer, size_t piece, uint64_t at)
{
	const char *block = map_get(&file->map, at / BLOCK_BYTES);

	if (block == NULL)
		memset(buffer, 0, piece);
	else
		memcpy(buffer, block + at % BLOCK_BYTES, piece);
}

size_t file_read(const struct file *file, char *buffer, size_t size, uint64_t offset)
{
	size_t copied = 0;

	if (offset >= file->size)
		return 0;
	/* Cut first: offset + size need not fit into 64 bits before. */
	if (size > file->size - offset)
		size = file->size - offset;
	while (copied < size) {
		uint64_t at = offset + copied;
		size_t piece = BLOCK_BYTES - at % BLOCK_BYTES;

		if (piece > size - copied)
			piece = size - copied;
		read_piece(file, buffer + copied, piece, at);
		copied += piece;
	}
	return copied;
}
