/* inode_settle: the lock is released, and the last user of a dead inode disposes of it. */
#include "check.h"
#include "inode.h"

#include <unistd.h>

static struct inode *make(uint32_t mode, uint32_t nlink, uint64_t refs)
{
	struct inode *node = NULL;
	CHECK_EQ(inode_create(&(struct specfs_birth){ .mode = mode }, &node), 0);
	node->nlink = nlink;
	node->refs = refs;
	return node;
}

static void survives(uint32_t mode, uint32_t nlink, uint64_t refs)
{
	volume_setup(100, 10);
	struct inode *node = make(mode, nlink, refs);
	lock(node);
	inode_settle(node);
	CHECK_UNLOCKED(node);
	CHECK_EQ(node->nlink, nlink);
	CHECK_EQ(node->refs, refs);
	CHECK_EQ(volume.inodes_used, 1);
	inode_dispose(node);
}

TEST(a_linked_inode_survives)
{
	survives(S_IFREG | 0644, 1, 0);
	survives(S_IFDIR | 0755, 2, 0);
}

TEST(a_referenced_inode_survives)
{
	survives(S_IFREG | 0644, 0, 1);
	survives(S_IFDIR | 0755, 0, 3);
}

TEST(a_linked_and_referenced_inode_survives)
{
	survives(S_IFREG | 0644, 1, 1);
}

TEST(an_inode_without_links_and_references_is_disposed_of)
{
	volume_setup(100, 10);
	struct inode *node = make(S_IFREG | 0644, 0, 0);
	CHECK_EQ(file_write(&node->file, "x", 1, 0), 1);
	lock(node);
	inode_settle(node);
	CHECK_EQ(volume.inodes_used, 0);
	CHECK_EQ(volume.blocks_used, 0);
}

TEST(a_removed_directory_is_disposed_of)
{
	volume_setup(100, 10);
	struct inode *node = make(S_IFDIR | 0755, 0, 0);
	lock(node);
	inode_settle(node);
	CHECK_EQ(volume.inodes_used, 0);
}

#if !SEQUENTIAL
#define THREADS 4
#define ROUNDS 400

static pthread_barrier_t gate;
static struct inode *shared;

/* Every thread gives back one of the last claims on the shared inode: a reference, or the link. */
static void *give_up_claims(void *argument)
{
	bool link = argument != NULL;
	for (int round = 0; round < ROUNDS; round++) {
		pthread_barrier_wait(&gate);
		struct inode *node = shared;
		lock(node);
		if (link)
			node->nlink--;
		else
			node->refs--;
		inode_settle(node);
		pthread_barrier_wait(&gate);
	}
	return NULL;
}

TEST(exactly_one_of_several_threads_disposes_of_it)
{
	pthread_t thread[THREADS];
	alarm(60);
	volume_setup(100, 10);
	CHECK_EQ(pthread_barrier_init(&gate, NULL, THREADS + 1), 0);
	for (int i = 0; i < THREADS; i++)
		CHECK_EQ(pthread_create(&thread[i], NULL, give_up_claims, i == 0 ? &gate : NULL), 0);
	for (int round = 0; round < ROUNDS; round++) {
		shared = make(S_IFREG | 0644, 1, THREADS - 1);
		CHECK_EQ(file_write(&shared->file, "x", 1, 0), 1);
		pthread_barrier_wait(&gate);
		pthread_barrier_wait(&gate);
		CHECK_EQ(volume.inodes_used, 0);
		CHECK_EQ(volume.blocks_used, 0);
	}
	for (int i = 0; i < THREADS; i++)
		CHECK_EQ(pthread_join(thread[i], NULL), 0);
	pthread_barrier_destroy(&gate);
	alarm(0);
}

/* Touches the inode under its lock as often as it can, with a reference of its own. */
static void *use_it(void *argument)
{
	struct inode *node = argument;
	for (int i = 0; i < 2000; i++) {
		lock(node);
		node->refs++;
		unlock(node);
		lock(node);
		node->refs--;
		inode_settle(node);
	}
	return NULL;
}

TEST(a_living_inode_is_settled_by_many_at_once)
{
	pthread_t thread[THREADS];
	alarm(60);
	volume_setup(100, 10);
	struct inode *node = make(S_IFREG | 0644, 0, 1);
	for (int i = 0; i < THREADS; i++)
		CHECK_EQ(pthread_create(&thread[i], NULL, use_it, node), 0);
	for (int i = 0; i < THREADS; i++)
		CHECK_EQ(pthread_join(thread[i], NULL), 0);
	CHECK_UNLOCKED(node);
	CHECK_EQ(node->refs, 1);
	inode_dispose(node);
	CHECK_EQ(volume.inodes_used, 0);
	alarm(0);
}
#endif
