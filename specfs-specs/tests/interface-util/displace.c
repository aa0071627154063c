/* displace: an entry that names the victim names the moved inode instead. */
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

static const struct timespec PAST = { .tv_sec = 1000, .tv_nsec = 5 };

static bool same_time(struct timespec first, struct timespec second)
{
	return first.tv_sec == second.tv_sec && first.tv_nsec == second.tv_nsec;
}

static bool not_before(struct timespec first, struct timespec second)
{
	return first.tv_sec != second.tv_sec ? first.tv_sec > second.tv_sec : first.tv_nsec >= second.tv_nsec;
}

/* The tree: the directories /source and /target; both kinds of inodes to move and to displace in them. */
static struct inode *root, *source, *target, *moved_file, *moved_directory, *file, *directory, *full;

static struct inode *make(uint32_t mode)
{
	struct inode *node = NULL;
	CHECK_EQ(inode_create(&(struct specfs_birth){ .mode = mode }, &node), 0);
	node->refs = 0;
	node->atime = node->mtime = node->ctime = PAST;
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
	source = add(root, "source", S_IFDIR | 0755);
	target = add(root, "target", S_IFDIR | 0755);
	moved_file = add(source, "file", S_IFREG | 0644);
	moved_directory = add(source, "directory", S_IFDIR | 0755);
	file = add(target, "file", S_IFREG | 0644);
	directory = add(target, "directory", S_IFDIR | 0755);
	full = add(target, "full", S_IFDIR | 0755);
	add(full, "inner", S_IFREG | 0644);
	source->mtime = source->ctime = target->mtime = target->ctime = full->mtime = full->ctime = PAST;
}

static int displaced(const char *name, struct inode *moved, struct inode *victim)
{
	lock(target);
	int result = displace(target, name, moved, victim);
	CHECK_LOCKED(target);
	unlock(target);
	CHECK_UNLOCKED(root);
	CHECK_UNLOCKED(source);
	CHECK_UNLOCKED(moved);
	return result;
}

static void replaces(const char *name, struct inode *moved, struct inode *victim)
{
	uint32_t links = moved->nlink;
	uint64_t cookie = dir_find(&target->dir, name)->cookie, count = target->dir.count;
	struct timespec before, after;
	now(&before);
	CHECK_EQ(displaced(name, moved, victim), 0);
	now(&after);
	struct entry *entry = dir_find(&target->dir, name);
	CHECK(entry != NULL);
	CHECK(entry->node == moved);
	CHECK_EQ(entry->cookie, cookie);
	CHECK_EQ(target->dir.count, count);
	CHECK_EQ(target->nlink, 4);
	CHECK(not_before(target->ctime, before));
	CHECK(not_before(after, target->ctime));
	CHECK(same_time(target->mtime, target->ctime));
	CHECK_EQ(moved->nlink, links);
	CHECK_EQ(moved->refs, 0);
	CHECK(same_time(moved->ctime, PAST));
	CHECK(same_time(moved->mtime, PAST));
	CHECK_EQ(source->nlink, 3);
	CHECK_EQ(source->dir.count, 2);
	CHECK(same_time(source->mtime, PAST));
}

static void refuses(const char *name, struct inode *moved, struct inode *victim, int expected)
{
	uint32_t links = victim->nlink;
	CHECK_EQ(displaced(name, moved, victim), expected);
	CHECK(dir_find(&target->dir, name)->node == victim);
	CHECK_UNLOCKED(victim);
	CHECK_EQ(victim->nlink, links);
	CHECK(same_time(victim->ctime, PAST));
	CHECK_EQ(target->nlink, 4);
	CHECK_EQ(target->dir.count, 3);
	CHECK(same_time(target->mtime, PAST));
	CHECK(same_time(target->ctime, PAST));
	CHECK(same_time(moved->ctime, PAST));
	CHECK_EQ(volume.inodes_used, 9);
}

/* After a displacement the moved inode has two entries; its old one is not displace's to remove. */
static void finish(const char *name, struct inode *moved)
{
	inode_detach(source, name, moved);
	tree_dispose(root);
	CHECK_EQ(volume.inodes_used, 0);
	CHECK_EQ(volume.blocks_used, 0);
}

TEST(a_file_takes_the_place_of_a_file)
{
	plant();
	CHECK_EQ(file_write(&file->file, "x", 1, 0), 1);
	replaces("file", moved_file, file);
	CHECK_EQ(volume.inodes_used, 8);
	CHECK_EQ(volume.blocks_used, 0);
	finish("file", moved_file);
}

TEST(a_directory_takes_the_place_of_an_empty_directory)
{
	plant();
	replaces("directory", moved_directory, directory);
	CHECK_EQ(volume.inodes_used, 8);
	finish("directory", moved_directory);
}

TEST(a_victim_with_references_lives_on_without_links)
{
	plant();
	file->refs = 2;
	replaces("file", moved_file, file);
	CHECK_UNLOCKED(file);
	CHECK_EQ(file->nlink, 0);
	CHECK_EQ(file->refs, 2);
	CHECK(!same_time(file->ctime, PAST));
	CHECK(same_time(file->mtime, PAST));
	inode_dispose(file);
	finish("file", moved_file);
}

