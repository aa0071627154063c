#include "check.h"
#include "util.h"

#define THREADS 4
#define ROUNDS 100000

TEST(one_inode_is_counted_off)
{
	volume_setup(9, 7);
	volume.inodes_used = 3;
	ino_give();
	CHECK_EQ(volume.inodes_used, 2);
	ino_give();
	ino_give();
	CHECK_EQ(volume.inodes_used, 0);
}

TEST(nothing_else_is_touched)
{
	volume_setup(9, 7);
	volume.blocks_used = 5;
	volume.inodes_used = 3;
	volume.next_ino = 11;
	ino_give();
	CHECK_EQ(volume.next_ino, 11);
	CHECK_EQ(volume.blocks_used, 5);
	CHECK_EQ(volume.block_limit, 9);
	CHECK_EQ(volume.inode_limit, 7);
}

TEST(counters_have_64_bits)
{
	volume_setup(9, UINT64_MAX);
	volume.inodes_used = 1ull << 32;
	ino_give();
	CHECK_EQ(volume.inodes_used, UINT32_MAX);
}

static pthread_barrier_t start;

static void *give_many(void *context)
{
	(void)context;
	pthread_barrier_wait(&start);
	for (int round = 0; round < ROUNDS; round++)
		ino_give();
	return NULL;
}

TEST(no_inode_given_by_a_thread_is_lost)
{
	pthread_t thread[THREADS];
	volume_setup(9, UINT64_MAX);
	volume.inodes_used = THREADS * ROUNDS + 2;
	pthread_barrier_init(&start, NULL, THREADS);
	for (int i = 0; i < THREADS; i++)
		CHECK(pthread_create(&thread[i], NULL, give_many, NULL) == 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	pthread_barrier_destroy(&start);
	CHECK_EQ(volume.inodes_used, 2);
}
