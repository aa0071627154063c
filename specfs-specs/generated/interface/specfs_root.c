#include "interface.h"

struct inode *specfs_root(void)
{
	/* No reference is counted: the root stays until the volume is destroyed. */
	return volume.root;
}
