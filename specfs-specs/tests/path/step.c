/* step: one component down, by lock coupling. */
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

static struct inode *root, *directory, *file;

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
	volume_setup(100, 1000);
	root = volume.root = add(NULL, NULL, S_IFDIR | 0755);
	directory = add(root, "directory", S_IFDIR | 0755);
	file = add(root, "file", S_IFREG | 0644);
}

static void all_unlocked(void)
{
	CHECK_UNLOCKED(root);
	CHECK_UNLOCKED(directory);
	CHECK_UNLOCKED(file);
}

static void finds(struct inode *cur, const char *name, struct inode *expected)
{
	int error = UNTOUCHED;
	lock(cur);
	struct inode *result = step(cur, name, &error);
	CHECK(result == expected);
	CHECK_EQ(error, UNTOUCHED);
	CHECK_LOCKED(result);
	CHECK_UNLOCKED(cur);
	unlock(result);
	all_unlocked();
}

static void fails(struct inode *cur, const char *name, int expected)
{
	int error = UNTOUCHED;
	lock(cur);
	CHECK(step(cur, name, &error) == NULL);
	CHECK_EQ(error, expected);
	CHECK_UNLOCKED(cur);
	all_unlocked();
}

TEST(a_child_is_found)
{
	plant();
	finds(root, "directory", directory);
	finds(root, "file", file);
	tree_dispose(root);
}

TEST(a_missing_name_is_enoent)
{
	plant();
	fails(root, "nothing", -ENOENT);
	fails(root, "fil", -ENOENT);
	fails(root, "files", -ENOENT);
	fails(directory, "file", -ENOENT);
	tree_dispose(root);
}

TEST(below_a_file_is_enotdir)
{
	plant();
	fails(file, "x", -ENOTDIR);
	struct inode *link = add(root, "link", S_IFLNK | 0777), *fifo = add(root, "fifo", S_IFIFO | 0600);
	fails(link, "x", -ENOTDIR);
	fails(fifo, "x", -ENOTDIR);
	tree_dispose(root);
}

TEST(a_name_of_255_bytes_is_found)
{
	char name[NAME_BYTES_MAX + 1];
	plant();
	memset(name, 'n', NAME_BYTES_MAX);
	name[NAME_BYTES_MAX] = 0;
	fails(root, name, -ENOENT);
	finds(root, name, add(root, name, S_IFREG | 0644));
	tree_dispose(root);
}

TEST(a_name_of_256_bytes_is_enametoolong)
{
	char name[NAME_BYTES_MAX + 2];
	plant();
	memset(name, 'n', NAME_BYTES_MAX + 1);
	name[NAME_BYTES_MAX + 1] = 0;
	fails(root, name, -ENAMETOOLONG);
	tree_dispose(root);
}

TEST(what_is_no_name_is_einval)
{
	plant();
	fails(root, "", -EINVAL);
	fails(root, ".", -EINVAL);
	fails(root, "..", -EINVAL);
	fails(root, "directory/x", -EINVAL);
	tree_dispose(root);
}

TEST(enotdir_comes_before_what_is_wrong_with_the_name)
{
	char name[NAME_BYTES_MAX + 2];
	plant();
	memset(name, 'n', NAME_BYTES_MAX + 1);
	name[NAME_BYTES_MAX + 1] = 0;
	fails(file, name, -ENOTDIR);
	fails(file, "..", -ENOTDIR);
	tree_dispose(root);
}

TEST(nothing_is_below_a_removed_directory)
{
	plant();
	struct inode *removed = add(NULL, NULL, S_IFDIR | 0755);
	removed->nlink = 0;
	fails(removed, "x", -ENOENT);
	inode_dispose(removed);
	tree_dispose(root);
}

#if !SEQUENTIAL
static pthread_barrier_t gate;

static void *step_to_the_directory(void *argument)
{
	int error = 0;
	(void)argument;
	lock(root);
	pthread_barrier_wait(&gate);
	struct inode *result = step(root, "directory", &error);
	CHECK(result == directory);
	CHECK_LOCKED(directory);
	CHECK_UNLOCKED(root);
	unlock(result);
	return NULL;
}

TEST(the_parent_stays_locked_while_the_child_is_waited_for)
{
	pthread_t thread;
	plant();
	CHECK_EQ(pthread_barrier_init(&gate, NULL, 2), 0);
	lock(directory);
	CHECK_EQ(pthread_create(&thread, NULL, step_to_the_directory, NULL), 0);
	pthread_barrier_wait(&gate);
	usleep(20000);
	CHECK_LOCKED(root);
	unlock(directory);
	CHECK_EQ(pthread_join(thread, NULL), 0);
	pthread_barrier_destroy(&gate);
	all_unlocked();
	tree_dispose(root);
}

#define WALKERS 3
#define ROUNDS 2000

static _Atomic bool finished;

/* Removes the child named x and puts a new one there, again and again. */
static void *replace_the_child(void *argument)
{
	(void)argument;
	for (int i = 0; i < ROUNDS; i++) {
		lock(directory);
		struct inode *child = dir_find(&directory->dir, "x")->node;
		inode_detach(directory, "x", child);
		lock(child);
		inode_drop(child);
		unlock(directory);
		inode_settle(child);
		struct inode *next = add(NULL, NULL, i % 2 ? S_IFREG | 0644 : S_IFDIR | 0755);
		lock(directory);
		CHECK_EQ(inode_attach(directory, "x", next), 0);
		unlock(directory);
	}
	finished = true;
	return NULL;
}

static void *step_again_and_again(void *argument)
{
	(void)argument;
	while (!finished) {
		int error = 0;
		lock(root);
		struct inode *cur = step(root, "directory", &error);
		CHECK(cur == directory);
		struct inode *child = step(cur, "x", &error);
		if (!child) {
			CHECK_EQ(error, -ENOENT);
			continue;
		}
		CHECK(child->nlink > 0);
		child->file.size++;
		unlock(child);
	}
	return NULL;
}

TEST(an_entry_cannot_vanish_in_between)
{
	pthread_t remover, walker[WALKERS];
	plant();
	add(directory, "x", S_IFREG | 0644);
	finished = false;
	CHECK_EQ(pthread_create(&remover, NULL, replace_the_child, NULL), 0);
	for (int i = 0; i < WALKERS; i++)
		CHECK_EQ(pthread_create(&walker[i], NULL, step_again_and_again, NULL), 0);
	CHECK_EQ(pthread_join(remover, NULL), 0);
	for (int i = 0; i < WALKERS; i++)
		CHECK_EQ(pthread_join(walker[i], NULL), 0);
	all_unlocked();
	CHECK_EQ(volume.inodes_used, 4);
	tree_dispose(root);
	CHECK_EQ(volume.inodes_used, 0);
}
#endif
