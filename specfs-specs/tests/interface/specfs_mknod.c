#include "check.h"
#include "interface.h"
#include "interface/tree.h"

static const struct specfs_birth file_birth = { .mode = S_IFREG | 0644 };

static struct inode *make(struct inode *start, const char *const *path, const char *name,
                          const struct specfs_birth *birth)
{
	struct specfs_attr attr;
	struct inode *node = NULL;
	tree_blank(&attr);
	CHECK_EQ(specfs_mknod(start, path, name, birth, &attr, &node), 0);
	CHECK(node != NULL);
	tree_check_attr(&attr, node);
	CHECK_EQ(node->refs, 1);
	CHECK_EQ(node->nlink, 1);
	CHECK_UNLOCKED(node);
	return node;
}

/* Makes what cannot be made, and checks that the out-parameters stay as they are. */
static int fail(struct inode *start, const char *const *path, const char *name, const struct specfs_birth *birth)
{
	struct specfs_attr attr;
	struct inode *node = (struct inode *)&attr;
	uint64_t inodes = volume.inodes_used, blocks = volume.blocks_used;
	tree_blank(&attr);
	int result = specfs_mknod(start, path, name, birth, &attr, &node);
	CHECK(tree_is_blank(&attr));
	CHECK(node == (struct inode *)&attr);
	CHECK_EQ(volume.inodes_used, inodes);
	CHECK_EQ(volume.blocks_used, blocks);
	return result;
}

TEST(a_regular_file)
{
	const struct specfs_birth birth = { .mode = S_IFREG | 06751, .uid = 12, .gid = 34 };
	tree_begin();
	struct inode *dir = tree_dir(volume.root, "dir");
	tree_age(dir);
	struct inode *node = make(volume.root, PATH("dir"), "file", &birth);
	struct specfs_attr attr;
	CHECK_EQ(specfs_getattr(dir, PATH("file"), &attr), 0);
	CHECK_EQ(attr.ino, node->ino);
	CHECK_EQ(attr.mode, S_IFREG | 06751);
	CHECK_EQ(attr.uid, 12);
	CHECK_EQ(attr.gid, 34);
	CHECK_EQ(attr.size, 0);
	CHECK_EQ(attr.blocks, 0);
	CHECK_EQ(attr.nlink, 1);
	CHECK(tree_is_now(attr.atime) && tree_is_now(attr.mtime) && tree_is_now(attr.ctime));
	CHECK(tree_is_old(dir->atime));
	CHECK(tree_is_now(dir->mtime) && tree_is_now(dir->ctime));
	CHECK_EQ(dir->nlink, 2);
	CHECK_EQ(dir->dir.count, 1);
	tree_check_with(0, 0, 1);
	specfs_forget(node, 1);
	tree_check();
	tree_end();
}

TEST(no_kind_means_a_regular_file)
{
	const struct specfs_birth birth = { .mode = 0600 };
	tree_begin();
	struct inode *node = make(volume.root, HERE, "file", &birth);
	CHECK_EQ(node->kind, S_IFREG);
	CHECK_EQ(birth.mode, 0600);
	tree_end();
}

TEST(pipes_sockets_and_devices)
{
	static const uint32_t kinds[] = { S_IFIFO, S_IFSOCK, S_IFCHR, S_IFBLK };
	tree_begin();
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		char name[2] = { (char)('a' + i), '\0' };
		struct specfs_birth birth = { .mode = kinds[i] | 0604, .rdev = 0x1203 };
		struct inode *node = make(volume.root, HERE, name, &birth);
		struct specfs_attr attr;
		CHECK_EQ(specfs_getattr(node, HERE, &attr), 0);
		CHECK_EQ(attr.mode, kinds[i] | 0604);
		if (kinds[i] == S_IFCHR || kinds[i] == S_IFBLK)
			CHECK_EQ(attr.rdev, 0x1203);
	}
	tree_end();
}

TEST(directories_and_symbolic_links_are_made_elsewhere)
{
	tree_begin();
	tree_age(volume.root);
	CHECK_EQ(fail(volume.root, HERE, "new", &(struct specfs_birth){ .mode = S_IFDIR | 0755 }), -EPERM);
	CHECK_EQ(fail(volume.root, HERE, "new", &(struct specfs_birth){ .mode = S_IFLNK | 0777 }), -EINVAL);
	CHECK_EQ(fail(volume.root, HERE, "new", &(struct specfs_birth){ .mode = S_IFMT | 0644 }), -EINVAL);
	CHECK_EQ(volume.root->dir.count, 0);
	CHECK_TIMES_OLD(volume.root);
	tree_check();
	tree_end();
}

TEST(a_name_that_exists)
{
	tree_begin();
	struct inode *dir = tree_dir(volume.root, "dir"), *file = tree_file(dir, "file");
	tree_symlink(dir, "dangling", "none");
	tree_age(dir);
	tree_age(file);
	CHECK_EQ(fail(volume.root, HERE, "dir", &file_birth), -EEXIST);
	CHECK_EQ(fail(volume.root, PATH("dir"), "file", &file_birth), -EEXIST);
	CHECK_EQ(fail(dir, HERE, "dangling", &file_birth), -EEXIST);
	CHECK(tree_child(dir, "file") == file);
	CHECK_TIMES_OLD(dir);
	CHECK_TIMES_OLD(file);
	tree_check();
	tree_end();
}

static int64_t fail_below(struct inode *start, const char *const *path)
{
	return fail(start, path, "new", &file_birth);
}

static int64_t fail_name(struct inode *start, const char *const *path, const char *name)
{
	return fail(start, path, name, &file_birth);
}

