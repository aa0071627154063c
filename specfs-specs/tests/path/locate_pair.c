/* locate_pair: phases one and two of a rename, from the root to both directories. */
#include "check.h"
#include "path.h"

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

/*
 * The tree:
 *   /c            common to most pairs
 *   /c/s/s2       a branch of a source
 *   /c/t/t2       a branch of a target
 *   /d            a branch of its own
 *   /file         a file, with a second entry /d/link
 *   /c/s/file     a file
 */
static struct inode *root, *c, *s, *s2, *t, *t2, *d, *file, *low_file;
static struct inode *const *const planted[] = { &root, &c, &s, &s2, &t, &t2, &d, &file, &low_file };
#define PLANTED (sizeof planted / sizeof *planted)

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
	c = add(root, "c", S_IFDIR | 0755);
	s = add(c, "s", S_IFDIR | 0755);
	s2 = add(s, "s2", S_IFDIR | 0755);
	t = add(c, "t", S_IFDIR | 0755);
	t2 = add(t, "t2", S_IFDIR | 0755);
	d = add(root, "d", S_IFDIR | 0755);
	file = add(root, "file", S_IFREG | 0644);
	CHECK_EQ(inode_attach(d, "link", file), 0);
	file->nlink = 2;
	low_file = add(s, "file", S_IFREG | 0644);
}

/* Just the two inodes, which may be one, are locked. */
static void only_locked(struct inode *first, struct inode *second)
{
	for (size_t i = 0; i < PLANTED; i++) {
		struct inode *node = *planted[i];
		if (node == first || node == second)
			CHECK_LOCKED(node);
		else
			CHECK_UNLOCKED(node);
	}
}

#define PATH(...) ((const char *const[]){ __VA_ARGS__ __VA_OPT__(,) NULL })

static void reaches(const char *const *from, const char *const *to, struct inode *source, struct inode *target)
{
	struct inode *found_source = NULL, *found_target = NULL;
	CHECK_EQ(locate_pair(from, to, &found_source, &found_target), 0);
	CHECK(found_source == source);
	CHECK(found_target == target);
	only_locked(source, target);
	unlock_both(found_source, found_target);
	only_locked(NULL, NULL);
}

static void fails(const char *const *from, const char *const *to, int expected)
{
	struct inode *source = root, *target = file;
	CHECK_EQ(locate_pair(from, to, &source, &target), expected);
	CHECK(source == root);
	CHECK(target == file);
	only_locked(NULL, NULL);
}

TEST(one_directory_is_source_and_target)
{
	plant();
	reaches(PATH(), PATH(), root, root);
	reaches(PATH("c"), PATH("c"), c, c);
	reaches(PATH("c", "s", "s2"), PATH("c", "s", "s2"), s2, s2);
	tree_dispose(root);
}

TEST(the_source_is_above_the_target)
{
	plant();
	reaches(PATH(), PATH("c"), root, c);
	reaches(PATH(), PATH("c", "t", "t2"), root, t2);
	reaches(PATH("c"), PATH("c", "s"), c, s);
	reaches(PATH("c"), PATH("c", "t", "t2"), c, t2);
	tree_dispose(root);
}

TEST(the_target_is_above_the_source)
{
	plant();
	reaches(PATH("c"), PATH(), c, root);
	reaches(PATH("c", "s", "s2"), PATH(), s2, root);
	reaches(PATH("c", "s"), PATH("c"), s, c);
	reaches(PATH("c", "s", "s2"), PATH("c"), s2, c);
	tree_dispose(root);
}

TEST(the_branches_are_apart)
{
	plant();
	reaches(PATH("c"), PATH("d"), c, d);
	reaches(PATH("d"), PATH("c"), d, c);
	reaches(PATH("c", "s"), PATH("c", "t"), s, t);
	reaches(PATH("c", "s", "s2"), PATH("c", "t", "t2"), s2, t2);
	reaches(PATH("c", "t", "t2"), PATH("c", "s"), t2, s);
	reaches(PATH("c", "t"), PATH("d"), t, d);
	tree_dispose(root);
}

