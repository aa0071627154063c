#include "check.h"
#include "dir.h"

static struct inode nodes[1000];

/* Checks the invariants that the entries, buckets and slots of a directory keep together. */
static void check_dir(const struct dir *dir)
{
	uint64_t linked = 0, listed = 0, last = 0;
	for (uint64_t i = 0; i < dir->bucket_count; i++) {
		for (const struct entry *entry = dir->bucket[i]; entry != NULL; entry = entry->next) {
			CHECK_EQ(entry->hash % dir->bucket_count, i);
			CHECK(++linked <= dir->count);
		}
	}
	for (uint64_t i = 0; i < dir->slot_used; i++) {
		CHECK(dir->slot[i].cookie > last);
		last = dir->slot[i].cookie;
		if (dir->slot[i].entry == NULL)
			continue;
		CHECK_EQ(dir->slot[i].entry->cookie, last);
		CHECK(dir_find(dir, dir->slot[i].entry->name) == dir->slot[i].entry);
		listed++;
	}
	CHECK_EQ(linked, dir->count);
	CHECK_EQ(listed, dir->count);
	CHECK(last < dir->next_cookie);
}

static void name_of(char *name, int i)
{
	snprintf(name, 16, "n%d", i);
}

static struct dir with_entries(int count)
{
	struct dir dir = { .next_cookie = DIR_COOKIE_MIN };
	char name[16];
	for (int i = 0; i < count; i++) {
		name_of(name, i);
		CHECK_EQ(dir_add(&dir, name, &nodes[i]), 0);
	}
	return dir;
}

TEST(an_absent_name)
{
	struct dir dir = { .next_cookie = DIR_COOKIE_MIN };
	CHECK(dir_remove(&dir, "a") == NULL);
	CHECK_EQ(dir.count, 0);
	CHECK(dir.bucket == NULL && dir.slot == NULL);
	dir = with_entries(5);
	CHECK(dir_remove(&dir, "a") == NULL);
	CHECK(dir_remove(&dir, "n5") == NULL);
	CHECK_EQ(dir.count, 5);
	CHECK_EQ(dir.slot_used, 5);
	check_dir(&dir);
	dir_clear(&dir);
}

TEST(the_only_entry)
{
	struct dir dir = with_entries(1);
	CHECK(dir_remove(&dir, "n0") == &nodes[0]);
	CHECK(dir_find(&dir, "n0") == NULL);
	CHECK_EQ(dir.count, 0);
	CHECK_EQ(dir.slot_used, 1);
	CHECK(dir.slot[0].entry == NULL);
	CHECK_EQ(dir.slot[0].cookie, DIR_COOKIE_MIN);
	CHECK_EQ(dir.next_cookie, DIR_COOKIE_MIN + 1);
	check_dir(&dir);
	CHECK(dir_remove(&dir, "n0") == NULL);
	CHECK_EQ(dir.count, 0);
	dir_clear(&dir);
}

TEST(each_entry_of_many)
{
	enum { COUNT = 40 };
	char name[16];
	for (int gone = 0; gone < COUNT; gone++) {
		struct dir dir = with_entries(COUNT);
		name_of(name, gone);
		CHECK(dir_remove(&dir, name) == &nodes[gone]);
		CHECK_EQ(dir.count, COUNT - 1);
		CHECK_EQ(dir.slot_used, COUNT);
		CHECK_EQ(dir.next_cookie, DIR_COOKIE_MIN + COUNT);
		check_dir(&dir);
		for (int i = 0; i < COUNT; i++) {
			name_of(name, i);
			struct entry *entry = dir_find(&dir, name);
			CHECK((entry == NULL) == (i == gone));
			CHECK(dir.slot[i].entry == entry);
			CHECK_EQ(dir.slot[i].cookie, DIR_COOKIE_MIN + i);
			if (entry != NULL)
				CHECK(entry->node == &nodes[i]);
		}
		dir_clear(&dir);
	}
}

/* All but the first two share bucket 3 of 16; each place in the list is tried. */
TEST(the_first_the_middle_and_the_last_of_a_bucket)
{
	const char *name[] = { "costarring", "liquid", "n0", "n11", "n28", "n37", "n64" };
	for (int gone = 0; gone < 7; gone++) {
		struct dir dir = { .next_cookie = DIR_COOKIE_MIN };
		for (int i = 0; i < 7; i++)
			CHECK_EQ(dir_add(&dir, name[i], &nodes[i]), 0);
		CHECK(dir_remove(&dir, name[gone]) == &nodes[gone]);
		check_dir(&dir);
		for (int i = 0; i < 7; i++)
			CHECK((dir_find(&dir, name[i]) == NULL) == (i == gone));
		dir_clear(&dir);
	}
}

