#include "check.h"
#include "interface.h"
#include "interface/tree.h"

static const struct timespec some_time = { .tv_sec = 1234567890, .tv_nsec = 987654321 };
static const struct timespec other_time = { .tv_sec = -5, .tv_nsec = 1 };

static struct specfs_attr setattr(struct inode *start, const char *const *path, const struct specfs_change *change,
                                  const struct inode *node)
{
	struct specfs_attr attr;
	tree_blank(&attr);
	CHECK_EQ(specfs_setattr(start, path, change, &attr), 0);
	tree_check_attr(&attr, node);
	CHECK_UNLOCKED((struct inode *)node);
	return attr;
}

static struct inode *begin_with_file(void)
{
	tree_begin();
	struct inode *file = tree_add(tree_dir(volume.root, "dir"), "file", S_IFREG | 0644);
	file->uid = 1;
	file->gid = 2;
	tree_age(file);
	return file;
}

static void finish(void)
{
	tree_check();
	tree_end();
}

TEST(the_mode_alone)
{
	struct inode *file = begin_with_file();
	struct specfs_change change = { .valid = SPECFS_SET_MODE, .mode = 06751, .uid = 8, .gid = 9, .atime = some_time,
		                        .mtime = some_time };
	struct specfs_attr attr = setattr(volume.root, PATH("dir", "file"), &change, file);
	CHECK_EQ(attr.mode, S_IFREG | 06751);
	CHECK_EQ(attr.uid, 1);
	CHECK_EQ(attr.gid, 2);
	CHECK(tree_is_old(attr.atime));
	CHECK(tree_is_old(attr.mtime));
	CHECK(tree_is_now(attr.ctime));
	finish();
}

TEST(the_kind_never_changes)
{
	struct inode *file = begin_with_file();
	struct specfs_change change = { .valid = SPECFS_SET_MODE, .mode = S_IFDIR | 0700 };
	CHECK_EQ(setattr(file, HERE, &change, file).mode, S_IFREG | 0700);
	CHECK_EQ(file->kind, S_IFREG);
	finish();
}

TEST(the_owner_alone)
{
	struct inode *file = begin_with_file();
	struct specfs_change change = { .valid = SPECFS_SET_UID, .uid = 1000, .gid = 9, .mode = 0 };
	struct specfs_attr attr = setattr(file, HERE, &change, file);
	CHECK_EQ(attr.uid, 1000);
	CHECK_EQ(attr.gid, 2);
	CHECK_EQ(attr.mode, S_IFREG | 0644);
	CHECK(tree_is_now(attr.ctime));
	finish();
}

TEST(the_group_alone)
{
	struct inode *file = begin_with_file();
	struct specfs_change change = { .valid = SPECFS_SET_GID, .uid = 8, .gid = 2000 };
	struct specfs_attr attr = setattr(file, HERE, &change, file);
	CHECK_EQ(attr.uid, 1);
	CHECK_EQ(attr.gid, 2000);
	CHECK(tree_is_old(attr.mtime));
	CHECK(tree_is_now(attr.ctime));
	finish();
}

TEST(one_time_or_both)
{
	struct inode *file = begin_with_file();
	struct specfs_change change = { .valid = SPECFS_SET_ATIME, .atime = some_time, .mtime = other_time };
	struct specfs_attr attr = setattr(file, HERE, &change, file);
	CHECK(tree_same_time(attr.atime, some_time));
	CHECK(tree_is_old(attr.mtime));
	CHECK(tree_is_now(attr.ctime));
	change = (struct specfs_change){ .valid = SPECFS_SET_MTIME, .atime = other_time, .mtime = other_time };
	attr = setattr(file, HERE, &change, file);
	CHECK(tree_same_time(attr.atime, some_time));
	CHECK(tree_same_time(attr.mtime, other_time));
	change = (struct specfs_change){ .valid = SPECFS_SET_ATIME | SPECFS_SET_MTIME, .atime = other_time,
		                         .mtime = some_time };
	attr = setattr(file, HERE, &change, file);
	CHECK(tree_same_time(attr.atime, other_time));
	CHECK(tree_same_time(attr.mtime, some_time));
	finish();
}

