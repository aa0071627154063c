#include "check.h"
#include "util.h"

TEST(the_empty_path)
{
	const char *path[] = { NULL };
	CHECK_EQ(path_length(path), 0);
}

TEST(components_before_null_count)
{
	const char *one[] = { "usr", NULL };
	const char *three[] = { "usr", "share", "doc", NULL };
	CHECK_EQ(path_length(one), 1);
	CHECK_EQ(path_length(three), 3);
}

TEST(components_are_not_looked_at)
{
	const char *path[] = { "", "..", "a/b", NULL };
	CHECK_EQ(path_length(path), 3);
}

TEST(the_first_null_ends_the_path)
{
	const char *path[] = { "usr", NULL, "share", NULL };
	CHECK_EQ(path_length(path), 1);
	CHECK_EQ(path_length(path + 2), 1);
}

TEST(a_path_of_many_components)
{
	size_t count = 100000;
	const char **path = malloc((count + 1) * sizeof(*path));
	CHECK(path != NULL);
	for (size_t i = 0; i < count; i++)
		path[i] = "d";
	path[count] = NULL;
	CHECK_EQ(path_length(path), count);
	free(path);
}
