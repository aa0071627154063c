#include "check.h"
#include "util.h"

#include <stdatomic.h>

#define THREADS 4
#define ROUNDS 60000

TEST(blocks_are_counted_up_to_the_limit)
{
	volume_setup(3, 7);
	for (uint64_t used = 0; used < 3; used++) {
		CHECK_EQ(volume.blocks_used, used);
		CHECK_EQ(block_take(), 0);
	}
	CHECK_EQ(volume.blocks_used, 3);
	CHECK_EQ(block_take(), -ENOSPC);
	CHECK_EQ(block_take(), -ENOSPC);
	CHECK_EQ(volume.blocks_used, 3);
}

TEST(a_block_given_back_can_be_taken)
{
	volume_setup(2, 7);
	CHECK_EQ(block_take(), 0);
	CHECK_EQ(block_take(), 0);
	CHECK_EQ(block_take(), -ENOSPC);
	volume.blocks_used = 1;
	CHECK_EQ(block_take(), 0);
	CHECK_EQ(block_take(), -ENOSPC);
}

TEST(a_volume_without_blocks_is_full)
{
	volume_setup(0, 7);
	CHECK_EQ(block_take(), -ENOSPC);
	CHECK_EQ(volume.blocks_used, 0);
}

TEST(counters_have_64_bits)
{
	volume_setup(UINT64_MAX, 7);
	volume.blocks_used = UINT64_MAX - 1;
	CHECK_EQ(block_take(), 0);
	CHECK(volume.blocks_used == UINT64_MAX);
	CHECK_EQ(block_take(), -ENOSPC);
	CHECK(volume.blocks_used == UINT64_MAX);
	volume_setup(1ull << 32, 7);
	volume.blocks_used = UINT32_MAX;
	CHECK_EQ(block_take(), 0);
	CHECK(volume.blocks_used == 1ull << 32);
}

TEST(nothing_else_is_touched)
{
	struct inode root = { .ino = 1 };
	volume_setup(9, 7);
	volume.root = &root;
	CHECK_EQ(block_take(), 0);
	CHECK(volume.root == &root);
	CHECK_EQ(volume.block_limit, 9);
	CHECK_EQ(volume.inode_limit, 7);
	CHECK_EQ(volume.inodes_used, 0);
	CHECK_EQ(volume.next_ino, 1);
}

static atomic_ullong taken, held;
static pthread_barrier_t start;

static void run_threads(void *(*body)(void *))
{
	pthread_t thread[THREADS];
	pthread_barrier_init(&start, NULL, THREADS);
	for (int i = 0; i < THREADS; i++)
		CHECK(pthread_create(&thread[i], NULL, body, NULL) == 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	pthread_barrier_destroy(&start);
}

static void *take_many(void *context)
{
	(void)context;
	pthread_barrier_wait(&start);
	for (int round = 0; round < ROUNDS; round++) {
		int result = block_take();
		CHECK(result == 0 || result == -ENOSPC);
		if (result == 0)
			atomic_fetch_add(&taken, 1);
	}
	return NULL;
}

TEST(threads_together_take_as_many_as_there_are)
{
	volume_setup(THREADS * ROUNDS - 5, 7);
	taken = 0;
	run_threads(take_many);
	CHECK_EQ(taken, THREADS * ROUNDS - 5);
	CHECK_EQ(volume.blocks_used, THREADS * ROUNDS - 5);
}

/* Takes and gives back; who holds a block counts itself, and all look at the counter all the time. */
static void *take_and_give(void *context)
{
	(void)context;
	pthread_barrier_wait(&start);
	for (int round = 0; round < ROUNDS; round++) {
		int result = block_take();
		CHECK(volume.blocks_used <= volume.block_limit);
		if (result != 0) {
			CHECK_EQ(result, -ENOSPC);
			continue;
		}
		CHECK(atomic_fetch_add(&held, 1) < volume.block_limit);
		atomic_fetch_add(&taken, 1);
		atomic_fetch_sub(&held, 1);
		atomic_fetch_sub(&volume.blocks_used, 1);
	}
	return NULL;
}

TEST(the_limit_is_never_exceeded)
{
	for (uint64_t limit = 1; limit < THREADS; limit++) {
		volume_setup(limit, 7);
		taken = held = 0;
		run_threads(take_and_give);
		CHECK(taken > 0);
		CHECK_EQ(volume.blocks_used, 0);
	}
}

TEST(a_free_block_is_never_refused)
{
	volume_setup(THREADS, 7);
	taken = held = 0;
	run_threads(take_and_give);
	CHECK_EQ(taken, THREADS * ROUNDS);
	CHECK_EQ(volume.blocks_used, 0);
}
