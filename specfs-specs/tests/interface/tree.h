/*
 * The fixture of the interface tests: volumes and trees made with the parts below
 * the operations, a race of several threads, and a check of a whole tree that
 * knows the rules of DESIGN.md and no history.
 *
 * The generation of a module waits for every module that its test calls, so the
 * tests of this layer must not call each other's operations in a circle. A test
 * calls only operations that come before its own in this order (and those of the
 * layers below): init, destroy, root, statfs, forget, lookup, getattr, setattr,
 * mknod, mkdir, unlink, rmdir, symlink, readlink, link, truncate, open, read,
 * write, readdir, rename. The fixture itself calls init and destroy only.
 */
#ifndef TREE_H
#define TREE_H

#include "check.h"
#include "interface.h"

#include <signal.h>
#include <unistd.h>

#define PATH(...) ((const char *const[]){ __VA_ARGS__, NULL })
#define HERE ((const char *const[]){ NULL })

#define TREE_BLOCKS 4096
#define TREE_INODES 4096
#define TREE_DEPTH 1000

/* How many seconds a volume may live before its test is taken for stuck. */
#define TREE_SECONDS 25

/* ---- Volumes, each with a watchdog ---- */

/* A lock that is asked for twice, or never released, ends the test with its name. */
static inline void tree_stuck(int number)
{
	const char *const parts[] = { check_running, ": deadlock: a thread waits for a lock that is not released\n" };
	(void)number;
	for (int i = 0; i < 2; i++)
		if (write(STDERR_FILENO, parts[i], strlen(parts[i])) < 0)
			break;
	_exit(1);
}

static inline void tree_begin_with(uint64_t blocks, uint64_t inodes)
{
	signal(SIGALRM, tree_stuck);
	alarm(TREE_SECONDS);
	CHECK_EQ(specfs_init(blocks, inodes, 0, 0), 0);
	CHECK(volume.root != NULL);
}

static inline void tree_begin(void)
{
	tree_begin_with(TREE_BLOCKS, TREE_INODES);
}

static inline void tree_end(void)
{
	specfs_destroy();
	alarm(0);
	CHECK_EQ(volume.inodes_used, 0);
	CHECK_EQ(volume.blocks_used, 0);
}

/* ---- Trees, made without the operations under test ---- */

/* A new inode named `name` in dir, to which the caller holds no reference. */
static inline struct inode *tree_add(struct inode *dir, const char *name, uint32_t mode)
{
	struct specfs_birth birth = { .mode = mode };
	struct inode *node = NULL;
	CHECK_EQ(inode_create(&birth, &node), 0);
	node->refs = 0;
	lock(dir);
	CHECK_EQ(inode_attach(dir, name, node), 0);
	unlock(dir);
	return node;
}

static inline struct inode *tree_dir(struct inode *dir, const char *name)
{
	return tree_add(dir, name, S_IFDIR | 0755);
}

static inline struct inode *tree_file(struct inode *dir, const char *name)
{
	return tree_add(dir, name, S_IFREG | 0644);
}

/* A second entry for a file. */
static inline void tree_link(struct inode *dir, const char *name, struct inode *node)
{
	lock(dir);
	CHECK_EQ(inode_attach(dir, name, node), 0);
	lock(node);
	node->nlink++;
	unlock(node);
	unlock(dir);
}

static inline void tree_fill(struct inode *node, const char *bytes, size_t size)
{
	lock(node);
	CHECK_EQ(file_write(&node->file, bytes, size, 0), size);
	unlock(node);
}

static inline struct inode *tree_symlink(struct inode *dir, const char *name, const char *target)
{
	struct inode *node = tree_add(dir, name, S_IFLNK | 0777);
	tree_fill(node, target, strlen(target));
	return node;
}

static inline void tree_hold(struct inode *node)
{
	lock(node);
	inode_hold(node);
	unlock(node);
}

/* What the caller holds, given back without the operation that does it. */
static inline void tree_release(struct inode *node)
{
	lock(node);
	node->refs--;
	inode_settle(node);
}

static inline struct inode *tree_child(struct inode *dir, const char *name)
{
	struct entry *entry = dir_find(&dir->dir, name);
	return entry ? entry->node : NULL;
}

