/* inode_touch: ctime is now; mtime too when the contents changed. */
#include "check.h"
#include "inode.h"

static const struct timespec PAST = { .tv_sec = 1000, .tv_nsec = 5 };

static struct inode *make(void)
{
	struct inode *node = NULL;
	volume_setup(10, 10);
	CHECK_EQ(inode_create(&(struct specfs_birth){ .mode = S_IFREG | 0644 }, &node), 0);
	node->atime = node->mtime = node->ctime = PAST;
	return node;
}

static bool not_before(struct timespec a, struct timespec b)
{
	return a.tv_sec != b.tv_sec ? a.tv_sec > b.tv_sec : a.tv_nsec >= b.tv_nsec;
}

static bool same_time(struct timespec a, struct timespec b)
{
	return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

TEST(a_change_of_the_inode_marks_ctime_only)
{
	struct inode *node = make();
	struct timespec before, after;
	now(&before);
	lock(node);
	inode_touch(node, false);
	CHECK_LOCKED(node);
	unlock(node);
	now(&after);
	CHECK(not_before(node->ctime, before));
	CHECK(not_before(after, node->ctime));
	CHECK(same_time(node->mtime, PAST));
	CHECK(same_time(node->atime, PAST));
	inode_dispose(node);
}

TEST(a_change_of_the_contents_marks_both_with_one_moment)
{
	struct inode *node = make();
	struct timespec before, after;
	now(&before);
	lock(node);
	inode_touch(node, true);
	CHECK_LOCKED(node);
	unlock(node);
	now(&after);
	CHECK(not_before(node->ctime, before));
	CHECK(not_before(after, node->ctime));
	CHECK(same_time(node->mtime, node->ctime));
	CHECK(same_time(node->atime, PAST));
	inode_dispose(node);
}

TEST(nothing_else_changes)
{
	struct inode *node = make();
	lock(node);
	inode_touch(node, true);
	unlock(node);
	CHECK_EQ(node->nlink, 1);
	CHECK_EQ(node->refs, 1);
	CHECK_EQ(node->mode, 0644);
	CHECK_EQ(node->file.size, 0);
	inode_dispose(node);
}
