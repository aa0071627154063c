/* inode_detach: the entry goes, with the link of a subdirectory. */
#include "check.h"
#include "inode.h"

static const struct timespec PAST = { .tv_sec = 1000, .tv_nsec = 5 };

static struct inode *make(uint32_t mode)
{
	struct inode *node = NULL;
	CHECK_EQ(inode_create(&(struct specfs_birth){ .mode = mode }, &node), 0);
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

static void detach(struct inode *directory, const char *name, struct inode *node)
{
	lock(directory);
	inode_detach(directory, name, node);
	CHECK_LOCKED(directory);
	unlock(directory);
	CHECK_UNLOCKED(node);
}

TEST(the_entry_of_a_file_goes_and_the_others_stay)
{
	volume_setup(10, 10);
	struct inode *directory = make(S_IFDIR | 0755), *file = make(S_IFREG | 0644), *other = make(S_IFREG | 0644);
	CHECK_EQ(inode_attach(directory, "f", file), 0);
	CHECK_EQ(inode_attach(directory, "g", other), 0);
	detach(directory, "f", file);
	CHECK(dir_find(&directory->dir, "f") == NULL);
	CHECK(dir_find(&directory->dir, "g")->node == other);
	CHECK_EQ(directory->dir.count, 1);
	CHECK_EQ(directory->nlink, 2);
	inode_dispose(directory);
	inode_dispose(file);
	inode_dispose(other);
}

TEST(the_link_of_a_subdirectory_is_counted_off)
{
	volume_setup(10, 10);
	struct inode *directory = make(S_IFDIR | 0755), *first = make(S_IFDIR | 0755), *second = make(S_IFDIR | 0755);
	CHECK_EQ(inode_attach(directory, "a", first), 0);
	CHECK_EQ(inode_attach(directory, "b", second), 0);
	detach(directory, "a", first);
	CHECK_EQ(directory->nlink, 3);
	detach(directory, "b", second);
	CHECK_EQ(directory->nlink, 2);
	CHECK_EQ(directory->dir.count, 0);
	inode_dispose(directory);
	inode_dispose(first);
	inode_dispose(second);
}

TEST(one_of_two_entries_of_a_file_goes)
{
	volume_setup(10, 10);
	struct inode *directory = make(S_IFDIR | 0755), *file = make(S_IFREG | 0644);
	CHECK_EQ(inode_attach(directory, "f", file), 0);
	CHECK_EQ(inode_attach(directory, "g", file), 0);
	detach(directory, "g", file);
	CHECK(dir_find(&directory->dir, "g") == NULL);
	CHECK(dir_find(&directory->dir, "f")->node == file);
	inode_dispose(directory);
	inode_dispose(file);
}

TEST(the_detached_inode_is_not_changed)
{
	volume_setup(10, 10);
	struct inode *directory = make(S_IFDIR | 0755), *file = make(S_IFREG | 0644), *sub = make(S_IFDIR | 0755);
	CHECK_EQ(inode_attach(directory, "f", file), 0);
	CHECK_EQ(inode_attach(directory, "d", sub), 0);
	file->ctime = file->mtime = sub->ctime = PAST;
	detach(directory, "f", file);
	detach(directory, "d", sub);
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
	CHECK_EQ(inode_attach(directory, "f", file), 0);
	directory->atime = directory->mtime = directory->ctime = PAST;
	now(&before);
	detach(directory, "f", file);
	now(&after);
	CHECK(not_before(directory->ctime, before));
	CHECK(not_before(after, directory->ctime));
	CHECK(same_time(directory->mtime, directory->ctime));
	CHECK(same_time(directory->atime, PAST));
	inode_dispose(directory);
	inode_dispose(file);
}

TEST(a_name_can_be_entered_again)
{
	volume_setup(10, 10);
	struct inode *directory = make(S_IFDIR | 0755), *sub = make(S_IFDIR | 0755);
	for (int i = 0; i < 50; i++) {
		CHECK_EQ(inode_attach(directory, "d", sub), 0);
		CHECK_EQ(directory->nlink, 3);
		detach(directory, "d", sub);
		CHECK_EQ(directory->nlink, 2);
	}
	inode_dispose(directory);
	inode_dispose(sub);
}
