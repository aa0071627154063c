#include "check.h"
#include "interface.h"
#include "interface/storm.h"
#include "interface/tree.h"

#define NOREPLACE SPECFS_RENAME_NOREPLACE

/* A rename that fails leaves every name, link, time and counter of the tree as it was. */
static int fail(const char *const *from_path, const char *from, const char *const *to_path, const char *to,
                uint32_t flags)
{
	struct tree_walk before = tree_walk();
	uint64_t inodes = volume.inodes_used, blocks = volume.blocks_used;
	for (size_t i = 0; i < before.count; i++)
		tree_age(before.node[i]);
	int result = specfs_rename(from_path, from, to_path, to, flags);
	CHECK_EQ(volume.inodes_used, inodes);
	CHECK_EQ(volume.blocks_used, blocks);
	struct tree_walk after = tree_walk();
	CHECK_EQ(after.count, before.count);
	for (size_t i = 0; i < before.count; i++) {
		CHECK(after.node[i] == before.node[i]);
		CHECK_TIMES_OLD(after.node[i]);
		CHECK_UNLOCKED(after.node[i]);
	}
	free(before.node);
	free(after.node);
	return result;
}

static void move(const char *const *from_path, const char *from, const char *const *to_path, const char *to)
{
	CHECK_EQ(specfs_rename(from_path, from, to_path, to, 0), 0);
	tree_check();
}

static void finish(void)
{
	tree_check();
	tree_empty(volume.root);
	CHECK_EQ(volume.inodes_used, 1);
	CHECK_EQ(volume.blocks_used, 0);
	CHECK_EQ(volume.root->nlink, 2);
	tree_end();
}

/* ---- Where to ---- */

TEST(within_one_directory)
{
	tree_begin();
	struct inode *dir = tree_dir(volume.root, "dir"), *file = tree_file(dir, "old");
	tree_fill(file, "bytes", 5);
	tree_age(dir);
	tree_age(file);
	tree_age(volume.root);
	move(PATH("dir"), "old", PATH("dir"), "new");
	CHECK(tree_child(dir, "old") == NULL);
	CHECK(tree_child(dir, "new") == file);
	CHECK_EQ(dir->dir.count, 1);
	CHECK_EQ(file->nlink, 1);
	CHECK_EQ(file->refs, 0);
	CHECK(tree_is_old(file->atime) && tree_is_old(file->mtime));
	CHECK(tree_is_now(file->ctime));
	CHECK(tree_is_old(dir->atime));
	CHECK(tree_is_now(dir->mtime) && tree_is_now(dir->ctime));
	CHECK_TIMES_OLD(volume.root);
	finish();
}

TEST(between_directories)
{
	tree_begin();
	struct inode *one = tree_dir(volume.root, "one"), *two = tree_dir(volume.root, "two");
	struct inode *file = tree_file(one, "old");
	tree_age(one);
	tree_age(two);
	tree_age(file);
	move(PATH("one"), "old", PATH("two"), "new");
	CHECK(tree_child(one, "old") == NULL && tree_child(one, "new") == NULL);
	CHECK(tree_child(two, "new") == file && tree_child(two, "old") == NULL);
	CHECK_EQ(one->dir.count, 0);
	CHECK_EQ(two->dir.count, 1);
	CHECK(tree_is_now(one->mtime) && tree_is_now(one->ctime));
	CHECK(tree_is_now(two->mtime) && tree_is_now(two->ctime));
	CHECK(tree_is_old(file->mtime) && tree_is_now(file->ctime));
	finish();
}

TEST(a_directory_takes_its_link_along)
{
	tree_begin();
	struct inode *one = tree_dir(volume.root, "one"), *two = tree_dir(volume.root, "two");
	struct inode *moved = tree_dir(one, "moved");
	struct inode *file = tree_file(tree_dir(moved, "sub"), "file");
	tree_age(moved);
	CHECK_EQ(one->nlink, 3);
	CHECK_EQ(two->nlink, 2);
	move(PATH("one"), "moved", PATH("two"), "renamed");
	CHECK_EQ(one->nlink, 2);
	CHECK_EQ(two->nlink, 3);
	CHECK_EQ(moved->nlink, 3);
	CHECK(tree_child(two, "renamed") == moved);
	CHECK(tree_child(tree_child(moved, "sub"), "file") == file);
	CHECK(tree_is_old(moved->mtime) && tree_is_now(moved->ctime));
	move(PATH("two"), "renamed", PATH("two"), "again");
	CHECK_EQ(two->nlink, 3);
	finish();
}