TEST(all_at_once)
{
	struct inode *file = begin_with_file();
	struct specfs_change change = { .valid = SPECFS_SET_MODE | SPECFS_SET_UID | SPECFS_SET_GID | SPECFS_SET_ATIME |
		                                 SPECFS_SET_MTIME,
		                        .mode = 0600,
		                        .uid = 10,
		                        .gid = 20,
		                        .atime = some_time,
		                        .mtime = other_time };
	struct specfs_attr attr = setattr(volume.root, PATH("dir", "file"), &change, file);
	CHECK_EQ(attr.mode, S_IFREG | 0600);
	CHECK_EQ(attr.uid, 10);
	CHECK_EQ(attr.gid, 20);
	CHECK(tree_same_time(attr.atime, some_time));
	CHECK(tree_same_time(attr.mtime, other_time));
	CHECK(tree_is_now(attr.ctime));
	finish();
}

TEST(every_kind_of_inode)
{
	struct specfs_change change = { .valid = SPECFS_SET_MODE | SPECFS_SET_UID, .mode = 0711, .uid = 5 };
	tree_begin();
	struct inode *dir = tree_dir(volume.root, "dir"), *symlink = tree_symlink(dir, "symlink", "target");
	struct inode *pipe = tree_add(dir, "pipe", S_IFIFO | 0600);
	CHECK_EQ(setattr(volume.root, HERE, &change, volume.root).mode, S_IFDIR | 0711);
	CHECK_EQ(setattr(volume.root, PATH("dir"), &change, dir).mode, S_IFDIR | 0711);
	CHECK_EQ(setattr(dir, PATH("symlink"), &change, symlink).mode, S_IFLNK | 0711);
	CHECK_EQ(setattr(dir, PATH("pipe"), &change, pipe).mode, S_IFIFO | 0711);
	CHECK_EQ(symlink->file.size, 6);
	CHECK_EQ(dir->dir.count, 2);
	finish();
}

TEST(only_the_one_inode_changes)
{
	struct inode *file = begin_with_file();
	struct inode *dir = tree_child(volume.root, "dir");
	tree_age(dir);
	struct specfs_change change = { .valid = SPECFS_SET_MODE, .mode = 0 };
	setattr(volume.root, PATH("dir", "file"), &change, file);
	CHECK_TIMES_OLD(dir);
	CHECK_EQ(dir->mode & 07777, 0755);
	CHECK_EQ(file->nlink, 1);
	CHECK_EQ(file->refs, 0);
	finish();
}

static int64_t setattr_wrong(struct inode *start, const char *const *path)
{
	struct specfs_change change = { .valid = SPECFS_SET_MODE | SPECFS_SET_MTIME, .mode = 0, .mtime = other_time };
	struct specfs_attr attr;
	tree_blank(&attr);
	tree_age(start);
	int result = specfs_setattr(start, path, &change, &attr);
	CHECK(tree_is_blank(&attr));
	CHECK_TIMES_OLD(start);
	return result;
}

TEST(paths_that_lead_nowhere)
{
	tree_try_paths(setattr_wrong);
}

TEST(a_removed_file_that_is_held)
{
	struct inode *file = begin_with_file();
	tree_hold(file);
	CHECK_EQ(remove_at(volume.root, PATH("dir"), "file", false), 0);
	struct specfs_change change = { .valid = SPECFS_SET_UID, .uid = 77 };
	CHECK_EQ(setattr(file, HERE, &change, file).uid, 77);
	specfs_forget(file, 1);
	finish();
}

TEST(a_deep_path)
{
	tree_begin();
	struct inode *last = tree_chain(volume.root);
	struct specfs_change change = { .valid = SPECFS_SET_UID, .uid = 77 };
	setattr(volume.root, tree_chain_path(NULL), &change, last);
	finish();
}

#if !SEQUENTIAL
/* ---- Several threads, which tree_race makes with pthread_create ---- */

/* What one call sets and tells belongs together. */
static void set_own(unsigned int index)
{
	struct specfs_change change = { .valid = SPECFS_SET_UID | SPECFS_SET_GID | SPECFS_SET_MODE,
		                        .mode = 0600 + index, .uid = index, .gid = 10 * index };
	struct specfs_attr attr;
	for (int i = 0; i < 3000; i++) {
		CHECK_EQ(specfs_setattr(volume.root, PATH("dir", "file"), &change, &attr), 0);
		CHECK_EQ(attr.uid, index);
		CHECK_EQ(attr.gid, 10 * index);
		CHECK_EQ(attr.mode, S_IFREG | (0600 + index));
		CHECK_EQ(specfs_getattr(volume.root, PATH("dir", "file"), &attr), 0);
		CHECK_EQ(attr.gid, 10 * attr.uid);
		CHECK_EQ(attr.mode, S_IFREG | (0600 + attr.uid));
	}
}

TEST(several_threads_set_the_same_inode)
{
	begin_with_file();
	set_own(0);
	tree_race(set_own);
	finish();
}
#endif
