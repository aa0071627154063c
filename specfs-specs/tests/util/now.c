#include "check.h"
#include "util.h"

static int64_t nanoseconds(struct timespec time)
{
	return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

TEST(it_is_the_wall_clock)
{
	for (int round = 0; round < 1000; round++) {
		struct timespec before, time, after;
		clock_gettime(CLOCK_REALTIME, &before);
		now(&time);
		clock_gettime(CLOCK_REALTIME, &after);
		CHECK(nanoseconds(before) <= nanoseconds(time));
		CHECK(nanoseconds(time) <= nanoseconds(after));
	}
}

TEST(the_nanoseconds_are_below_a_second)
{
	for (int round = 0; round < 1000; round++) {
		struct timespec time = { .tv_sec = -1, .tv_nsec = -1 };
		now(&time);
		CHECK(time.tv_nsec >= 0);
		CHECK(time.tv_nsec < 1000000000);
	}
}

TEST(the_resolution_is_finer_than_a_microsecond)
{
	bool fine = false;
	for (int round = 0; round < 1000 && !fine; round++) {
		struct timespec time;
		now(&time);
		fine = time.tv_nsec % 1000 != 0;
	}
	CHECK(fine);
}