TEST(up_and_down)
{
	tree_begin();
	struct inode *a = tree_dir(volume.root, "a"), *b = tree_dir(a, "b"), *c = tree_dir(b, "c");
	struct inode *file = tree_file(c, "file"), *dir = tree_dir(c, "dir");
	move(PATH("a", "b", "c"), "file", PATH("a"), "file");
	CHECK(tree_child(a, "file") == file);
	move(PATH("a", "b", "c"), "dir", HERE, "dir");
	CHECK(tree_child(volume.root, "dir") == dir);
	move(PATH("a"), "file", PATH("a", "b", "c"), "file");
	CHECK(tree_child(c, "file") == file);
	move(HERE, "dir", PATH("a", "b"), "dir");
	CHECK(tree_child(b, "dir") == dir);
	move(PATH("a", "b"), "c", PATH("a", "b", "dir"), "c");
	CHECK(tree_child(dir, "c") == c);
	move(PATH("a", "b", "dir"), "c", HERE, "c");
	CHECK_EQ(volume.root->nlink, 4);
	finish();
}

TEST(every_kind_of_inode)
{
	static const uint32_t kinds[] = { S_IFREG, S_IFDIR, S_IFLNK, S_IFIFO, S_IFSOCK, S_IFCHR, S_IFBLK };
	tree_begin();
	struct inode *one = tree_dir(volume.root, "one"), *two = tree_dir(volume.root, "two");
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		char name[2] = { (char)('a' + i), '\0' };
		struct inode *node = tree_add(one, name, kinds[i] | 0600);
		move(PATH("one"), name, PATH("two"), name);
		CHECK(tree_child(two, name) == node);
	}
	finish();
}

/* ---- Onto a name that exists ---- */

TEST(a_file_replaces_a_file)
{
	tree_begin();
	struct inode *one = tree_dir(volume.root, "one"), *two = tree_dir(volume.root, "two");
	struct inode *file = tree_file(one, "file"), *victim = tree_file(two, "victim");
	tree_fill(file, "f", 1);
	tree_fill(victim, "victim", 6);
	tree_age(file);
	tree_age(one);
	tree_age(two);
	move(PATH("one"), "file", PATH("two"), "victim");
	CHECK(tree_child(two, "victim") == file);
	CHECK_EQ(one->dir.count, 0);
	CHECK_EQ(two->dir.count, 1);
	CHECK_EQ(volume.inodes_used, 4);
	CHECK_EQ(volume.blocks_used, 1);
	CHECK_EQ(file->nlink, 1);
	CHECK(tree_is_now(file->ctime));
	CHECK(tree_is_now(one->mtime) && tree_is_now(one->ctime));
	CHECK(tree_is_now(two->mtime) && tree_is_now(two->ctime));
	finish();
}

TEST(a_file_replaces_a_file_of_its_directory)
{
	tree_begin();
	struct inode *file = tree_file(volume.root, "file");
	tree_file(volume.root, "victim");
	move(HERE, "file", HERE, "victim");
	CHECK(tree_child(volume.root, "victim") == file);
	CHECK(tree_child(volume.root, "file") == NULL);
	CHECK_EQ(volume.inodes_used, 2);
	finish();
}

TEST(files_of_any_kind_replace_each_other)
{
	static const uint32_t kinds[] = { S_IFREG, S_IFLNK, S_IFIFO, S_IFSOCK, S_IFCHR, S_IFBLK };
	tree_begin();
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
			struct inode *moved = tree_add(volume.root, "moved", kinds[i] | 0600);
			tree_add(volume.root, "victim", kinds[k] | 0600);
			move(HERE, "moved", HERE, "victim");
			CHECK(tree_child(volume.root, "victim") == moved);
			CHECK_EQ(specfs_unlink(volume.root, HERE, "victim"), 0);
		}
	}
	finish();
}