TEST(an_error_on_the_common_path_leaves_nothing_locked)
{
	plant();
	fails(PATH("x"), PATH("x"), -ENOENT);
	fails(PATH("x", "s"), PATH("x", "t"), -ENOENT);
	fails(PATH("c", "x", "y"), PATH("c", "x", "z"), -ENOENT);
	fails(PATH("file", "x", "y"), PATH("file", "x", "z"), -ENOTDIR);
	fails(PATH("c", "..", "s"), PATH("c", "..", "t"), -EINVAL);
	tree_dispose(root);
}

TEST(an_error_on_the_source_branch_leaves_nothing_locked)
{
	plant();
	fails(PATH("x"), PATH("d"), -ENOENT);
	fails(PATH("c", "s", "x"), PATH("c", "t"), -ENOENT);
	fails(PATH("c", "x", "y"), PATH("c", "t"), -ENOENT);
	fails(PATH("c", "s", "file", "x"), PATH("c", "t"), -ENOTDIR);
	fails(PATH("c", "x"), PATH("c"), -ENOENT);
	fails(PATH("c", "s", "."), PATH("c", "t"), -EINVAL);
	tree_dispose(root);
}

TEST(an_error_on_the_target_branch_leaves_nothing_locked)
{
	plant();
	fails(PATH("d"), PATH("x"), -ENOENT);
	fails(PATH("c", "s"), PATH("c", "x"), -ENOENT);
	fails(PATH("c", "s"), PATH("c", "t", "x"), -ENOENT);
	fails(PATH("c", "s", "s2"), PATH("c", "t", "x", "y"), -ENOENT);
	fails(PATH("c"), PATH("c", "x"), -ENOENT);
	fails(PATH("c", "t"), PATH("c", "s", "file", "x"), -ENOTDIR);
	fails(PATH(), PATH(""), -EINVAL);
	tree_dispose(root);
}

TEST(a_source_that_is_a_file_is_enotdir)
{
	plant();
	fails(PATH("file"), PATH("c"), -ENOTDIR);
	fails(PATH("file"), PATH(), -ENOTDIR);
	fails(PATH("c", "s", "file"), PATH("c", "t"), -ENOTDIR);
	fails(PATH("file"), PATH("file", "x"), -ENOTDIR);
	tree_dispose(root);
}

TEST(a_target_that_is_a_file_is_enotdir)
{
	plant();
	fails(PATH("c"), PATH("file"), -ENOTDIR);
	fails(PATH(), PATH("file"), -ENOTDIR);
	fails(PATH("c", "t"), PATH("c", "s", "file"), -ENOTDIR);
	fails(PATH("file", "x"), PATH("file"), -ENOTDIR);
	tree_dispose(root);
}

TEST(one_file_as_both_is_enotdir)
{
	plant();
	fails(PATH("file"), PATH("file"), -ENOTDIR);
	fails(PATH("c", "s", "file"), PATH("c", "s", "file"), -ENOTDIR);
	fails(PATH("file"), PATH("d", "link"), -ENOTDIR);
	tree_dispose(root);
}