/* A chain of TREE_DEPTH directories named "d" below dir: the last of them. */
static inline struct inode *tree_chain(struct inode *dir)
{
	for (int level = 0; level < TREE_DEPTH; level++)
		dir = tree_dir(dir, "d");
	return dir;
}

/* The path to the last directory of a chain, below `first` unless that is NULL; valid until the next call. */
static inline const char *const *tree_chain_path(const char *first)
{
	static const char *path[TREE_DEPTH + 2];
	size_t length = 0;
	if (first)
		path[length++] = first;
	for (int level = 0; level < TREE_DEPTH; level++)
		path[length++] = "d";
	path[length] = NULL;
	return path;
}

/* A name of `length` bytes; valid until the next call. */
static inline const char *tree_name(size_t length)
{
	static char name[NAME_BYTES_MAX + 2];
	CHECK(length < sizeof name);
	memset(name, 'n', length);
	name[length] = '\0';
	return name;
}

/* ---- Times and out-parameters ---- */

static inline bool tree_same_time(struct timespec first, struct timespec second)
{
	return first.tv_sec == second.tv_sec && first.tv_nsec == second.tv_nsec;
}

/* Sets all times of an inode to one that tree_is_old knows again. */
static inline void tree_age(struct inode *node)
{
	node->atime = node->mtime = node->ctime = (struct timespec){ .tv_sec = 1000, .tv_nsec = 5 };
}

static inline bool tree_is_old(struct timespec time)
{
	return time.tv_sec == 1000 && time.tv_nsec == 5;
}

/* Whether the time is the present, give or take a minute. */
static inline bool tree_is_now(struct timespec time)
{
	struct timespec present;
	clock_gettime(CLOCK_REALTIME, &present);
	return time.tv_sec >= present.tv_sec - 60 && time.tv_sec <= present.tv_sec;
}

#define CHECK_TIMES_OLD(node)                                                                                \
	do {                                                                                                  \
		CHECK(tree_is_old((node)->atime));                                                            \
		CHECK(tree_is_old((node)->mtime));                                                            \
		CHECK(tree_is_old((node)->ctime));                                                            \
	} while (0)

static inline void tree_blank(struct specfs_attr *attr)
{
	memset(attr, 0xa5, sizeof *attr);
}

static inline bool tree_is_blank(const struct specfs_attr *attr)
{
	struct specfs_attr blank;
	tree_blank(&blank);
	return memcmp(attr, &blank, sizeof blank) == 0;
}

/* Whether attr tells of node what its members say. */
static inline void tree_check_attr(const struct specfs_attr *attr, const struct inode *node)
{
	CHECK_EQ(attr->ino, node->ino);
	CHECK_EQ(attr->mode & S_IFMT, node->kind);
	CHECK_EQ(attr->nlink, node->nlink);
	CHECK_EQ(attr->uid, node->uid);
	CHECK_EQ(attr->gid, node->gid);
	CHECK_EQ(attr->rdev, node->rdev);
	CHECK_EQ(attr->size, node->kind == S_IFDIR ? node->dir.count : node->file.size);
	CHECK_EQ(attr->blocks, node->file.blocks * (BLOCK_BYTES / 512));
	CHECK(tree_same_time(attr->atime, node->atime));
	CHECK(tree_same_time(attr->mtime, node->mtime));
	CHECK(tree_same_time(attr->ctime, node->ctime));
}

/* ---- The check of a whole tree ---- */

struct tree_walk {
	struct inode **node;
	size_t count;
	size_t capacity;
	size_t directories;
	struct inode *dir;
	uint64_t cookie;
	uint64_t entries;
	uint32_t subdirectories;
};

static inline void tree_push(struct tree_walk *walk, struct inode *node)
{
	if (walk->count == walk->capacity) {
		walk->capacity = walk->capacity ? 2 * walk->capacity : 64;
		walk->node = realloc(walk->node, walk->capacity * sizeof *walk->node);
		CHECK(walk->node != NULL);
	}
	walk->node[walk->count++] = node;
	if (node->kind == S_IFDIR)
		CHECK(++walk->directories <= volume.inodes_used);
}

