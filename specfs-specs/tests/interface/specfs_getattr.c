#include "check.h"
#include "interface.h"
#include "interface/tree.h"

static struct specfs_attr getattr(struct inode *start, const char *const *path, const struct inode *node)
{
	struct specfs_attr attr;
	tree_blank(&attr);
	CHECK_EQ(specfs_getattr(start, path, &attr), 0);
	tree_check_attr(&attr, node);
	CHECK_UNLOCKED((struct inode *)node);
	return attr;
}

TEST(the_root)
{
	tree_begin();
	tree_dir(volume.root, "dir");
	tree_file(volume.root, "file");
	struct specfs_attr attr = getattr(volume.root, HERE, volume.root);
	CHECK_EQ(attr.ino, 1);
	CHECK_EQ(attr.mode, S_IFDIR | 0755);
	CHECK_EQ(attr.nlink, 3);
	CHECK_EQ(attr.size, 2);
	tree_end();
}

TEST(by_path_and_through_a_handle)
{
	tree_begin();
	struct inode *dir = tree_dir(volume.root, "dir"), *file = tree_add(dir, "file", S_IFREG | 0640);
	tree_fill(file, "bytes", 5);
	struct specfs_attr attr = getattr(volume.root, PATH("dir", "file"), file);
	CHECK_EQ(attr.ino, file->ino);
	CHECK_EQ(attr.mode, S_IFREG | 0640);
	CHECK_EQ(attr.nlink, 1);
	CHECK_EQ(attr.size, 5);
	CHECK_EQ(attr.blocks, 8);
	CHECK_EQ(attr.blksize, 4096);
	getattr(dir, PATH("file"), file);
	getattr(file, HERE, file);
	CHECK_EQ(file->refs, 0);
	tree_check();
	tree_end();
}

TEST(every_kind)
{
	static const uint32_t kinds[] = { S_IFREG, S_IFDIR, S_IFLNK, S_IFIFO, S_IFSOCK, S_IFCHR, S_IFBLK };
	tree_begin();
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		char name[2] = { (char)('a' + i), '\0' };
		struct inode *node = tree_add(volume.root, name, kinds[i] | 0604);
		CHECK_EQ(getattr(volume.root, PATH(name), node).mode, kinds[i] | 0604);
	}
	tree_end();
}

TEST(a_symbolic_link_is_not_followed)
{
	tree_begin();
	tree_file(volume.root, "target");
	struct inode *symlink = tree_symlink(volume.root, "symlink", "target");
	CHECK_EQ(getattr(volume.root, PATH("symlink"), symlink).size, 6);
	tree_end();
}

TEST(changes_nothing)
{
	tree_begin();
	struct inode *dir = tree_dir(volume.root, "dir"), *file = tree_file(dir, "file");
	tree_age(dir);
	tree_age(file);
	struct specfs_attr attr = getattr(volume.root, PATH("dir", "file"), file);
	CHECK(tree_is_old(attr.atime) && tree_is_old(attr.mtime) && tree_is_old(attr.ctime));
	getattr(volume.root, PATH("dir"), dir);
	CHECK_TIMES_OLD(dir);
	CHECK_TIMES_OLD(file);
	tree_check();
	tree_end();
}

TEST(a_removed_file_that_is_held)
{
	tree_begin();
	struct inode *file = tree_file(volume.root, "file");
	tree_hold(file);
	CHECK_EQ(remove_at(volume.root, HERE, "file", false), 0);
	CHECK_EQ(getattr(file, HERE, file).nlink, 0);
	specfs_forget(file, 1);
	tree_end();
}

static int64_t getattr_wrong(struct inode *start, const char *const *path)
{
	struct specfs_attr attr;
	tree_blank(&attr);
	int result = specfs_getattr(start, path, &attr);
	CHECK(tree_is_blank(&attr));
	return result;
}

TEST(paths_that_lead_nowhere)
{
	tree_try_paths(getattr_wrong);
}

TEST(a_deep_path)
{
	tree_begin();
	struct inode *last = tree_chain(volume.root);
	getattr(volume.root, tree_chain_path(NULL), last);
	tree_check();
	tree_end();
}

#if !SEQUENTIAL
/* ---- Several threads, which tree_race makes with pthread_create ---- */

static struct inode *changing;

/* Two threads grow and empty the file in steps that belong together; two never see half of a step. */
static void change_or_ask(unsigned int index)
{
	struct specfs_attr attr;
	for (int i = 0; i < 3000; i++) {
		if (index < 2) {
			lock(changing);
			CHECK(file_write(&changing->file, "x", 1, BLOCK_BYTES) == 1);
			changing->uid = changing->gid = 7;
			unlock(changing);
			lock(changing);
			CHECK_EQ(file_resize(&changing->file, 0), 0);
			changing->uid = changing->gid = 8;
			unlock(changing);
		} else {
			CHECK_EQ(specfs_getattr(volume.root, PATH("dir", "file"), &attr), 0);
			CHECK(attr.size == 0 || attr.size == BLOCK_BYTES + 1);
			CHECK_EQ(attr.blocks, attr.size ? 8 : 0);
			CHECK_EQ(attr.uid, attr.gid);
		}
	}
}

TEST(one_moment_of_a_file_that_changes_meanwhile)
{
	tree_begin();
	changing = tree_file(tree_dir(volume.root, "dir"), "file");
	tree_race(change_or_ask);
	tree_check();
	tree_end();
}
#endif
