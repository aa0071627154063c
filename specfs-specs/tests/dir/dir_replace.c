#include "check.h"
#include "dir.h"

static struct inode nodes[100];

static struct dir with_entries(const char *const *name, int count)
{
	struct dir dir = { .next_cookie = DIR_COOKIE_MIN };
	for (int i = 0; i < count; i++)
		CHECK_EQ(dir_add(&dir, name[i], &nodes[i]), 0);
	return dir;
}

TEST(the_entry_names_another_inode)
{
	const char *name[] = { "a", "b", "c" };
	struct dir dir = with_entries(name, 3);
	struct entry *entry = dir_find(&dir, "b");
	CHECK(dir_replace(&dir, "b", &nodes[50]) == &nodes[1]);
	CHECK(dir_find(&dir, "b") == entry);
	CHECK(entry->node == &nodes[50]);
	CHECK_EQ(entry->cookie, DIR_COOKIE_MIN + 1);
	CHECK(strcmp(entry->name, "b") == 0);
	CHECK(dir.slot[1].entry == entry);
	CHECK_EQ(dir.slot[1].cookie, DIR_COOKIE_MIN + 1);
	CHECK_EQ(dir.count, 3);
	CHECK_EQ(dir.slot_used, 3);
	CHECK_EQ(dir.next_cookie, DIR_COOKIE_MIN + 3);
	dir_clear(&dir);
}

TEST(other_entries_stay)
{
	const char *name[] = { "a", "b", "c" };
	struct dir dir = with_entries(name, 3);
	dir_replace(&dir, "b", &nodes[50]);
	CHECK(dir_find(&dir, "a")->node == &nodes[0]);
	CHECK(dir_find(&dir, "c")->node == &nodes[2]);
	CHECK_EQ(dir_find(&dir, "c")->cookie, DIR_COOKIE_MIN + 2);
	dir_clear(&dir);
}

TEST(again_and_with_the_same_inode)
{
	const char *name[] = { "a" };
	struct dir dir = with_entries(name, 1);
	CHECK(dir_replace(&dir, "a", &nodes[0]) == &nodes[0]);
	CHECK(dir_replace(&dir, "a", &nodes[5]) == &nodes[0]);
	CHECK(dir_replace(&dir, "a", &nodes[6]) == &nodes[5]);
	CHECK(dir_find(&dir, "a")->node == &nodes[6]);
	dir_clear(&dir);
}

TEST(names_that_share_a_bucket_or_a_hash)
{
	const char *name[] = { "n0", "n11", "n28", "costarring", "liquid" };
	for (int chosen = 0; chosen < 5; chosen++) {
		struct dir dir = with_entries(name, 5);
		CHECK(dir_replace(&dir, name[chosen], &nodes[50]) == &nodes[chosen]);
		for (int i = 0; i < 5; i++)
			CHECK(dir_find(&dir, name[i])->node == (i == chosen ? &nodes[50] : &nodes[i]));
		dir_clear(&dir);
	}
}

TEST(no_memory_is_needed)
{
	const char *name[] = { "a", "b" };
	struct dir dir = with_entries(name, 2);
	FAIL_ALLOCATION(0);
	CHECK(dir_replace(&dir, "a", &nodes[9]) == &nodes[0]);
	FAIL_NO_ALLOCATION();
	dir_clear(&dir);
}
