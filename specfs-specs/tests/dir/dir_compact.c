#include "check.h"
#include "dir.h"

#define SLOTS 64

static struct slot slots[SLOTS];
static struct entry entries[SLOTS];

/* A directory of `used` slots with the cookies 3, 5, 7 ...; a slot is no hole where its bit is set. */
static struct dir with_slots(uint64_t used, uint64_t bits)
{
	struct dir dir = { .slot = slots, .slot_capacity = SLOTS, .slot_used = used, .next_cookie = 1000 };
	for (uint64_t i = 0; i < used; i++) {
		entries[i].cookie = slots[i].cookie = 3 + 2 * i;
		slots[i].entry = bits >> i & 1 ? &entries[i] : NULL;
		dir.count += bits >> i & 1;
	}
	return dir;
}

static void check_compacted(uint64_t used, uint64_t bits)
{
	struct dir dir = with_slots(used, bits);
	uint64_t count = dir.count, next = 0;
	dir_compact(&dir);
	CHECK_EQ(dir.slot_used, count);
	CHECK_EQ(dir.count, count);
	CHECK(dir.slot == slots);
	CHECK_EQ(dir.slot_capacity, SLOTS);
	CHECK_EQ(dir.next_cookie, 1000);
	for (uint64_t i = 0; i < used; i++) {
		if ((bits >> i & 1) == 0)
			continue;
		CHECK(dir.slot[next].entry == &entries[i]);
		CHECK_EQ(dir.slot[next].cookie, 3 + 2 * i);
		CHECK_EQ(entries[i].cookie, 3 + 2 * i);
		next++;
	}
	CHECK_EQ(next, count);
}

TEST(an_empty_directory)
{
	struct dir dir = { .next_cookie = DIR_COOKIE_MIN };
	dir_compact(&dir);
	CHECK(dir.slot == NULL);
	CHECK_EQ(dir.slot_used, 0);
	CHECK_EQ(dir.next_cookie, DIR_COOKIE_MIN);
}

TEST(without_holes_nothing_moves)
{
	check_compacted(1, 1);
	check_compacted(16, 0xffff);
	check_compacted(64, UINT64_MAX);
}

TEST(only_holes)
{
	check_compacted(1, 0);
	check_compacted(16, 0);
	check_compacted(64, 0);
}

TEST(holes_anywhere)
{
	check_compacted(16, 0x5555);
	check_compacted(16, 0xaaaa);
	check_compacted(16, 0x0001);
	check_compacted(16, 0x8000);
	check_compacted(16, 0x7ffe);
	check_compacted(16, 0x00ff);
	check_compacted(16, 0xff00);
	check_compacted(64, 0x8000000000000001);
}

TEST(slots_that_are_not_used_do_not_count)
{
	struct dir dir = with_slots(20, 0xfffff);
	dir.slot_used = 10;
	dir.count = 9;
	slots[4].entry = NULL;
	dir_compact(&dir);
	CHECK_EQ(dir.slot_used, 9);
	CHECK_EQ(slots[8].cookie, 3 + 2 * 9);
	CHECK_EQ(slots[10].cookie, 3 + 2 * 10);
	CHECK(slots[10].entry == &entries[10]);
}

TEST(every_pattern_of_ten_slots)
{
	for (uint64_t bits = 0; bits < 1024; bits++)
		check_compacted(10, bits);
}
