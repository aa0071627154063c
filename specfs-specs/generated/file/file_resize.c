#include <errno.h>
#include <stdint.h>

#include "file.h"

static void cut_tail(struct file *file, uint64_t size)
{
	uint64_t keep = size / BLOCK_BYTES;

	if (size % BLOCK_BYTES == 0) {
		file_cut(file, keep);
		return;
	}
	/* The last block is kept in part; the rest of it has to read as zeros later. */
	file_cut(file, keep + 1);
	file_zero_tail(file, size);
}

int file_resize(struct file *file, uint64_t size)
{
	if (size > FILE_BYTES_MAX)
		return -EFBIG;
	if (size < file->size)
		cut_tail(file, size);
	/* Growing needs no more: what is added is a hole, or a zero tail. */
	file->size = size;
	return 0;
}
