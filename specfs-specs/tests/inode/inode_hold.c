/* inode_hold: one reference more. */
#include "check.h"
#include "inode.h"

TEST(one_reference_more_and_nothing_else)
{
	struct inode *node = NULL;
	volume_setup(10, 10);
	CHECK_EQ(inode_create(&(struct specfs_birth){ .mode = S_IFREG | 0644 }, &node), 0);
	struct timespec ctime = node->ctime;
	lock(node);
	inode_hold(node);
	CHECK_LOCKED(node);
	CHECK_EQ(node->refs, 2);
	inode_hold(node);
	CHECK_EQ(node->refs, 3);
	unlock(node);
	CHECK_EQ(node->nlink, 1);
	CHECK(node->ctime.tv_sec == ctime.tv_sec && node->ctime.tv_nsec == ctime.tv_nsec);
	inode_dispose(node);
}

TEST(an_inode_without_references_gets_its_first)
{
	struct inode *node = NULL;
	volume_setup(10, 10);
	CHECK_EQ(inode_create(&(struct specfs_birth){ .mode = S_IFDIR | 0755 }, &node), 0);
	node->refs = 0;
	lock(node);
	inode_hold(node);
	unlock(node);
	CHECK_EQ(node->refs, 1);
	CHECK_EQ(node->nlink, 2);
	inode_dispose(node);
}

TEST(references_beyond_32_bits_are_counted)
{
	struct inode *node = NULL;
	volume_setup(10, 10);
	CHECK_EQ(inode_create(&(struct specfs_birth){ .mode = S_IFREG | 0644 }, &node), 0);
	node->refs = UINT32_MAX;
	lock(node);
	inode_hold(node);
	unlock(node);
	CHECK(node->refs == (uint64_t)UINT32_MAX + 1);
	inode_dispose(node);
}
