#include "check.h"
#include "dir.h"

static struct inode node = { .ino = 7 };

/* Adds an entry where there is room for it. */
static struct entry *plant(struct dir *dir, const char *name)
{
	CHECK(dir->count < dir->bucket_count);
	CHECK(dir->slot_used < dir->slot_capacity);
	struct entry *entry = entry_create(name, &node);
	CHECK(entry != NULL);
	entry->cookie = dir->next_cookie++;
	entry->next = dir->bucket[entry->hash % dir->bucket_count];
	dir->bucket[entry->hash % dir->bucket_count] = entry;
	dir->slot[dir->slot_used++] = (struct slot){ .cookie = entry->cookie, .entry = entry };
	dir->count++;
	return entry;
}

/* Makes a hole of the slot at `index` and frees its entry. */
static void uproot(struct dir *dir, uint64_t index)
{
	struct entry *entry = dir->slot[index].entry;
	struct entry **link = &dir->bucket[entry->hash % dir->bucket_count];
	while (*link != entry)
		link = &(*link)->next;
	*link = entry->next;
	dir->slot[index].entry = NULL;
	dir->count--;
	free(entry);
}

static void clear(struct dir *dir)
{
	for (uint64_t i = 0; i < dir->slot_used; i++)
		free(dir->slot[i].entry);
	free(dir->slot);
	free(dir->bucket);
}

/* A directory with as many entries as there is room for at first. */
static struct dir filled(void)
{
	struct dir dir = { .next_cookie = DIR_COOKIE_MIN };
	char name[16];
	CHECK_EQ(dir_reserve(&dir), 0);
	for (int i = 0; i < 16; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		plant(&dir, name);
	}
	return dir;
}

TEST(an_empty_directory_gets_its_first_arrays)
{
	struct dir dir = { .next_cookie = DIR_COOKIE_MIN };
	CHECK_EQ(dir_reserve(&dir), 0);
	CHECK_EQ(dir.bucket_count, 16);
	CHECK_EQ(dir.slot_capacity, 16);
	CHECK_EQ(dir.slot_used, 0);
	CHECK_EQ(dir.count, 0);
	CHECK_EQ(dir.next_cookie, DIR_COOKIE_MIN);
	clear(&dir);
}

TEST(with_room_nothing_changes)
{
	struct dir dir = { .next_cookie = DIR_COOKIE_MIN };
	char name[16];
	CHECK_EQ(dir_reserve(&dir), 0);
	struct entry **bucket = dir.bucket;
	struct slot *slot = dir.slot;
	FAIL_ALLOCATION(1000000);
	for (int i = 0; i < 16; i++) {
		FAIL_ALLOCATION(0);
		CHECK_EQ(dir_reserve(&dir), 0);
		FAIL_NO_ALLOCATION();
		CHECK(dir.bucket == bucket && dir.bucket_count == 16);
		CHECK(dir.slot == slot && dir.slot_capacity == 16);
		CHECK_EQ(dir.slot_used, i);
		snprintf(name, sizeof(name), "n%d", i);
		plant(&dir, name);
	}
	clear(&dir);
}

TEST(a_full_directory_doubles)
{
	struct dir dir = filled();
	CHECK_EQ(dir_reserve(&dir), 0);
	CHECK_EQ(dir.bucket_count, 32);
	CHECK_EQ(dir.slot_capacity, 32);
	CHECK_EQ(dir.slot_used, 16);
	CHECK_EQ(dir.count, 16);
	for (uint64_t i = 0; i < 16; i++) {
		CHECK_EQ(dir.slot[i].cookie, DIR_COOKIE_MIN + i);
		CHECK(dir_find(&dir, dir.slot[i].entry->name) == dir.slot[i].entry);
	}
	clear(&dir);
}

