#include <pthread.h>
#include <stdlib.h>

#include "inode.h"

void inode_dispose(struct inode *node)
{
	/* Both parts are empty where the kind has no use for them, so the kind does not matter. */
	file_cut(&node->file, 0);
	dir_clear(&node->dir);
	pthread_mutex_destroy(&node->mutex);
	free(node);

	/* Last, because the count includes the inode until it is gone. */
	ino_give();
}
