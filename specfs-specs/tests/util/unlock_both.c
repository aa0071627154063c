#include "check.h"
#include "util.h"

#define THREADS 4
#define ROUNDS 10000

static struct inode one = { .mutex = PTHREAD_MUTEX_INITIALIZER };
static struct inode two = { .mutex = PTHREAD_MUTEX_INITIALIZER };
static struct inode three = { .mutex = PTHREAD_MUTEX_INITIALIZER };

TEST(two_inodes_are_both_released)
{
	pthread_mutex_lock(&one.mutex);
	pthread_mutex_lock(&two.mutex);
	unlock_both(&one, &two);
	CHECK_UNLOCKED(&one);
	CHECK_UNLOCKED(&two);
	pthread_mutex_lock(&one.mutex);
	pthread_mutex_lock(&two.mutex);
	unlock_both(&two, &one);
	CHECK_UNLOCKED(&one);
	CHECK_UNLOCKED(&two);
}

TEST(a_third_lock_stays)
{
	pthread_mutex_lock(&one.mutex);
	pthread_mutex_lock(&two.mutex);
	pthread_mutex_lock(&three.mutex);
	unlock_both(&one, &two);
	CHECK_LOCKED(&three);
	pthread_mutex_unlock(&three.mutex);
}

TEST(one_inode_is_released)
{
	pthread_mutex_lock(&one.mutex);
	unlock_both(&one, &one);
	CHECK_UNLOCKED(&one);
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
TEST(one_inode_is_released_once)
{
	pthread_mutexattr_t recursive;
	struct inode node = { .ino = 1 };
	pthread_mutexattr_init(&recursive);
	pthread_mutexattr_settype(&recursive, PTHREAD_MUTEX_RECURSIVE);
	pthread_mutex_init(&node.mutex, &recursive);
	pthread_mutexattr_destroy(&recursive);
	pthread_mutex_lock(&node.mutex);
	pthread_mutex_lock(&node.mutex);
	unlock_both(&node, &node);
	CHECK(!is_free_for_others(&node));
	pthread_mutex_unlock(&node.mutex);
	CHECK(is_free_for_others(&node));
	pthread_mutex_destroy(&node.mutex);
}

static pthread_barrier_t start;

static void *count_up(void *context)
{
	struct inode *second = context;
	pthread_barrier_wait(&start);
	for (int round = 0; round < ROUNDS; round++) {
		pthread_mutex_lock(&one.mutex);
		if (second != &one)
			pthread_mutex_lock(&second->mutex);
		one.refs++;
		second->nlink++;
		unlock_both(&one, second);
	}
	return NULL;
}

TEST(threads_that_wait_for_either_lock_go_on)
{
	struct inode *second[THREADS] = { &one, &two, &one, &two };
	pthread_t thread[THREADS];
	one.refs = one.nlink = two.nlink = 0;
	pthread_barrier_init(&start, NULL, THREADS);
	for (int i = 0; i < THREADS; i++)
		CHECK(pthread_create(&thread[i], NULL, count_up, second[i]) == 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	pthread_barrier_destroy(&start);
	CHECK_EQ(one.refs, THREADS * ROUNDS);
	CHECK_EQ(one.nlink, 2 * ROUNDS);
	CHECK_EQ(two.nlink, 2 * ROUNDS);
	CHECK_UNLOCKED(&one);
	CHECK_UNLOCKED(&two);
}
