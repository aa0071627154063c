#include "check.h"
#include "util.h"

/* A name of `length` bytes on the heap, so that a read beyond its NUL is seen. */
static char *name_of(size_t length, char byte)
{
	char *name = malloc(length + 1);
	CHECK(name != NULL);
	memset(name, byte, length);
	name[length] = '\0';
	return name;
}

static int check_of(size_t length, char byte)
{
	char *name = name_of(length, byte);
	int result = name_check(name);
	free(name);
	return result;
}

TEST(ordinary_names_are_good)
{
	CHECK_EQ(name_check("a"), 0);
	CHECK_EQ(name_check("Makefile"), 0);
	CHECK_EQ(name_check("two words"), 0);
	CHECK_EQ(name_check("\\"), 0);
	CHECK_EQ(name_check("\n"), 0);
	CHECK_EQ(name_check("caf\xc3\xa9"), 0);
	CHECK_EQ(name_check("\xff\x80\x01"), 0);
}

TEST(the_empty_name_is_invalid)
{
	CHECK_EQ(check_of(0, 'a'), -EINVAL);
}

TEST(dot_and_dot_dot_are_invalid)
{
	CHECK_EQ(check_of(1, '.'), -EINVAL);
	CHECK_EQ(check_of(2, '.'), -EINVAL);
}

TEST(other_names_with_dots_are_good)
{
	CHECK_EQ(check_of(3, '.'), 0);
	CHECK_EQ(name_check(".a"), 0);
	CHECK_EQ(name_check("..a"), 0);
	CHECK_EQ(name_check("a."), 0);
	CHECK_EQ(name_check("a.."), 0);
	CHECK_EQ(name_check(".a."), 0);
	CHECK_EQ(name_check(". "), 0);
}

TEST(a_slash_anywhere_is_invalid)
{
	CHECK_EQ(name_check("/"), -EINVAL);
	CHECK_EQ(name_check("/a"), -EINVAL);
	CHECK_EQ(name_check("a/"), -EINVAL);
	CHECK_EQ(name_check("a/b"), -EINVAL);
	CHECK_EQ(name_check("../a"), -EINVAL);
	CHECK_EQ(name_check("./"), -EINVAL);
}

TEST(names_up_to_255_bytes_are_good)
{
	CHECK_EQ(check_of(254, 'n'), 0);
	CHECK_EQ(check_of(255, 'n'), 0);
	CHECK_EQ(check_of(255, '.'), 0);
	CHECK_EQ(check_of(255, (char)0xc3), 0);
}

TEST(names_beyond_255_bytes_are_too_long)
{
	CHECK_EQ(check_of(256, 'n'), -ENAMETOOLONG);
	CHECK_EQ(check_of(257, 'n'), -ENAMETOOLONG);
	CHECK_EQ(check_of(256, (char)0xc3), -ENAMETOOLONG);
	CHECK_EQ(check_of(65791, 'n'), -ENAMETOOLONG); /* 255 modulo 65536 */
}

TEST(a_slash_in_a_long_name)
{
	char *name = name_of(255, 'n');
	name[254] = '/';
	CHECK_EQ(name_check(name), -EINVAL);
	free(name);
	name = name_of(256, 'n');
	name[0] = '/';
	CHECK_EQ(name_check(name), -ENAMETOOLONG);
	name[0] = 'n';
	name[255] = '/';
	CHECK_EQ(name_check(name), -ENAMETOOLONG);
	free(name);
}
