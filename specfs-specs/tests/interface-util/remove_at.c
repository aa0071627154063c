/* remove_at: an entry goes, and with it, perhaps, the inode that it names. */
#include "check.h"
#include "interface-util.h"

#include <signal.h>
#include <unistd.h>

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

/* The tree: /a/b, with the files /a/file and /a/b/inner, and the empty directory /a/empty. */
static struct inode *root, *a, *b, *empty, *file, *inner;

static struct inode *make(uint32_t mode)
{
	struct inode *node = NULL;
	CHECK_EQ(inode_create(&(struct specfs_birth){ .mode = mode }, &node), 0);
	node->refs = 0;
	return node;
}

static struct inode *add(struct inode *parent, const char *name, uint32_t mode)
{
	struct inode *node = make(mode);
	CHECK_EQ(inode_attach(parent, name, node), 0);
	return node;
}

static void plant(void)
{
	volume_setup(1000, 10000);
	root = volume.root = make(S_IFDIR | 0755);
	a = add(root, "a", S_IFDIR | 0755);
	b = add(a, "b", S_IFDIR | 0755);
	empty = add(a, "empty", S_IFDIR | 0755);
	file = add(a, "file", S_IFREG | 0644);
	inner = add(b, "inner", S_IFREG | 0644);
}

static const struct timespec PAST = { .tv_sec = 1000, .tv_nsec = 5 };

static bool same_time(struct timespec first, struct timespec second)
{
	return first.tv_sec == second.tv_sec && first.tv_nsec == second.tv_nsec;
}

#define PATH(...) ((const char *const[]){ __VA_ARGS__ __VA_OPT__(,) NULL })

/* Fails, and nothing is changed or left locked. */
static void fails(struct inode *start, const char *const *path, const char *name, bool directory, int expected)
{
	uint64_t inodes = volume.inodes_used;
	a->mtime = a->ctime = b->ctime = file->ctime = empty->ctime = PAST;
	CHECK_EQ(remove_at(start, path, name, directory), expected);
	CHECK_EQ(volume.inodes_used, inodes);
	CHECK_EQ(a->dir.count, 3);
	CHECK_EQ(a->nlink, 4);
	CHECK_EQ(b->dir.count, 1);
	CHECK_EQ(b->nlink, 2);
	CHECK_EQ(empty->nlink, 2);
	CHECK_EQ(file->nlink, 1);
	CHECK_EQ(inner->nlink, 1);
	CHECK(same_time(a->mtime, PAST));
	CHECK(same_time(a->ctime, PAST));
	CHECK(same_time(b->ctime, PAST));
	CHECK(same_time(file->ctime, PAST));
	CHECK(same_time(empty->ctime, PAST));
	CHECK_UNLOCKED(start);
	CHECK_UNLOCKED(root);
	CHECK_UNLOCKED(a);
	CHECK_UNLOCKED(b);
	CHECK_UNLOCKED(empty);
	CHECK_UNLOCKED(file);
	CHECK_UNLOCKED(inner);
}

TEST(a_file_goes_with_its_blocks)
{
	plant();
	CHECK_EQ(file_write(&file->file, "x", 1, 5 * BLOCK_BYTES), 1);
	a->mtime = a->ctime = PAST;
	CHECK_EQ(remove_at(root, PATH("a"), "file", false), 0);
	CHECK(dir_find(&a->dir, "file") == NULL);
	CHECK_EQ(a->dir.count, 2);
	CHECK_EQ(a->nlink, 4);
	CHECK(!same_time(a->mtime, PAST));
	CHECK(!same_time(a->ctime, PAST));
	CHECK_EQ(volume.inodes_used, 5);
	CHECK_EQ(volume.blocks_used, 0);
	CHECK_UNLOCKED(root);
	CHECK_UNLOCKED(a);
	tree_dispose(root);
	CHECK_EQ(volume.inodes_used, 0);
}

TEST(an_empty_directory_goes_with_its_link)
{
	plant();
	CHECK_EQ(remove_at(a, PATH(), "empty", true), 0);
	CHECK(dir_find(&a->dir, "empty") == NULL);
	CHECK_EQ(a->nlink, 3);
	CHECK_EQ(volume.inodes_used, 5);
	CHECK_UNLOCKED(a);
	tree_dispose(root);
	CHECK_EQ(volume.inodes_used, 0);
}

TEST(a_directory_goes_once_it_is_empty)
{
	plant();
	fails(root, PATH("a"), "b", true, -ENOTEMPTY);
	CHECK_EQ(remove_at(root, PATH("a", "b"), "inner", false), 0);
	CHECK_EQ(remove_at(root, PATH("a"), "b", true), 0);
	CHECK_EQ(a->nlink, 3);
	tree_dispose(root);
	CHECK_EQ(volume.inodes_used, 0);
}

TEST(subdirectories_and_files_alike_are_entries)
{
	plant();
	fails(root, PATH(), "a", true, -ENOTEMPTY);
	fails(root, PATH("a"), "b", true, -ENOTEMPTY);
	tree_dispose(root);
}

