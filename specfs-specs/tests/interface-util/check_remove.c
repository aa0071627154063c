/* check_remove: whether a name can be removed as a file, or as a directory. */
#include "check.h"
#include "interface-util.h"

static struct inode *directory, *file, *sub, *symlink_node;

static struct inode *make(uint32_t mode)
{
	struct inode *node = NULL;
	CHECK_EQ(inode_create(&(struct specfs_birth){ .mode = mode }, &node), 0);
	return node;
}

static void plant(void)
{
	volume_setup(10, 10);
	directory = make(S_IFDIR | 0755);
	file = make(S_IFREG | 0644);
	sub = make(S_IFDIR | 0755);
	symlink_node = make(S_IFLNK | 0777);
	CHECK_EQ(inode_attach(directory, "file", file), 0);
	CHECK_EQ(inode_attach(directory, "sub", sub), 0);
	CHECK_EQ(inode_attach(directory, "symlink", symlink_node), 0);
}

static void clear(void)
{
	inode_dispose(directory);
	inode_dispose(file);
	inode_dispose(sub);
	inode_dispose(symlink_node);
}

static void finds(const char *name, bool wanted, struct inode *expected)
{
	struct inode *child = NULL;
	lock(directory);
	CHECK_EQ(check_remove(directory, name, wanted, &child), 0);
	CHECK(child == expected);
	CHECK_LOCKED(directory);
	unlock(directory);
	CHECK_UNLOCKED(child);
	CHECK_EQ(directory->dir.count, 3);
}

static void fails(struct inode *parent, const char *name, bool wanted, int expected)
{
	struct inode *child = parent;
	lock(parent);
	CHECK_EQ(check_remove(parent, name, wanted, &child), expected);
	CHECK(child == parent);
	CHECK_LOCKED(parent);
	unlock(parent);
}

TEST(a_child_of_the_kind_wanted_is_given)
{
	plant();
	finds("file", false, file);
	finds("symlink", false, symlink_node);
	finds("sub", true, sub);
	clear();
}

TEST(a_file_is_no_directory_to_remove)
{
	plant();
	fails(directory, "file", true, -ENOTDIR);
	fails(directory, "symlink", true, -ENOTDIR);
	clear();
}

TEST(a_directory_is_no_file_to_unlink)
{
	plant();
	fails(directory, "sub", false, -EISDIR);
	clear();
}

TEST(a_missing_name_is_enoent)
{
	plant();
	fails(directory, "x", false, -ENOENT);
	fails(directory, "x", true, -ENOENT);
	fails(directory, "files", false, -ENOENT);
	fails(sub, "file", false, -ENOENT);
	clear();
}

TEST(below_what_is_no_directory_is_enotdir)
{
	plant();
	fails(file, "x", false, -ENOTDIR);
	fails(file, "x", true, -ENOTDIR);
	fails(symlink_node, "x", false, -ENOTDIR);
	clear();
}

TEST(names_are_checked)
{
	char name[NAME_BYTES_MAX + 2];
	plant();
	memset(name, 'n', NAME_BYTES_MAX + 1);
	name[NAME_BYTES_MAX + 1] = 0;
	fails(directory, name, false, -ENAMETOOLONG);
	fails(directory, name, true, -ENAMETOOLONG);
	name[NAME_BYTES_MAX] = 0;
	fails(directory, name, false, -ENOENT);
	fails(directory, "", false, -EINVAL);
	fails(directory, ".", true, -EINVAL);
	fails(directory, "..", true, -EINVAL);
	fails(directory, "sub/x", false, -EINVAL);
	fails(file, "..", true, -ENOTDIR);
	clear();
}

TEST(a_removed_directory_has_no_entries)
{
	plant();
	struct inode *removed = make(S_IFDIR | 0755);
	inode_drop(removed);
	fails(removed, "x", false, -ENOENT);
	inode_dispose(removed);
	clear();
}

TEST(entries_in_a_directory_do_not_matter_here)
{
	plant();
	CHECK_EQ(inode_attach(sub, "file", file), 0);
	finds("sub", true, sub);
	clear();
}
