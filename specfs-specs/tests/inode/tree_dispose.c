/* tree_dispose: a whole tree is given back, every inode once. The leak checker runs at exit. */
#include "check.h"
#include "inode.h"

static struct inode *make(uint32_t mode)
{
	struct inode *node = NULL;
	CHECK_EQ(inode_create(&(struct specfs_birth){ .mode = mode }, &node), 0);
	return node;
}

/* A new inode of the given mode under a name in the directory. */
static struct inode *add(struct inode *directory, const char *name, uint32_t mode)
{
	struct inode *node = make(mode);
	CHECK_EQ(inode_attach(directory, name, node), 0);
	return node;
}

static void volume_is_empty(void)
{
	CHECK_EQ(volume.inodes_used, 0);
	CHECK_EQ(volume.blocks_used, 0);
}

TEST(a_lone_root)
{
	volume_setup(100, 10);
	tree_dispose(make(S_IFDIR | 0755));
	volume_is_empty();
}

TEST(files_of_every_kind_with_their_blocks)
{
	volume_setup(100, 10);
	struct inode *root = make(S_IFDIR | 0755), *file = add(root, "file", S_IFREG | 0644);
	CHECK_EQ(file_write(&file->file, "data", 4, 3 * BLOCK_BYTES), 4);
	struct inode *link = add(root, "symlink", S_IFLNK | 0777);
	CHECK_EQ(file_write(&link->file, "file", 4, 0), 4);
	add(root, "fifo", S_IFIFO | 0644);
	add(root, "socket", S_IFSOCK | 0644);
	add(root, "device", S_IFCHR | 0644);
	CHECK_EQ(volume.blocks_used, 2);
	CHECK_EQ(volume.inodes_used, 6);
	tree_dispose(root);
	volume_is_empty();
}

TEST(a_branched_tree)
{
	volume_setup(100, 2000);
	struct inode *root = make(S_IFDIR | 0755);
	for (int i = 0; i < 20; i++) {
		char name[32];
		snprintf(name, sizeof name, "d%d", i);
		struct inode *directory = add(root, name, S_IFDIR | 0755);
		for (int j = 0; j < 20; j++) {
			snprintf(name, sizeof name, "e%d", j);
			struct inode *node = add(directory, name, j % 2 ? S_IFDIR | 0755 : S_IFREG | 0644);
			if (j % 2)
				add(node, "leaf", S_IFREG | 0644);
		}
	}
	tree_dispose(root);
	volume_is_empty();
}

TEST(removed_entries_are_passed_over)
{
	volume_setup(100, 100);
	struct inode *root = make(S_IFDIR | 0755), *gone[10];
	for (int i = 0; i < 20; i++) {
		char name[32];
		snprintf(name, sizeof name, "f%d", i);
		struct inode *file = add(root, name, S_IFREG | 0644);
		if (i % 2) {
			gone[i / 2] = file;
			inode_detach(root, name, file);
		}
	}
	tree_dispose(root);
	CHECK_EQ(volume.inodes_used, 10);
	for (int i = 0; i < 10; i++)
		inode_dispose(gone[i]);
	volume_is_empty();
}

TEST(a_file_with_several_entries_is_disposed_of_once)
{
	volume_setup(100, 100);
	struct inode *root = make(S_IFDIR | 0755);
	struct inode *left = add(root, "left", S_IFDIR | 0755), *right = add(root, "right", S_IFDIR | 0755);
	struct inode *file = add(left, "one", S_IFREG | 0644);
	CHECK_EQ(file_write(&file->file, "x", 1, 0), 1);
	CHECK_EQ(inode_attach(left, "two", file), 0);
	CHECK_EQ(inode_attach(right, "three", file), 0);
	CHECK_EQ(inode_attach(root, "four", file), 0);
	file->nlink = 4;
	tree_dispose(root);
	volume_is_empty();
}

TEST(references_do_not_keep_anything)
{
	volume_setup(100, 10);
	struct inode *root = make(S_IFDIR | 0755), *directory = add(root, "d", S_IFDIR | 0755);
	struct inode *file = add(directory, "f", S_IFREG | 0644);
	root->refs = 5;
	directory->refs = 0;
	file->refs = 3;
	tree_dispose(root);
	volume_is_empty();
}

#define DEPTH 20000

static void *dispose(void *root)
{
	tree_dispose(root);
	return NULL;
}

TEST(a_deep_tree_needs_no_deep_stack)
{
	pthread_attr_t attributes;
	pthread_t thread;
	volume_setup(100, 2 * DEPTH);
	struct inode *root = make(S_IFDIR | 0755), *directory = root;
	for (int i = 0; i < DEPTH; i++) {
		if (i % 100 == 0)
			add(directory, "file", S_IFREG | 0644);
		directory = add(directory, "directory", S_IFDIR | 0755);
	}
	CHECK_EQ(pthread_attr_init(&attributes), 0);
	CHECK_EQ(pthread_attr_setstacksize(&attributes, 256 * 1024), 0);
	CHECK_EQ(pthread_create(&thread, &attributes, dispose, root), 0);
	CHECK_EQ(pthread_join(thread, NULL), 0);
	pthread_attr_destroy(&attributes);
	volume_is_empty();
}
