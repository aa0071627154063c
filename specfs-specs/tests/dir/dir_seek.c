#include "check.h"
#include "dir.h"

TEST(an_empty_directory)
{
	struct dir dir = { .next_cookie = DIR_COOKIE_MIN };
	CHECK_EQ(dir_seek(&dir, 0), 0);
	CHECK_EQ(dir_seek(&dir, 5), 0);
	CHECK_EQ(dir_seek(&dir, UINT64_MAX), 0);
}

TEST(one_slot)
{
	struct slot slot = { .cookie = 3 };
	struct dir dir = { .slot = &slot, .slot_capacity = 1, .slot_used = 1 };
	CHECK_EQ(dir_seek(&dir, 0), 0);
	CHECK_EQ(dir_seek(&dir, 2), 0);
	CHECK_EQ(dir_seek(&dir, 3), 1);
	CHECK_EQ(dir_seek(&dir, 4), 1);
	CHECK_EQ(dir_seek(&dir, UINT64_MAX), 1);
}

/* Cookies 3, 6, 9 ... in directories of 0 to 40 slots: the first above c is number c / 3. */
TEST(every_cookie_in_directories_of_every_length)
{
	struct slot slot[41];
	for (uint64_t i = 0; i < 41; i++)
		slot[i] = (struct slot){ .cookie = 3 + 3 * i };
	for (uint64_t used = 0; used <= 40; used++) {
		struct dir dir = { .slot = slot, .slot_capacity = 41, .slot_used = used };
		for (uint64_t cookie = 0; cookie < 130; cookie++)
			CHECK_EQ(dir_seek(&dir, cookie), cookie / 3 < used ? cookie / 3 : used);
	}
}

TEST(holes_count_by_their_cookies)
{
	struct entry entry = { .cookie = 8 };
	struct slot slot[] = { { 3, NULL }, { 5, NULL }, { 8, &entry }, { 9, NULL } };
	struct dir dir = { .slot = slot, .slot_capacity = 4, .slot_used = 4, .count = 1 };
	CHECK_EQ(dir_seek(&dir, 2), 0);
	CHECK_EQ(dir_seek(&dir, 3), 1);
	CHECK_EQ(dir_seek(&dir, 4), 1);
	CHECK_EQ(dir_seek(&dir, 5), 2);
	CHECK_EQ(dir_seek(&dir, 7), 2);
	CHECK_EQ(dir_seek(&dir, 8), 3);
	CHECK_EQ(dir_seek(&dir, 9), 4);
}

TEST(cookies_of_64_bits)
{
	struct slot slot[] = { { 3, NULL }, { UINT32_MAX, NULL }, { 1ull << 32, NULL }, { UINT64_MAX, NULL } };
	struct dir dir = { .slot = slot, .slot_capacity = 4, .slot_used = 4 };
	CHECK_EQ(dir_seek(&dir, 3), 1);
	CHECK_EQ(dir_seek(&dir, UINT32_MAX), 2);
	CHECK_EQ(dir_seek(&dir, 1ull << 32), 3);
	CHECK_EQ(dir_seek(&dir, UINT64_MAX - 1), 3);
	CHECK_EQ(dir_seek(&dir, UINT64_MAX), 4);
}

/* A search by halving looks at 20 slots of a million; one that looks at all of them takes far more than a second. */
TEST(a_large_directory)
{
	uint64_t count = 1000000;
	struct slot *slot = malloc(count * sizeof(*slot));
	CHECK(slot != NULL);
	for (uint64_t i = 0; i < count; i++)
		slot[i] = (struct slot){ .cookie = 2 * i + 3 };
	struct dir dir = { .slot = slot, .slot_capacity = count, .slot_used = count };
	clock_t start = clock();
	for (uint64_t round = 0; round < 20000; round++) {
		uint64_t i = round * 99991 % count;
		CHECK_EQ(dir_seek(&dir, 2 * i + 2), i);
		CHECK_EQ(dir_seek(&dir, 2 * i + 3), i + 1);
		CHECK(clock() - start < CLOCKS_PER_SEC);
	}
	free(slot);
}
