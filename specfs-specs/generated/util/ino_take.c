#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>

#include "util.h"

int ino_take(uint64_t *ino)
{
	uint64_t used = atomic_load(&volume.inodes_used);

	while (used < volume.inode_limit) {
		/* On failure used becomes the counter's present value. */
		if (atomic_compare_exchange_weak(&volume.inodes_used, &used, used + 1)) {
			*ino = atomic_fetch_add(&volume.next_ino, 1);
			return 0;
		}
	}
	return -ENOSPC;
}
