/* What the threads of the rename tests do at once. */
#ifndef STORM_H
#define STORM_H

#include "interface/tree.h"

#define ROUNDS 400

static pthread_barrier_t barrier;
static int answer[2];

/* Each of two directories into the other: one may win, and no circle comes about. */
static inline void into_each_other(unsigned int index)
{
	struct specfs_attr attr;
	struct inode *node;
	const struct specfs_birth birth = { .mode = 0755 };
	for (int round = 0; round < ROUNDS; round++) {
		if (index == 0) {
			CHECK_EQ(specfs_mkdir(volume.root, HERE, "a", &birth, &attr, &node), 0);
			specfs_forget(node, 1);
			CHECK_EQ(specfs_mkdir(volume.root, HERE, "b", &birth, &attr, &node), 0);
			specfs_forget(node, 1);
		}
		pthread_barrier_wait(&barrier);
		if (index == 0) {
			answer[0] = specfs_rename(HERE, "a", PATH("b"), "x", 0);
		} else if (index == 1) {
			answer[1] = specfs_rename(HERE, "b", PATH("a"), "x", 0);
		} else {
			int result = specfs_lookup(volume.root, index == 2 ? PATH("a") : PATH("b"), "x", &attr, &node);
			CHECK(result == 0 || result == -ENOENT);
			if (result == 0)
				specfs_forget(node, 1);
		}
		pthread_barrier_wait(&barrier);
		if (index == 0) {
			CHECK((answer[0] == 0 && answer[1] == -ENOENT) || (answer[0] == -ENOENT && answer[1] == 0));
			CHECK_EQ(volume.root->dir.count, 1);
			CHECK_EQ(volume.root->nlink, 3);
			tree_check();
			tree_empty(volume.root);
		}
		pthread_barrier_wait(&barrier);
	}
}

#define PLACES 7
#define STEPS 2500

/* Directories between which the threads move things; some of them move themselves. */
static const char *const *const place[PLACES] = {
	HERE,
	(const char *const[]){ "a", NULL },
	(const char *const[]){ "b", NULL },
	(const char *const[]){ "a", "a", NULL },
	(const char *const[]){ "a", "b", NULL },
	(const char *const[]){ "b", "a", NULL },
	(const char *const[]){ "b", "c", "a", NULL },
};

/* The directories of all places. */
static inline void plant_places(void)
{
	struct inode *a = tree_dir(volume.root, "a"), *b = tree_dir(volume.root, "b");
	tree_dir(a, "a");
	tree_dir(a, "b");
	tree_dir(b, "a");
	tree_dir(tree_dir(b, "c"), "a");
}

static inline bool is_one_of(int result, int first, int second, int third, int fourth)
{
	return result == 0 || result == first || result == second || result == third || result == fourth;
}

/* Makes, moves, replaces, links, removes and looks up names of three letters in all places. */
static inline void storm(unsigned int index)
{
	uint32_t state = 101 + 7 * index;
	for (int i = 0; i < STEPS; i++) {
		const struct specfs_birth birth = { .mode = 0755 };
		const char *const *path = place[tree_random(&state, PLACES)], *const *to = place[tree_random(&state, PLACES)];
		char name[2] = { (char)('a' + tree_random(&state, 3)), '\0' };
		char other[2] = { (char)('a' + tree_random(&state, 3)), '\0' };
		struct specfs_attr attr;
		struct inode *node = NULL;
		int result;
		switch (tree_random(&state, 12)) {
		case 0:
			result = specfs_mknod(volume.root, path, name, &birth, &attr, &node);
			CHECK(is_one_of(result, -ENOENT, -ENOTDIR, -EEXIST, -ENOSPC));
			break;
		case 1:
		case 2:
			result = specfs_mkdir(volume.root, path, name, &birth, &attr, &node);
			CHECK(is_one_of(result, -ENOENT, -ENOTDIR, -EEXIST, -ENOSPC));
			break;
		case 3:
			result = specfs_unlink(volume.root, path, name);
			CHECK(is_one_of(result, -ENOENT, -ENOTDIR, -EISDIR, 0));
			break;
		case 4:
			result = specfs_rmdir(volume.root, path, name);
			CHECK(is_one_of(result, -ENOENT, -ENOTDIR, -ENOTEMPTY, 0));
			break;
		case 5:
			result = specfs_lookup(volume.root, path, name, &attr, &node);
			CHECK(is_one_of(result, -ENOENT, -ENOTDIR, 0, 0));
			if (result != 0)
				break;
			int linked = specfs_link(node, volume.root, to, other, &attr);
			CHECK(is_one_of(linked, -EPERM, -ENOENT, -ENOTDIR, -EEXIST));
			if (linked == 0)
				specfs_forget(node, 1);
			break;
		case 6:
			result = specfs_lookup(volume.root, path, name, &attr, &node);
			CHECK(is_one_of(result, -ENOENT, -ENOTDIR, 0, 0));
			break;
		default:
			result = specfs_rename(path, name, to, other, tree_random(&state, 4) ? 0 : SPECFS_RENAME_NOREPLACE);
			CHECK(is_one_of(result, -ENOENT, -ENOTDIR, -EINVAL, -ENOTEMPTY) || result == -EISDIR ||
			      result == -EEXIST);
		}
		if (node) {
			CHECK_EQ(specfs_getattr(node, HERE, &attr), 0);
			specfs_forget(node, 1);
		}
	}
}

#define THINGS 24

/* Things of their own names go round in a tree whose directories move as well: none is lost, doubled or replaced. */
static inline void carry(unsigned int index)
{
	uint32_t state = 211 + 5 * index;
	for (int i = 0; i < STEPS; i++) {
		char name[8];
		snprintf(name, sizeof name, "t%u", tree_random(&state, THINGS));
		const char *const *path = place[tree_random(&state, PLACES)], *const *to = place[tree_random(&state, PLACES)];
		int result = specfs_rename(path, name, to, name, SPECFS_RENAME_NOREPLACE);
		CHECK(is_one_of(result, -ENOENT, -ENOTDIR, -EEXIST, 0));
		if (tree_random(&state, 8) == 0) {
			char letter[2] = { (char)('a' + tree_random(&state, 3)), '\0' };
			result = specfs_rename(path, letter, to, letter, SPECFS_RENAME_NOREPLACE);
			CHECK(is_one_of(result, -ENOENT, -ENOTDIR, -EEXIST, -EINVAL));
		}
	}
}

#endif