TEST(a_victim_with_another_link_keeps_it)
{
	tree_begin();
	struct inode *dir = tree_dir(volume.root, "dir"), *victim = tree_file(dir, "victim");
	tree_link(volume.root, "other", victim);
	tree_age(victim);
	tree_file(volume.root, "file");
	move(HERE, "file", PATH("dir"), "victim");
	CHECK_EQ(victim->nlink, 1);
	CHECK(tree_is_old(victim->mtime) && tree_is_now(victim->ctime));
	CHECK(tree_child(volume.root, "other") == victim);
	finish();
}

TEST(a_victim_that_is_held_lives_on)
{
	struct specfs_attr attr;
	char bytes[8];
	tree_begin();
	struct inode *victim = tree_file(volume.root, "victim");
	tree_fill(victim, "victim", 6);
	tree_hold(victim);
	tree_file(volume.root, "file");
	CHECK_EQ(specfs_rename(HERE, "file", HERE, "victim", 0), 0);
	tree_check_with(1, 1, 0);
	CHECK_EQ(specfs_getattr(victim, HERE, &attr), 0);
	CHECK_EQ(attr.nlink, 0);
	CHECK_EQ(specfs_read(victim, HERE, bytes, sizeof bytes, 0), 6);
	CHECK_EQ(specfs_link(victim, volume.root, HERE, "link", &attr), -ENOENT);
	CHECK_UNLOCKED(victim);
	specfs_forget(victim, 1);
	finish();
}

TEST(a_moved_file_that_is_held_stays_the_same_inode)
{
	tree_begin();
	struct inode *file = tree_file(volume.root, "file");
	tree_dir(volume.root, "dir");
	tree_hold(file);
	CHECK_EQ(specfs_rename(HERE, "file", PATH("dir"), "file", 0), 0);
	CHECK_EQ(specfs_write(file, HERE, "bytes", 5, 0), 5);
	CHECK_EQ(file->refs, 1);
	tree_check_with(0, 0, 1);
	specfs_forget(file, 1);
	finish();
}

TEST(a_directory_replaces_an_empty_directory)
{
	tree_begin();
	struct inode *one = tree_dir(volume.root, "one"), *two = tree_dir(volume.root, "two");
	struct inode *moved = tree_dir(one, "moved"), *file = tree_file(moved, "file");
	tree_dir(two, "victim");
	move(PATH("one"), "moved", PATH("two"), "victim");
	CHECK(tree_child(two, "victim") == moved);
	CHECK(tree_child(moved, "file") == file);
	CHECK_EQ(one->nlink, 2);
	CHECK_EQ(two->nlink, 3);
	CHECK_EQ(volume.inodes_used, 5);
	finish();
}

TEST(a_directory_replaces_its_empty_brother)
{
	tree_begin();
	struct inode *moved = tree_dir(volume.root, "moved");
	tree_dir(volume.root, "victim");
	CHECK_EQ(volume.root->nlink, 4);
	move(HERE, "moved", HERE, "victim");
	CHECK_EQ(volume.root->nlink, 3);
	CHECK(tree_child(volume.root, "victim") == moved);
	CHECK_EQ(volume.inodes_used, 2);
	finish();
}

TEST(a_replaced_directory_that_is_held_takes_no_entries)
{
	const struct specfs_birth birth = { .mode = S_IFREG | 0644 };
	struct specfs_attr attr;
	struct inode *node;
	tree_begin();
	struct inode *victim = tree_dir(volume.root, "victim");
	tree_hold(victim);
	tree_dir(volume.root, "moved");
	CHECK_EQ(specfs_rename(HERE, "moved", HERE, "victim", 0), 0);
	tree_check_with(1, 0, 0);
	CHECK_EQ(victim->nlink, 0);
	CHECK_EQ(specfs_mknod(victim, HERE, "file", &birth, &attr, &node), -ENOENT);
	specfs_forget(victim, 1);
	finish();
}

