#include "check.h"
#include "interface.h"
#include "interface/tree.h"

static char buffer[8192];

static int64_t readlink_of(struct inode *start, const char *const *path, size_t size)
{
	memset(buffer, '#', sizeof buffer);
	return specfs_readlink(start, path, buffer, size);
}

/* Nothing is written from byte `from` on. */
static bool untouched(size_t from)
{
	for (size_t i = from; i < sizeof buffer; i++)
		if (buffer[i] != '#')
			return false;
	return true;
}

TEST(the_target_without_a_terminator)
{
	tree_begin();
	struct inode *dir = tree_dir(volume.root, "dir"), *node = tree_symlink(dir, "symlink", "../target");
	CHECK_EQ(readlink_of(volume.root, PATH("dir", "symlink"), sizeof buffer), 9);
	CHECK(memcmp(buffer, "../target", 9) == 0);
	CHECK(untouched(9));
	CHECK_EQ(readlink_of(dir, PATH("symlink"), 9), 9);
	CHECK(untouched(9));
	CHECK_EQ(readlink_of(node, HERE, 9), 9);
	CHECK_UNLOCKED(node);
	CHECK_EQ(node->refs, 0);
	tree_check();
	tree_end();
}

TEST(a_small_buffer_takes_the_beginning)
{
	tree_begin();
	tree_symlink(volume.root, "symlink", "target");
	CHECK_EQ(readlink_of(volume.root, PATH("symlink"), 4), 4);
	CHECK(memcmp(buffer, "targ", 4) == 0);
	CHECK(untouched(4));
	CHECK_EQ(readlink_of(volume.root, PATH("symlink"), 0), 0);
	CHECK(untouched(0));
	tree_end();
}

TEST(the_longest_target)
{
	static char target[4096];
	memset(target, 't', 4095);
	tree_begin();
	tree_symlink(volume.root, "symlink", target);
	CHECK_EQ(readlink_of(volume.root, PATH("symlink"), sizeof buffer), 4095);
	CHECK(memcmp(buffer, target, 4095) == 0);
	CHECK(untouched(4095));
	tree_end();
}

TEST(what_symlink_made)
{
	const struct specfs_birth birth = { .mode = S_IFLNK };
	struct specfs_attr attr;
	struct inode *node;
	tree_begin();
	CHECK_EQ(specfs_symlink(volume.root, HERE, "symlink", "/an/absolute path", &birth, &attr, &node), 0);
	CHECK_EQ(readlink_of(node, HERE, sizeof buffer), 17);
	CHECK(memcmp(buffer, "/an/absolute path", 17) == 0);
	CHECK_EQ(specfs_unlink(volume.root, HERE, "symlink"), 0);
	CHECK_EQ(readlink_of(node, HERE, sizeof buffer), 17);
	specfs_forget(node, 1);
	tree_check();
	tree_end();
}

TEST(what_is_no_symbolic_link)
{
	static const uint32_t kinds[] = { S_IFREG, S_IFDIR, S_IFIFO, S_IFSOCK, S_IFCHR, S_IFBLK };
	tree_begin();
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		char name[2] = { (char)('a' + i), '\0' };
		struct inode *node = tree_add(volume.root, name, kinds[i] | 0644);
		if (kinds[i] == S_IFREG)
			tree_fill(node, "bytes", 5);
		CHECK_EQ(readlink_of(volume.root, PATH(name), sizeof buffer), -EINVAL);
		CHECK(untouched(0));
		CHECK_UNLOCKED(node);
	}
	CHECK_EQ(readlink_of(volume.root, HERE, sizeof buffer), -EINVAL);
	tree_check();
	tree_end();
}

static int64_t readlink_wrong(struct inode *start, const char *const *path)
{
	int64_t result = readlink_of(start, path, sizeof buffer);
	CHECK(untouched(0));
	return result;
}

TEST(paths_that_lead_nowhere)
{
	tree_try_paths(readlink_wrong);
}

TEST(changes_nothing)
{
	tree_begin();
	struct inode *node = tree_symlink(volume.root, "symlink", "target");
	tree_age(node);
	CHECK_EQ(readlink_of(volume.root, PATH("symlink"), sizeof buffer), 6);
	CHECK_TIMES_OLD(node);
	CHECK_EQ(node->file.size, 6);
	tree_check();
	tree_end();
}

TEST(a_deep_path)
{
	tree_begin();
	tree_symlink(tree_chain(volume.root), "symlink", "target");
	static const char *path[TREE_DEPTH + 2];
	memcpy(path, tree_chain_path(NULL), TREE_DEPTH * sizeof *path);
	path[TREE_DEPTH] = "symlink";
	CHECK_EQ(readlink_of(volume.root, path, sizeof buffer), 6);
	tree_end();
}

#if !SEQUENTIAL
/* ---- Several threads, which tree_race makes with pthread_create ---- */

/* A link that is removed and made again with one of two targets is read as one of them whole. */
static void change_or_read(unsigned int index)
{
	const struct specfs_birth birth = { .mode = S_IFLNK };
	struct specfs_attr attr;
	struct inode *node;
	char target[16];
	for (int i = 0; i < 2000; i++) {
		if (index < 2) {
			int result = specfs_symlink(volume.root, PATH("dir"), "symlink", index ? "one" : "the/other",
			                            &birth, &attr, &node);
			CHECK(result == 0 || result == -EEXIST);
			if (result == 0)
				specfs_forget(node, 1);
			result = specfs_unlink(volume.root, PATH("dir"), "symlink");
			CHECK(result == 0 || result == -ENOENT);
		} else {
			int64_t length = specfs_readlink(volume.root, PATH("dir", "symlink"), target, sizeof target);
			CHECK(length == -ENOENT || (length == 3 && memcmp(target, "one", 3) == 0) ||
			      (length == 9 && memcmp(target, "the/other", 9) == 0));
		}
	}
}

TEST(a_link_that_changes_meanwhile)
{
	tree_begin();
	tree_dir(volume.root, "dir");
	tree_race(change_or_read);
	tree_check();
	tree_empty(volume.root);
	CHECK_EQ(volume.inodes_used, 1);
	CHECK_EQ(volume.blocks_used, 0);
	tree_end();
}
#endif
