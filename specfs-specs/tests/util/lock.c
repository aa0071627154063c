#include "check.h"
#include "util.h"

#include <sched.h>

#define THREADS 4
#define ROUNDS 20000

static struct inode shared = { .mutex = PTHREAD_MUTEX_INITIALIZER };
static struct inode other = { .mutex = PTHREAD_MUTEX_INITIALIZER };

TEST(the_lock_is_owned_afterwards)
{
	CHECK_UNLOCKED(&shared);
	lock(&shared);
	CHECK_LOCKED(&shared);
	pthread_mutex_unlock(&shared.mutex);
	CHECK_UNLOCKED(&shared);
}

TEST(each_inode_has_a_lock_of_its_own)
{
	lock(&shared);
	CHECK_UNLOCKED(&other);
	lock(&other);
	CHECK_LOCKED(&other);
	pthread_mutex_unlock(&shared.mutex);
	CHECK_LOCKED(&other);
	pthread_mutex_unlock(&other.mutex);
}

TEST(a_released_lock_can_be_taken_again)
{
	for (int round = 0; round < 3; round++) {
		lock(&shared);
		CHECK_LOCKED(&shared);
		pthread_mutex_unlock(&shared.mutex);
	}
}

static pthread_barrier_t start;

static void *count_up(void *context)
{
	(void)context;
	pthread_barrier_wait(&start);
	for (int round = 0; round < ROUNDS; round++) {
		lock(&shared);
		uint64_t refs = shared.refs;
		if (round % 64 == 0)
			sched_yield();
		shared.refs = refs + 1;
		shared.nlink--;
		pthread_mutex_unlock(&shared.mutex);
	}
	return NULL;
}

TEST(threads_exclude_each_other)
{
	pthread_t thread[THREADS];
	shared.refs = 0;
	shared.nlink = THREADS * ROUNDS;
	pthread_barrier_init(&start, NULL, THREADS);
	for (int i = 0; i < THREADS; i++)
		CHECK(pthread_create(&thread[i], NULL, count_up, NULL) == 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	pthread_barrier_destroy(&start);
	CHECK_EQ(shared.refs, THREADS * ROUNDS);
	CHECK_EQ(shared.nlink, 0);
	CHECK_UNLOCKED(&shared);
}

static void *wait_for_it(void *context)
{
	struct timespec *used = context;
	lock(&shared);
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, used);
	pthread_mutex_unlock(&shared.mutex);
	return NULL;
}

TEST(a_waiting_thread_sleeps)
{
	struct timespec used, pause = { .tv_nsec = 200 * 1000 * 1000 };
	pthread_t thread;
	lock(&shared);
	CHECK(pthread_create(&thread, NULL, wait_for_it, &used) == 0);
	nanosleep(&pause, NULL);
	pthread_mutex_unlock(&shared.mutex);
	pthread_join(thread, NULL);
	CHECK_EQ(used.tv_sec, 0);
	CHECK(used.tv_nsec < 50 * 1000 * 1000);
}
