#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "file.h"

/* Writes a piece that lies within one block. */
static int write_piece(struct file *file, const char *buffer, size_t piece, uint64_t at)
{
	char *block;
	int error = file_block(file, at / BLOCK_BYTES, &block);

	if (error != 0)
		return error;
	memcpy(block + at % BLOCK_BYTES, buffer, piece);
	return 0;
}

int64_t file_write(struct file *file, const char *buffer, size_t size, uint64_t offset)
{
	size_t written = 0;

	if (size == 0)
		return 0;
	if (offset >= FILE_BYTES_MAX)
		return -EFBIG;
	/* Cut first: offset + size need not fit into 64 bits before. */
	if (size > FILE_BYTES_MAX - offset)
		size = FILE_BYTES_MAX - offset;
	while (written < size) {
		uint64_t at = offset + written;
		size_t piece = BLOCK_BYTES - at % BLOCK_BYTES;

		if (piece > size - written)
			piece = size - written;

		int error = write_piece(file, buffer + written, piece, at);

		if (error != 0 && written == 0)
			return error;
		/* What is written stays written: the write is short. */
		if (error != 0)
			break;
		written += piece;
	}
	if (offset + written > file->size)
		file->size = offset + written;
	return (int64_t)written;
}
