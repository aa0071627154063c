/* locate: from an unlocked start down a whole path. */
#include "check.h"
#include "path.h"

#include <signal.h>
#include <unistd.h>

#define UNTOUCHED 4711

static void stuck(int number)
{
	const char *const parts[] = { check_running, ": deadlock: a thread waits for a lock that is not released\n" };
	(void)number;
	for (int i = 0; i < 2; i++)
		if (write(2, parts[i], strlen(parts[i])) < 0)
			break;
	_exit(1);
}

__attribute__((constructor)) static void watch(void)
{
	signal(SIGALRM, stuck);
	alarm(20);
}

/* The tree: /a/b, with the file /a/file. */
static struct inode *root, *a, *b, *file;

static struct inode *add(struct inode *parent, const char *name, uint32_t mode)
{
	struct inode *node = NULL;
	CHECK_EQ(inode_create(&(struct specfs_birth){ .mode = mode }, &node), 0);
	node->refs = 0;
	if (parent)
		CHECK_EQ(inode_attach(parent, name, node), 0);
	return node;
}

static void plant(void)
{
	volume_setup(100, 10000);
	root = volume.root = add(NULL, NULL, S_IFDIR | 0755);
	a = add(root, "a", S_IFDIR | 0755);
	b = add(a, "b", S_IFDIR | 0755);
	file = add(a, "file", S_IFREG | 0644);
}

static void all_unlocked(void)
{
	CHECK_UNLOCKED(root);
	CHECK_UNLOCKED(a);
	CHECK_UNLOCKED(b);
	CHECK_UNLOCKED(file);
}

#define PATH(...) ((const char *const[]){ __VA_ARGS__ __VA_OPT__(,) NULL })

static void reaches(struct inode *start, const char *const *path, struct inode *expected)
{
	int error = UNTOUCHED;
	struct inode *result = locate(start, path, &error);
	CHECK(result == expected);
	CHECK_EQ(error, UNTOUCHED);
	CHECK_LOCKED(result);
	unlock(result);
	all_unlocked();
}

static void fails(struct inode *start, const char *const *path, int expected)
{
	int error = UNTOUCHED;
	CHECK(locate(start, path, &error) == NULL);
	CHECK_EQ(error, expected);
	CHECK_UNLOCKED(start);
	all_unlocked();
}

TEST(an_empty_path_is_the_start_itself)
{
	plant();
	reaches(root, PATH(), root);
	reaches(b, PATH(), b);
	reaches(file, PATH(), file);
	tree_dispose(root);
}

TEST(the_whole_path_is_walked)
{
	plant();
	reaches(root, PATH("a"), a);
	reaches(root, PATH("a", "b"), b);
	reaches(root, PATH("a", "file"), file);
	reaches(a, PATH("b"), b);
	tree_dispose(root);
}

TEST(errors_leave_nothing_locked)
{
	char name[NAME_BYTES_MAX + 2];
	plant();
	memset(name, 'n', NAME_BYTES_MAX + 1);
	name[NAME_BYTES_MAX + 1] = 0;
	fails(root, PATH("x"), -ENOENT);
	fails(root, PATH("x", "b"), -ENOENT);
	fails(root, PATH("a", "b", "x"), -ENOENT);
	fails(root, PATH("a", "file", "x"), -ENOTDIR);
	fails(file, PATH("x"), -ENOTDIR);
	fails(root, PATH(name), -ENAMETOOLONG);
	fails(root, PATH("a", ".."), -EINVAL);
	tree_dispose(root);
}

TEST(a_removed_directory_is_located_but_nothing_is_below_it)
{
	plant();
	struct inode *removed = add(NULL, NULL, S_IFDIR | 0755);
	removed->nlink = 0;
	removed->refs = 1;
	reaches(removed, PATH(), removed);
	fails(removed, PATH("x"), -ENOENT);
	inode_dispose(removed);
	tree_dispose(root);
}

#define DEPTH 5000

TEST(any_depth_is_reached)
{
	static const char *path[DEPTH + 1];
	struct inode *bottom;
	plant();
	bottom = root;
	for (int i = 0; i < DEPTH; i++) {
		path[i] = "down";
		bottom = add(bottom, "down", S_IFDIR | 0755);
	}
	reaches(root, path, bottom);
	tree_dispose(root);
	CHECK_EQ(volume.inodes_used, 0);
}

#if !SEQUENTIAL
#define THREADS 4
#define ROUNDS 3000

/* Counts in inodes that others count in as well; the start is the root or a directory below it. */
static void *count_up(void *argument)
{
	struct inode *start = argument;
	for (int i = 0; i < ROUNDS; i++) {
		int error = 0;
		struct inode *result = start == root ? locate(root, PATH("a", "b"), &error) : locate(a, PATH("b"), &error);
		CHECK(result == b);
		result->refs++;
		unlock(result);
		result = locate(start, PATH(), &error);
		CHECK(result == start);
		result->refs++;
		unlock(result);
		CHECK(locate(start, PATH("x"), &error) == NULL);
		CHECK_EQ(error, -ENOENT);
	}
	return NULL;
}

TEST(what_is_located_is_owned_by_one_thread)
{
	pthread_t thread[THREADS];
	plant();
	for (int i = 0; i < THREADS; i++)
		CHECK_EQ(pthread_create(&thread[i], NULL, count_up, i % 2 ? a : root), 0);
	for (int i = 0; i < THREADS; i++)
		CHECK_EQ(pthread_join(thread[i], NULL), 0);
	all_unlocked();
	CHECK_EQ(b->refs, THREADS * ROUNDS);
	CHECK_EQ(root->refs, THREADS / 2 * ROUNDS);
	CHECK_EQ(a->refs, THREADS / 2 * ROUNDS);
	tree_dispose(root);
}

static _Atomic bool finished;

/* Puts a new directory /a/b/x in the place of the old one, again and again. */
static void *replace_a_directory(void *argument)
{
	(void)argument;
	for (int i = 0; i < ROUNDS / 2; i++) {
		struct inode *node = add(NULL, NULL, S_IFDIR | 0755);
		lock(b);
		CHECK_EQ(inode_attach(b, "x", node), 0);
		unlock(b);
		lock(b);
		lock(node);
		inode_detach(b, "x", node);
		inode_drop(node);
		unlock(b);
		inode_settle(node);
	}
	finished = true;
	return NULL;
}

static void *locate_again_and_again(void *argument)
{
	(void)argument;
	while (!finished) {
		int error = 0;
		struct inode *result = locate(root, PATH("a", "b", "x"), &error);
		if (!result) {
			CHECK_EQ(error, -ENOENT);
			continue;
		}
		CHECK_EQ(result->nlink, 2);
		result->file.size++;
		unlock(result);
	}
	return NULL;
}

TEST(paths_cross_a_directory_that_comes_and_goes)
{
	pthread_t changer, walker[THREADS - 1];
	plant();
	finished = false;
	CHECK_EQ(pthread_create(&changer, NULL, replace_a_directory, NULL), 0);
	for (int i = 0; i < THREADS - 1; i++)
		CHECK_EQ(pthread_create(&walker[i], NULL, locate_again_and_again, NULL), 0);
	CHECK_EQ(pthread_join(changer, NULL), 0);
	for (int i = 0; i < THREADS - 1; i++)
		CHECK_EQ(pthread_join(walker[i], NULL), 0);
	all_unlocked();
	CHECK_EQ(volume.inodes_used, 4);
	tree_dispose(root);
	CHECK_EQ(volume.inodes_used, 0);
}
#endif
