#include "check.h"
#include "file.h"

TEST(powers_of_the_fanout)
{
	CHECK_EQ(map_span(0), 1);
	CHECK_EQ(map_span(1), 64);
	CHECK_EQ(map_span(2), 4096);
	CHECK_EQ(map_span(3), 262144);
	CHECK_EQ(map_span(4), 16777216);
	CHECK_EQ(map_span(5), 1073741824);
}

TEST(the_highest_map_holds_the_largest_file)
{
	CHECK_EQ(map_span(MAP_HEIGHT_MAX) * BLOCK_BYTES, FILE_BYTES_MAX);
}