TEST(a_name_of_the_same_hash_stays)
{
	struct dir dir = { .next_cookie = DIR_COOKIE_MIN };
	CHECK_EQ(dir_add(&dir, "costarring", &nodes[1]), 0);
	CHECK(dir_remove(&dir, "liquid") == NULL);
	CHECK_EQ(dir_add(&dir, "liquid", &nodes[2]), 0);
	CHECK(dir_remove(&dir, "costarring") == &nodes[1]);
	CHECK(dir_find(&dir, "liquid")->node == &nodes[2]);
	check_dir(&dir);
	dir_clear(&dir);
}

TEST(all_in_turn)
{
	struct dir dir = with_entries(300);
	char name[16];
	for (int i = 0; i < 300; i++) {
		int gone = i * 7 % 300;
		name_of(name, gone);
		CHECK(dir_remove(&dir, name) == &nodes[gone]);
		CHECK_EQ(dir.count, 299 - i);
		if (i % 20 == 0)
			check_dir(&dir);
	}
	CHECK_EQ(dir.count, 0);
	check_dir(&dir);
	dir_clear(&dir);
}

TEST(after_the_holes_were_closed)
{
	struct dir dir = with_entries(16);
	char name[16];
	for (int i = 0; i < 16; i += 2) {
		name_of(name, i);
		CHECK(dir_remove(&dir, name) == &nodes[i]);
	}
	CHECK_EQ(dir_add(&dir, "new", &nodes[99]), 0);
	CHECK_EQ(dir.slot_used, 9);
	check_dir(&dir);
	for (int i = 1; i < 16; i += 2) {
		name_of(name, i);
		CHECK(dir_remove(&dir, name) == &nodes[i]);
		check_dir(&dir);
	}
	CHECK_EQ(dir.count, 1);
	CHECK(dir_remove(&dir, "new") == &nodes[99]);
	check_dir(&dir);
	dir_clear(&dir);
}

TEST(a_removed_name_comes_back_at_the_end)
{
	struct dir dir = with_entries(3);
	CHECK(dir_remove(&dir, "n0") == &nodes[0]);
	CHECK_EQ(dir_add(&dir, "n0", &nodes[50]), 0);
	CHECK_EQ(dir_find(&dir, "n0")->cookie, DIR_COOKIE_MIN + 3);
	CHECK(dir.slot[3].entry == dir_find(&dir, "n0"));
	CHECK(dir_remove(&dir, "n0") == &nodes[50]);
	CHECK_EQ(dir.count, 2);
	check_dir(&dir);
	dir_clear(&dir);
}

TEST(no_memory_is_needed)
{
	struct dir dir = with_entries(20);
	FAIL_ALLOCATION(0);
	CHECK(dir_remove(&dir, "n7") == &nodes[7]);
	FAIL_NO_ALLOCATION();
	check_dir(&dir);
	dir_clear(&dir);
}

/* Random additions and removals against an array that says which names are there. */
TEST(against_a_model)
{
	enum { NAMES = 200 };
	struct dir dir = { .next_cookie = DIR_COOKIE_MIN };
	bool present[NAMES] = { false };
	uint64_t count = 0, added = 0;
	unsigned int seed = 20240607;
	char name[16];
	for (int round = 0; round < 20000; round++) {
		int i = rand_r(&seed) % NAMES;
		bool remove = rand_r(&seed) % 100 < (round / 2000 % 2 ? 70 : 30);
		name_of(name, i);
		if (remove) {
			CHECK(dir_remove(&dir, name) == (present[i] ? &nodes[i] : NULL));
			count -= present[i];
			present[i] = false;
		} else if (!present[i]) {
			CHECK_EQ(dir_add(&dir, name, &nodes[i]), 0);
			count++;
			added++;
			present[i] = true;
		}
		CHECK_EQ(dir.count, count);
		CHECK_EQ(dir.next_cookie, DIR_COOKIE_MIN + added);
		if (round % 100 == 0)
			check_dir(&dir);
	}
	CHECK(dir.slot_capacity <= 1024);
	dir_clear(&dir);
}