TEST(a_victim_directory_with_references_is_a_removed_directory)
{
	plant();
	directory->refs = 1;
	replaces("directory", moved_directory, directory);
	CHECK_UNLOCKED(directory);
	CHECK_EQ(directory->nlink, 0);
	CHECK_EQ(directory->refs, 1);
	CHECK(!same_time(directory->ctime, PAST));
	inode_dispose(directory);
	finish("directory", moved_directory);
}

TEST(a_victim_with_other_entries_keeps_them)
{
	plant();
	CHECK_EQ(inode_attach(full, "link", file), 0);
	file->nlink = 2;
	replaces("file", moved_file, file);
	CHECK_UNLOCKED(file);
	CHECK_EQ(file->nlink, 1);
	CHECK(dir_find(&full->dir, "link")->node == file);
	finish("file", moved_file);
}

TEST(a_directory_with_entries_is_enotempty)
{
	plant();
	refuses("full", moved_directory, full, -ENOTEMPTY);
	tree_dispose(root);
}

TEST(a_directory_onto_a_file_is_enotdir)
{
	plant();
	refuses("file", moved_directory, file, -ENOTDIR);
	tree_dispose(root);
}

TEST(a_file_onto_a_directory_is_eisdir)
{
	plant();
	refuses("directory", moved_file, directory, -EISDIR);
	refuses("full", moved_file, full, -EISDIR);
	tree_dispose(root);
}

TEST(no_memory_is_needed)
{
	plant();
	FAIL_ALLOCATION(0);
	replaces("file", moved_file, file);
	FAIL_NO_ALLOCATION();
	finish("file", moved_file);
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

static _Atomic bool answered;
static int answer;

static void *displace_the_file(void *argument)
{
	(void)argument;
	lock(target);
	answer = displace(target, "file", moved_file, file);
	unlock(target);
	answered = true;
	return NULL;
}

static void *displace_the_directory(void *argument)
{
	(void)argument;
	lock(target);
	answer = displace(target, "directory", moved_directory, directory);
	unlock(target);
	return NULL;
}

/* Another rename may own the moved inode as its victim: no lock is waited for while the victim is locked. */
TEST(the_lock_of_the_moved_inode_is_not_asked_for)
{
	pthread_t thread;
	plant();
	answered = false;
	lock(moved_file);
	CHECK_EQ(pthread_create(&thread, NULL, displace_the_file, NULL), 0);
	for (int i = 0; i < 5000 && !answered; i++)
		usleep(1000);
	CHECK(answered);
	unlock(moved_file);
	CHECK_EQ(pthread_join(thread, NULL), 0);
	CHECK_EQ(answer, 0);
	CHECK_UNLOCKED(target);
	finish("file", moved_file);
}

TEST(a_victim_that_is_entered_while_its_lock_is_waited_for_stays)
{
	pthread_t thread;
	plant();
	lock(directory);
	CHECK_EQ(pthread_create(&thread, NULL, displace_the_directory, NULL), 0);
	CHECK(becomes_locked(target));
	usleep(20000);
	add(directory, "late", S_IFREG | 0644);
	unlock(directory);
	CHECK_EQ(pthread_join(thread, NULL), 0);
	CHECK_EQ(answer, -ENOTEMPTY);
	CHECK_UNLOCKED(target);
	CHECK_UNLOCKED(directory);
	CHECK(dir_find(&target->dir, "directory")->node == directory);
	CHECK_EQ(directory->nlink, 2);
	tree_dispose(root);
	CHECK_EQ(volume.inodes_used, 0);
}

#define WRITERS 2
#define READERS 2
#define ROUNDS 1500

static _Atomic int writing;

static void *displace_again_and_again(void *argument)
{
	(void)argument;
	for (int i = 0; i < ROUNDS; i++) {
		struct inode *fresh = make(S_IFREG | 0644);
		lock(target);
		CHECK_EQ(displace(target, "file", fresh, dir_find(&target->dir, "file")->node), 0);
		unlock(target);
	}
	writing--;
	return NULL;
}

/* Locates the file, whichever it is, and counts a reference to it up and down. */
static void *read_again_and_again(void *argument)
{
	const char *const path[] = { "target", "file", NULL };
	(void)argument;
	while (writing > 0) {
		int error = 0;
		struct inode *node = locate(root, path, &error);
		CHECK(node != NULL);
		CHECK_EQ(node->nlink, 1);
		inode_hold(node);
		unlock(node);
		lock(node);
		node->refs--;
		inode_settle(node);
	}
	return NULL;
}

TEST(each_victim_is_disposed_of_once)
{
	pthread_t thread[WRITERS + READERS];
	plant();
	writing = WRITERS;
	for (int i = 0; i < WRITERS + READERS; i++)
		CHECK_EQ(pthread_create(&thread[i], NULL, i < WRITERS ? displace_again_and_again : read_again_and_again, NULL), 0);
	for (int i = 0; i < WRITERS + READERS; i++)
		CHECK_EQ(pthread_join(thread[i], NULL), 0);
	CHECK_UNLOCKED(root);
	CHECK_UNLOCKED(target);
	CHECK_UNLOCKED(dir_find(&target->dir, "file")->node);
	CHECK_EQ(volume.inodes_used, 9);
	tree_dispose(root);
	CHECK_EQ(volume.inodes_used, 0);
}
#endif
