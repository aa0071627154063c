#include "check.h"
#include "dir.h"

static struct inode nodes[1000];

/* Checks the invariants that the entries, buckets and slots of a directory keep together. */
static void check_dir(const struct dir *dir)
{
	uint64_t linked = 0, listed = 0, last = 0;
	for (uint64_t i = 0; i < dir->bucket_count; i++) {
		for (const struct entry *entry = dir->bucket[i]; entry != NULL; entry = entry->next) {
			CHECK_EQ(entry->hash, name_hash(entry->name));
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
	CHECK(dir->count <= dir->bucket_count);
	CHECK(dir->slot_used <= dir->slot_capacity);
}

TEST(the_first_entry)
{
	struct dir dir = { .next_cookie = DIR_COOKIE_MIN };
	CHECK_EQ(dir_add(&dir, "a", &nodes[1]), 0);
	check_dir(&dir);
	CHECK_EQ(dir.count, 1);
	CHECK_EQ(dir.next_cookie, DIR_COOKIE_MIN + 1);
	struct entry *entry = dir_find(&dir, "a");
	CHECK(entry != NULL);
	CHECK(entry->node == &nodes[1]);
	CHECK_EQ(entry->cookie, DIR_COOKIE_MIN);
	dir_clear(&dir);
}

TEST(many_entries_in_their_order)
{
	struct dir dir = { .next_cookie = DIR_COOKIE_MIN };
	char name[16];
	for (int i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		CHECK_EQ(dir_add(&dir, name, &nodes[i]), 0);
		CHECK_EQ(dir.count, i + 1);
		CHECK_EQ(dir.next_cookie, DIR_COOKIE_MIN + i + 1);
		if (i < 70 || i % 50 == 0)
			check_dir(&dir);
	}
	check_dir(&dir);
	for (int i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		struct entry *entry = dir_find(&dir, name);
		CHECK(entry != NULL);
		CHECK(entry->node == &nodes[i]);
		CHECK_EQ(entry->cookie, DIR_COOKIE_MIN + i);
		CHECK(dir.slot[i].entry == entry);
	}
	dir_clear(&dir);
}

TEST(the_name_is_copied)
{
	struct dir dir = { .next_cookie = DIR_COOKIE_MIN };
	char name[] = "a";
	CHECK_EQ(dir_add(&dir, name, &nodes[1]), 0);
	name[0] = 'b';
	CHECK(dir_find(&dir, "a") != NULL);
	CHECK(dir_find(&dir, "b") == NULL);
	dir_clear(&dir);
}

TEST(names_that_share_a_bucket_or_a_hash)
{
	const char *name[] = { "n0", "n11", "n28", "n37", "n64", "costarring", "liquid", "declinate", "macallums" };
	struct dir dir = { .next_cookie = DIR_COOKIE_MIN };
	for (int i = 0; i < 9; i++)
		CHECK_EQ(dir_add(&dir, name[i], &nodes[i]), 0);
	check_dir(&dir);
	for (int i = 0; i < 9; i++) {
		struct entry *entry = dir_find(&dir, name[i]);
		CHECK(entry != NULL);
		CHECK(entry->node == &nodes[i]);
	}
	dir_clear(&dir);
}

TEST(the_longest_names)
{
	struct dir dir = { .next_cookie = DIR_COOKIE_MIN };
	char name[NAME_BYTES_MAX + 1];
	memset(name, 'x', NAME_BYTES_MAX);
	name[NAME_BYTES_MAX] = '\0';
	for (int i = 0; i < 26; i++) {
		name[NAME_BYTES_MAX - 1] = (char)('a' + i);
		CHECK_EQ(dir_add(&dir, name, &nodes[i]), 0);
	}
	check_dir(&dir);
	name[NAME_BYTES_MAX - 1] = 'q';
	CHECK(dir_find(&dir, name)->node == &nodes['q' - 'a']);
	dir_clear(&dir);
}

TEST(cookies_go_on_from_the_next_cookie)
{
	struct dir dir = { .next_cookie = 1ull << 40 };
	CHECK_EQ(dir_add(&dir, "a", &nodes[1]), 0);
	CHECK_EQ(dir_add(&dir, "b", &nodes[1]), 0);
	CHECK(dir_find(&dir, "a")->cookie == 1ull << 40);
	CHECK(dir_find(&dir, "b")->cookie == (1ull << 40) + 1);
	CHECK(dir.next_cookie == (1ull << 40) + 2);
	check_dir(&dir);
	dir_clear(&dir);
}

TEST(one_inode_by_several_names)
{
	struct dir dir = { .next_cookie = DIR_COOKIE_MIN };
	CHECK_EQ(dir_add(&dir, "a", &nodes[1]), 0);
	CHECK_EQ(dir_add(&dir, "b", &nodes[1]), 0);
	CHECK(dir_find(&dir, "a") != dir_find(&dir, "b"));
	CHECK(dir_find(&dir, "a")->node == dir_find(&dir, "b")->node);
	check_dir(&dir);
	dir_clear(&dir);
}

/* Fails every allocation of adding one more entry to directories of these sizes. */
TEST(out_of_memory_changes_nothing)
{
	const int counts[] = { 0, 1, 15, 16, 17, 32 };
	for (int c = 0; c < 6; c++) {
		int failures = 0;
		for (int result = -ENOMEM; result != 0; failures++) {
			struct dir dir = { .next_cookie = DIR_COOKIE_MIN };
			char name[16];
			for (int i = 0; i < counts[c]; i++) {
				snprintf(name, sizeof(name), "n%d", i);
				CHECK_EQ(dir_add(&dir, name, &nodes[i]), 0);
			}
			FAIL_ALLOCATION(failures);
			result = dir_add(&dir, "one more", &nodes[99]);
			FAIL_NO_ALLOCATION();
			check_dir(&dir);
			if (result != 0) {
				CHECK_EQ(result, -ENOMEM);
				CHECK_EQ(dir.count, counts[c]);
				CHECK_EQ(dir.next_cookie, DIR_COOKIE_MIN + counts[c]);
				CHECK(dir_find(&dir, "one more") == NULL);
				CHECK_EQ(dir_add(&dir, "one more", &nodes[99]), 0);
				check_dir(&dir);
			}
			CHECK_EQ(dir.count, counts[c] + 1);
			CHECK_EQ(dir_find(&dir, "one more")->cookie, DIR_COOKIE_MIN + counts[c]);
			for (int i = 0; i < counts[c]; i++) {
				snprintf(name, sizeof(name), "n%d", i);
				CHECK_EQ(dir_find(&dir, name)->cookie, DIR_COOKIE_MIN + i);
			}
			dir_clear(&dir);
		}
		CHECK_EQ(failures, counts[c] % 16 == 0 ? 4 : 2); /* buckets, slots, the entry, then success */
	}
}
