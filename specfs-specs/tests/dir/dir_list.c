#include "check.h"
#include "dir.h"

#define NODES 400

static struct inode nodes[NODES];

/* What fill was told; room is the number of entries it takes. */
struct listing {
	int calls;
	int room;
	int refusal;
	char name[NODES][NAME_BYTES_MAX + 1];
	uint64_t ino[NODES];
	uint32_t kind[NODES];
	uint64_t cookie[NODES];
};

static struct listing seen;

static int fill(void *context, const char *name, uint64_t ino, uint32_t kind, uint64_t cookie)
{
	struct listing *listing = context;
	CHECK(listing == &seen);
	CHECK(listing->calls < NODES);
	int i = listing->calls++;
	strcpy(listing->name[i], name);
	listing->ino[i] = ino;
	listing->kind[i] = kind;
	listing->cookie[i] = cookie;
	return i < listing->room ? 0 : listing->refusal;
}

/* Lists from above the cookie with room for `room` entries; the number of calls. */
static int list(const struct dir *dir, uint64_t cookie, int room)
{
	seen.calls = 0;
	seen.room = room;
	seen.refusal = 1;
	dir_list(dir, cookie, fill, &seen);
	return seen.calls;
}

static struct dir with_entries(int count)
{
	struct dir dir = { .next_cookie = DIR_COOKIE_MIN };
	char name[16];
	for (int i = 0; i < count; i++) {
		nodes[i].ino = 1000 + i;
		nodes[i].kind = i % 2 ? S_IFDIR : S_IFREG;
		snprintf(name, sizeof(name), "n%d", i);
		CHECK_EQ(dir_add(&dir, name, &nodes[i]), 0);
	}
	return dir;
}

TEST(an_empty_directory)
{
	struct dir dir = { .next_cookie = DIR_COOKIE_MIN };
	CHECK_EQ(list(&dir, 0, NODES), 0);
	CHECK_EQ(list(&dir, UINT64_MAX, NODES), 0);
	dir = with_entries(1);
	dir_remove(&dir, "n0");
	CHECK_EQ(list(&dir, 0, NODES), 0);
	dir_clear(&dir);
}

TEST(all_entries_in_the_order_of_their_cookies)
{
	struct dir dir = with_entries(100);
	char name[16];
	CHECK_EQ(list(&dir, 0, NODES), 100);
	for (int i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		CHECK(strcmp(seen.name[i], name) == 0);
		CHECK_EQ(seen.ino[i], 1000 + i);
		CHECK_EQ(seen.kind[i], i % 2 ? S_IFDIR : S_IFREG);
		CHECK_EQ(seen.cookie[i], DIR_COOKIE_MIN + i);
	}
	dir_clear(&dir);
}

TEST(entries_above_the_cookie)
{
	struct dir dir = with_entries(40);
	CHECK_EQ(list(&dir, DIR_COOKIE_MIN - 1, NODES), 40);
	for (int i = 0; i < 40; i++) {
		CHECK_EQ(list(&dir, DIR_COOKIE_MIN + i, NODES), 39 - i);
		if (i < 39)
			CHECK_EQ(seen.cookie[0], DIR_COOKIE_MIN + i + 1);
	}
	CHECK_EQ(list(&dir, DIR_COOKIE_MIN + 40, NODES), 0);
	CHECK_EQ(list(&dir, UINT64_MAX, NODES), 0);
	dir_clear(&dir);
}

TEST(it_stops_at_the_first_refusal)
{
	struct dir dir = with_entries(20);
	for (int room = 0; room < 20; room++) {
		CHECK_EQ(list(&dir, 0, room), room + 1);
		CHECK_EQ(seen.cookie[room], DIR_COOKIE_MIN + room);
	}
	CHECK_EQ(list(&dir, 0, 20), 20);
	seen.calls = seen.room = 0;
	seen.refusal = -1;
	dir_list(&dir, 0, fill, &seen);
	CHECK_EQ(seen.calls, 1);
	dir_clear(&dir);
}

TEST(holes_are_passed_over)
{
	struct dir dir = with_entries(10);
	const char *gone[] = { "n0", "n3", "n4", "n9" };
	const int left[] = { 1, 2, 5, 6, 7, 8 };
	for (int i = 0; i < 4; i++)
		CHECK(dir_remove(&dir, gone[i]) != NULL);
	CHECK_EQ(list(&dir, 0, NODES), 6);
	for (int i = 0; i < 6; i++)
		CHECK_EQ(seen.ino[i], 1000 + left[i]);
	CHECK_EQ(list(&dir, DIR_COOKIE_MIN + 3, NODES), 4); /* the cookie of n3, which is gone */
	CHECK_EQ(seen.ino[0], 1005);
	CHECK_EQ(list(&dir, DIR_COOKIE_MIN + 2, 1), 2);
	CHECK_EQ(seen.ino[0], 1005);
	CHECK_EQ(list(&dir, DIR_COOKIE_MIN + 8, NODES), 0);
	dir_clear(&dir);
}

