/* rename_locked: phase three of a rename, with both directories locked. */
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
	alarm(30);
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

/*
 * The tree:
 *   /s/file  /s/other  /s/dir/inner  /s/dir/deep/
 *   /t/file  /t/empty/  /t/full/inner
 */
static struct inode *root, *s, *t, *s_file, *s_other, *s_dir, *s_deep, *t_file, *t_empty, *t_full, *s_inner, *t_inner;
static struct inode *const *const planted[] = { &root, &s, &t, &s_file, &s_other, &s_dir, &s_deep,
	                                        &t_file, &t_empty, &t_full, &s_inner, &t_inner };
#define PLANTED (sizeof planted / sizeof *planted)

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

/* Every inode is referenced once, so that what became of it can be looked at. */
static void plant(void)
{
	volume_setup(1000, 100000);
	root = volume.root = make(S_IFDIR | 0755);
	s = add(root, "s", S_IFDIR | 0755);
	t = add(root, "t", S_IFDIR | 0755);
	s_file = add(s, "file", S_IFREG | 0644);
	s_other = add(s, "other", S_IFREG | 0644);
	s_dir = add(s, "dir", S_IFDIR | 0755);
	s_inner = add(s_dir, "inner", S_IFREG | 0644);
	s_deep = add(s_dir, "deep", S_IFDIR | 0755);
	t_file = add(t, "file", S_IFREG | 0644);
	t_empty = add(t, "empty", S_IFDIR | 0755);
	t_full = add(t, "full", S_IFDIR | 0755);
	t_inner = add(t_full, "inner", S_IFREG | 0644);
	for (size_t i = 0; i < PLANTED; i++) {
		struct inode *node = *planted[i];
		node->refs = 1;
		node->atime = node->mtime = node->ctime = PAST;
	}
}

/* Disposes of the inodes without links by giving their references back, then of the tree. */
static void clear(void)
{
	for (size_t i = 0; i < PLANTED; i++)
		if ((*planted[i])->nlink == 0)
			inode_dispose(*planted[i]);
	tree_dispose(root);
	CHECK_EQ(volume.inodes_used, 0);
	CHECK_EQ(volume.blocks_used, 0);
}

static void all_unlocked(void)
{
	for (size_t i = 0; i < PLANTED; i++)
		CHECK_UNLOCKED(*planted[i]);
}

static int renamed(struct inode *source, const char *from, struct inode *target, const char *to, int relation, uint32_t flags)
{
	lock(source);
	if (target != source)
		lock(target);
	int result = rename_locked(source, from, target, to, relation, flags);
	for (size_t i = 0; i < PLANTED; i++) {
		struct inode *node = *planted[i];
		if (node == source || node == target)
			CHECK_LOCKED(node);
		else
			CHECK_UNLOCKED(node);
	}
	unlock_both(source, target);
	all_unlocked();
	return result;
}

static struct inode *child(struct inode *directory, const char *name)
{
	struct entry *entry = dir_find(&directory->dir, name);
	return entry ? entry->node : NULL;
}

/* Renames, and checks the entries, the times and that the moved inode keeps its links. */
static void moves(struct inode *source, const char *from, struct inode *target, const char *to)
{
	struct inode *moved = child(source, from);
	uint32_t links = moved->nlink;
	struct timespec before, after;
	source->mtime = source->ctime = target->mtime = target->ctime = moved->mtime = moved->ctime = PAST;
	now(&before);
	CHECK_EQ(renamed(source, from, target, to, RENAME_APART, 0), 0);
	now(&after);
	CHECK(child(source, from) == NULL);
	CHECK(child(target, to) == moved);
	CHECK_EQ(moved->nlink, links);
	CHECK_EQ(moved->refs, 1);
	CHECK(not_before(moved->ctime, before));
	CHECK(not_before(after, moved->ctime));
	CHECK(same_time(moved->mtime, PAST));
	CHECK(not_before(source->ctime, before));
	CHECK(not_before(after, source->ctime));
	CHECK(same_time(source->mtime, source->ctime));
	CHECK(not_before(target->ctime, before));
	CHECK(not_before(after, target->ctime));
	CHECK(same_time(target->mtime, target->ctime));
}

