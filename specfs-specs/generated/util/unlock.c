#include <pthread.h>

#include "util.h"

void unlock(struct inode *node)
{
	/* The last use of node: another thread may dispose of it from then on. */
	pthread_mutex_unlock(&node->mutex);
}
