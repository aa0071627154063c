/* check_open: a directory is opened for reading only. */
#include "check.h"
#include "interface-util.h"

#include <fcntl.h>

static struct inode *make(uint32_t mode)
{
	struct inode *node = NULL;
	CHECK_EQ(inode_create(&(struct specfs_birth){ .mode = mode }, &node), 0);
	return node;
}

static int answer(struct inode *node, int flags)
{
	lock(node);
	int result = check_open(node, flags);
	CHECK_LOCKED(node);
	unlock(node);
	return result;
}

TEST(a_directory_is_opened_for_reading)
{
	volume_setup(10, 10);
	struct inode *directory = make(S_IFDIR | 0755);
	CHECK_EQ(answer(directory, O_RDONLY), 0);
	CHECK_EQ(answer(directory, O_RDONLY | O_DIRECTORY), 0);
	CHECK_EQ(answer(directory, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW), 0);
	CHECK_EQ(answer(directory, O_RDONLY | O_APPEND), 0);
	inode_dispose(directory);
}

TEST(a_directory_is_not_opened_for_writing)
{
	volume_setup(10, 10);
	struct inode *directory = make(S_IFDIR | 0755);
	CHECK_EQ(answer(directory, O_WRONLY), -EISDIR);
	CHECK_EQ(answer(directory, O_RDWR), -EISDIR);
	CHECK_EQ(answer(directory, O_WRONLY | O_APPEND), -EISDIR);
	CHECK_EQ(answer(directory, O_RDWR | O_NONBLOCK), -EISDIR);
	inode_dispose(directory);
}

TEST(a_directory_is_not_truncated)
{
	volume_setup(10, 10);
	struct inode *directory = make(S_IFDIR | 0755);
	CHECK_EQ(answer(directory, O_RDONLY | O_TRUNC), -EISDIR);
	CHECK_EQ(answer(directory, O_RDWR | O_TRUNC), -EISDIR);
	inode_dispose(directory);
}

TEST(every_other_kind_is_opened_as_wished)
{
	static const uint32_t kinds[] = { S_IFREG, S_IFLNK, S_IFIFO, S_IFCHR };
	static const int flags[] = { O_RDONLY, O_WRONLY, O_RDWR, O_RDONLY | O_TRUNC, O_WRONLY | O_TRUNC, O_RDWR | O_APPEND };
	volume_setup(10, 10);
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		struct inode *node = make(kinds[i] | 0644);
		for (size_t j = 0; j < sizeof flags / sizeof *flags; j++)
			CHECK_EQ(answer(node, flags[j]), 0);
		inode_dispose(node);
	}
}