TEST(a_directory_with_entries_is_not_replaced)
{
	tree_begin();
	tree_dir(volume.root, "moved");
	struct inode *victim = tree_dir(volume.root, "victim");
	tree_file(victim, "file");
	tree_dir(tree_dir(volume.root, "other"), "moved");
	CHECK_EQ(fail(HERE, "moved", HERE, "victim", 0), -ENOTEMPTY);
	CHECK_EQ(fail(PATH("other"), "moved", HERE, "victim", 0), -ENOTEMPTY);
	finish();
}

TEST(files_and_directories_do_not_replace_each_other)
{
	static const uint32_t kinds[] = { S_IFREG, S_IFLNK, S_IFIFO, S_IFSOCK, S_IFCHR, S_IFBLK };
	tree_begin();
	tree_dir(volume.root, "empty");
	tree_file(tree_dir(volume.root, "full"), "entry");
	tree_dir(volume.root, "sub");
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		tree_add(volume.root, "file", kinds[i] | 0600);
		CHECK_EQ(fail(HERE, "file", HERE, "empty", 0), -EISDIR);
		CHECK_EQ(fail(HERE, "file", HERE, "full", 0), -EISDIR);
		CHECK_EQ(fail(HERE, "empty", HERE, "file", 0), -ENOTDIR);
		CHECK_EQ(fail(HERE, "full", HERE, "file", 0), -ENOTDIR);
		CHECK_EQ(specfs_unlink(volume.root, HERE, "file"), 0);
	}
	tree_symlink(volume.root, "symlink", "empty");
	CHECK_EQ(fail(HERE, "sub", HERE, "symlink", 0), -ENOTDIR);
	finish();
}

TEST(a_symbolic_link_itself_is_moved_and_replaced)
{
	tree_begin();
	struct inode *target = tree_file(volume.root, "target"), *symlink = tree_symlink(volume.root, "symlink", "target");
	move(HERE, "symlink", HERE, "moved");
	CHECK(tree_child(volume.root, "moved") == symlink);
	struct inode *file = tree_file(volume.root, "file");
	move(HERE, "file", HERE, "moved");
	CHECK(tree_child(volume.root, "moved") == file);
	CHECK(tree_child(volume.root, "target") == target);
	finish();
}

/* ---- The same inode ---- */

/* POSIX: when both names are links to the same file, nothing is done. */
TEST(two_links_of_one_file)
{
	tree_begin();
	struct inode *one = tree_dir(volume.root, "one"), *two = tree_dir(volume.root, "two");
	struct inode *file = tree_file(one, "file");
	tree_link(one, "link", file);
	tree_link(two, "link", file);
	CHECK_EQ(fail(PATH("one"), "file", PATH("one"), "link", 0), 0);
	CHECK_EQ(fail(PATH("one"), "file", PATH("two"), "link", 0), 0);
	CHECK_EQ(fail(PATH("two"), "link", PATH("one"), "file", 0), 0);
	CHECK_EQ(file->nlink, 3);
	finish();
}

TEST(onto_itself)
{
	tree_begin();
	struct inode *dir = tree_dir(volume.root, "dir");
	tree_file(dir, "file");
	tree_file(tree_dir(dir, "full"), "entry");
	CHECK_EQ(fail(PATH("dir"), "file", PATH("dir"), "file", 0), 0);
	CHECK_EQ(fail(PATH("dir"), "full", PATH("dir"), "full", 0), 0);
	CHECK_EQ(fail(HERE, "dir", HERE, "dir", 0), 0);
	finish();
}

TEST(a_link_moves_where_no_other_is)
{
	tree_begin();
	struct inode *one = tree_dir(volume.root, "one"), *file = tree_file(one, "file");
	tree_link(one, "link", file);
	move(PATH("one"), "link", HERE, "link");
	CHECK_EQ(file->nlink, 2);
	tree_file(volume.root, "other");
	move(PATH("one"), "file", HERE, "other");
	CHECK_EQ(file->nlink, 2);
	CHECK_EQ(one->dir.count, 0);
	finish();
}

/* ---- Up and down the same branch ---- */

