#include "check.h"
#include "dir.h"

TEST(the_first_slots)
{
	struct dir dir = { .next_cookie = DIR_COOKIE_MIN };
	CHECK_EQ(dir_grow_slots(&dir), 0);
	CHECK_EQ(dir.slot_capacity, 16);
	CHECK_EQ(dir.slot_used, 0);
	CHECK_EQ(dir.next_cookie, DIR_COOKIE_MIN);
	CHECK_EQ(dir.count, 0);
	memset(dir.slot, 0, 16 * sizeof(*dir.slot));
	free(dir.slot);
}

TEST(doubling_keeps_the_used_slots)
{
	struct dir dir = { .next_cookie = 99 };
	struct entry some = { .cookie = 1 }, other = { .cookie = 2 };
	CHECK_EQ(dir_grow_slots(&dir), 0);
	for (uint64_t i = 0; i < 16; i++) {
		dir.slot[i].cookie = 3 + 2 * i;
		dir.slot[i].entry = i % 3 == 0 ? NULL : i % 3 == 1 ? &some : &other;
	}
	dir.slot_used = 16;
	dir.count = 10;
	for (uint64_t expected = 32; expected <= 256; expected *= 2) {
		CHECK_EQ(dir_grow_slots(&dir), 0);
		CHECK_EQ(dir.slot_capacity, expected);
		CHECK_EQ(dir.slot_used, 16);
		for (uint64_t i = 0; i < 16; i++) {
			CHECK_EQ(dir.slot[i].cookie, 3 + 2 * i);
			CHECK(dir.slot[i].entry == (i % 3 == 0 ? NULL : i % 3 == 1 ? &some : &other));
		}
		memset(dir.slot + 16, 0, (expected - 16) * sizeof(*dir.slot));
	}
	CHECK_EQ(dir.count, 10);
	CHECK_EQ(dir.next_cookie, 99);
	free(dir.slot);
}

TEST(out_of_memory_changes_nothing)
{
	struct dir dir = { .next_cookie = DIR_COOKIE_MIN };
	FAIL_ALLOCATION(0);
	CHECK_EQ(dir_grow_slots(&dir), -ENOMEM);
	CHECK(dir.slot == NULL);
	CHECK_EQ(dir.slot_capacity, 0);
	CHECK_EQ(dir_grow_slots(&dir), 0);
	struct slot *slot = dir.slot;
	for (uint64_t i = 0; i < 16; i++)
		slot[i] = (struct slot){ .cookie = 3 + i };
	dir.slot_used = 16;
	FAIL_ALLOCATION(0);
	CHECK_EQ(dir_grow_slots(&dir), -ENOMEM);
	FAIL_NO_ALLOCATION();
	CHECK(dir.slot == slot);
	CHECK_EQ(dir.slot_capacity, 16);
	CHECK_EQ(dir.slot_used, 16);
	for (uint64_t i = 0; i < 16; i++)
		CHECK_EQ(dir.slot[i].cookie, 3 + i);
	free(dir.slot);
}
