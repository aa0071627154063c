/* inode_change: the members that valid names, and ctime. */
#include "check.h"
#include "inode.h"

static const struct timespec PAST = { .tv_sec = 1000, .tv_nsec = 5 };

static const struct specfs_change WANTED = {
	.mode = 02711,
	.uid = 77,
	.gid = 88,
	.atime = { .tv_sec = -3, .tv_nsec = 7 },
	.mtime = { .tv_sec = 5000000000, .tv_nsec = 999999999 },
};

static bool not_before(struct timespec a, struct timespec b)
{
	return a.tv_sec != b.tv_sec ? a.tv_sec > b.tv_sec : a.tv_nsec >= b.tv_nsec;
}

static bool same_time(struct timespec a, struct timespec b)
{
	return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

/* Applies WANTED with the bits of `valid` and checks that just those members follow it. */
static void change_and_check(uint32_t valid)
{
	struct inode *node = NULL;
	struct specfs_change change = WANTED;
	struct timespec before, after;
	volume_setup(10, 10);
	CHECK_EQ(inode_create(&(struct specfs_birth){ .mode = S_IFREG | 0644, .uid = 1, .gid = 2 }, &node), 0);
	node->atime = node->mtime = node->ctime = PAST;
	change.valid = valid;
	now(&before);
	lock(node);
	inode_change(node, &change);
	CHECK_LOCKED(node);
	unlock(node);
	now(&after);
	CHECK_EQ(node->kind, S_IFREG);
	CHECK_EQ(node->mode, valid & SPECFS_SET_MODE ? 02711 : 0644);
	CHECK_EQ(node->uid, valid & SPECFS_SET_UID ? 77 : 1);
	CHECK_EQ(node->gid, valid & SPECFS_SET_GID ? 88 : 2);
	CHECK(same_time(node->atime, valid & SPECFS_SET_ATIME ? WANTED.atime : PAST));
	CHECK(same_time(node->mtime, valid & SPECFS_SET_MTIME ? WANTED.mtime : PAST));
	CHECK(not_before(node->ctime, before));
	CHECK(not_before(after, node->ctime));
	CHECK_EQ(node->nlink, 1);
	CHECK_EQ(node->refs, 1);
	inode_dispose(node);
}

TEST(every_set_of_members)
{
	for (uint32_t valid = 0; valid < 32; valid++)
		change_and_check(valid);
}

TEST(bits_that_name_no_member_are_ignored)
{
	change_and_check(0x80000000);
	change_and_check(0x80000000 | SPECFS_SET_UID);
}

TEST(only_permission_bits_of_the_mode_are_taken)
{
	struct inode *node = NULL;
	volume_setup(10, 10);
	CHECK_EQ(inode_create(&(struct specfs_birth){ .mode = S_IFREG | 0644 }, &node), 0);
	lock(node);
	inode_change(node, &(struct specfs_change){ .valid = SPECFS_SET_MODE, .mode = S_IFDIR | 07531 });
	unlock(node);
	CHECK_EQ(node->kind, S_IFREG);
	CHECK_EQ(node->mode, 07531);
	inode_dispose(node);
}
