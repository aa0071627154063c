#include "check.h"
#include "util.h"

#define THREADS 4
#define ROUNDS 20000

static struct inode shared = { .mutex = PTHREAD_MUTEX_INITIALIZER };
static struct inode other = { .mutex = PTHREAD_MUTEX_INITIALIZER };

TEST(the_lock_is_free_afterwards)
{
	pthread_mutex_lock(&shared.mutex);
	unlock(&shared);
	CHECK_UNLOCKED(&shared);
}

TEST(the_lock_of_another_inode_stays)
{
	pthread_mutex_lock(&shared.mutex);
	pthread_mutex_lock(&other.mutex);
	unlock(&shared);
	CHECK_UNLOCKED(&shared);
	CHECK_LOCKED(&other);
	unlock(&other);
	CHECK_UNLOCKED(&other);
}

static void *try_to_lock(void *context)
{
	struct inode *node = context;
	bool free = pthread_mutex_trylock(&node->mutex) == 0;
	if (free)
		pthread_mutex_unlock(&node->mutex);
	return free ? node : NULL;
}

static bool is_free_for_others(struct inode *node)
{
	pthread_t thread;
	void *free;
	CHECK(pthread_create(&thread, NULL, try_to_lock, node) == 0);
	pthread_join(thread, &free);
	return free != NULL;
}

/* A recursive mutex counts, so a second release of the same lock is seen. */
TEST(the_lock_is_released_once)
{
	pthread_mutexattr_t recursive;
	struct inode node = { .ino = 1 };
	pthread_mutexattr_init(&recursive);
	pthread_mutexattr_settype(&recursive, PTHREAD_MUTEX_RECURSIVE);
	pthread_mutex_init(&node.mutex, &recursive);
	pthread_mutexattr_destroy(&recursive);
	pthread_mutex_lock(&node.mutex);
	pthread_mutex_lock(&node.mutex);
	unlock(&node);
	CHECK(!is_free_for_others(&node));
	unlock(&node);
	CHECK(is_free_for_others(&node));
	pthread_mutex_destroy(&node.mutex);
}

static pthread_barrier_t start;

static void *count_up(void *context)
{
	(void)context;
	pthread_barrier_wait(&start);
	for (int round = 0; round < ROUNDS; round++) {
		pthread_mutex_lock(&shared.mutex);
		shared.refs++;
		unlock(&shared);
	}
	return NULL;
}

TEST(a_waiting_thread_goes_on)
{
	pthread_t thread[THREADS];
	shared.refs = 0;
	pthread_barrier_init(&start, NULL, THREADS);
	for (int i = 0; i < THREADS; i++)
		CHECK(pthread_create(&thread[i], NULL, count_up, NULL) == 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	pthread_barrier_destroy(&start);
	CHECK_EQ(shared.refs, THREADS * ROUNDS);
	CHECK_UNLOCKED(&shared);
}