/* Answers the expected result and changes nothing. */
static void changes_nothing(struct inode *source, const char *from, struct inode *target, const char *to, int relation,
                            uint32_t flags, int expected)
{
	struct inode *before[PLANTED], *moved = child(source, from), *victim = child(target, to);
	uint32_t links[PLANTED];
	uint64_t counts[PLANTED], inodes = volume.inodes_used;
	for (size_t i = 0; i < PLANTED; i++) {
		before[i] = *planted[i];
		before[i]->mtime = before[i]->ctime = PAST;
		links[i] = before[i]->nlink;
		counts[i] = before[i]->dir.count;
	}
	CHECK_EQ(renamed(source, from, target, to, relation, flags), expected);
	CHECK(child(source, from) == moved);
	CHECK(child(target, to) == victim);
	CHECK_EQ(volume.inodes_used, inodes);
	for (size_t i = 0; i < PLANTED; i++) {
		CHECK(same_time(before[i]->mtime, PAST));
		CHECK(same_time(before[i]->ctime, PAST));
		CHECK_EQ(before[i]->nlink, links[i]);
		CHECK_EQ(before[i]->dir.count, counts[i]);
		CHECK_EQ(before[i]->refs, 1);
	}
}

TEST(a_file_gets_a_new_name_in_its_directory)
{
	plant();
	moves(s, "file", s, "new");
	CHECK_EQ(s->dir.count, 3);
	CHECK_EQ(s->nlink, 3);
	clear();
}

TEST(a_file_moves_to_another_directory)
{
	plant();
	moves(s, "file", t, "new");
	CHECK_EQ(s->dir.count, 2);
	CHECK_EQ(t->dir.count, 4);
	CHECK_EQ(s->nlink, 3);
	CHECK_EQ(t->nlink, 4);
	clear();
}

TEST(a_directory_gets_a_new_name_in_its_directory)
{
	plant();
	moves(s, "dir", s, "new");
	CHECK_EQ(s->nlink, 3);
	CHECK_EQ(s_dir->nlink, 3);
	CHECK_EQ(s_dir->dir.count, 2);
	clear();
}

TEST(a_directory_takes_its_link_to_another_directory)
{
	plant();
	moves(s, "dir", t, "dir");
	CHECK_EQ(s->nlink, 2);
	CHECK_EQ(t->nlink, 5);
	CHECK_EQ(s_dir->nlink, 3);
	CHECK(child(s_dir, "inner") == s_inner);
	clear();
}

TEST(an_entry_moves_up_and_down)
{
	plant();
	moves(s_dir, "deep", s, "deep");
	CHECK_EQ(s_dir->nlink, 2);
	CHECK_EQ(s->nlink, 4);
	moves(s, "deep", t_full, "deep");
	CHECK_EQ(s->nlink, 3);
	CHECK_EQ(t_full->nlink, 3);
	moves(t, "file", t_full, "file");
	clear();
}

TEST(a_file_replaces_a_file)
{
	plant();
	CHECK_EQ(file_write(&t_file->file, "x", 1, 0), 1);
	moves(s, "file", t, "file");
	CHECK_EQ(t_file->nlink, 0);
	CHECK_EQ(t_file->refs, 1);
	CHECK(!same_time(t_file->ctime, PAST));
	CHECK_EQ(t->dir.count, 3);
	CHECK_EQ(t->nlink, 4);
	CHECK_EQ(s->dir.count, 2);
	clear();
}

TEST(a_file_replaces_a_file_of_its_own_directory)
{
	plant();
	moves(s, "file", s, "other");
	CHECK_EQ(s_other->nlink, 0);
	CHECK_EQ(s->dir.count, 2);
	CHECK_EQ(s->nlink, 3);
	clear();
}

TEST(a_directory_replaces_an_empty_directory)
{
	plant();
	moves(s, "dir", t, "empty");
	CHECK_EQ(t_empty->nlink, 0);
	CHECK_EQ(t_empty->refs, 1);
	CHECK_EQ(s->nlink, 2);
	CHECK_EQ(t->nlink, 4);
	CHECK_EQ(t->dir.count, 3);
	clear();
}

