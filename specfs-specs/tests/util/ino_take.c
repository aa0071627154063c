#include "check.h"
#include "util.h"

#include <stdatomic.h>

#define THREADS 4
#define ROUNDS 40000

TEST(numbers_rise_from_the_root)
{
	volume_setup(9, 3);
	for (uint64_t expected = 1; expected <= 3; expected++) {
		uint64_t ino = 0;
		CHECK_EQ(ino_take(&ino), 0);
		CHECK_EQ(ino, expected);
		CHECK_EQ(volume.inodes_used, expected);
		CHECK_EQ(volume.next_ino, expected + 1);
	}
}

TEST(a_full_volume_changes_nothing)
{
	uint64_t ino = 77;
	volume_setup(9, 1);
	CHECK_EQ(ino_take(&ino), 0);
	ino = 77;
	CHECK_EQ(ino_take(&ino), -ENOSPC);
	CHECK_EQ(ino_take(&ino), -ENOSPC);
	CHECK_EQ(ino, 77);
	CHECK_EQ(volume.inodes_used, 1);
	CHECK_EQ(volume.next_ino, 2);
	volume_setup(9, 0);
	CHECK_EQ(ino_take(&ino), -ENOSPC);
	CHECK_EQ(ino, 77);
	CHECK_EQ(volume.inodes_used, 0);
	CHECK_EQ(volume.next_ino, 1);
}

TEST(a_number_is_not_given_again)
{
	uint64_t ino = 0;
	volume_setup(9, 2);
	CHECK_EQ(ino_take(&ino), 0);
	CHECK_EQ(ino_take(&ino), 0);
	CHECK_EQ(ino, 2);
	volume.inodes_used = 1;
	CHECK_EQ(ino_take(&ino), 0);
	CHECK_EQ(ino, 3);
	CHECK_EQ(volume.inodes_used, 2);
}

TEST(counters_have_64_bits)
{
	uint64_t ino = 0;
	volume_setup(9, UINT64_MAX);
	volume.inodes_used = UINT64_MAX - 1;
	volume.next_ino = 1ull << 40;
	CHECK_EQ(ino_take(&ino), 0);
	CHECK(ino == 1ull << 40);
	CHECK(volume.inodes_used == UINT64_MAX);
	CHECK(volume.next_ino == (1ull << 40) + 1);
	CHECK_EQ(ino_take(&ino), -ENOSPC);
	CHECK(volume.inodes_used == UINT64_MAX);
}

TEST(nothing_else_is_touched)
{
	uint64_t ino;
	volume_setup(9, 7);
	CHECK_EQ(ino_take(&ino), 0);
	CHECK(volume.root == NULL);
	CHECK_EQ(volume.block_limit, 9);
	CHECK_EQ(volume.inode_limit, 7);
	CHECK_EQ(volume.blocks_used, 0);
}

static atomic_uchar given[THREADS * ROUNDS + 1];
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
	uint64_t last = 0;
	(void)context;
	pthread_barrier_wait(&start);
	for (int round = 0; round < ROUNDS; round++) {
		uint64_t ino = 0;
		int result = ino_take(&ino);
		if (result != 0) {
			CHECK_EQ(result, -ENOSPC);
			CHECK_EQ(ino, 0);
			continue;
		}
		CHECK(ino > last);
		CHECK(ino <= THREADS * ROUNDS);
		CHECK_EQ(atomic_fetch_add(&given[ino], 1), 0);
		atomic_fetch_add(&taken, 1);
		last = ino;
	}
	return NULL;
}

TEST(threads_get_different_numbers)
{
	uint64_t limit = THREADS * ROUNDS - 100;
	volume_setup(9, limit);
	taken = 0;
	memset((void *)given, 0, sizeof(given));
	run_threads(take_many);
	CHECK_EQ(taken, limit);
	CHECK_EQ(volume.inodes_used, limit);
	CHECK_EQ(volume.next_ino, limit + 1);
	for (uint64_t ino = 1; ino <= limit; ino++)
		CHECK_EQ(given[ino], 1);
}

/* Takes and gives back; who holds an inode counts itself, and all look at the counter all the time. */
static void *take_and_give(void *context)
{
	(void)context;
	pthread_barrier_wait(&start);
	for (int round = 0; round < ROUNDS; round++) {
		uint64_t ino = 0;
		int result = ino_take(&ino);
		CHECK(volume.inodes_used <= volume.inode_limit);
		if (result != 0) {
			CHECK_EQ(result, -ENOSPC);
			continue;
		}
		CHECK_EQ(atomic_fetch_add(&given[ino], 1), 0);
		CHECK(atomic_fetch_add(&held, 1) < volume.inode_limit);
		atomic_fetch_add(&taken, 1);
		atomic_fetch_sub(&held, 1);
		atomic_fetch_sub(&volume.inodes_used, 1);
	}
	return NULL;
}

TEST(the_limit_is_never_exceeded)
{
	for (uint64_t limit = 1; limit <= THREADS; limit++) {
		volume_setup(9, limit);
		taken = held = 0;
		memset((void *)given, 0, sizeof(given));
		run_threads(take_and_give);
		CHECK(taken > 0);
		CHECK(limit < THREADS || taken == THREADS * ROUNDS);
		CHECK_EQ(volume.inodes_used, 0);
		CHECK_EQ(volume.next_ino, taken + 1);
	}
}
