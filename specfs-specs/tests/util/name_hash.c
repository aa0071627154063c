#include "check.h"
#include "util.h"

/* The first four are among the test vectors that the authors of FNV publish for 32-bit FNV-1a. */
TEST(published_vectors)
{
	CHECK_EQ(name_hash(""), 0x811c9dc5);
	CHECK_EQ(name_hash("a"), 0xe40c292c);
	CHECK_EQ(name_hash("b"), 0xe70c2de5);
	CHECK_EQ(name_hash("foobar"), 0xbf9cf968);
}

/* (2166136261 ^ 0xff) * 16777619 and (2166136261 ^ 0x80) * 16777619, modulo 2^32. */
TEST(bytes_above_127_are_unsigned)
{
	CHECK_EQ(name_hash("\xff"), 0x7a0b824e);
	CHECK_EQ(name_hash("\x80"), 0x850b939f);
	CHECK_EQ(name_hash("caf\xc3\xa9"), 0xa82b5049);
}

TEST(known_collisions)
{
	CHECK_EQ(name_hash("costarring"), name_hash("liquid"));
	CHECK_EQ(name_hash("declinate"), name_hash("macallums"));
	CHECK_EQ(name_hash("altarage"), name_hash("zinke"));
}

TEST(the_order_of_bytes_counts)
{
	CHECK(name_hash("ab") != name_hash("ba"));
	CHECK(name_hash("a") != name_hash("aa"));
}

TEST(the_longest_name_is_hashed_whole)
{
	char *name = malloc(256);
	CHECK(name != NULL);
	memset(name, 'x', 255);
	name[255] = '\0';
	CHECK_EQ(name_hash(name), 0x6318963f);
	name[254] = 'y';
	CHECK(name_hash(name) != 0x6318963f);
	free(name);
}