TEST(a_directory_replaces_an_empty_directory_of_its_own_directory)
{
	plant();
	moves(t, "full", t, "empty");
	CHECK_EQ(t_empty->nlink, 0);
	CHECK_EQ(t->nlink, 3);
	CHECK_EQ(t->dir.count, 2);
	clear();
}

TEST(what_is_replaced_is_disposed_of_without_references)
{
	plant();
	struct inode *victim = add(t, "victim", S_IFREG | 0644);
	CHECK_EQ(file_write(&victim->file, "x", 1, 0), 1);
	CHECK_EQ(volume.inodes_used, PLANTED + 1);
	moves(s, "file", t, "victim");
	CHECK_EQ(volume.inodes_used, PLANTED);
	CHECK_EQ(volume.blocks_used, 0);
	clear();
}

TEST(a_replaced_file_keeps_its_other_entries)
{
	plant();
	CHECK_EQ(inode_attach(t_full, "link", t_file), 0);
	t_file->nlink = 2;
	moves(s, "file", t, "file");
	CHECK_EQ(t_file->nlink, 1);
	CHECK(child(t_full, "link") == t_file);
	clear();
}

TEST(a_file_with_several_entries_moves_one_of_them)
{
	plant();
	CHECK_EQ(inode_attach(t_full, "link", s_file), 0);
	s_file->nlink = 2;
	moves(s, "file", t, "new");
	CHECK_EQ(s_file->nlink, 2);
	CHECK(child(t_full, "link") == s_file);
	clear();
}

TEST(a_missing_source_is_enoent_before_all_else)
{
	plant();
	changes_nothing(s, "x", t, "new", RENAME_APART, 0, -ENOENT);
	changes_nothing(s, "x", t, "file", RENAME_APART, SPECFS_RENAME_NOREPLACE, -ENOENT);
	changes_nothing(s, "x", s, "x", RENAME_APART, 0, -ENOENT);
	changes_nothing(s_dir, "x", s, "dir", RENAME_ONTO_ANCESTOR, 0, -ENOENT);
	clear();
}

TEST(a_directory_into_itself_is_einval)
{
	plant();
	changes_nothing(s, "dir", s_dir, "new", RENAME_INTO_ITSELF, 0, -EINVAL);
	changes_nothing(s, "dir", s_deep, "new", RENAME_INTO_ITSELF, 0, -EINVAL);
	changes_nothing(s, "dir", s_dir, "inner", RENAME_INTO_ITSELF, 0, -EINVAL);
	changes_nothing(s, "dir", s_dir, "inner", RENAME_INTO_ITSELF, SPECFS_RENAME_NOREPLACE, -EINVAL);
	clear();
}

TEST(an_existing_name_is_eexist_with_noreplace)
{
	plant();
	changes_nothing(s, "file", t, "file", RENAME_APART, SPECFS_RENAME_NOREPLACE, -EEXIST);
	changes_nothing(s, "dir", t, "empty", RENAME_APART, SPECFS_RENAME_NOREPLACE, -EEXIST);
	changes_nothing(s, "dir", t, "full", RENAME_APART, SPECFS_RENAME_NOREPLACE, -EEXIST);
	changes_nothing(s, "file", s, "file", RENAME_APART, SPECFS_RENAME_NOREPLACE, -EEXIST);
	changes_nothing(s_dir, "inner", s, "dir", RENAME_ONTO_ANCESTOR, SPECFS_RENAME_NOREPLACE, -EEXIST);
	clear();
}

TEST(a_new_name_is_given_with_noreplace)
{
	plant();
	CHECK_EQ(renamed(s, "file", t, "new", RENAME_APART, SPECFS_RENAME_NOREPLACE), 0);
	CHECK(child(t, "new") == s_file);
	CHECK(child(s, "file") == NULL);
	clear();
}

