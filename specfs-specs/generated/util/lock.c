#include <pthread.h>

#include "util.h"

void lock(struct inode *node)
{
	/* It cannot fail: the mutex is initialised as long as the inode lives. */
	pthread_mutex_lock(&node->mutex);
}