TEST(a_directory_into_itself)
{
	tree_begin();
	struct inode *a = tree_dir(volume.root, "a"), *b = tree_dir(a, "b"), *c = tree_dir(b, "c");
	tree_file(c, "file");
	tree_dir(volume.root, "ab");
	CHECK_EQ(fail(HERE, "a", PATH("a"), "x", 0), -EINVAL);
	CHECK_EQ(fail(HERE, "a", PATH("a"), "b", 0), -EINVAL);
	CHECK_EQ(fail(HERE, "a", PATH("a", "b", "c"), "x", 0), -EINVAL);
	CHECK_EQ(fail(HERE, "a", PATH("a", "b", "c"), "file", 0), -EINVAL);
	CHECK_EQ(fail(PATH("a"), "b", PATH("a", "b"), "x", 0), -EINVAL);
	CHECK_EQ(fail(PATH("a"), "b", PATH("a", "b", "c"), "b", 0), -EINVAL);
	CHECK_EQ(fail(HERE, "a", PATH("a"), "x", NOREPLACE), -EINVAL);
	/* A name that only begins alike is another. */
	move(HERE, "a", PATH("ab"), "a");
	finish();
}

/* The target is an ancestor of what is moved: not empty, and a directory. */
TEST(onto_an_ancestor)
{
	tree_begin();
	struct inode *a = tree_dir(volume.root, "a"), *b = tree_dir(a, "b"), *c = tree_dir(b, "c");
	tree_file(c, "file");
	tree_dir(c, "dir");
	tree_file(b, "file");
	CHECK_EQ(fail(PATH("a"), "b", HERE, "a", 0), -ENOTEMPTY);
	CHECK_EQ(fail(PATH("a", "b"), "c", HERE, "a", 0), -ENOTEMPTY);
	CHECK_EQ(fail(PATH("a", "b", "c"), "dir", HERE, "a", 0), -ENOTEMPTY);
	CHECK_EQ(fail(PATH("a", "b", "c"), "dir", PATH("a"), "b", 0), -ENOTEMPTY);
	CHECK_EQ(fail(PATH("a", "b", "c"), "dir", PATH("a", "b"), "c", 0), -ENOTEMPTY);
	CHECK_EQ(fail(PATH("a", "b"), "file", PATH("a"), "b", 0), -EISDIR);
	CHECK_EQ(fail(PATH("a", "b", "c"), "file", HERE, "a", 0), -EISDIR);
	CHECK_EQ(fail(PATH("a", "b", "c"), "file", PATH("a", "b"), "c", 0), -EISDIR);
	CHECK_EQ(fail(PATH("a", "b", "c"), "file", HERE, "a", NOREPLACE), -EEXIST);
	CHECK_EQ(fail(PATH("a", "b", "c"), "none", HERE, "a", 0), -ENOENT);
	finish();
}

TEST(next_to_an_ancestor)
{
	tree_begin();
	struct inode *a = tree_dir(volume.root, "a"), *b = tree_dir(a, "b"), *file = tree_file(b, "file");
	tree_file(a, "victim");
	tree_dir(a, "empty");
	struct inode *dir = tree_dir(b, "dir");
	move(PATH("a", "b"), "file", PATH("a"), "victim");
	CHECK(tree_child(a, "victim") == file);
	move(PATH("a", "b"), "dir", PATH("a"), "empty");
	CHECK(tree_child(a, "empty") == dir);
	move(PATH("a"), "victim", PATH("a", "b"), "deeper");
	CHECK(tree_child(b, "deeper") == file);
	finish();
}

/* ---- SPECFS_RENAME_NOREPLACE and other flags ---- */

