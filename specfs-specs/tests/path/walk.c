/* walk: several components down; one lock at the end, or none. */
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

/* The tree: /a/b/c, with the files /a/file and /a/b/c/file. */
static struct inode *root, *a, *b, *c, *file, *deep;

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
	c = add(b, "c", S_IFDIR | 0755);
	file = add(a, "file", S_IFREG | 0644);
	deep = add(c, "file", S_IFREG | 0644);
}

static void all_unlocked(void)
{
	CHECK_UNLOCKED(root);
	CHECK_UNLOCKED(a);
	CHECK_UNLOCKED(b);
	CHECK_UNLOCKED(c);
	CHECK_UNLOCKED(file);
	CHECK_UNLOCKED(deep);
}

/* Walks from cur; the components lie in memory of exactly their size. */
static struct inode *walked(struct inode *cur, const char *const *path, size_t length, int *error)
{
	const char **exact = malloc(length ? length * sizeof *exact : 1);
	CHECK(exact != NULL);
	for (size_t i = 0; i < length; i++)
		exact[i] = path[i];
	lock(cur);
	struct inode *result = walk(cur, exact, length, error);
	free(exact);
	return result;
}

static void reaches(struct inode *cur, const char *const *path, size_t length, struct inode *expected)
{
	int error = UNTOUCHED;
	CHECK(walked(cur, path, length, &error) == expected);
	CHECK_EQ(error, UNTOUCHED);
	CHECK_LOCKED(expected);
	unlock(expected);
	all_unlocked();
}

static void fails(struct inode *cur, const char *const *path, size_t length, int expected)
{
	int error = UNTOUCHED;
	CHECK(walked(cur, path, length, &error) == NULL);
	CHECK_EQ(error, expected);
	all_unlocked();
}

#define PATH(...) ((const char *const[]){ __VA_ARGS__ })

TEST(no_step_stays_where_it_is)
{
	plant();
	reaches(root, PATH("a"), 0, root);
	reaches(b, PATH("nothing"), 0, b);
	reaches(file, PATH("nothing"), 0, file);
	tree_dispose(root);
}

TEST(each_length_reaches_its_inode)
{
	plant();
	const char *const path[] = { "a", "b", "c", "file" };
	struct inode *const expected[] = { root, a, b, c, deep };
	for (size_t length = 0; length <= 4; length++)
		reaches(root, path, length, expected[length]);
	reaches(a, PATH("b", "c"), 2, c);
	reaches(a, PATH("file"), 1, file);
	tree_dispose(root);
}

TEST(a_missing_component_is_enoent_wherever_it_stands)
{
	plant();
	fails(root, PATH("x"), 1, -ENOENT);
	fails(root, PATH("x", "b", "c"), 3, -ENOENT);
	fails(root, PATH("a", "x", "c"), 3, -ENOENT);
	fails(root, PATH("a", "b", "x"), 3, -ENOENT);
	tree_dispose(root);
}

TEST(a_file_on_the_way_is_enotdir)
{
	plant();
	fails(root, PATH("a", "file", "x"), 3, -ENOTDIR);
	fails(root, PATH("a", "file", "x", "y"), 4, -ENOTDIR);
	fails(file, PATH("x"), 1, -ENOTDIR);
	tree_dispose(root);
}

TEST(the_first_error_is_told)
{
	char name[NAME_BYTES_MAX + 2];
	plant();
	memset(name, 'n', NAME_BYTES_MAX + 1);
	name[NAME_BYTES_MAX + 1] = 0;
	fails(root, PATH("a", name, "x"), 3, -ENAMETOOLONG);
	fails(root, PATH("a", "x", name), 3, -ENOENT);
	fails(root, PATH("a", "..", "a"), 3, -EINVAL);
	fails(root, PATH("a", "file", name), 3, -ENOTDIR);
	tree_dispose(root);
}

#define DEPTH 5000

TEST(any_depth_is_reached)
{
	static const char *path[DEPTH];
	struct inode *bottom;
	plant();
	bottom = root;
	for (int i = 0; i < DEPTH; i++) {
		path[i] = "down";
		bottom = add(bottom, "down", S_IFDIR | 0755);
	}
	reaches(root, path, DEPTH, bottom);
	tree_dispose(root);
	CHECK_EQ(volume.inodes_used, 0);
}

#if !SEQUENTIAL
#define WALKERS 3
#define ROUNDS 1500

static _Atomic bool finished;

/* Puts a new /a/b/x/y in the place of the old one, again and again. */
static void *replace_a_branch(void *argument)
{
	(void)argument;
	for (int i = 0; i < ROUNDS; i++) {
		struct inode *upper = add(NULL, NULL, S_IFDIR | 0755);
		add(upper, "y", S_IFDIR | 0755);
		lock(b);
		CHECK_EQ(inode_attach(b, "x", upper), 0);
		unlock(b);

		lock(b);
		lock(upper);
		struct inode *lower = dir_find(&upper->dir, "y")->node;
		inode_detach(upper, "y", lower);
		lock(lower);
		inode_drop(lower);
		inode_settle(lower);
		inode_detach(b, "x", upper);
		inode_drop(upper);
		unlock(b);
		inode_settle(upper);
	}
	finished = true;
	return NULL;
}

static void *walk_again_and_again(void *argument)
{
	(void)argument;
	while (!finished) {
		int error = 0;
		lock(root);
		struct inode *result = walk(root, PATH("a", "b", "x", "y"), 4, &error);
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

TEST(walks_cross_a_branch_that_comes_and_goes)
{
	pthread_t changer, walker[WALKERS];
	plant();
	finished = false;
	CHECK_EQ(pthread_create(&changer, NULL, replace_a_branch, NULL), 0);
	for (int i = 0; i < WALKERS; i++)
		CHECK_EQ(pthread_create(&walker[i], NULL, walk_again_and_again, NULL), 0);
	CHECK_EQ(pthread_join(changer, NULL), 0);
	for (int i = 0; i < WALKERS; i++)
		CHECK_EQ(pthread_join(walker[i], NULL), 0);
	all_unlocked();
	CHECK_EQ(volume.inodes_used, 6);
	tree_dispose(root);
	CHECK_EQ(volume.inodes_used, 0);
}
#endif
