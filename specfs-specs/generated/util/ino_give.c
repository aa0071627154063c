#include <stdatomic.h>

#include "util.h"

void ino_give(void)
{
	/* Only the count goes down; the inode's number is not given again. */
	atomic_fetch_sub(&volume.inodes_used, 1);
}