TEST(without_replacing)
{
	tree_begin();
	struct inode *one = tree_dir(volume.root, "one"), *two = tree_dir(volume.root, "two");
	struct inode *file = tree_file(one, "file");
	tree_file(two, "victim");
	tree_link(two, "link", file);
	tree_dir(two, "empty");
	tree_dir(one, "dir");
	CHECK_EQ(fail(PATH("one"), "file", PATH("two"), "victim", NOREPLACE), -EEXIST);
	CHECK_EQ(fail(PATH("one"), "file", PATH("two"), "empty", NOREPLACE), -EEXIST);
	CHECK_EQ(fail(PATH("one"), "dir", PATH("two"), "empty", NOREPLACE), -EEXIST);
	CHECK_EQ(fail(PATH("one"), "file", PATH("two"), "link", NOREPLACE), -EEXIST);
	CHECK_EQ(fail(PATH("one"), "file", PATH("one"), "file", NOREPLACE), -EEXIST);
	CHECK_EQ(fail(PATH("one"), "none", PATH("two"), "victim", NOREPLACE), -ENOENT);
	CHECK_EQ(specfs_rename(PATH("one"), "file", PATH("two"), "new", NOREPLACE), 0);
	CHECK(tree_child(two, "new") == file);
	CHECK_EQ(specfs_rename(PATH("one"), "dir", HERE, "dir", NOREPLACE), 0);
	finish();
}

TEST(flags_that_are_unknown)
{
	static const uint32_t flags[] = { 2, 3, 4, 5, 8, UINT32_C(1) << 31, UINT32_MAX };
	tree_begin();
	tree_file(volume.root, "file");
	tree_file(volume.root, "other");
	for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
		CHECK_EQ(fail(HERE, "file", HERE, "new", flags[i]), -EINVAL);
		CHECK_EQ(fail(HERE, "file", HERE, "other", flags[i]), -EINVAL);
		CHECK_EQ(fail(HERE, "none", PATH("none"), "new", flags[i]), -EINVAL);
	}
	finish();
}

/* ---- Paths and names ---- */

TEST(what_does_not_exist)
{
	tree_begin();
	struct inode *dir = tree_dir(volume.root, "dir");
	tree_file(dir, "file");
	tree_dir(volume.root, "other");
	CHECK_EQ(fail(HERE, "none", HERE, "new", 0), -ENOENT);
	CHECK_EQ(fail(HERE, "none", HERE, "none", 0), -ENOENT);
	CHECK_EQ(fail(PATH("dir"), "none", PATH("other"), "new", 0), -ENOENT);
	CHECK_EQ(fail(PATH("dir"), "none", HERE, "other", 0), -ENOENT);
	CHECK_EQ(fail(PATH("none"), "file", PATH("dir"), "new", 0), -ENOENT);
	CHECK_EQ(fail(PATH("dir"), "file", PATH("none"), "new", 0), -ENOENT);
	CHECK_EQ(fail(PATH("dir", "none"), "file", PATH("dir", "none"), "new", 0), -ENOENT);
	CHECK_EQ(fail(PATH("dir"), "file", PATH("dir", "none"), "new", 0), -ENOENT);
	CHECK_EQ(fail(PATH("dir", "none"), "file", PATH("dir"), "new", 0), -ENOENT);
	CHECK_EQ(fail(PATH("other", "none"), "file", PATH("dir"), "new", 0), -ENOENT);
	CHECK_EQ(fail(PATH("dir"), "none", PATH("dir", "none"), "new", 0), -ENOENT);
	finish();
}

TEST(paths_through_what_is_no_directory)
{
	tree_begin();
	struct inode *dir = tree_dir(volume.root, "dir");
	tree_file(dir, "file");
	tree_file(volume.root, "other");
	tree_symlink(volume.root, "symlink", "dir");
	CHECK_EQ(fail(PATH("dir", "file"), "x", HERE, "new", 0), -ENOTDIR);
	CHECK_EQ(fail(HERE, "other", PATH("dir", "file"), "new", 0), -ENOTDIR);
	CHECK_EQ(fail(PATH("dir", "file"), "x", PATH("dir", "file"), "new", 0), -ENOTDIR);
	CHECK_EQ(fail(PATH("other"), "x", PATH("dir", "file"), "new", 0), -ENOTDIR);
	CHECK_EQ(fail(PATH("dir", "file", "x"), "y", HERE, "new", 0), -ENOTDIR);
	CHECK_EQ(fail(HERE, "other", PATH("dir", "file", "x"), "new", 0), -ENOTDIR);
	CHECK_EQ(fail(PATH("symlink"), "file", HERE, "new", 0), -ENOTDIR);
	CHECK_EQ(fail(HERE, "other", PATH("symlink"), "new", 0), -ENOTDIR);
	finish();
}

