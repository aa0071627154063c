#include "check.h"
#include "util.h"

/* Copies a path so that equal components have different addresses. */
static char **copy_of(const char *const *path, size_t count)
{
	char **copy = malloc((count + 1) * sizeof(*copy));
	CHECK(copy != NULL);
	for (size_t i = 0; i < count; i++) {
		copy[i] = malloc(strlen(path[i]) + 1);
		CHECK(copy[i] != NULL);
		strcpy(copy[i], path[i]);
	}
	copy[count] = NULL;
	return copy;
}

static size_t common_of(const char *const *first, size_t first_count, const char *const *second, size_t second_count)
{
	char **one = copy_of(first, first_count), **two = copy_of(second, second_count);
	size_t common = path_common((const char *const *)one, (const char *const *)two);
	CHECK_EQ(path_common((const char *const *)two, (const char *const *)one), common);
	for (size_t i = 0; i < first_count; i++)
		free(one[i]);
	for (size_t i = 0; i < second_count; i++)
		free(two[i]);
	free(one);
	free(two);
	return common;
}

#define COMMON(first, second) \
	common_of(first, sizeof(first) / sizeof(*first), second, sizeof(second) / sizeof(*second))

TEST(empty_paths_have_nothing_in_common)
{
	const char *some[] = { "a", "b" };
	CHECK_EQ(common_of(NULL, 0, NULL, 0), 0);
	CHECK_EQ(common_of(NULL, 0, some, 2), 0);
}

TEST(equal_paths_are_common_whole)
{
	const char *path[] = { "a", "b", "c" };
	CHECK_EQ(COMMON(path, path), 3);
	CHECK_EQ(path_common((const char *const[]){ "a", NULL }, (const char *const[]){ "a", NULL }), 1);
}

TEST(a_prefix_is_common_whole)
{
	const char *prefix[] = { "a", "b" }, *path[] = { "a", "b", "c" };
	CHECK_EQ(COMMON(prefix, path), 2);
}

TEST(the_first_difference_ends_it)
{
	const char *left[] = { "a", "x", "c" }, *right[] = { "a", "y", "c" };
	CHECK_EQ(COMMON(left, right), 1);
	const char *at_once[] = { "b", "x", "c" };
	CHECK_EQ(COMMON(left, at_once), 0);
	const char *at_last[] = { "a", "x", "d" };
	CHECK_EQ(COMMON(left, at_last), 2);
}

TEST(components_are_compared_whole)
{
	const char *left[] = { "ab" }, *right[] = { "abc" }, *upper[] = { "AB" };
	CHECK_EQ(COMMON(left, right), 0);
	CHECK_EQ(COMMON(left, upper), 0);
}
