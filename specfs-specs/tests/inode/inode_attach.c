/* inode_attach: a new entry, the links of a subdirectory, and the times of the directory. */
#include "check.h"
#include "inode.h"

static const struct timespec PAST = { .tv_sec = 1000, .tv_nsec = 5 };

static struct inode *make(uint32_t mode)
{
	struct inode *node = NULL;
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

static int attach(struct inode *directory, const char *name, struct inode *node)
{
	lock(directory);
	int result = inode_attach(directory, name, node);
	CHECK_LOCKED(directory);
	unlock(directory);
	CHECK_UNLOCKED(node);
	return result;
}

TEST(a_file_is_entered_without_a_link_of_the_directory)
{
	volume_setup(10, 10);
	struct inode *directory = make(S_IFDIR | 0755), *file = make(S_IFREG | 0644);
	CHECK_EQ(attach(directory, "f", file), 0);
	struct entry *entry = dir_find(&directory->dir, "f");
	CHECK(entry != NULL);
	CHECK(entry->node == file);
	CHECK_EQ(directory->dir.count, 1);
	CHECK_EQ(directory->nlink, 2);
	inode_dispose(directory);
	inode_dispose(file);
}

TEST(a_subdirectory_counts_as_a_link)
{
	volume_setup(10, 10);
	struct inode *directory = make(S_IFDIR | 0755), *first = make(S_IFDIR | 0755), *second = make(S_IFDIR | 0755);
	CHECK_EQ(attach(directory, "a", first), 0);
	CHECK_EQ(directory->nlink, 3);
	CHECK_EQ(attach(directory, "b", second), 0);
	CHECK_EQ(directory->nlink, 4);
	CHECK(dir_find(&directory->dir, "a")->node == first);
	CHECK(dir_find(&directory->dir, "b")->node == second);
	inode_dispose(directory);
	inode_dispose(first);
	inode_dispose(second);
}

TEST(a_symbolic_link_is_no_subdirectory)
{
	volume_setup(10, 10);
	struct inode *directory = make(S_IFDIR | 0755), *link = make(S_IFLNK | 0777);
	CHECK_EQ(attach(directory, "l", link), 0);
	CHECK_EQ(directory->nlink, 2);
	inode_dispose(directory);
	inode_dispose(link);
}

TEST(the_entered_inode_is_not_changed)
{
	volume_setup(10, 10);
	struct inode *directory = make(S_IFDIR | 0755), *file = make(S_IFREG | 0644), *sub = make(S_IFDIR | 0755);
	CHECK_EQ(attach(directory, "f", file), 0);
	CHECK_EQ(attach(directory, "d", sub), 0);
	CHECK_EQ(file->nlink, 1);
	CHECK_EQ(file->refs, 1);
	CHECK(same_time(file->ctime, PAST));
	CHECK(same_time(file->mtime, PAST));
	CHECK_EQ(sub->nlink, 2);
	CHECK_EQ(sub->refs, 1);
	CHECK(same_time(sub->ctime, PAST));
	inode_dispose(directory);
	inode_dispose(file);
	inode_dispose(sub);
}

TEST(the_directory_is_touched_as_changed_contents)
{
	volume_setup(10, 10);
	struct inode *directory = make(S_IFDIR | 0755), *file = make(S_IFREG | 0644);
	struct timespec before, after;
	now(&before);
	CHECK_EQ(attach(directory, "f", file), 0);
	now(&after);
	CHECK(not_before(directory->ctime, before));
	CHECK(not_before(after, directory->ctime));
	CHECK(same_time(directory->mtime, directory->ctime));
	CHECK(same_time(directory->atime, PAST));
	inode_dispose(directory);
	inode_dispose(file);
}

TEST(a_file_may_have_several_entries)
{
	volume_setup(10, 10);
	struct inode *directory = make(S_IFDIR | 0755), *file = make(S_IFREG | 0644);
	CHECK_EQ(attach(directory, "f", file), 0);
	CHECK_EQ(attach(directory, "g", file), 0);
	CHECK_EQ(directory->dir.count, 2);
	CHECK(dir_find(&directory->dir, "f")->node == file);
	CHECK(dir_find(&directory->dir, "g")->node == file);
	inode_dispose(directory);
	inode_dispose(file);
}

TEST(without_memory_nothing_changes)
{
	volume_setup(10, 10);
	struct inode *directory = make(S_IFDIR | 0755), *sub = make(S_IFDIR | 0755);
	int failures = 0;
	/* Enough entries to see buckets and slots grow more than once. */
	for (int i = 0; i < 40; i++) {
		char name[32];
		snprintf(name, sizeof name, "entry%d", i);
		for (int after = 0;; after++) {
			directory->atime = directory->mtime = directory->ctime = PAST;
			lock(directory);
			FAIL_ALLOCATION(after);
			int result = inode_attach(directory, name, sub);
			FAIL_NO_ALLOCATION();
			CHECK_LOCKED(directory);
			unlock(directory);
			if (result == 0)
				break;
			failures++;
			CHECK_EQ(result, -ENOMEM);
			CHECK(dir_find(&directory->dir, name) == NULL);
			CHECK_EQ(directory->dir.count, i);
			CHECK_EQ(directory->nlink, 2 + i);
			CHECK(same_time(directory->ctime, PAST));
			CHECK(same_time(directory->mtime, PAST));
			CHECK_EQ(sub->nlink, 2);
		}
		CHECK_EQ(directory->dir.count, i + 1);
		CHECK_EQ(directory->nlink, 3 + i);
	}
	CHECK(failures >= 40);
	inode_dispose(directory);
	inode_dispose(sub);
}
