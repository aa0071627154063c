#include <stddef.h>
#include <stdint.h>

#include "file.h"

int file_block(struct file *file, uint64_t index, char **block)
{
	char *present = map_get(&file->map, index);

	if (present != NULL) {
		*block = present;
		return 0;
	}

	/* Charged before it is made, so that the limit holds at every moment. */
	int error = block_take();

	if (error != 0)
		return error;
	error = map_put(&file->map, index, block);
	if (error != 0) {
		block_give(1);
		return error;
	}
	file->blocks++;
	return 0;
}