static inline int tree_visit(void *context, const char *name, uint64_t ino, uint32_t kind, uint64_t cookie)
{
	struct tree_walk *walk = context;
	struct entry *entry = dir_find(&walk->dir->dir, name);
	CHECK(entry != NULL);
	CHECK_EQ(entry->node->ino, ino);
	CHECK_EQ(entry->node->kind, kind);
	CHECK(cookie > walk->cookie);
	CHECK(cookie < walk->dir->dir.next_cookie);
	walk->cookie = cookie;
	walk->entries++;
	walk->subdirectories += kind == S_IFDIR;
	tree_push(walk, entry->node);
	return 0;
}

static inline int tree_order(const void *first, const void *second)
{
	const struct inode *one = *(struct inode *const *)first, *other = *(struct inode *const *)second;
	return one->ino < other->ino ? -1 : one->ino > other->ino;
}

/* Every inode once for each entry that names it, the root first, then by number. Free `node` after. */
static inline struct tree_walk tree_walk(void)
{
	struct tree_walk walk = { 0 };
	tree_push(&walk, volume.root);
	for (size_t i = 0; i < walk.count; i++) {
		struct inode *dir = walk.node[i];
		if (dir->kind != S_IFDIR)
			continue;
		walk.dir = dir;
		walk.cookie = DIR_COOKIE_MIN - 1;
		walk.entries = walk.subdirectories = 0;
		dir_list(&dir->dir, 0, tree_visit, &walk);
		CHECK_EQ(dir->dir.count, walk.entries);
		CHECK(dir->dir.bucket_count >= dir->dir.count);
		CHECK_EQ(dir->nlink, 2 + walk.subdirectories);
	}
	qsort(walk.node, walk.count, sizeof *walk.node, tree_order);
	return walk;
}

/*
 * Checks that the tree is a tree: every directory has one entry, every file as
 * many as its links, every number one inode, every inode is unlocked, and the
 * counters of the volume agree. `orphans` is the number of inodes, and
 * orphan_blocks of their blocks, that the test keeps alive without an entry;
 * `refs` is the number of references held to inodes of the tree but the root.
 */
static inline void tree_check_with(uint64_t orphans, uint64_t orphan_blocks, uint64_t refs)
{
	struct tree_walk walk = tree_walk();
	uint64_t inodes = 0, blocks = 0, held = 0;
	CHECK(walk.node[0] == volume.root);
	for (size_t i = 0, links; i < walk.count; i += links) {
		struct inode *node = walk.node[i];
		for (links = 1; i + links < walk.count && walk.node[i + links]->ino == node->ino; links++)
			CHECK(walk.node[i + links] == node);
		if (node->kind == S_IFDIR)
			CHECK_EQ(links, 1);
		else
			CHECK_EQ(node->nlink, links);
		CHECK_UNLOCKED(node);
		inodes++;
		blocks += node->file.blocks;
		held += node == volume.root ? 0 : node->refs;
	}
	free(walk.node);
	CHECK_EQ(volume.inodes_used, inodes + orphans);
	CHECK_EQ(volume.blocks_used, blocks + orphan_blocks);
	CHECK_EQ(held, refs);
}

static inline void tree_check(void)
{
	tree_check_with(0, 0, 0);
}

struct tree_first {
	char name[NAME_BYTES_MAX + 1];
};

static inline int tree_take_first(void *context, const char *name, uint64_t ino, uint32_t kind, uint64_t cookie)
{
	struct tree_first *first = context;
	(void)ino, (void)kind, (void)cookie;
	CHECK(strlen(name) <= NAME_BYTES_MAX);
	strcpy(first->name, name);
	return 1;
}

/* Removes all that is below dir. */
static inline void tree_empty(struct inode *dir)
{
	struct tree_first first;
	while (dir->dir.count) {
		dir_list(&dir->dir, 0, tree_take_first, &first);
		struct inode *node = tree_child(dir, first.name);
		CHECK(node != NULL);
		bool directory = node->kind == S_IFDIR;
		if (directory)
			tree_empty(node);
		CHECK_EQ(remove_at(dir, HERE, first.name, directory), 0);
	}
}

/* ---- What is wrong with paths and names ---- */