/* A file with two names is met on both paths: its lock must not be asked for twice. */
TEST(two_links_of_one_file_in_place_of_the_directories)
{
	tree_begin();
	struct inode *one = tree_dir(volume.root, "one"), *two = tree_dir(volume.root, "two");
	struct inode *file = tree_file(one, "link");
	tree_link(two, "link", file);
	tree_link(one, "again", file);
	CHECK_EQ(fail(PATH("one", "link"), "x", PATH("two", "link"), "y", 0), -ENOTDIR);
	CHECK_EQ(fail(PATH("one", "link"), "x", PATH("one", "again"), "y", 0), -ENOTDIR);
	CHECK_EQ(fail(PATH("one", "link", "x"), "x", PATH("two", "link", "y"), "y", 0), -ENOTDIR);
	CHECK_EQ(fail(PATH("one", "link"), "x", PATH("one", "link"), "x", 0), -ENOTDIR);
	finish();
}

TEST(names_that_are_none)
{
	static const char *const wrong[] = { "", ".", "..", "a/b", "/" };
	tree_begin();
	struct inode *dir = tree_dir(volume.root, "dir");
	tree_dir(dir, "sub");
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		CHECK_EQ(fail(HERE, wrong[i], HERE, "new", 0), -EINVAL);
		CHECK_EQ(fail(PATH("dir"), wrong[i], PATH("dir"), "new", 0), -EINVAL);
		CHECK_EQ(fail(HERE, "dir", HERE, wrong[i], 0), -EINVAL);
		CHECK_EQ(fail(PATH("dir"), "sub", PATH("dir"), wrong[i], 0), -EINVAL);
		CHECK_EQ(fail(PATH("dir", wrong[i]), "sub", HERE, "new", 0), -EINVAL);
		CHECK_EQ(fail(PATH("dir"), "sub", PATH(wrong[i]), "new", 0), -EINVAL);
		/* The names are looked at before anything else. */
		CHECK_EQ(fail(PATH("none"), wrong[i], HERE, "new", 0), -EINVAL);
		CHECK_EQ(fail(HERE, "none", HERE, wrong[i], 0), -EINVAL);
	}
	finish();
}

TEST(names_of_255_bytes_and_more)
{
	const char *overlong = tree_name(NAME_BYTES_MAX + 1), *longest = overlong + 1;
	tree_begin();
	struct inode *file = tree_file(volume.root, "file");
	CHECK_EQ(fail(HERE, "file", HERE, overlong, 0), -ENAMETOOLONG);
	CHECK_EQ(fail(HERE, overlong, HERE, "new", 0), -ENAMETOOLONG);
	CHECK_EQ(fail(PATH("none"), overlong, HERE, "new", 0), -ENAMETOOLONG);
	CHECK_EQ(fail(HERE, "none", HERE, overlong, 0), -ENAMETOOLONG);
	CHECK_EQ(fail(PATH(overlong), "x", HERE, "new", 0), -ENAMETOOLONG);
	CHECK_EQ(fail(HERE, "file", PATH(overlong), "new", 0), -ENAMETOOLONG);
	move(HERE, "file", HERE, longest);
	CHECK(tree_child(volume.root, longest) == file);
	move(HERE, longest, HERE, "file");
	CHECK(tree_child(volume.root, "file") == file);
	finish();
}

/* ---- Depth and memory ---- */

TEST(between_the_ends_of_deep_trees)
{
	static const char *one[TREE_DEPTH + 2], *two[TREE_DEPTH + 2];
	tree_begin();
	struct inode *first = tree_chain(tree_dir(volume.root, "one"));
	struct inode *second = tree_chain(tree_dir(volume.root, "two"));
	memcpy(one, tree_chain_path("one"), sizeof one);
	memcpy(two, tree_chain_path("two"), sizeof two);
	struct inode *file = tree_file(first, "file");
	move(one, "file", two, "file");
	CHECK(tree_child(second, "file") == file);
	move(two, "file", HERE, "file");
	move(HERE, "file", one, "file");
	CHECK(tree_child(first, "file") == file);
	move(one, "file", one, "again");
	CHECK_EQ(fail(HERE, "one", one, "x", 0), -EINVAL);
	CHECK_EQ(fail(one, "again", HERE, "one", 0), -EISDIR);
	move(HERE, "two", one, "two");
	CHECK_EQ(specfs_rename(HERE, "one", HERE, "renamed", 0), 0);
	finish();
}

