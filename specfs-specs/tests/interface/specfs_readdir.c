#include "check.h"
#include "interface.h"
#include "interface/tree.h"

#define ENTRIES_MAX 2000

/* What one call listed; `room` entries at most are taken. */
struct listing {
	size_t room;
	size_t count;
	size_t calls;
	struct {
		char name[NAME_BYTES_MAX + 1];
		uint64_t ino;
		uint64_t cookie;
		uint32_t kind;
	} entry[ENTRIES_MAX];
};

static struct listing listing;

static int take(void *context, const char *name, uint64_t ino, uint32_t kind, uint64_t cookie)
{
	struct listing *list = context;
	list->calls++;
	if (list->count == list->room)
		return 1;
	CHECK(strlen(name) <= NAME_BYTES_MAX);
	strcpy(list->entry[list->count].name, name);
	list->entry[list->count].ino = ino;
	list->entry[list->count].kind = kind;
	list->entry[list->count].cookie = cookie;
	list->count++;
	return 0;
}

static int list(struct inode *start, const char *const *path, uint64_t cookie, size_t room)
{
	listing.room = room;
	listing.count = listing.calls = 0;
	return specfs_readdir(start, path, cookie, take, &listing);
}

static struct inode *begin_with_entries(int count)
{
	char name[16];
	tree_begin();
	struct inode *dir = tree_dir(volume.root, "dir");
	for (int i = 0; i < count; i++) {
		snprintf(name, sizeof name, "%d", i);
		tree_file(dir, name);
	}
	tree_age(dir);
	return dir;
}

TEST(an_empty_directory)
{
	tree_begin();
	CHECK_EQ(list(volume.root, HERE, 0, ENTRIES_MAX), 0);
	CHECK_EQ(listing.calls, 0);
	CHECK_UNLOCKED(volume.root);
	tree_end();
}

TEST(names_numbers_kinds_in_the_order_of_making)
{
	static const uint32_t kinds[] = { S_IFREG, S_IFDIR, S_IFLNK, S_IFIFO, S_IFSOCK, S_IFCHR, S_IFBLK };
	size_t count = sizeof kinds / sizeof *kinds;
	tree_begin();
	struct inode *dir = tree_dir(volume.root, "dir"), *node[sizeof kinds / sizeof *kinds];
	for (size_t i = 0; i < count; i++) {
		char name[2] = { (char)('g' - i), '\0' };
		node[i] = tree_add(dir, name, kinds[i] | 0644);
	}
	CHECK_EQ(list(volume.root, PATH("dir"), 0, ENTRIES_MAX), 0);
	CHECK_EQ(listing.count, count);
	for (size_t i = 0; i < count; i++) {
		char name[2] = { (char)('g' - i), '\0' };
		CHECK(strcmp(listing.entry[i].name, name) == 0);
		CHECK_EQ(listing.entry[i].ino, node[i]->ino);
		CHECK_EQ(listing.entry[i].kind, kinds[i]);
		CHECK(listing.entry[i].cookie > (i ? listing.entry[i - 1].cookie : 2));
	}
	CHECK_UNLOCKED(dir);
	tree_end();
}

TEST(in_pieces_of_every_size)
{
	struct inode *dir = begin_with_entries(50);
	for (size_t room = 1; room <= 51; room++) {
		uint64_t cookie = 0;
		int next = 0;
		do {
			CHECK_EQ(list(dir, HERE, cookie, room), 0);
			for (size_t i = 0; i < listing.count; i++, next++)
				CHECK_EQ(atoi(listing.entry[i].name), next);
			if (listing.count)
				cookie = listing.entry[listing.count - 1].cookie;
		} while (listing.count);
		CHECK_EQ(next, 50);
	}
	tree_end();
}

/* The first entry that finds no room ends the listing. */
TEST(no_entry_is_offered_after_one_was_refused)
{
	struct inode *dir = begin_with_entries(10);
	CHECK_EQ(list(dir, HERE, 0, 0), 0);
	CHECK_EQ(listing.calls, 1);
	CHECK_EQ(list(dir, HERE, 0, 4), 0);
	CHECK_EQ(listing.calls, 5);
	CHECK_UNLOCKED(dir);
	tree_end();
}

