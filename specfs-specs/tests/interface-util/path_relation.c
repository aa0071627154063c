/* path_relation: how the two full paths of a rename lie to each other. */
#include "check.h"
#include "interface-util.h"

#define PATH(...) ((const char *const[]){ __VA_ARGS__ __VA_OPT__(,) NULL })

TEST(values_are_those_of_the_header)
{
	CHECK_EQ(RENAME_APART, 0);
	CHECK_EQ(RENAME_INTO_ITSELF, 1);
	CHECK_EQ(RENAME_ONTO_ANCESTOR, 2);
}

TEST(names_side_by_side_are_apart)
{
	CHECK_EQ(path_relation(PATH(), "a", PATH(), "b"), RENAME_APART);
	CHECK_EQ(path_relation(PATH("x"), "a", PATH("x"), "b"), RENAME_APART);
	CHECK_EQ(path_relation(PATH("x"), "a", PATH("y"), "a"), RENAME_APART);
	CHECK_EQ(path_relation(PATH("x", "y"), "a", PATH("x", "z"), "b"), RENAME_APART);
}

TEST(one_and_the_same_path_is_apart)
{
	CHECK_EQ(path_relation(PATH(), "a", PATH(), "a"), RENAME_APART);
	CHECK_EQ(path_relation(PATH("x", "y"), "a", PATH("x", "y"), "a"), RENAME_APART);
}

TEST(a_directory_into_itself)
{
	CHECK_EQ(path_relation(PATH(), "a", PATH("a"), "b"), RENAME_INTO_ITSELF);
	CHECK_EQ(path_relation(PATH(), "a", PATH("a"), "a"), RENAME_INTO_ITSELF);
	CHECK_EQ(path_relation(PATH("x"), "a", PATH("x", "a"), "b"), RENAME_INTO_ITSELF);
}

TEST(a_directory_into_what_lies_deeper_below_it)
{
	CHECK_EQ(path_relation(PATH(), "a", PATH("a", "b", "c"), "d"), RENAME_INTO_ITSELF);
	CHECK_EQ(path_relation(PATH("x"), "a", PATH("x", "a", "a"), "a"), RENAME_INTO_ITSELF);
}

TEST(onto_the_directory_that_it_is_in)
{
	CHECK_EQ(path_relation(PATH("a"), "b", PATH(), "a"), RENAME_ONTO_ANCESTOR);
	CHECK_EQ(path_relation(PATH("a"), "a", PATH(), "a"), RENAME_ONTO_ANCESTOR);
	CHECK_EQ(path_relation(PATH("x", "a"), "b", PATH("x"), "a"), RENAME_ONTO_ANCESTOR);
}

TEST(onto_a_directory_further_above)
{
	CHECK_EQ(path_relation(PATH("a", "b", "c"), "d", PATH(), "a"), RENAME_ONTO_ANCESTOR);
	CHECK_EQ(path_relation(PATH("a", "b", "c"), "d", PATH("a"), "b"), RENAME_ONTO_ANCESTOR);
}

TEST(up_into_an_ancestor_under_another_name_is_apart)
{
	CHECK_EQ(path_relation(PATH("a", "b"), "c", PATH("a"), "c"), RENAME_APART);
	CHECK_EQ(path_relation(PATH("a", "b"), "c", PATH(), "c"), RENAME_APART);
	CHECK_EQ(path_relation(PATH("a", "b"), "c", PATH(), "b"), RENAME_APART);
}

TEST(down_into_a_neighbour_is_apart)
{
	CHECK_EQ(path_relation(PATH("a"), "b", PATH("a", "c"), "b"), RENAME_APART);
	CHECK_EQ(path_relation(PATH("a"), "b", PATH("a", "c", "b"), "d"), RENAME_APART);
	CHECK_EQ(path_relation(PATH(), "b", PATH("a", "b"), "d"), RENAME_APART);
}

TEST(names_that_only_begin_alike_are_apart)
{
	CHECK_EQ(path_relation(PATH(), "a", PATH("ab"), "c"), RENAME_APART);
	CHECK_EQ(path_relation(PATH(), "ab", PATH("a"), "c"), RENAME_APART);
	CHECK_EQ(path_relation(PATH("ab"), "c", PATH(), "a"), RENAME_APART);
	CHECK_EQ(path_relation(PATH("a"), "c", PATH(), "ab"), RENAME_APART);
}

TEST(a_branch_that_parts_early_is_apart_though_it_ends_alike)
{
	CHECK_EQ(path_relation(PATH("x", "y"), "a", PATH("z", "y", "a"), "b"), RENAME_APART);
	CHECK_EQ(path_relation(PATH("z", "y", "a"), "b", PATH("x", "y"), "a"), RENAME_APART);
}

TEST(components_are_compared_by_their_bytes)
{
	char first[] = "a", second[] = "a";
	CHECK_EQ(path_relation(PATH(), first, PATH(second), "b"), RENAME_INTO_ITSELF);
	CHECK_EQ(path_relation(PATH(first), "b", PATH(), second), RENAME_ONTO_ANCESTOR);
}
