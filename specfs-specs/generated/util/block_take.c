#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>

#include "util.h"

int block_take(void)
{
	uint64_t used = atomic_load(&volume.blocks_used);

	while (used < volume.block_limit) {
		/* On failure used becomes the counter's present value. */
		if (atomic_compare_exchange_weak(&volume.blocks_used, &used, used + 1))
			return 0;
	}
	return -ENOSPC;
}