TEST(paths_that_lead_nowhere)
{
	tree_try_paths(fail_below);
}

TEST(names_that_are_none)
{
	tree_try_names(fail_name);
}

TEST(a_name_of_255_bytes)
{
	tree_begin();
	struct inode *node = make(volume.root, HERE, tree_name(NAME_BYTES_MAX), &file_birth);
	CHECK(tree_child(volume.root, tree_name(NAME_BYTES_MAX)) == node);
	tree_end();
}

TEST(a_removed_directory)
{
	tree_begin();
	struct inode *dir = tree_dir(volume.root, "dir");
	tree_hold(dir);
	CHECK_EQ(remove_at(volume.root, HERE, "dir", true), 0);
	CHECK_EQ(fail(dir, HERE, "new", &file_birth), -ENOENT);
	CHECK_UNLOCKED(dir);
	specfs_forget(dir, 1);
	tree_check();
	tree_end();
}

TEST(inodes_end)
{
	tree_begin_with(10, 3);
	struct inode *one = make(volume.root, HERE, "one", &file_birth);
	make(volume.root, HERE, "two", &file_birth);
	tree_age(volume.root);
	CHECK_EQ(fail(volume.root, HERE, "three", &file_birth), -ENOSPC);
	CHECK(tree_child(volume.root, "three") == NULL);
	CHECK_TIMES_OLD(volume.root);
	specfs_forget(one, 1);
	CHECK_EQ(remove_at(volume.root, HERE, "one", false), 0);
	make(volume.root, HERE, "three", &file_birth);
	tree_check_with(0, 0, 2);
	tree_end();
}

TEST(blocks_are_not_needed)
{
	tree_begin_with(0, 3);
	make(volume.root, HERE, "file", &file_birth);
	tree_end();
}

TEST(memory_ends)
{
	int failed = 0;
	for (long n = 0;; n++) {
		struct specfs_attr attr;
		struct inode *node = (struct inode *)&attr;
		tree_begin();
		struct inode *dir = tree_dir(volume.root, "dir");
		tree_age(dir);
		FAIL_ALLOCATION(n);
		int result = specfs_mknod(volume.root, PATH("dir"), "file", &file_birth, &attr, &node);
		FAIL_NO_ALLOCATION();
		if (result == 0) {
			tree_check_with(0, 0, 1);
			tree_end();
			break;
		}
		failed++;
		CHECK_EQ(result, -ENOMEM);
		CHECK(node == (struct inode *)&attr);
		CHECK_TIMES_OLD(dir);
		CHECK_EQ(dir->dir.count, 0);
		CHECK_EQ(volume.inodes_used, 2);
		tree_check();
		make(dir, HERE, "file", &file_birth);
		tree_end();
	}
	CHECK(failed > 1);
}

TEST(a_deep_path)
{
	tree_begin();
	struct inode *last = tree_chain(volume.root);
	struct inode *node = make(volume.root, tree_chain_path(NULL), "file", &file_birth);
	CHECK(tree_child(last, "file") == node);
	tree_check_with(0, 0, 1);
	tree_end();
}

TEST(many_files_in_one_directory)
{
	char name[16];
	struct specfs_usage before, after;
	tree_begin();
	specfs_statfs(&before);
	for (int i = 0; i < 1000; i++) {
		snprintf(name, sizeof name, "%d", i);
		specfs_forget(make(volume.root, HERE, name, &file_birth), 1);
	}
	CHECK_EQ(volume.root->dir.count, 1000);
	specfs_statfs(&after);
	CHECK_EQ(after.inodes_free, before.inodes_free - 1000);
	tree_check();
	tree_empty(volume.root);
	specfs_statfs(&after);
	CHECK_EQ(after.inodes_free, before.inodes_free);
	CHECK_EQ(after.blocks_free, before.blocks_free);
	tree_end();
}

#if !SEQUENTIAL
/* ---- Several threads, which tree_race makes with pthread_create ---- */

#define NAMES 400

static _Atomic int made, exist, full;

static void make_same_names(unsigned int index)
{
	char name[16];
	struct specfs_attr attr;
	struct inode *node;
	for (int i = 0; i < NAMES; i++) {
		snprintf(name, sizeof name, "%d", (i + 7 * (int)index) % NAMES);
		int result = specfs_mknod(volume.root, PATH("dir"), name, &file_birth, &attr, &node);
		if (result == 0) {
			made++;
			specfs_forget(node, 1);
		} else if (result == -EEXIST) {
			exist++;
		} else {
			CHECK_EQ(result, -ENOSPC);
			full++;
		}
	}
}

TEST(each_name_is_made_once)
{
	made = exist = full = 0;
	tree_begin();
	struct inode *dir = tree_dir(volume.root, "dir");
	tree_race(make_same_names);
	CHECK_EQ(made, NAMES);
	CHECK_EQ(exist, (TREE_THREADS - 1) * NAMES);
	CHECK_EQ(dir->dir.count, NAMES);
	tree_check();
	tree_empty(volume.root);
	CHECK_EQ(volume.inodes_used, 1);
	tree_end();
}

TEST(never_more_inodes_than_the_limit)
{
	made = exist = full = 0;
	tree_begin_with(10, NAMES / 2);
	struct inode *dir = tree_dir(volume.root, "dir");
	tree_race(make_same_names);
	CHECK(full > 0);
	CHECK_EQ(dir->dir.count, made);
	CHECK(volume.inodes_used <= NAMES / 2);
	tree_check();
	tree_end();
}
#endif
