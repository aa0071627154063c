#include "check.h"
#include "interface.h"
#include "interface/tree.h"

static int lookup(struct inode *start, const char *const *path, const char *name, struct inode **node)
{
	struct specfs_attr attr;
	tree_blank(&attr);
	int result = specfs_lookup(start, path, name, &attr, node);
	if (result == 0)
		tree_check_attr(&attr, *node);
	else
		CHECK(tree_is_blank(&attr));
	return result;
}

TEST(finds_by_path_and_through_a_handle)
{
	tree_begin();
	struct inode *dir = tree_dir(volume.root, "dir"), *file = tree_file(dir, "file"), *found = NULL;
	tree_fill(file, "bytes", 5);
	CHECK_EQ(lookup(volume.root, HERE, "dir", &found), 0);
	CHECK(found == dir);
	CHECK_EQ(lookup(volume.root, PATH("dir"), "file", &found), 0);
	CHECK(found == file);
	CHECK_EQ(file->refs, 1);
	CHECK_EQ(lookup(dir, HERE, "file", &found), 0);
	CHECK(found == file);
	CHECK_EQ(file->refs, 2);
	CHECK_EQ(dir->refs, 1);
	CHECK_UNLOCKED(file);
	tree_check_with(0, 0, 3);
	specfs_forget(file, 2);
	specfs_forget(dir, 1);
	tree_check();
	tree_end();
}

TEST(tells_the_attributes)
{
	struct specfs_attr attr;
	struct inode *found;
	tree_begin();
	struct inode *file = tree_add(volume.root, "file", S_IFREG | 04751);
	tree_fill(file, "bytes", 5);
	file->uid = 12;
	file->gid = 34;
	tree_age(file);
	CHECK_EQ(specfs_lookup(volume.root, HERE, "file", &attr, &found), 0);
	CHECK_EQ(attr.ino, file->ino);
	CHECK_EQ(attr.mode, S_IFREG | 04751);
	CHECK_EQ(attr.nlink, 1);
	CHECK_EQ(attr.uid, 12);
	CHECK_EQ(attr.gid, 34);
	CHECK_EQ(attr.size, 5);
	CHECK_EQ(attr.blocks, 8);
	CHECK_EQ(attr.blksize, 4096);
	CHECK(tree_is_old(attr.atime) && tree_is_old(attr.mtime) && tree_is_old(attr.ctime));
	tree_end();
}

TEST(changes_no_time)
{
	struct inode *found;
	tree_begin();
	struct inode *dir = tree_dir(volume.root, "dir"), *file = tree_file(dir, "file");
	tree_age(volume.root);
	tree_age(dir);
	tree_age(file);
	CHECK_EQ(lookup(volume.root, PATH("dir"), "file", &found), 0);
	CHECK_TIMES_OLD(volume.root);
	CHECK_TIMES_OLD(dir);
	CHECK_TIMES_OLD(file);
	tree_end();
}

TEST(does_not_follow_a_symbolic_link)
{
	struct inode *found;
	tree_begin();
	tree_dir(volume.root, "dir");
	struct inode *symlink = tree_symlink(volume.root, "symlink", "dir");
	CHECK_EQ(lookup(volume.root, HERE, "symlink", &found), 0);
	CHECK(found == symlink);
	tree_end();
}

TEST(a_missing_name)
{
	struct inode *found = (struct inode *)&found;
	tree_begin();
	struct inode *dir = tree_dir(volume.root, "dir");
	tree_age(dir);
	CHECK_EQ(lookup(dir, HERE, "none", &found), -ENOENT);
	CHECK_EQ(lookup(volume.root, PATH("dir"), "none", &found), -ENOENT);
	CHECK(found == (struct inode *)&found);
	CHECK_EQ(dir->refs, 0);
	CHECK_TIMES_OLD(dir);
	tree_check();
	tree_end();
}

TEST(a_removed_directory_has_no_names)
{
	struct inode *found;
	tree_begin();
	struct inode *dir = tree_dir(volume.root, "dir");
	tree_hold(dir);
	CHECK_EQ(remove_at(volume.root, HERE, "dir", true), 0);
	CHECK_EQ(lookup(dir, HERE, "name", &found), -ENOENT);
	CHECK_UNLOCKED(dir);
	specfs_forget(dir, 1);
	tree_end();
}

static int64_t lookup_below(struct inode *start, const char *const *path)
{
	struct inode *found = (struct inode *)&found;
	int result = lookup(start, path, "name", &found);
	CHECK(found == (struct inode *)&found);
	return result;
}

static int64_t lookup_name(struct inode *start, const char *const *path, const char *name)
{
	struct inode *found = (struct inode *)&found;
	int result = lookup(start, path, name, &found);
	CHECK(found == (struct inode *)&found);
	return result;
}

TEST(paths_that_lead_nowhere)
{
	tree_try_paths(lookup_below);
}

TEST(names_that_are_none)
{
	tree_try_names(lookup_name);
}

TEST(a_name_of_255_bytes)
{
	struct inode *found;
	tree_begin();
	struct inode *file = tree_file(volume.root, tree_name(NAME_BYTES_MAX));
	CHECK_EQ(lookup(volume.root, HERE, tree_name(NAME_BYTES_MAX), &found), 0);
	CHECK(found == file);
	CHECK_EQ(lookup(volume.root, HERE, tree_name(NAME_BYTES_MAX - 1), &found), -ENOENT);
	tree_end();
}

TEST(a_deep_path)
{
	struct inode *found;
	tree_begin();
	struct inode *file = tree_file(tree_chain(volume.root), "file");
	CHECK_EQ(lookup(volume.root, tree_chain_path(NULL), "file", &found), 0);
	CHECK(found == file);
	CHECK_EQ(lookup(volume.root, tree_chain_path(NULL), "none", &found), -ENOENT);
	specfs_forget(file, 1);
	tree_check();
	tree_end();
}

#if !SEQUENTIAL
/* ---- Several threads, which tree_race makes with pthread_create ---- */

static struct inode *stable;

/* Two threads look names up, two put "dir/file" there and take it away. */
static void look_or_change(unsigned int index)
{
	struct specfs_attr attr;
	struct inode *found;
	for (int i = 0; i < 2000; i++) {
		if (index < 2) {
			CHECK_EQ(specfs_lookup(volume.root, PATH("dir"), "stable", &attr, &found), 0);
			CHECK(found == stable);
			specfs_forget(found, 1);
			int result = specfs_lookup(volume.root, PATH("dir"), "file", &attr, &found);
			CHECK(result == 0 || result == -ENOENT);
			if (result == 0) {
				CHECK_EQ(attr.nlink, 1);
				CHECK_EQ(found->ino, attr.ino);
				specfs_forget(found, 1);
			}
		} else {
			struct specfs_birth birth = { .mode = S_IFREG | 0644 };
			struct inode *fresh;
			CHECK_EQ(inode_create(&birth, &fresh), 0);
			if (insert_at(volume.root, PATH("dir"), "file", fresh, &attr) == 0)
				tree_release(fresh);
			else
				inode_dispose(fresh);
			int result = remove_at(volume.root, PATH("dir"), "file", false);
			CHECK(result == 0 || result == -ENOENT);
		}
	}
}

TEST(names_that_come_and_go_meanwhile)
{
	tree_begin();
	struct inode *dir = tree_dir(volume.root, "dir");
	stable = tree_file(dir, "stable");
	tree_race(look_or_change);
	CHECK_EQ(stable->refs, 0);
	tree_check();
	tree_empty(volume.root);
	CHECK_EQ(volume.inodes_used, 1);
	tree_end();
}
#endif