TEST(memory_ends)
{
	int failed = 0;
	for (long n = 0;; n++) {
		tree_begin();
		struct inode *one = tree_dir(volume.root, "one"), *two = tree_dir(volume.root, "two");
		struct inode *dir = tree_dir(one, "dir");
		tree_age(one);
		tree_age(two);
		tree_age(dir);
		FAIL_ALLOCATION(n);
		int result = specfs_rename(PATH("one"), "dir", PATH("two"), "new", 0);
		FAIL_NO_ALLOCATION();
		if (result == 0) {
			CHECK(tree_child(two, "new") == dir);
			finish();
			break;
		}
		failed++;
		CHECK_EQ(result, -ENOMEM);
		CHECK(tree_child(one, "dir") == dir);
		CHECK_EQ(two->dir.count, 0);
		CHECK_EQ(one->nlink, 3);
		CHECK_EQ(two->nlink, 2);
		CHECK_TIMES_OLD(one);
		CHECK_TIMES_OLD(two);
		CHECK_TIMES_OLD(dir);
		finish();
	}
	CHECK(failed > 0);
}

TEST(a_full_volume)
{
	tree_begin_with(0, 4);
	tree_dir(volume.root, "dir");
	tree_file(volume.root, "file");
	tree_file(volume.root, "other");
	move(HERE, "file", PATH("dir"), "file");
	move(HERE, "other", PATH("dir"), "file");
	CHECK_EQ(volume.inodes_used, 3);
	finish();
}

TEST(back_and_forth_many_times)
{
	tree_begin();
	struct inode *one = tree_dir(volume.root, "one"), *two = tree_dir(volume.root, "two");
	struct inode *dir = tree_dir(one, "dir");
	for (int i = 0; i < 500; i++) {
		CHECK_EQ(specfs_rename(PATH("one"), "dir", PATH("two"), "dir", 0), 0);
		CHECK_EQ(specfs_rename(PATH("two"), "dir", PATH("one"), "dir", 0), 0);
	}
	CHECK(tree_child(one, "dir") == dir);
	CHECK_EQ(one->nlink, 3);
	CHECK_EQ(two->nlink, 2);
	finish();
}

#if !SEQUENTIAL
/* ---- Several threads, which tree_race makes with pthread_create ---- */

TEST(two_directories_into_each_other)
{
	tree_begin();
	CHECK_EQ(pthread_barrier_init(&barrier, NULL, TREE_THREADS), 0);
	tree_race(into_each_other);
	pthread_barrier_destroy(&barrier);
	finish();
}

TEST(a_storm_between_directories)
{
	struct specfs_usage before, after;
	tree_begin();
	specfs_statfs(&before);
	plant_places();
	tree_race(storm);
	tree_check();
	tree_empty(volume.root);
	specfs_statfs(&after);
	CHECK_EQ(after.blocks_free, before.blocks_free);
	CHECK_EQ(after.inodes_free, before.inodes_free);
	finish();
}

TEST(nothing_is_lost_on_the_way)
{
	tree_begin();
	plant_places();
	for (unsigned int i = 0; i < THINGS; i++) {
		char name[8];
		snprintf(name, sizeof name, "t%u", i);
		tree_fill(tree_file(tree_child(volume.root, i % 2 ? "a" : "b"), name), name, strlen(name));
	}
	uint64_t inodes = volume.inodes_used;
	tree_race(carry);
	CHECK_EQ(volume.inodes_used, inodes);
	CHECK_EQ(volume.blocks_used, THINGS);
	struct tree_walk walk = tree_walk();
	CHECK_EQ(walk.count, inodes);
	free(walk.node);
	finish();
}
#endif