TEST(what_is_referenced_lives_on_without_links)
{
	plant();
	file->refs = 1;
	empty->refs = 1;
	file->ctime = file->mtime = empty->ctime = PAST;
	CHECK_EQ(file_write(&file->file, "x", 1, 0), 1);
	CHECK_EQ(remove_at(root, PATH("a"), "file", false), 0);
	CHECK_EQ(remove_at(root, PATH("a"), "empty", true), 0);
	CHECK_EQ(volume.inodes_used, 6);
	CHECK_EQ(volume.blocks_used, 1);
	CHECK_EQ(file->nlink, 0);
	CHECK_EQ(file->refs, 1);
	CHECK(!same_time(file->ctime, PAST));
	CHECK(same_time(file->mtime, PAST));
	CHECK_EQ(empty->nlink, 0);
	CHECK_EQ(empty->refs, 1);
	CHECK(!same_time(empty->ctime, PAST));
	CHECK_UNLOCKED(file);
	CHECK_UNLOCKED(empty);
	inode_dispose(file);
	inode_dispose(empty);
	tree_dispose(root);
	CHECK_EQ(volume.inodes_used, 0);
}

TEST(one_of_several_entries_goes)
{
	plant();
	CHECK_EQ(inode_attach(b, "link", file), 0);
	file->nlink = 2;
	CHECK_EQ(remove_at(root, PATH("a"), "file", false), 0);
	CHECK_EQ(volume.inodes_used, 6);
	CHECK_EQ(file->nlink, 1);
	CHECK_UNLOCKED(file);
	CHECK(dir_find(&b->dir, "link")->node == file);
	CHECK_EQ(remove_at(root, PATH("a", "b"), "link", false), 0);
	CHECK_EQ(volume.inodes_used, 5);
	tree_dispose(root);
	CHECK_EQ(volume.inodes_used, 0);
}

TEST(the_kind_has_to_be_the_one_wanted)
{
	plant();
	fails(root, PATH("a"), "file", true, -ENOTDIR);
	fails(root, PATH("a"), "empty", false, -EISDIR);
	fails(root, PATH("a"), "b", false, -EISDIR);
	tree_dispose(root);
}

TEST(errors_on_the_way_to_the_directory)
{
	char name[NAME_BYTES_MAX + 2];
	plant();
	memset(name, 'n', NAME_BYTES_MAX + 1);
	name[NAME_BYTES_MAX + 1] = 0;
	fails(root, PATH("x"), "file", false, -ENOENT);
	fails(root, PATH("a", "x"), "file", true, -ENOENT);
	fails(root, PATH("a", "file", "x"), "y", false, -ENOTDIR);
	fails(root, PATH(name), "y", false, -ENAMETOOLONG);
	fails(root, PATH("a", "."), "file", false, -EINVAL);
	tree_dispose(root);
}

TEST(errors_at_the_directory)
{
	char name[NAME_BYTES_MAX + 2];
	plant();
	memset(name, 'n', NAME_BYTES_MAX + 1);
	name[NAME_BYTES_MAX + 1] = 0;
	fails(root, PATH("a"), "x", false, -ENOENT);
	fails(root, PATH("a"), "x", true, -ENOENT);
	fails(root, PATH("a", "file"), "x", false, -ENOTDIR);
	fails(file, PATH(), "x", true, -ENOTDIR);
	fails(root, PATH("a"), name, false, -ENAMETOOLONG);
	fails(root, PATH("a"), "..", true, -EINVAL);
	fails(root, PATH("a"), "", false, -EINVAL);
	tree_dispose(root);
}

