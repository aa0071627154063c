#include "check.h"
#include "util.h"

#include <stdatomic.h>

#define THREADS 4
#define ROUNDS 100000

TEST(the_count_is_taken_off)
{
	volume_setup(100, 7);
	volume.blocks_used = 60;
	block_give(1);
	CHECK_EQ(volume.blocks_used, 59);
	block_give(20);
	CHECK_EQ(volume.blocks_used, 39);
	block_give(39);
	CHECK_EQ(volume.blocks_used, 0);
}

TEST(nothing_given_changes_nothing)
{
	volume_setup(100, 7);
	block_give(0);
	CHECK_EQ(volume.blocks_used, 0);
	volume.blocks_used = 100;
	block_give(0);
	CHECK_EQ(volume.blocks_used, 100);
}

TEST(counts_have_64_bits)
{
	volume_setup(UINT64_MAX, 7);
	volume.blocks_used = UINT64_MAX;
	block_give((1ull << 32) + 1);
	CHECK(volume.blocks_used == UINT64_MAX - (1ull << 32) - 1);
	block_give(UINT64_MAX - (1ull << 32) - 1);
	CHECK_EQ(volume.blocks_used, 0);
}

TEST(nothing_else_is_touched)
{
	volume_setup(9, 7);
	volume.blocks_used = 5;
	volume.inodes_used = 4;
	block_give(2);
	CHECK_EQ(volume.block_limit, 9);
	CHECK_EQ(volume.inode_limit, 7);
	CHECK_EQ(volume.inodes_used, 4);
	CHECK_EQ(volume.next_ino, 1);
}

static pthread_barrier_t start;

static void *give_many(void *context)
{
	const uint64_t *count = context;
	pthread_barrier_wait(&start);
	for (int round = 0; round < ROUNDS; round++)
		block_give(*count);
	return NULL;
}

TEST(no_block_given_by_a_thread_is_lost)
{
	uint64_t count[THREADS] = { 1, 2, 3, 4 };
	pthread_t thread[THREADS];
	volume_setup(UINT64_MAX, 7);
	volume.blocks_used = 10 * ROUNDS + 6;
	pthread_barrier_init(&start, NULL, THREADS);
	for (int i = 0; i < THREADS; i++)
		CHECK(pthread_create(&thread[i], NULL, give_many, &count[i]) == 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	pthread_barrier_destroy(&start);
	CHECK_EQ(volume.blocks_used, 6);
}