TEST(a_cookie_at_or_beyond_the_end)
{
	struct inode *dir = begin_with_entries(10);
	CHECK_EQ(list(dir, HERE, 0, ENTRIES_MAX), 0);
	uint64_t last = listing.entry[9].cookie;
	CHECK_EQ(list(dir, HERE, last - 1, ENTRIES_MAX), 0);
	CHECK_EQ(listing.calls, 1);
	CHECK_EQ(list(dir, HERE, last, ENTRIES_MAX), 0);
	CHECK_EQ(listing.calls, 0);
	CHECK_EQ(list(dir, HERE, UINT64_MAX, ENTRIES_MAX), 0);
	CHECK_EQ(listing.calls, 0);
	tree_end();
}

/* What is removed is not listed, also when it was the one whose cookie goes on; what comes later is listed last. */
TEST(entries_that_go_and_come_between_two_calls)
{
	struct inode *dir = begin_with_entries(10);
	CHECK_EQ(list(dir, HERE, 0, 5), 0);
	uint64_t cookie = listing.entry[4].cookie;
	CHECK_EQ(specfs_unlink(dir, HERE, "4"), 0);
	CHECK_EQ(specfs_unlink(dir, HERE, "6"), 0);
	CHECK_EQ(specfs_unlink(dir, HERE, "0"), 0);
	tree_file(dir, "new");
	CHECK_EQ(list(dir, HERE, cookie, ENTRIES_MAX), 0);
	CHECK_EQ(listing.count, 5);
	CHECK(strcmp(listing.entry[0].name, "5") == 0);
	CHECK(strcmp(listing.entry[1].name, "7") == 0);
	CHECK(strcmp(listing.entry[3].name, "9") == 0);
	CHECK(strcmp(listing.entry[4].name, "new") == 0);
	tree_check();
	tree_end();
}

TEST(everything_is_seen_while_it_is_removed)
{
	struct inode *dir = begin_with_entries(1000);
	uint64_t cookie = 0;
	int removed = 0;
	for (;;) {
		CHECK_EQ(list(dir, HERE, cookie, 7), 0);
		if (!listing.count)
			break;
		for (size_t i = 0; i < listing.count; i++, removed++)
			CHECK_EQ(specfs_unlink(dir, HERE, listing.entry[i].name), 0);
		cookie = listing.entry[listing.count - 1].cookie;
	}
	CHECK_EQ(removed, 1000);
	CHECK_EQ(dir->dir.count, 0);
	CHECK_EQ(specfs_rmdir(volume.root, HERE, "dir"), 0);
	tree_check();
	tree_end();
}

TEST(a_name_of_255_bytes)
{
	tree_begin();
	tree_file(volume.root, tree_name(NAME_BYTES_MAX));
	CHECK_EQ(list(volume.root, HERE, 0, ENTRIES_MAX), 0);
	CHECK(strcmp(listing.entry[0].name, tree_name(NAME_BYTES_MAX)) == 0);
	tree_end();
}

TEST(changes_nothing)
{
	struct inode *dir = begin_with_entries(3);
	CHECK_EQ(list(volume.root, PATH("dir"), 0, ENTRIES_MAX), 0);
	CHECK_TIMES_OLD(dir);
	CHECK_EQ(dir->refs, 0);
	tree_check();
	tree_end();
}

TEST(what_is_no_directory)
{
	static const uint32_t kinds[] = { S_IFREG, S_IFLNK, S_IFIFO, S_IFSOCK, S_IFCHR, S_IFBLK };
	tree_begin();
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		char name[2] = { (char)('a' + i), '\0' };
		struct inode *node = tree_add(volume.root, name, kinds[i] | 0644);
		CHECK_EQ(list(volume.root, PATH(name), 0, ENTRIES_MAX), -ENOTDIR);
		CHECK_EQ(list(node, HERE, 0, ENTRIES_MAX), -ENOTDIR);
		CHECK_EQ(listing.calls, 0);
	}
	tree_check();
	tree_end();
}