TEST(two_names_of_one_inode_stay_both)
{
	plant();
	CHECK_EQ(inode_attach(t, "link", s_file), 0);
	CHECK_EQ(inode_attach(s, "link", s_file), 0);
	s_file->nlink = 3;
	changes_nothing(s, "file", t, "link", RENAME_APART, 0, 0);
	changes_nothing(s, "file", s, "link", RENAME_APART, 0, 0);
	changes_nothing(s, "file", s, "file", RENAME_APART, 0, 0);
	changes_nothing(s, "dir", s, "dir", RENAME_APART, 0, 0);
	clear();
}

TEST(a_directory_onto_its_ancestor_is_enotempty)
{
	plant();
	/* The victim is the source itself, whose lock the caller owns, then a directory above the source. */
	changes_nothing(s_dir, "deep", s, "dir", RENAME_ONTO_ANCESTOR, 0, -ENOTEMPTY);
	changes_nothing(s_dir, "deep", root, "s", RENAME_ONTO_ANCESTOR, 0, -ENOTEMPTY);
	clear();
}

TEST(a_file_onto_its_ancestor_is_eisdir)
{
	plant();
	changes_nothing(s_dir, "inner", s, "dir", RENAME_ONTO_ANCESTOR, 0, -EISDIR);
	changes_nothing(s_dir, "inner", root, "s", RENAME_ONTO_ANCESTOR, 0, -EISDIR);
	clear();
}

TEST(a_removed_target_is_enoent)
{
	plant();
	inode_detach(t, "empty", t_empty);
	inode_drop(t_empty);
	changes_nothing(s, "file", t_empty, "new", RENAME_APART, 0, -ENOENT);
	changes_nothing(s, "dir", t_empty, "new", RENAME_APART, SPECFS_RENAME_NOREPLACE, -ENOENT);
	clear();
}

TEST(replacement_follows_the_rules_of_posix)
{
	plant();
	changes_nothing(s, "dir", t, "file", RENAME_APART, 0, -ENOTDIR);
	changes_nothing(s, "file", t, "empty", RENAME_APART, 0, -EISDIR);
	changes_nothing(s, "file", t, "full", RENAME_APART, 0, -EISDIR);
	changes_nothing(s, "dir", t, "full", RENAME_APART, 0, -ENOTEMPTY);
	changes_nothing(s, "file", s, "dir", RENAME_APART, 0, -EISDIR);
	clear();
}

TEST(without_memory_nothing_changes)
{
	plant();
	int failures = 0, result;
	for (;; failures++) {
		for (size_t i = 0; i < PLANTED; i++)
			(*planted[i])->mtime = (*planted[i])->ctime = PAST;
		FAIL_ALLOCATION(failures);
		result = renamed(s, "dir", t_empty, "new", RENAME_APART, 0);
		FAIL_NO_ALLOCATION();
		if (result == 0)
			break;
		CHECK_EQ(result, -ENOMEM);
		CHECK(child(s, "dir") == s_dir);
		CHECK(child(t_empty, "new") == NULL);
		CHECK_EQ(s->nlink, 3);
		CHECK_EQ(t_empty->nlink, 2);
		CHECK(same_time(s->mtime, PAST));
		CHECK(same_time(t_empty->mtime, PAST));
		CHECK(same_time(s_dir->ctime, PAST));
	}
	CHECK(failures > 0);
	CHECK(child(t_empty, "new") == s_dir);
	clear();
}

#if !SEQUENTIAL
static _Atomic bool answered;
static int answer;

static void *rename_onto_the_directory_above(void *argument)
{
	(void)argument;
	lock(root);
	lock(s_dir);
	answer = rename_locked(s_dir, "deep", root, "s", RENAME_ONTO_ANCESTOR, 0);
	unlock_both(s_dir, root);
	answered = true;
	return NULL;
}

/* A thread that owns /s may wait for /s/dir, which the rename owns. */
TEST(the_lock_of_an_ancestor_is_not_asked_for)
{
	pthread_t thread;
	plant();
	answered = false;
	lock(s);
	CHECK_EQ(pthread_create(&thread, NULL, rename_onto_the_directory_above, NULL), 0);
	for (int i = 0; i < 5000 && !answered; i++)
		usleep(1000);
	CHECK(answered);
	unlock(s);
	CHECK_EQ(pthread_join(thread, NULL), 0);
	CHECK_EQ(answer, -ENOTEMPTY);
	all_unlocked();
	clear();
}

