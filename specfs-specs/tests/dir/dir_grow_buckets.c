#include "check.h"
#include "dir.h"

static struct inode node = { .ino = 7 };

static struct entry *plant(struct dir *dir, const char *name)
{
	struct entry *entry = entry_create(name, &node);
	CHECK(entry != NULL);
	entry->cookie = dir->next_cookie++;
	entry->next = dir->bucket[entry->hash % dir->bucket_count];
	dir->bucket[entry->hash % dir->bucket_count] = entry;
	dir->count++;
	return entry;
}

/* Checks that each entry is in the list that its hash tells; the number of entries. */
static uint64_t count_entries(const struct dir *dir)
{
	uint64_t count = 0;
	for (uint64_t i = 0; i < dir->bucket_count; i++) {
		for (const struct entry *entry = dir->bucket[i]; entry != NULL; entry = entry->next) {
			CHECK_EQ(entry->hash % dir->bucket_count, i);
			CHECK_EQ(entry->hash, name_hash(entry->name));
			CHECK(++count <= dir->count);
		}
	}
	return count;
}

static void clear(struct dir *dir)
{
	for (uint64_t i = 0; i < dir->bucket_count; i++) {
		while (dir->bucket[i] != NULL) {
			struct entry *entry = dir->bucket[i];
			dir->bucket[i] = entry->next;
			free(entry);
		}
	}
	free(dir->bucket);
}

TEST(the_first_buckets)
{
	struct dir dir = { .next_cookie = DIR_COOKIE_MIN };
	CHECK_EQ(dir_grow_buckets(&dir), 0);
	CHECK_EQ(dir.bucket_count, 16);
	for (int i = 0; i < 16; i++)
		CHECK(dir.bucket[i] == NULL);
	CHECK_EQ(dir.count, 0);
	CHECK_EQ(dir.next_cookie, DIR_COOKIE_MIN);
	CHECK(dir.slot == NULL);
	clear(&dir);
}

TEST(entries_are_spread_anew)
{
	enum { COUNT = 100 };
	struct dir dir = { .next_cookie = DIR_COOKIE_MIN };
	struct entry *entry[COUNT];
	char name[16];
	CHECK_EQ(dir_grow_buckets(&dir), 0);
	for (int i = 0; i < COUNT; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		entry[i] = plant(&dir, name);
	}
	for (uint64_t expected = 32; expected <= 512; expected *= 2) {
		CHECK_EQ(dir_grow_buckets(&dir), 0);
		CHECK_EQ(dir.bucket_count, expected);
		CHECK_EQ(count_entries(&dir), COUNT);
		for (int i = 0; i < COUNT; i++) {
			snprintf(name, sizeof(name), "n%d", i);
			CHECK(dir_find(&dir, name) == entry[i]);
			CHECK_EQ(entry[i]->cookie, DIR_COOKIE_MIN + i);
			CHECK(entry[i]->node == &node);
		}
	}
	CHECK_EQ(dir.count, COUNT);
	CHECK_EQ(dir.next_cookie, DIR_COOKIE_MIN + COUNT);
	clear(&dir);
}

/* "costarring" and "liquid" have the same hash, so no number of buckets parts them. */
TEST(entries_of_one_list_may_stay_together)
{
	struct dir dir = { .next_cookie = DIR_COOKIE_MIN };
	CHECK_EQ(dir_grow_buckets(&dir), 0);
	struct entry *costarring = plant(&dir, "costarring"), *liquid = plant(&dir, "liquid");
	for (int round = 0; round < 4; round++) {
		CHECK_EQ(dir_grow_buckets(&dir), 0);
		CHECK_EQ(count_entries(&dir), 2);
		CHECK(dir_find(&dir, "costarring") == costarring);
		CHECK(dir_find(&dir, "liquid") == liquid);
	}
	clear(&dir);
}

/* n0 and its four companions share bucket 3 of 16 and are parted by more buckets. */
TEST(a_long_list)
{
	const char *name[] = { "n0", "n11", "n28", "n37", "n64" };
	struct dir dir = { .next_cookie = DIR_COOKIE_MIN };
	CHECK_EQ(dir_grow_buckets(&dir), 0);
	for (int i = 0; i < 5; i++) {
		plant(&dir, name[i]);
		CHECK_EQ(name_hash(name[i]) % 16, 3);
	}
	CHECK_EQ(dir_grow_buckets(&dir), 0);
	CHECK_EQ(count_entries(&dir), 5);
	for (int i = 0; i < 5; i++)
		CHECK(dir_find(&dir, name[i]) != NULL);
	clear(&dir);
}

TEST(out_of_memory_changes_nothing)
{
	struct dir dir = { .next_cookie = DIR_COOKIE_MIN };
	FAIL_ALLOCATION(0);
	CHECK_EQ(dir_grow_buckets(&dir), -ENOMEM);
	CHECK(dir.bucket == NULL);
	CHECK_EQ(dir.bucket_count, 0);
	CHECK_EQ(dir_grow_buckets(&dir), 0);
	struct entry *a = plant(&dir, "a"), *b = plant(&dir, "b");
	struct entry **bucket = dir.bucket;
	FAIL_ALLOCATION(0);
	CHECK_EQ(dir_grow_buckets(&dir), -ENOMEM);
	FAIL_NO_ALLOCATION();
	CHECK(dir.bucket == bucket);
	CHECK_EQ(dir.bucket_count, 16);
	CHECK_EQ(count_entries(&dir), 2);
	CHECK(dir_find(&dir, "a") == a);
	CHECK(dir_find(&dir, "b") == b);
	FAIL_ALLOCATION(1);
	CHECK_EQ(dir_grow_buckets(&dir), 0); /* one allocation is enough */
	FAIL_NO_ALLOCATION();
	clear(&dir);
}
