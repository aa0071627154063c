/* check_insert: whether a name can be entered into a directory. */
#include "check.h"
#include "interface-util.h"

static struct inode *make(uint32_t mode)
{
	struct inode *node = NULL;
	CHECK_EQ(inode_create(&(struct specfs_birth){ .mode = mode }, &node), 0);
	return node;
}

static void answers(struct inode *directory, const char *name, int expected)
{
	uint64_t count = directory->dir.count;
	lock(directory);
	CHECK_EQ(check_insert(directory, name), expected);
	CHECK_LOCKED(directory);
	unlock(directory);
	CHECK_EQ(directory->dir.count, count);
}

TEST(a_new_name_may_be_entered)
{
	volume_setup(10, 10);
	struct inode *directory = make(S_IFDIR | 0755), *file = make(S_IFREG | 0644);
	answers(directory, "file", 0);
	CHECK_EQ(inode_attach(directory, "file", file), 0);
	answers(directory, "fil", 0);
	answers(directory, "file2", 0);
	answers(directory, "File", 0);
	answers(directory, "...", 0);
	answers(directory, ".hidden", 0);
	inode_dispose(directory);
	inode_dispose(file);
}

TEST(an_existing_name_is_eexist)
{
	volume_setup(10, 10);
	struct inode *directory = make(S_IFDIR | 0755), *file = make(S_IFREG | 0644), *sub = make(S_IFDIR | 0755);
	CHECK_EQ(inode_attach(directory, "file", file), 0);
	CHECK_EQ(inode_attach(directory, "sub", sub), 0);
	answers(directory, "file", -EEXIST);
	answers(directory, "sub", -EEXIST);
	CHECK_UNLOCKED(file);
	CHECK_UNLOCKED(sub);
	inode_dispose(directory);
	inode_dispose(file);
	inode_dispose(sub);
}

TEST(what_is_no_directory_is_enotdir)
{
	static const uint32_t kinds[] = { S_IFREG, S_IFLNK, S_IFIFO, S_IFCHR };
	volume_setup(10, 10);
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		struct inode *node = make(kinds[i] | 0644);
		answers(node, "x", -ENOTDIR);
		inode_dispose(node);
	}
}

TEST(names_are_checked)
{
	char name[NAME_BYTES_MAX + 2];
	volume_setup(10, 10);
	struct inode *directory = make(S_IFDIR | 0755);
	memset(name, 'n', NAME_BYTES_MAX + 1);
	name[NAME_BYTES_MAX + 1] = 0;
	answers(directory, name, -ENAMETOOLONG);
	name[NAME_BYTES_MAX] = 0;
	answers(directory, name, 0);
	answers(directory, "", -EINVAL);
	answers(directory, ".", -EINVAL);
	answers(directory, "..", -EINVAL);
	answers(directory, "a/b", -EINVAL);
	inode_dispose(directory);
}

TEST(a_removed_directory_is_enoent)
{
	volume_setup(10, 10);
	struct inode *directory = make(S_IFDIR | 0755);
	inode_drop(directory);
	answers(directory, "x", -ENOENT);
	inode_dispose(directory);
}

TEST(the_first_failing_check_is_told)
{
	char name[NAME_BYTES_MAX + 2];
	volume_setup(10, 10);
	struct inode *directory = make(S_IFDIR | 0755), *file = make(S_IFREG | 0644);
	memset(name, 'n', NAME_BYTES_MAX + 1);
	name[NAME_BYTES_MAX + 1] = 0;
	answers(file, name, -ENOTDIR);
	answers(file, "..", -ENOTDIR);
	inode_drop(file);
	answers(file, "x", -ENOTDIR);
	inode_drop(directory);
	answers(directory, name, -ENAMETOOLONG);
	answers(directory, ".", -EINVAL);
	inode_dispose(directory);
	inode_dispose(file);
}
