/* check_replace: the rules of POSIX for a rename onto an existing name. */
#include "check.h"
#include "interface-util.h"

static struct inode *make(uint32_t mode)
{
	struct inode *node = NULL;
	CHECK_EQ(inode_create(&(struct specfs_birth){ .mode = mode }, &node), 0);
	return node;
}

static void answers(struct inode *moved, struct inode *victim, int expected)
{
	lock(victim);
	CHECK_EQ(check_replace(moved, victim), expected);
	CHECK_LOCKED(victim);
	unlock(victim);
	CHECK_UNLOCKED(moved);
}

TEST(a_file_may_replace_what_is_no_directory)
{
	volume_setup(10, 10);
	struct inode *file = make(S_IFREG | 0644), *other = make(S_IFREG | 0644), *link = make(S_IFLNK | 0777);
	answers(file, other, 0);
	answers(file, link, 0);
	answers(link, file, 0);
	inode_dispose(file);
	inode_dispose(other);
	inode_dispose(link);
}

TEST(a_directory_may_replace_an_empty_directory)
{
	volume_setup(10, 10);
	struct inode *moved = make(S_IFDIR | 0755), *victim = make(S_IFDIR | 0755), *file = make(S_IFREG | 0644);
	answers(moved, victim, 0);
	CHECK_EQ(inode_attach(moved, "file", file), 0);
	answers(moved, victim, 0);
	inode_dispose(moved);
	inode_dispose(victim);
	inode_dispose(file);
}

TEST(a_directory_with_entries_is_enotempty)
{
	volume_setup(10, 10);
	struct inode *moved = make(S_IFDIR | 0755), *victim = make(S_IFDIR | 0755);
	struct inode *file = make(S_IFREG | 0644), *sub = make(S_IFDIR | 0755);
	CHECK_EQ(inode_attach(victim, "file", file), 0);
	answers(moved, victim, -ENOTEMPTY);
	inode_detach(victim, "file", file);
	answers(moved, victim, 0);
	CHECK_EQ(inode_attach(victim, "sub", sub), 0);
	answers(moved, victim, -ENOTEMPTY);
	inode_dispose(moved);
	inode_dispose(victim);
	inode_dispose(file);
	inode_dispose(sub);
}

TEST(a_directory_onto_a_file_is_enotdir)
{
	volume_setup(10, 10);
	struct inode *moved = make(S_IFDIR | 0755), *file = make(S_IFREG | 0644), *link = make(S_IFLNK | 0777);
	answers(moved, file, -ENOTDIR);
	answers(moved, link, -ENOTDIR);
	inode_dispose(moved);
	inode_dispose(file);
	inode_dispose(link);
}

TEST(a_file_onto_a_directory_is_eisdir_empty_or_not)
{
	volume_setup(10, 10);
	struct inode *moved = make(S_IFREG | 0644), *victim = make(S_IFDIR | 0755), *fifo = make(S_IFIFO | 0644);
	answers(moved, victim, -EISDIR);
	answers(fifo, victim, -EISDIR);
	CHECK_EQ(inode_attach(victim, "file", fifo), 0);
	answers(moved, victim, -EISDIR);
	inode_dispose(moved);
	inode_dispose(victim);
	inode_dispose(fifo);
}