static void *rename_the_file(void *argument)
{
	(void)argument;
	lock(s);
	lock(t);
	answer = rename_locked(s, "file", t, "file", RENAME_APART, 0);
	unlock_both(s, t);
	return NULL;
}

/* Two renames may have each other's victim to move, so only one of the two is locked at a time. */
TEST(the_moved_inode_is_locked_after_the_victim_is_settled)
{
	pthread_t thread;
	bool settled = false;
	plant();
	lock(s_file);
	CHECK_EQ(pthread_create(&thread, NULL, rename_the_file, NULL), 0);
	for (int i = 0; i < 5000 && !settled; i++) {
		usleep(1000);
		lock(t_file);
		settled = t_file->nlink == 0;
		unlock(t_file);
	}
	CHECK(settled);
	unlock(s_file);
	CHECK_EQ(pthread_join(thread, NULL), 0);
	CHECK_EQ(answer, 0);
	CHECK(child(t, "file") == s_file);
	CHECK(child(s, "file") == NULL);
	all_unlocked();
	clear();
}

static void *rename_to_a_new_name(void *argument)
{
	(void)argument;
	lock(s);
	lock(t);
	answer = rename_locked(s, "file", t, "new", RENAME_APART, 0);
	answered = true;
	unlock_both(s, t);
	return NULL;
}

TEST(the_times_of_the_moved_inode_are_written_under_its_lock)
{
	pthread_t thread;
	plant();
	answered = false;
	lock(s_file);
	CHECK_EQ(pthread_create(&thread, NULL, rename_to_a_new_name, NULL), 0);
	usleep(20000);
	CHECK(!answered);
	s_file->ctime = PAST;
	unlock(s_file);
	CHECK_EQ(pthread_join(thread, NULL), 0);
	CHECK_EQ(answer, 0);
	CHECK(!same_time(s_file->ctime, PAST));
	all_unlocked();
	clear();
}

/* The storm: random operations on a small tree by several threads. */
#define THREADS 4
#define ROUNDS 12000
#define DEPTH 3

static unsigned int next_random(unsigned int *state)
{
	*state = *state * 1103515245u + 12345u;
	return *state >> 16;
}

static const char *random_name(unsigned int *state)
{
	static const char *const names[] = { "a", "b", "c" };
	return names[next_random(state) % 3];
}

static void random_path(unsigned int *state, const char *path[DEPTH + 1])
{
	unsigned int length = next_random(state) % (DEPTH + 1);
	for (unsigned int i = 0; i < length; i++)
		path[i] = random_name(state);
	path[length] = NULL;
}

static void is_one_of(int result, const int *expected, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (result == expected[i])
			return;
	CHECK_EQ(result, 0);
}
#define CHECK_ONE_OF(result, ...)                                                                            \
	is_one_of(result, (const int[]){ __VA_ARGS__ }, sizeof(int[]){ __VA_ARGS__ } / sizeof(int))

static void give_back(struct inode *node)
{
	lock(node);
	node->refs--;
	inode_settle(node);
}

static void create(unsigned int *state)
{
	const char *path[DEPTH + 1];
	struct specfs_attr attr;
	bool directory = next_random(state) % 2;
	random_path(state, path);
	struct inode *fresh = make(directory ? S_IFDIR | 0755 : S_IFREG | 0644);
	fresh->refs = 1;
	int error = insert_at(root, path, random_name(state), fresh, &attr);
	CHECK_ONE_OF(error, 0, -ENOENT, -ENOTDIR, -EEXIST);
	if (error)
		inode_dispose(fresh);
	else
		give_back(fresh);
}

static void destroy(unsigned int *state)
{
	const char *path[DEPTH + 1];
	random_path(state, path);
	bool directory = next_random(state) % 2;
	int error = remove_at(root, path, random_name(state), directory);
	CHECK_ONE_OF(error, 0, -ENOENT, -ENOTDIR, -EISDIR, -ENOTEMPTY);
}