/* Makes an attempt with every kind of path that leads nowhere; checks its answer, and that the tree is as before. */
static inline void tree_try_paths(int64_t (*attempt)(struct inode *start, const char *const *path))
{
	const char *overlong = tree_name(NAME_BYTES_MAX + 1);
	tree_begin();
	struct inode *dir = tree_dir(volume.root, "dir"), *file = tree_file(dir, "file");
	tree_symlink(volume.root, "symlink", "dir");
	struct {
		struct inode *start;
		const char *const *path;
		int error;
	} wrong[] = {
		{ volume.root, PATH("none"), -ENOENT },
		{ volume.root, PATH("dir", "none"), -ENOENT },
		{ volume.root, PATH("none", "file"), -ENOENT },
		{ volume.root, PATH("fil"), -ENOENT },
		{ dir, PATH("dir"), -ENOENT },
		{ volume.root, PATH("dir", "file", "none"), -ENOTDIR },
		{ volume.root, PATH("symlink", "file"), -ENOTDIR },
		{ dir, PATH("file", "none"), -ENOTDIR },
		{ file, PATH("none"), -ENOTDIR },
		{ volume.root, PATH(overlong), -ENAMETOOLONG },
		{ dir, PATH(overlong, "none"), -ENAMETOOLONG },
		{ volume.root, PATH(""), -EINVAL },
		{ volume.root, PATH("."), -EINVAL },
		{ dir, PATH(".."), -EINVAL },
		{ volume.root, PATH("dir/file"), -EINVAL },
	};
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		CHECK_EQ(attempt(wrong[i].start, wrong[i].path), wrong[i].error);
		tree_check();
		CHECK_EQ(volume.inodes_used, 4);
		CHECK_EQ(volume.blocks_used, 1);
	}
	tree_end();
}

/* The same for an operation on a name in the directory at the path: the name is wrong, or the directory is. */
static inline void tree_try_names(int64_t (*attempt)(struct inode *start, const char *const *path,
                                                     const char *name))
{
	const char *overlong = tree_name(NAME_BYTES_MAX + 1);
	tree_begin();
	struct inode *dir = tree_dir(volume.root, "dir"), *file = tree_file(dir, "file");
	tree_symlink(volume.root, "symlink", "dir");
	struct {
		struct inode *start;
		const char *const *path;
		const char *name;
		int error;
	} wrong[] = {
		{ volume.root, PATH("dir"), overlong, -ENAMETOOLONG },
		{ dir, HERE, overlong, -ENAMETOOLONG },
		{ volume.root, PATH("dir"), "", -EINVAL },
		{ volume.root, PATH("dir"), ".", -EINVAL },
		{ dir, HERE, "..", -EINVAL },
		{ volume.root, HERE, "dir/none", -EINVAL },
		{ volume.root, PATH("dir", "file"), "none", -ENOTDIR },
		{ volume.root, PATH("symlink"), "none", -ENOTDIR },
		{ dir, PATH("file"), "none", -ENOTDIR },
		{ file, HERE, "none", -ENOTDIR },
	};
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		CHECK_EQ(attempt(wrong[i].start, wrong[i].path, wrong[i].name), wrong[i].error);
		tree_check();
		CHECK_EQ(volume.inodes_used, 4);
		CHECK_EQ(volume.blocks_used, 1);
	}
	tree_end();
}

/* ---- Threads ---- */

#define TREE_THREADS 4

struct tree_thread {
	pthread_t thread;
	unsigned int index;
	pthread_barrier_t *start;
	void (*work)(unsigned int index);
};

static inline void *tree_thread_run(void *argument)
{
	struct tree_thread *thread = argument;
	pthread_barrier_wait(thread->start);
	thread->work(thread->index);
	return NULL;
}

/* Runs work(0) to work(TREE_THREADS - 1), all begun together, for a thread may be done before the next is made. */
static inline void tree_race(void (*work)(unsigned int index))
{
	struct tree_thread thread[TREE_THREADS];
	pthread_barrier_t start;
	CHECK_EQ(pthread_barrier_init(&start, NULL, TREE_THREADS), 0);
	for (unsigned int i = 0; i < TREE_THREADS; i++) {
		thread[i].index = i;
		thread[i].start = &start;
		thread[i].work = work;
		CHECK_EQ(pthread_create(&thread[i].thread, NULL, tree_thread_run, &thread[i]), 0);
	}
	for (unsigned int i = 0; i < TREE_THREADS; i++)
		CHECK_EQ(pthread_join(thread[i].thread, NULL), 0);
	pthread_barrier_destroy(&start);
}

/* A number below `below` (xorshift; *state must not be 0). */
static inline uint32_t tree_random(uint32_t *state, uint32_t below)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state % below;
}

#endif
