/* insert_at: a fresh inode enters the directory that a path leads to. */
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

/* The tree: /a/b, with the file /a/file. */
static struct inode *root, *a, *b, *file;

static struct inode *make(uint32_t mode)
{
	struct inode *node = NULL;
	CHECK_EQ(inode_create(&(struct specfs_birth){ .mode = mode, .uid = 5, .gid = 6 }, &node), 0);
	return node;
}

static struct inode *add(struct inode *parent, const char *name, uint32_t mode)
{
	struct inode *node = make(mode);
	node->refs = 0;
	CHECK_EQ(inode_attach(parent, name, node), 0);
	return node;
}

static void plant(void)
{
	volume_setup(100, 10000);
	root = volume.root = make(S_IFDIR | 0755);
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

static const struct timespec PAST = { .tv_sec = 1000, .tv_nsec = 5 };

static bool same_time(struct timespec first, struct timespec second)
{
	return first.tv_sec == second.tv_sec && first.tv_nsec == second.tv_nsec;
}

#define PATH(...) ((const char *const[]){ __VA_ARGS__ __VA_OPT__(,) NULL })

/* Fails, and neither the fresh inode nor *attr is touched. */
static void fails(struct inode *start, const char *const *path, const char *name, int expected)
{
	struct inode *fresh = make(S_IFREG | 0600);
	struct specfs_attr attr, before;
	fresh->ctime = PAST;
	memset(&attr, 0xa5, sizeof attr);
	before = attr;
	CHECK_EQ(insert_at(start, path, name, fresh, &attr), expected);
	CHECK(memcmp(&attr, &before, sizeof attr) == 0);
	CHECK_EQ(fresh->nlink, 1);
	CHECK_EQ(fresh->refs, 1);
	CHECK(same_time(fresh->ctime, PAST));
	CHECK_UNLOCKED(fresh);
	CHECK_UNLOCKED(start);
	all_unlocked();
	inode_dispose(fresh);
}

TEST(a_file_enters_the_start_itself)
{
	plant();
	struct inode *fresh = make(S_IFREG | 0640);
	struct specfs_attr attr;
	memset(&attr, 0xa5, sizeof attr);
	CHECK_EQ(insert_at(root, PATH(), "new", fresh, &attr), 0);
	all_unlocked();
	CHECK_UNLOCKED(fresh);
	CHECK(dir_find(&root->dir, "new") != NULL);
	CHECK(dir_find(&root->dir, "new")->node == fresh);
	CHECK_EQ(root->nlink, 3);
	CHECK_EQ(fresh->nlink, 1);
	CHECK_EQ(fresh->refs, 1);
	CHECK_EQ(attr.ino, fresh->ino);
	CHECK_EQ(attr.mode, S_IFREG | 0640);
	CHECK_EQ(attr.nlink, 1);
	CHECK_EQ(attr.uid, 5);
	CHECK_EQ(attr.gid, 6);
	CHECK_EQ(attr.size, 0);
	tree_dispose(root);
}

TEST(a_directory_enters_below_the_start)
{
	plant();
	struct inode *fresh = make(S_IFDIR | 0750);
	struct specfs_attr attr;
	b->mtime = b->ctime = PAST;
	CHECK_EQ(insert_at(root, PATH("a", "b"), "new", fresh, &attr), 0);
	all_unlocked();
	CHECK_UNLOCKED(fresh);
	CHECK(dir_find(&b->dir, "new")->node == fresh);
	CHECK_EQ(b->nlink, 3);
	CHECK_EQ(attr.ino, fresh->ino);
	CHECK_EQ(attr.mode, S_IFDIR | 0750);
	CHECK_EQ(attr.nlink, 2);
	CHECK(!same_time(b->mtime, PAST));
	CHECK(!same_time(b->ctime, PAST));
	struct inode *deeper = make(S_IFREG | 0600);
	CHECK_EQ(insert_at(a, PATH("b", "new"), "file", deeper, &attr), 0);
	CHECK(dir_find(&fresh->dir, "file")->node == deeper);
	CHECK_EQ(attr.ino, deeper->ino);
	all_unlocked();
	CHECK_UNLOCKED(fresh);
	tree_dispose(root);
}

TEST(an_inode_with_other_entries_gets_one_more)
{
	plant();
	struct specfs_attr attr;
	file->nlink = 2;
	CHECK_EQ(insert_at(root, PATH(), "link", file, &attr), 0);
	all_unlocked();
	CHECK(dir_find(&root->dir, "link")->node == file);
	CHECK_EQ(file->nlink, 2);
	CHECK_EQ(attr.nlink, 2);
	CHECK_EQ(attr.ino, file->ino);
	tree_dispose(root);
}

TEST(errors_on_the_way_to_the_directory)
{
	char name[NAME_BYTES_MAX + 2];
	plant();
	memset(name, 'n', NAME_BYTES_MAX + 1);
	name[NAME_BYTES_MAX + 1] = 0;
	fails(root, PATH("x"), "new", -ENOENT);
	fails(root, PATH("a", "x", "y"), "new", -ENOENT);
	fails(root, PATH("a", "file", "x"), "new", -ENOTDIR);
	fails(root, PATH(name), "new", -ENAMETOOLONG);
	fails(root, PATH("a", ".."), "new", -EINVAL);
	tree_dispose(root);
	CHECK_EQ(volume.inodes_used, 0);
}

TEST(errors_at_the_directory)
{
	char name[NAME_BYTES_MAX + 2];
	plant();
	memset(name, 'n', NAME_BYTES_MAX + 1);
	name[NAME_BYTES_MAX + 1] = 0;
	a->mtime = a->ctime = PAST;
	fails(root, PATH("a"), "b", -EEXIST);
	fails(root, PATH("a"), "file", -EEXIST);
	fails(root, PATH("a", "file"), "new", -ENOTDIR);
	fails(file, PATH(), "new", -ENOTDIR);
	fails(root, PATH("a"), name, -ENAMETOOLONG);
	fails(root, PATH("a"), ".", -EINVAL);
	fails(root, PATH("a"), "x/y", -EINVAL);
	CHECK_EQ(a->dir.count, 2);
	CHECK_EQ(a->nlink, 3);
	CHECK(same_time(a->mtime, PAST));
	CHECK(same_time(a->ctime, PAST));
	tree_dispose(root);
	CHECK_EQ(volume.inodes_used, 0);
}

TEST(nothing_enters_a_removed_directory)
{
	plant();
	struct inode *removed = make(S_IFDIR | 0755);
	inode_drop(removed);
	fails(removed, PATH(), "new", -ENOENT);
	CHECK_EQ(removed->dir.count, 0);
	inode_dispose(removed);
	tree_dispose(root);
}

TEST(without_memory_nothing_enters)
{
	plant();
	struct inode *fresh = make(S_IFDIR | 0755);
	struct specfs_attr attr, before;
	int failures = 0, result;
	for (;; failures++) {
		memset(&attr, 0xa5, sizeof attr);
		before = attr;
		b->mtime = b->ctime = fresh->ctime = PAST;
		FAIL_ALLOCATION(failures);
		result = insert_at(root, PATH("a", "b"), "new", fresh, &attr);
		FAIL_NO_ALLOCATION();
		all_unlocked();
		CHECK_UNLOCKED(fresh);
		if (result == 0)
			break;
		CHECK_EQ(result, -ENOMEM);
		CHECK_EQ(b->dir.count, 0);
		CHECK_EQ(b->nlink, 2);
		CHECK(same_time(b->mtime, PAST));
		CHECK(same_time(fresh->ctime, PAST));
		CHECK_EQ(fresh->nlink, 2);
		CHECK(memcmp(&attr, &before, sizeof attr) == 0);
	}
	CHECK(failures > 0);
	CHECK_EQ(b->nlink, 3);
	tree_dispose(root);
	CHECK_EQ(volume.inodes_used, 0);
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

static void *link_the_file(void *argument)
{
	CHECK_EQ(insert_at(root, PATH("a", "b"), "link", file, argument), 0);
	return NULL;
}

TEST(attributes_of_an_inode_that_others_know_are_read_under_its_lock)
{
	struct specfs_attr attr;
	pthread_t thread;
	plant();
	file->nlink = 2;
	lock(file);
	CHECK_EQ(pthread_create(&thread, NULL, link_the_file, &attr), 0);
	CHECK(becomes_locked(b));
	usleep(20000);
	file->mode = 0123;
	unlock(file);
	CHECK_EQ(pthread_join(thread, NULL), 0);
	CHECK_EQ(attr.mode, S_IFREG | 0123);
	all_unlocked();
	tree_dispose(root);
}

#define THREADS 4
#define NAMES 400

static _Atomic int entered, refused;
static pthread_barrier_t gate;

/* Tries to enter an inode of its own under each of the names; several threads do. */
static void *enter_all_names(void *argument)
{
	(void)argument;
	pthread_barrier_wait(&gate);
	for (int i = 0; i < NAMES; i++) {
		struct specfs_attr attr;
		char name[32];
		snprintf(name, sizeof name, "n%d", i);
		struct inode *fresh = make(i % 2 ? S_IFREG | 0644 : S_IFDIR | 0755);
		int error = insert_at(root, PATH("a", "b"), name, fresh, &attr);
		if (error) {
			CHECK_EQ(error, -EEXIST);
			inode_dispose(fresh);
			refused++;
		} else {
			CHECK_EQ(attr.ino, fresh->ino);
			CHECK_EQ(attr.nlink, i % 2 ? 1 : 2);
			entered++;
		}
	}
	return NULL;
}

TEST(one_of_several_threads_wins_each_name)
{
	pthread_t thread[THREADS];
	plant();
	entered = refused = 0;
	CHECK_EQ(pthread_barrier_init(&gate, NULL, THREADS), 0);
	for (int i = 0; i < THREADS; i++)
		CHECK_EQ(pthread_create(&thread[i], NULL, enter_all_names, NULL), 0);
	for (int i = 0; i < THREADS; i++)
		CHECK_EQ(pthread_join(thread[i], NULL), 0);
	pthread_barrier_destroy(&gate);
	all_unlocked();
	CHECK_EQ(entered, NAMES);
	CHECK_EQ(refused, (THREADS - 1) * NAMES);
	CHECK_EQ(b->dir.count, NAMES);
	CHECK_EQ(b->nlink, 2 + NAMES / 2);
	CHECK_EQ(volume.inodes_used, 4 + NAMES);
	tree_dispose(root);
	CHECK_EQ(volume.inodes_used, 0);
}

#define ROUNDS 300

static struct inode *doomed;
static _Atomic bool inside;

static void *enter_the_doomed(void *argument)
{
	(void)argument;
	for (int i = 0; i < ROUNDS; i++) {
		struct specfs_attr attr;
		pthread_barrier_wait(&gate);
		struct inode *fresh = make(S_IFREG | 0644);
		int error = insert_at(doomed, PATH(), "new", fresh, &attr);
		inside = error == 0;
		if (error) {
			CHECK_EQ(error, -ENOENT);
			inode_dispose(fresh);
		}
		pthread_barrier_wait(&gate);
	}
	return NULL;
}

TEST(a_directory_is_entered_or_removed_but_not_both)
{
	pthread_t thread;
	plant();
	CHECK_EQ(pthread_barrier_init(&gate, NULL, 2), 0);
	CHECK_EQ(pthread_create(&thread, NULL, enter_the_doomed, NULL), 0);
	for (int i = 0; i < ROUNDS; i++) {
		doomed = make(S_IFDIR | 0755);
		pthread_barrier_wait(&gate);
		lock(doomed);
		bool removed = doomed->dir.count == 0;
		if (removed)
			inode_drop(doomed);
		unlock(doomed);
		pthread_barrier_wait(&gate);
		CHECK(removed != inside);
		CHECK_EQ(doomed->dir.count, inside ? 1 : 0);
		tree_dispose(doomed);
	}
	CHECK_EQ(pthread_join(thread, NULL), 0);
	pthread_barrier_destroy(&gate);
	tree_dispose(root);
	CHECK_EQ(volume.inodes_used, 0);
}
#endif