TEST(the_cookie_of_an_entry_that_went_and_whose_hole_was_closed)
{
	struct dir dir = with_entries(16);
	char name[16];
	for (int i = 0; i < 16; i += 2) {
		snprintf(name, sizeof(name), "n%d", i);
		CHECK(dir_remove(&dir, name) != NULL);
	}
	CHECK_EQ(dir_add(&dir, "new", &nodes[0]), 0);
	CHECK_EQ(dir.slot_used, 9);
	for (int i = 0; i < 16; i++) {
		int above = (16 - (i + 1)) / 2 + (i % 2 == 0) + 1;
		CHECK_EQ(list(&dir, DIR_COOKIE_MIN + i, NODES), above);
		CHECK_EQ(seen.cookie[above - 1], DIR_COOKIE_MIN + 16);
	}
	dir_clear(&dir);
}

TEST(entries_added_during_a_listing_come_last)
{
	struct dir dir = with_entries(10);
	CHECK_EQ(list(&dir, 0, 4), 5);
	uint64_t reached = seen.cookie[3];
	CHECK(dir_remove(&dir, "n1") != NULL);
	CHECK(dir_remove(&dir, "n6") != NULL);
	CHECK_EQ(dir_add(&dir, "n1", &nodes[1]), 0);
	CHECK_EQ(list(&dir, reached, NODES), 6);
	CHECK_EQ(seen.ino[0], 1004);
	CHECK_EQ(seen.ino[2], 1007);
	CHECK_EQ(seen.ino[5], 1001);
	dir_clear(&dir);
}

TEST(an_entry_that_names_another_inode_keeps_its_place)
{
	struct dir dir = with_entries(5);
	nodes[99].ino = 77;
	nodes[99].kind = S_IFLNK;
	CHECK(dir_find(&dir, "n2") != NULL);
	dir_find(&dir, "n2")->node = &nodes[99];
	CHECK_EQ(list(&dir, 0, NODES), 5);
	CHECK_EQ(seen.ino[2], 77);
	CHECK_EQ(seen.kind[2], S_IFLNK);
	CHECK_EQ(seen.cookie[2], DIR_COOKIE_MIN + 2);
	dir_clear(&dir);
}

TEST(the_longest_name_is_told_whole)
{
	struct dir dir = { .next_cookie = DIR_COOKIE_MIN };
	char name[NAME_BYTES_MAX + 1];
	memset(name, 'x', NAME_BYTES_MAX);
	name[NAME_BYTES_MAX] = '\0';
	CHECK_EQ(dir_add(&dir, name, &nodes[0]), 0);
	CHECK_EQ(list(&dir, 0, NODES), 1);
	CHECK(strcmp(seen.name[0], name) == 0);
	dir_clear(&dir);
}

/*
 * A listing in small pieces while entries come and go: each entry that is there all the
 * time is told exactly once, and the cookies rise.
 */
TEST(a_listing_in_pieces_under_changes)
{
	struct dir dir = with_entries(200);
	int told[NODES] = { 0 };
	uint64_t cookie = 0;
	unsigned int seed = 7;
	char name[16];
	for (int round = 0; round < 100; round++) {
		int calls = list(&dir, cookie, 5);
		for (int i = 0; i < calls && i < 5; i++) {
			CHECK(seen.cookie[i] > cookie);
			cookie = seen.cookie[i];
			CHECK(seen.ino[i] >= 1000 && seen.ino[i] < 1000 + NODES);
			told[seen.ino[i] - 1000]++;
		}
		for (int change = 0; change < 20; change++) {
			int odd = 2 * (rand_r(&seed) % 100) + 1;
			snprintf(name, sizeof(name), "n%d", odd);
			if (dir_remove(&dir, name) == NULL)
				CHECK_EQ(dir_add(&dir, name, &nodes[odd]), 0);
		}
	}
	for (int i = 0; i < 200; i += 2)
		CHECK_EQ(told[i], 1);
	dir_clear(&dir);
}

TEST(listing_changes_nothing)
{
	struct dir dir = with_entries(20);
	dir_remove(&dir, "n3");
	struct dir before = dir;
	FAIL_ALLOCATION(0);
	list(&dir, 0, 7);
	list(&dir, 5, NODES);
	FAIL_NO_ALLOCATION();
	CHECK(memcmp(&dir, &before, sizeof(dir)) == 0);
	CHECK_EQ(nodes[4].ino, 1004);
	dir_clear(&dir);
}