TEST(the_error_of_the_source_is_told_first)
{
	char name[NAME_BYTES_MAX + 2];
	plant();
	memset(name, 'n', NAME_BYTES_MAX + 1);
	name[NAME_BYTES_MAX + 1] = 0;
	fails(PATH("c", name), PATH("c", "x"), -ENAMETOOLONG);
	fails(PATH("c", "x"), PATH("c", name), -ENOENT);
	fails(PATH("c", "s"), PATH("c", name), -ENAMETOOLONG);
	fails(PATH("file"), PATH("x"), -ENOTDIR);
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

struct request {
	const char *const *from, *const *to;
	struct inode *source, *target;
};

/* Locates the pair of a request and releases it when it is the one expected. */
static void *locate_and_release(void *argument)
{
	const struct request *request = argument;
	struct inode *source = NULL, *target = NULL;
	CHECK_EQ(locate_pair(request->from, request->to, &source, &target), 0);
	CHECK(source == request->source);
	CHECK(target == request->target);
	only_locked(source, target);
	unlock_both(source, target);
	return NULL;
}

TEST(the_common_directory_and_the_source_stay_locked_while_the_target_is_waited_for)
{
	struct request request = { PATH("c", "s"), PATH("c", "t", "t2"), NULL, NULL };
	pthread_t thread;
	plant();
	request.source = s;
	request.target = t2;
	lock(t2);
	CHECK_EQ(pthread_create(&thread, NULL, locate_and_release, &request), 0);
	CHECK(becomes(t, true));
	usleep(20000);
	CHECK_LOCKED(c);
	CHECK_LOCKED(s);
	CHECK_LOCKED(t);
	CHECK(becomes(root, false));
	unlock(t2);
	CHECK_EQ(pthread_join(thread, NULL), 0);
	only_locked(NULL, NULL);
	tree_dispose(root);
}

TEST(the_common_directory_stays_locked_while_the_source_is_waited_for)
{
	struct request request = { PATH("c", "s", "s2"), PATH("c", "t"), NULL, NULL };
	pthread_t thread;
	plant();
	request.source = s2;
	request.target = t;
	lock(s2);
	CHECK_EQ(pthread_create(&thread, NULL, locate_and_release, &request), 0);
	CHECK(becomes(s, true));
	usleep(20000);
	CHECK_LOCKED(c);
	CHECK_LOCKED(s);
	CHECK(becomes(root, false));
	CHECK_UNLOCKED(t);
	unlock(s2);
	CHECK_EQ(pthread_join(thread, NULL), 0);
	only_locked(NULL, NULL);
	tree_dispose(root);
}

TEST(a_source_that_is_the_common_directory_stays_locked)
{
	struct request request = { PATH("c"), PATH("c", "t", "t2"), NULL, NULL };
	pthread_t thread;
	plant();
	request.source = c;
	request.target = t2;
	lock(t2);
	CHECK_EQ(pthread_create(&thread, NULL, locate_and_release, &request), 0);
	CHECK(becomes(t, true));
	usleep(20000);
	CHECK_LOCKED(c);
	CHECK(becomes(root, false));
	unlock(t2);
	CHECK_EQ(pthread_join(thread, NULL), 0);
	only_locked(NULL, NULL);
	tree_dispose(root);
}

TEST(a_target_that_is_the_common_directory_stays_locked)
{
	struct request request = { PATH("c", "s", "s2"), PATH("c"), NULL, NULL };
	pthread_t thread;
	plant();
	request.source = s2;
	request.target = c;
	lock(s2);
	CHECK_EQ(pthread_create(&thread, NULL, locate_and_release, &request), 0);
	CHECK(becomes(s, true));
	usleep(20000);
	CHECK_LOCKED(c);
	CHECK(becomes(root, false));
	unlock(s2);
	CHECK_EQ(pthread_join(thread, NULL), 0);
	only_locked(NULL, NULL);
	tree_dispose(root);
}

static _Atomic bool answered;

static void *locate_below_a_file(void *argument)
{
	struct inode *source = NULL, *target = NULL;
	(void)argument;
	CHECK_EQ(locate_pair(PATH("file"), PATH("d"), &source, &target), -ENOTDIR);
	answered = true;
	return NULL;
}

/*
 * A file can have entries in both branches, so a thread that holds /d may wait for the
 * file (to unlink /d/link, say). A rename that holds the file must not wait for /d.
 */
TEST(a_file_as_source_is_given_up_before_the_target_is_asked_for)
{
	pthread_t thread;
	plant();
	answered = false;
	lock(d);
	CHECK_EQ(pthread_create(&thread, NULL, locate_below_a_file, NULL), 0);
	for (int i = 0; i < 5000 && !answered; i++)
		usleep(1000);
	CHECK(answered);
	unlock(d);
	CHECK_EQ(pthread_join(thread, NULL), 0);
	only_locked(NULL, NULL);
	tree_dispose(root);
}

#define THREADS 4
#define ROUNDS 1500

struct pair {
	const char *const *from, *const *to;
};

static unsigned int next_random(unsigned int *state)
{
	*state = *state * 1103515245u + 12345u;
	return *state >> 16;
}

/* Moves the directory m between the branches, and counts in both directories of every pair. */
static void *move_and_count(void *argument)
{
	const struct pair pairs[] = {
		{ PATH("c", "s"), PATH("c", "t") },
		{ PATH("c", "t"), PATH("c", "s") },
		{ PATH("c", "s", "s2"), PATH("d") },
		{ PATH("d"), PATH("c", "s", "s2") },
		{ PATH("c", "t", "t2"), PATH("c", "s", "s2") },
		{ PATH("c", "s", "s2"), PATH("c", "t", "t2") },
		{ PATH("c"), PATH("c", "t") },
		{ PATH("c", "t"), PATH("c") },
		{ PATH(), PATH("d") },
		{ PATH("d"), PATH() },
		{ PATH("c"), PATH("c") },
		{ PATH("c", "s", "m"), PATH("c", "t") },
		{ PATH("c", "t"), PATH("d", "m") },
	};
	unsigned int state = *(unsigned int *)argument;
	for (int i = 0; i < ROUNDS; i++) {
		const struct pair *pair = &pairs[next_random(&state) % (sizeof pairs / sizeof *pairs)];
		struct inode *source = NULL, *target = NULL;
		int error = locate_pair(pair->from, pair->to, &source, &target);
		if (error) {
			CHECK_EQ(error, -ENOENT);
			continue;
		}
		source->refs++;
		target->refs++;
		struct entry *entry = dir_find(&source->dir, "m");
		if (entry && !dir_find(&target->dir, "m")) {
			struct inode *moved = entry->node;
			CHECK_EQ(inode_attach(target, "m", moved), 0);
			inode_detach(source, "m", moved);
		}
		unlock_both(source, target);
	}
	return NULL;
}

/* Unlinks and links /d/link, holding /d while it waits for the file. */
static void *relink(void *argument)
{
	(void)argument;
	for (int i = 0; i < ROUNDS; i++) {
		lock(d);
		lock(file);
		inode_detach(d, "link", file);
		CHECK_EQ(inode_attach(d, "link", file), 0);
		unlock(file);
		unlock(d);
	}
	return NULL;
}

static void *ask_below_the_file(void *argument)
{
	(void)argument;
	for (int i = 0; i < ROUNDS; i++) {
		struct inode *source = NULL, *target = NULL;
		CHECK_EQ(locate_pair(PATH("file"), PATH("d"), &source, &target), -ENOTDIR);
		CHECK_EQ(locate_pair(PATH("d"), PATH("file"), &source, &target), -ENOTDIR);
		CHECK_EQ(locate_pair(PATH("file"), PATH("d", "link"), &source, &target), -ENOTDIR);
	}
	return NULL;
}

TEST(pairs_in_all_directions_wait_for_each_other_in_no_circle)
{
	pthread_t thread[THREADS];
	unsigned int seed[THREADS];
	uint64_t total = 0;
	int homes = 0;
	plant();
	add(s, "m", S_IFDIR | 0755);
	for (int i = 0; i < THREADS; i++) {
		seed[i] = 77u + (unsigned int)i;
		CHECK_EQ(pthread_create(&thread[i], NULL, move_and_count, &seed[i]), 0);
	}
	for (int i = 0; i < THREADS; i++)
		CHECK_EQ(pthread_join(thread[i], NULL), 0);
	only_locked(NULL, NULL);
	for (size_t i = 0; i < PLANTED; i++) {
		struct inode *node = *planted[i];
		struct entry *entry = node->kind == S_IFDIR ? dir_find(&node->dir, "m") : NULL;
		total += node->refs;
		if (entry) {
			homes++;
			CHECK_UNLOCKED(entry->node);
			total += entry->node->refs;
		}
	}
	CHECK_EQ(homes, 1);
	CHECK_EQ(total % 2, 0);
	CHECK(total > 0 && total <= 2 * THREADS * ROUNDS);
	tree_dispose(root);
	CHECK_EQ(volume.inodes_used, 0);
}

TEST(a_file_with_entries_in_both_branches_makes_no_circle)
{
	pthread_t thread[THREADS];
	plant();
	for (int i = 0; i < THREADS; i++)
		CHECK_EQ(pthread_create(&thread[i], NULL, i % 2 ? relink : ask_below_the_file, NULL), 0);
	for (int i = 0; i < THREADS; i++)
		CHECK_EQ(pthread_join(thread[i], NULL), 0);
	only_locked(NULL, NULL);
	tree_dispose(root);
	CHECK_EQ(volume.inodes_used, 0);
}
#endif
