#include <stddef.h>

#include "interface.h"

void specfs_destroy(void)
{
	tree_dispose(volume.root);
	volume.root = NULL;
}
