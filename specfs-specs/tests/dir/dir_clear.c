#include "check.h"
#include "dir.h"

static void check_empty(const struct dir *dir, uint64_t next_cookie)
{
	CHECK(dir->bucket == NULL);
	CHECK_EQ(dir->bucket_count, 0);
	CHECK(dir->slot == NULL);
	CHECK_EQ(dir->slot_capacity, 0);
	CHECK_EQ(dir->slot_used, 0);
	CHECK_EQ(dir->count, 0);
	CHECK_EQ(dir->next_cookie, next_cookie);
}

/* A directory of `count` entries for the same inode; those whose number is a multiple of `hole` are removed. */
static struct dir with_entries(int count, int hole, struct inode *node)
{
	struct dir dir = { .bucket_count = 16, .slot_capacity = 128, .next_cookie = DIR_COOKIE_MIN };
	char name[16];
	dir.bucket = calloc(dir.bucket_count, sizeof(*dir.bucket));
	dir.slot = malloc(dir.slot_capacity * sizeof(*dir.slot));
	CHECK(dir.bucket != NULL && dir.slot != NULL);
	for (int i = 0; i < count; i++) {
		struct slot slot = { .cookie = dir.next_cookie++ };
		if (i % hole != 0) {
			snprintf(name, sizeof(name), "n%d", i);
			slot.entry = entry_create(name, node);
			CHECK(slot.entry != NULL);
			slot.entry->cookie = slot.cookie;
			slot.entry->next = dir.bucket[slot.entry->hash % 16];
			dir.bucket[slot.entry->hash % 16] = slot.entry;
			dir.count++;
		}
		dir.slot[dir.slot_used++] = slot;
	}
	return dir;
}

TEST(a_directory_that_never_had_an_entry)
{
	struct dir dir = { .next_cookie = DIR_COOKIE_MIN };
	dir_clear(&dir);
	check_empty(&dir, DIR_COOKIE_MIN);
}

TEST(arrays_without_entries)
{
	struct dir dir = with_entries(0, 1, NULL);
	dir_clear(&dir);
	check_empty(&dir, DIR_COOKIE_MIN);
}

TEST(entries_and_holes_are_freed)
{
	struct inode node = { .ino = 7, .nlink = 3, .refs = 2 };
	for (int hole = 1; hole < 5; hole++) {
		struct dir dir = with_entries(100, hole, &node);
		dir_clear(&dir);
		check_empty(&dir, DIR_COOKIE_MIN + 100);
	}
	CHECK_EQ(node.ino, 7);
	CHECK_EQ(node.nlink, 3);
	CHECK_EQ(node.refs, 2);
}

/* The inodes may be gone already when the entries are freed. */
TEST(inodes_are_not_looked_at)
{
	struct inode *gone = malloc(sizeof(*gone));
	CHECK(gone != NULL);
	struct dir dir = with_entries(20, 3, gone);
	free(gone);
	dir_clear(&dir);
	check_empty(&dir, DIR_COOKIE_MIN + 20);
}

TEST(only_the_used_slots_are_looked_at)
{
	struct inode node = { .ino = 7 };
	struct dir dir = with_entries(10, 20, &node);
	memset(dir.slot + 10, 0xa5, 118 * sizeof(*dir.slot));
	dir_clear(&dir);
	check_empty(&dir, DIR_COOKIE_MIN + 10);
}

TEST(twice)
{
	struct inode node = { .ino = 7 };
	struct dir dir = with_entries(10, 3, &node);
	dir_clear(&dir);
	dir_clear(&dir);
	check_empty(&dir, DIR_COOKIE_MIN + 10);
}
