#include <stdatomic.h>
#include <stdint.h>

#include "util.h"

void block_give(uint64_t count)
{
	atomic_fetch_sub(&volume.blocks_used, count);
}
