/* descend: like walk, but the inode it starts from stays locked. */
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

/* Descends from cur; the components lie in memory of exactly their size. */
static struct inode *descended(struct inode *cur, const char *const *path, size_t length, int *error)
{
	const char **exact = malloc(length ? length * sizeof *exact : 1);
	CHECK(exact != NULL);
	for (size_t i = 0; i < length; i++)
		exact[i] = path[i];
	lock(cur);
	struct inode *result = descend(cur, exact, length, error);
	free(exact);
	CHECK_LOCKED(cur);
	return result;
}

static void reaches(struct inode *cur, const char *const *path, size_t length, struct inode *expected)
{
	int error = UNTOUCHED;
	CHECK(descended(cur, path, length, &error) == expected);
	CHECK_EQ(error, UNTOUCHED);
	CHECK_LOCKED(expected);
	unlock_both(cur, expected);
	all_unlocked();
}

static void fails(struct inode *cur, const char *const *path, size_t length, int expected)
{
	int error = UNTOUCHED;
	CHECK(descended(cur, path, length, &error) == NULL);
	CHECK_EQ(error, expected);
	unlock(cur);
	all_unlocked();
}

#define PATH(...) ((const char *const[]){ __VA_ARGS__ })

TEST(no_step_gives_the_start_itself)
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
	fails(a, PATH("file", "x"), 2, -ENOTDIR);
	fails(file, PATH("x"), 1, -ENOTDIR);
	fails(file, PATH("x", "y"), 2, -ENOTDIR);
	tree_dispose(root);
}

TEST(names_are_checked_at_the_first_and_at_later_steps)
{
	char name[NAME_BYTES_MAX + 2];
	plant();
	memset(name, 'n', NAME_BYTES_MAX + 1);
	name[NAME_BYTES_MAX + 1] = 0;
	fails(root, PATH(name), 1, -ENAMETOOLONG);
	fails(root, PATH("a", name), 2, -ENAMETOOLONG);
	fails(root, PATH("..", "a"), 2, -EINVAL);
	fails(root, PATH("a", "."), 2, -EINVAL);
	fails(root, PATH(""), 1, -EINVAL);
	fails(file, PATH(name), 1, -ENOTDIR);
	fails(root, PATH("x", name), 2, -ENOENT);
	tree_dispose(root);
}

#if !SEQUENTIAL
static bool is_locked(struct inode *node)
{
	if (pthread_mutex_trylock(&node->mutex) != 0)
		return true;
	pthread_mutex_unlock(&node->mutex);
	return false;
}

/* Waits until the inode is locked by another thread, or is not, for 5 seconds at most. */
static bool becomes(struct inode *node, bool locked)
{
	for (int i = 0; i < 5000; i++) {
		if (is_locked(node) == locked)
			return true;
		usleep(1000);
	}
	return false;
}

static pthread_barrier_t gate;

static void *descend_to_c(void *argument)
{
	int error = 0;
	(void)argument;
	lock(a);
	pthread_barrier_wait(&gate);
	CHECK(descend(a, PATH("b", "c"), 2, &error) == c);
	CHECK_LOCKED(a);
	CHECK_UNLOCKED(b);
	CHECK_LOCKED(c);
	unlock_both(a, c);
	return NULL;
}

TEST(the_start_stays_locked_while_the_first_child_is_waited_for)
{
	pthread_t thread;
	plant();
	CHECK_EQ(pthread_barrier_init(&gate, NULL, 2), 0);
	lock(b);
	CHECK_EQ(pthread_create(&thread, NULL, descend_to_c, NULL), 0);
	pthread_barrier_wait(&gate);
	usleep(20000);
	CHECK_LOCKED(a);
	CHECK_UNLOCKED(c);
	unlock(b);
	CHECK_EQ(pthread_join(thread, NULL), 0);
	pthread_barrier_destroy(&gate);
	all_unlocked();
	tree_dispose(root);
}

TEST(start_and_parent_stay_locked_while_a_later_child_is_waited_for)
{
	pthread_t thread;
	plant();
	CHECK_EQ(pthread_barrier_init(&gate, NULL, 2), 0);
	lock(c);
	CHECK_EQ(pthread_create(&thread, NULL, descend_to_c, NULL), 0);
	pthread_barrier_wait(&gate);
	CHECK(becomes(b, true));
	usleep(20000);
	CHECK_LOCKED(a);
	CHECK_LOCKED(b);
	unlock(c);
	CHECK_EQ(pthread_join(thread, NULL), 0);
	pthread_barrier_destroy(&gate);
	all_unlocked();
	tree_dispose(root);
}

#define WALKERS 3
#define ROUNDS 1500

static _Atomic bool finished;

/* Puts a new directory /a/b/x in the place of the old one, again and again. */
static void *replace_a_directory(void *argument)
{
	(void)argument;
	for (int i = 0; i < ROUNDS; i++) {
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

static void *descend_again_and_again(void *argument)
{
	(void)argument;
	while (!finished) {
		int error = 0;
		lock(a);
		struct inode *result = descend(a, PATH("b", "x"), 2, &error);
		a->file.size++;
		if (!result) {
			CHECK_EQ(error, -ENOENT);
			unlock(a);
			continue;
		}
		unlock(a);
		CHECK_EQ(result->nlink, 2);
		result->file.size++;
		unlock(result);
	}
	return NULL;
}

TEST(descents_cross_a_directory_that_comes_and_goes)
{
	pthread_t changer, walker[WALKERS];
	plant();
	finished = false;
	CHECK_EQ(pthread_create(&changer, NULL, replace_a_directory, NULL), 0);
	for (int i = 0; i < WALKERS; i++)
		CHECK_EQ(pthread_create(&walker[i], NULL, descend_again_and_again, NULL), 0);
	CHECK_EQ(pthread_join(changer, NULL), 0);
	for (int i = 0; i < WALKERS; i++)
		CHECK_EQ(pthread_join(walker[i], NULL), 0);
	all_unlocked();
	a->file.size = 0;
	CHECK_EQ(volume.inodes_used, 6);
	tree_dispose(root);
	CHECK_EQ(volume.inodes_used, 0);
}
#endif
