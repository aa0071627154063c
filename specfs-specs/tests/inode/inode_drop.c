/* inode_drop: the links of one entry are taken off. */
#include "check.h"
#include "inode.h"

static const struct timespec PAST = { .tv_sec = 1000, .tv_nsec = 5 };

static struct inode *make(uint32_t mode)
{
	struct inode *node = NULL;
	volume_setup(10, 10);
	CHECK_EQ(inode_create(&(struct specfs_birth){ .mode = mode }, &node), 0);
	node->atime = node->mtime = node->ctime = PAST;
	return node;
}

static bool same_time(struct timespec a, struct timespec b)
{
	return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

static bool not_before(struct timespec a, struct timespec b)
{
	return a.tv_sec != b.tv_sec ? a.tv_sec > b.tv_sec : a.tv_nsec >= b.tv_nsec;
}

static void drop(struct inode *node)
{
	lock(node);
	inode_drop(node);
	CHECK_LOCKED(node);
	unlock(node);
}

TEST(a_file_loses_one_link)
{
	struct inode *node = make(S_IFREG | 0644);
	node->nlink = 3;
	drop(node);
	CHECK_EQ(node->nlink, 2);
	drop(node);
	CHECK_EQ(node->nlink, 1);
	inode_dispose(node);
}

TEST(a_file_loses_its_last_link_and_stays)
{
	struct inode *node = make(S_IFREG | 0644);
	drop(node);
	CHECK_EQ(node->nlink, 0);
	CHECK_EQ(node->refs, 1);
	CHECK_EQ(volume.inodes_used, 1);
	inode_dispose(node);
}

TEST(a_directory_loses_all_its_links)
{
	struct inode *node = make(S_IFDIR | 0755);
	drop(node);
	CHECK_EQ(node->nlink, 0);
	CHECK_EQ(node->refs, 1);
	CHECK_EQ(volume.inodes_used, 1);
	inode_dispose(node);
}

TEST(a_special_file_counts_like_a_file)
{
	struct inode *node = make(S_IFIFO | 0644);
	node->nlink = 2;
	drop(node);
	CHECK_EQ(node->nlink, 1);
	inode_dispose(node);
}

TEST(ctime_is_now_and_the_other_times_stay)
{
	static const uint32_t modes[] = { S_IFREG | 0644, S_IFDIR | 0755 };
	for (int i = 0; i < 2; i++) {
		struct inode *node = make(modes[i]);
		struct timespec before, after;
		now(&before);
		drop(node);
		now(&after);
		CHECK(not_before(node->ctime, before));
		CHECK(not_before(after, node->ctime));
		CHECK(same_time(node->mtime, PAST));
		CHECK(same_time(node->atime, PAST));
		inode_dispose(node);
	}
}