static int64_t list_wrong(struct inode *start, const char *const *path)
{
	int result = list(start, path, 0, ENTRIES_MAX);
	CHECK_EQ(listing.calls, 0);
	return result;
}

TEST(paths_that_lead_nowhere)
{
	tree_try_paths(list_wrong);
}

TEST(a_removed_directory_that_is_held)
{
	struct inode *dir = begin_with_entries(0);
	tree_hold(dir);
	CHECK_EQ(specfs_rmdir(volume.root, HERE, "dir"), 0);
	CHECK_EQ(list(dir, HERE, 0, ENTRIES_MAX), 0);
	CHECK_EQ(listing.calls, 0);
	specfs_forget(dir, 1);
	tree_end();
}

static int count_calls(void *context, const char *name, uint64_t ino, uint32_t kind, uint64_t cookie)
{
	(void)context, (void)name, (void)ino, (void)kind, (void)cookie;
	listing.calls++;
	return -1;
}

TEST(a_negative_answer_ends_the_listing_and_is_no_error)
{
	struct inode *dir = begin_with_entries(3);
	listing.calls = 0;
	CHECK_EQ(specfs_readdir(dir, HERE, 0, count_calls, NULL), 0);
	CHECK_EQ(listing.calls, 1);
	tree_end();
}

TEST(a_deep_path)
{
	tree_begin();
	tree_file(tree_chain(volume.root), "file");
	CHECK_EQ(list(volume.root, tree_chain_path(NULL), 0, ENTRIES_MAX), 0);
	CHECK_EQ(listing.count, 1);
	tree_end();
}

#if !SEQUENTIAL
/* ---- Several threads, which tree_race makes with pthread_create ---- */

struct seen {
	uint64_t cookie;
	unsigned int stable;
	unsigned int calls;
};

static int see(void *context, const char *name, uint64_t ino, uint32_t kind, uint64_t cookie)
{
	struct seen *seen = context;
	CHECK(ino != 0);
	CHECK_EQ(kind, S_IFREG);
	CHECK(cookie > seen->cookie);
	seen->cookie = cookie;
	seen->stable += name[0] == 's';
	return ++seen->calls % 8 == 0;
}

/* Names that stay are listed exactly once, whatever comes and goes beside them. */
static void list_or_change(unsigned int index)
{
	const struct specfs_birth birth = { .mode = S_IFREG | 0644 };
	struct specfs_attr attr;
	struct inode *node;
	uint32_t state = 5 + index;
	for (int i = 0; i < (index < 2 ? 150 : 2500); i++) {
		if (index < 2) {
			struct seen seen = { 0 };
			unsigned int before;
			do {
				before = seen.calls;
				CHECK_EQ(specfs_readdir(volume.root, PATH("dir"), seen.cookie, see, &seen), 0);
			} while (seen.calls != before && seen.calls < 1000);
			CHECK_EQ(seen.stable, 20);
			continue;
		}
		char name[8];
		snprintf(name, sizeof name, "%u", tree_random(&state, 30));
		if (specfs_mknod(volume.root, PATH("dir"), name, &birth, &attr, &node) == 0)
			specfs_forget(node, 1);
		snprintf(name, sizeof name, "%u", tree_random(&state, 30));
		specfs_unlink(volume.root, PATH("dir"), name);
	}
}

TEST(a_directory_that_changes_meanwhile)
{
	tree_begin();
	struct inode *dir = tree_dir(volume.root, "dir");
	for (int i = 0; i < 20; i++) {
		char name[3] = { 's', (char)('a' + i), '\0' };
		tree_file(dir, name);
	}
	tree_race(list_or_change);
	tree_check();
	tree_empty(volume.root);
	CHECK_EQ(volume.inodes_used, 1);
	tree_end();
}
#endif