TEST(half_holes_are_closed)
{
	struct dir dir = filled();
	for (int i = 1; i < 16; i += 2)
		uproot(&dir, i);
	FAIL_ALLOCATION(0);
	CHECK_EQ(dir_reserve(&dir), 0);
	FAIL_NO_ALLOCATION();
	CHECK_EQ(dir.bucket_count, 16);
	CHECK_EQ(dir.slot_capacity, 16);
	CHECK_EQ(dir.slot_used, 8);
	CHECK_EQ(dir.count, 8);
	for (uint64_t i = 0; i < 8; i++) {
		CHECK_EQ(dir.slot[i].cookie, DIR_COOKIE_MIN + 2 * i);
		CHECK_EQ(dir.slot[i].entry->cookie, DIR_COOKIE_MIN + 2 * i);
	}
	CHECK_EQ(dir.next_cookie, DIR_COOKIE_MIN + 16);
	clear(&dir);
}

TEST(fewer_holes_than_half_are_kept)
{
	struct dir dir = filled();
	for (int i = 0; i < 7; i++)
		uproot(&dir, i);
	CHECK_EQ(dir_reserve(&dir), 0);
	CHECK_EQ(dir.slot_capacity, 32);
	CHECK_EQ(dir.slot_used, 16);
	CHECK_EQ(dir.count, 9);
	CHECK_EQ(dir.bucket_count, 16);
	CHECK(dir.slot[0].entry == NULL);
	CHECK_EQ(dir.slot[0].cookie, DIR_COOKIE_MIN);
	clear(&dir);
}

TEST(holes_are_kept_while_a_slot_is_left)
{
	struct dir dir = filled();
	for (int i = 0; i < 16; i++)
		uproot(&dir, i);
	dir.slot_used = 15;
	CHECK_EQ(dir_reserve(&dir), 0);
	CHECK_EQ(dir.slot_used, 15);
	CHECK_EQ(dir.slot_capacity, 16);
	clear(&dir);
}

TEST(all_holes)
{
	struct dir dir = filled();
	for (int i = 0; i < 16; i++)
		uproot(&dir, i);
	CHECK_EQ(dir_reserve(&dir), 0);
	CHECK_EQ(dir.slot_used, 0);
	CHECK_EQ(dir.slot_capacity, 16);
	CHECK_EQ(dir.bucket_count, 16);
	CHECK_EQ(dir.next_cookie, DIR_COOKIE_MIN + 16);
	clear(&dir);
}

TEST(out_of_memory_in_an_empty_directory)
{
	int failures = 0;
	for (int result = -ENOMEM; result != 0; failures++) {
		struct dir dir = { .next_cookie = DIR_COOKIE_MIN };
		FAIL_ALLOCATION(failures);
		result = dir_reserve(&dir);
		FAIL_NO_ALLOCATION();
		if (result != 0)
			CHECK_EQ(result, -ENOMEM);
		CHECK_EQ(dir.count, 0);
		CHECK_EQ(dir.slot_used, 0);
		CHECK_EQ(dir.next_cookie, DIR_COOKIE_MIN);
		CHECK((dir.slot == NULL) == (dir.slot_capacity == 0));
		CHECK((dir.bucket == NULL) == (dir.bucket_count == 0));
		CHECK_EQ(dir_reserve(&dir), 0);
		CHECK_EQ(dir.bucket_count, 16);
		CHECK_EQ(dir.slot_capacity, 16);
		clear(&dir);
	}
	CHECK_EQ(failures, 3); /* the buckets, the slots, and then success */
}

TEST(out_of_memory_in_a_full_directory)
{
	int failures = 0;
	for (int result = -ENOMEM; result != 0; failures++) {
		struct dir dir = filled();
		FAIL_ALLOCATION(failures);
		result = dir_reserve(&dir);
		FAIL_NO_ALLOCATION();
		if (result != 0) {
			CHECK_EQ(result, -ENOMEM);
			CHECK_EQ(dir.slot_capacity, 16);
		}
		CHECK_EQ(dir.slot_used, 16);
		CHECK_EQ(dir.count, 16);
		for (uint64_t i = 0; i < 16; i++) {
			CHECK_EQ(dir.slot[i].cookie, DIR_COOKIE_MIN + i);
			CHECK(dir_find(&dir, dir.slot[i].entry->name) == dir.slot[i].entry);
		}
		CHECK_EQ(dir_reserve(&dir), 0);
		CHECK_EQ(dir.bucket_count, 32);
		CHECK_EQ(dir.slot_capacity, 32);
		clear(&dir);
	}
	CHECK_EQ(failures, 3);
}