TEST(nothing_is_in_a_removed_directory)
{
	plant();
	struct inode *removed = make(S_IFDIR | 0755);
	inode_drop(removed);
	fails(removed, PATH(), "x", false, -ENOENT);
	fails(removed, PATH("x"), "y", true, -ENOENT);
	inode_dispose(removed);
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

/* Waits until the inode is locked by another thread, for 5 seconds at most. */
static bool becomes_locked(struct inode *node)
{
	for (int i = 0; i < 5000; i++) {
		if (is_locked(node))
			return true;
		usleep(1000);
	}
	return false;
}

static int answer;

static void *remove_the_empty_directory(void *argument)
{
	(void)argument;
	answer = remove_at(root, PATH("a"), "empty", true);
	return NULL;
}

TEST(a_directory_that_is_entered_while_its_lock_is_waited_for_stays)
{
	pthread_t thread;
	plant();
	lock(empty);
	CHECK_EQ(pthread_create(&thread, NULL, remove_the_empty_directory, NULL), 0);
	CHECK(becomes_locked(a));
	usleep(20000);
	CHECK_LOCKED(a);
	add(empty, "late", S_IFREG | 0644);
	unlock(empty);
	CHECK_EQ(pthread_join(thread, NULL), 0);
	CHECK_EQ(answer, -ENOTEMPTY);
	CHECK_UNLOCKED(root);
	CHECK_UNLOCKED(a);
	CHECK_UNLOCKED(empty);
	CHECK_EQ(empty->nlink, 2);
	CHECK(dir_find(&a->dir, "empty")->node == empty);
	tree_dispose(root);
	CHECK_EQ(volume.inodes_used, 0);
}

#define THREADS 4
#define ROUNDS 400

static pthread_barrier_t gate;
static _Atomic int removed;

/* Every round, all threads remove the same names: a file, a directory, and the entries of one file. */
static void *remove_each_round(void *argument)
{
	static const char *const links[THREADS] = { "l0", "l1", "l2", "l3" };
	int number = *(int *)argument;
	for (int i = 0; i < ROUNDS; i++) {
		pthread_barrier_wait(&gate);
		int error = remove_at(root, PATH("a"), "victim", i % 2);
		if (error == 0)
			removed++;
		else
			CHECK_EQ(error, -ENOENT);
		CHECK_EQ(remove_at(root, number % 2 ? PATH("a", "b") : PATH("a", "empty"), links[number], false), 0);
		pthread_barrier_wait(&gate);
	}
	return NULL;
}

TEST(each_entry_is_removed_by_one_thread_and_each_inode_is_disposed_of_once)
{
	pthread_t thread[THREADS];
	int number[THREADS];
	plant();
	CHECK_EQ(pthread_barrier_init(&gate, NULL, THREADS + 1), 0);
	for (int i = 0; i < THREADS; i++) {
		number[i] = i;
		CHECK_EQ(pthread_create(&thread[i], NULL, remove_each_round, &number[i]), 0);
	}
	for (int i = 0; i < ROUNDS; i++) {
		removed = 0;
		add(a, "victim", i % 2 ? S_IFDIR | 0755 : S_IFREG | 0644);
		struct inode *linked = add(empty, "l0", S_IFREG | 0644);
		CHECK_EQ(inode_attach(b, "l1", linked), 0);
		CHECK_EQ(inode_attach(empty, "l2", linked), 0);
		CHECK_EQ(inode_attach(b, "l3", linked), 0);
		linked->nlink = THREADS;
		CHECK_EQ(file_write(&linked->file, "x", 1, 0), 1);
		pthread_barrier_wait(&gate);
		pthread_barrier_wait(&gate);
		CHECK_EQ(removed, 1);
		CHECK_EQ(volume.inodes_used, 6);
		CHECK_EQ(volume.blocks_used, 0);
		CHECK_EQ(a->nlink, 4);
	}
	for (int i = 0; i < THREADS; i++)
		CHECK_EQ(pthread_join(thread[i], NULL), 0);
	pthread_barrier_destroy(&gate);
	CHECK_UNLOCKED(root);
	CHECK_UNLOCKED(a);
	CHECK_UNLOCKED(b);
	CHECK_UNLOCKED(empty);
	tree_dispose(root);
	CHECK_EQ(volume.inodes_used, 0);
}

static struct inode *held;
static _Atomic bool inside;

/* Enters the directory that is being removed, by a reference to it. */
static void *enter_the_held(void *argument)
{
	(void)argument;
	for (int i = 0; i < ROUNDS; i++) {
		struct specfs_attr attr;
		pthread_barrier_wait(&gate);
		struct inode *fresh = make(S_IFREG | 0644);
		int error = insert_at(held, PATH(), "new", fresh, &attr);
		inside = error == 0;
		if (error) {
			CHECK_EQ(error, -ENOENT);
			inode_dispose(fresh);
		}
		pthread_barrier_wait(&gate);
	}
	return NULL;
}

TEST(a_directory_is_removed_or_entered_by_its_reference_but_not_both)
{
	pthread_t thread;
	plant();
	CHECK_EQ(pthread_barrier_init(&gate, NULL, 2), 0);
	CHECK_EQ(pthread_create(&thread, NULL, enter_the_held, NULL), 0);
	for (int i = 0; i < ROUNDS; i++) {
		held = add(b, "held", S_IFDIR | 0755);
		held->refs = 1;
		pthread_barrier_wait(&gate);
		int error = remove_at(root, PATH("a", "b"), "held", true);
		pthread_barrier_wait(&gate);
		CHECK_UNLOCKED(held);
		CHECK_EQ(error, inside ? -ENOTEMPTY : 0);
		CHECK_EQ(held->nlink, inside ? 2 : 0);
		CHECK_EQ(held->dir.count, inside ? 1 : 0);
		if (inside) {
			CHECK_EQ(remove_at(held, PATH(), "new", false), 0);
			CHECK_EQ(remove_at(root, PATH("a", "b"), "held", true), 0);
		}
		CHECK_EQ(volume.inodes_used, 7);
		lock(held);
		held->refs--;
		inode_settle(held);
		CHECK_EQ(volume.inodes_used, 6);
	}
	CHECK_EQ(pthread_join(thread, NULL), 0);
	pthread_barrier_destroy(&gate);
	tree_dispose(root);
	CHECK_EQ(volume.inodes_used, 0);
}
#endif