/* One more entry for a file, as link(2) makes it. */
static void link_file(unsigned int *state)
{
	const char *path[DEPTH + 1];
	struct specfs_attr attr;
	int error = 0;
	random_path(state, path);
	struct inode *node = locate(root, path, &error);
	if (!node)
		return;
	if (node->kind == S_IFDIR) {
		unlock(node);
		return;
	}
	node->nlink++;
	inode_hold(node);
	unlock(node);
	random_path(state, path);
	error = insert_at(root, path, random_name(state), node, &attr);
	CHECK_ONE_OF(error, 0, -ENOENT, -ENOTDIR, -EEXIST);
	lock(node);
	if (error)
		inode_drop(node);
	node->refs--;
	inode_settle(node);
}

static void move(unsigned int *state)
{
	const char *from_path[DEPTH + 1], *to_path[DEPTH + 1];
	struct inode *source = NULL, *target = NULL;
	random_path(state, from_path);
	random_path(state, to_path);
	const char *from = random_name(state), *to = random_name(state);
	int relation = path_relation(from_path, from, to_path, to);
	int error = locate_pair(from_path, to_path, &source, &target);
	if (error) {
		CHECK_ONE_OF(error, -ENOENT, -ENOTDIR);
		return;
	}
	error = rename_locked(source, from, target, to, relation, next_random(state) % 8 == 0 ? SPECFS_RENAME_NOREPLACE : 0);
	unlock_both(source, target);
	CHECK_ONE_OF(error, 0, -ENOENT, -EINVAL, -EEXIST, -ENOTEMPTY, -EISDIR, -ENOTDIR);
}

static void look(unsigned int *state)
{
	const char *path[DEPTH + 1];
	struct specfs_attr attr;
	int error = 0;
	random_path(state, path);
	struct inode *node = locate(root, path, &error);
	if (!node) {
		CHECK_ONE_OF(error, -ENOENT, -ENOTDIR);
		return;
	}
	inode_attr(node, &attr);
	CHECK(attr.nlink > 0);
	inode_touch(node, true);
	unlock(node);
}

static void *storm(void *argument)
{
	unsigned int state = *(unsigned int *)argument;
	for (int i = 0; i < ROUNDS; i++) {
		switch (next_random(&state) % 8) {
		case 0:
		case 1:
			create(&state);
			break;
		case 2:
			destroy(&state);
			break;
		case 3:
			link_file(&state);
			break;
		case 4:
			look(&state);
			break;
		default:
			move(&state);
		}
	}
	return NULL;
}

/* Checks a directory's links and everything below; uses a file's refs to count the entries met. */
static uint64_t check_tree(struct inode *directory, bool again)
{
	uint64_t inodes = again ? 0 : 1;
	uint32_t subdirectories = 0;
	CHECK_UNLOCKED(directory);
	CHECK_EQ(directory->refs, 0);
	for (uint64_t i = 0; i < directory->dir.bucket_count; i++) {
		for (struct entry *entry = directory->dir.bucket[i]; entry; entry = entry->next) {
			struct inode *node = entry->node;
			if (node->kind == S_IFDIR) {
				subdirectories++;
				inodes += check_tree(node, again);
			} else if (again) {
				CHECK_UNLOCKED(node);
				CHECK_EQ(node->refs, node->nlink);
			} else if (node->refs++ == 0) {
				inodes++;
			}
		}
	}
	CHECK_EQ(directory->nlink, 2 + subdirectories);
	return inodes;
}

TEST(a_storm_of_operations_leaves_a_tree)
{
	pthread_t thread[THREADS];
	unsigned int seed[THREADS];
	volume_setup(1000, 100000);
	root = volume.root = make(S_IFDIR | 0755);
	for (int i = 0; i < THREADS; i++) {
		seed[i] = 7u * (unsigned int)i + 1;
		CHECK_EQ(pthread_create(&thread[i], NULL, storm, &seed[i]), 0);
	}
	for (int i = 0; i < THREADS; i++)
		CHECK_EQ(pthread_join(thread[i], NULL), 0);
	CHECK_EQ(check_tree(root, false), volume.inodes_used);
	check_tree(root, true);
	tree_dispose(root);
	CHECK_EQ(volume.inodes_used, 0);
}
#endif
