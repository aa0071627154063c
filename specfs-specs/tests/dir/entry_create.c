#include "check.h"
#include "dir.h"

static struct inode node = { .ino = 7 };

TEST(a_fresh_entry)
{
	struct entry *entry = entry_create("foobar", &node);
	CHECK(entry != NULL);
	CHECK(strcmp(entry->name, "foobar") == 0);
	CHECK_EQ(entry->hash, 0xbf9cf968); /* FNV-1a of "foobar", as its authors publish it */
	CHECK(entry->node == &node);
	CHECK_EQ(entry->cookie, 0);
	CHECK(entry->next == NULL);
	free(entry);
}

TEST(the_name_is_copied)
{
	char name[] = "a";
	struct entry *entry = entry_create(name, &node);
	CHECK(entry != NULL);
	name[0] = 'b';
	CHECK(strcmp(entry->name, "a") == 0);
	CHECK_EQ(entry->hash, 0xe40c292c);
	free(entry);
}

TEST(the_longest_name)
{
	char name[NAME_BYTES_MAX + 1];
	memset(name, 'x', NAME_BYTES_MAX);
	name[NAME_BYTES_MAX] = '\0';
	struct entry *entry = entry_create(name, &node);
	CHECK(entry != NULL);
	CHECK_EQ(strlen(entry->name), NAME_BYTES_MAX);
	CHECK(strcmp(entry->name, name) == 0);
	CHECK_EQ(entry->hash, name_hash(name));
	free(entry);
}

TEST(names_of_any_length_up_to_40)
{
	for (size_t length = 1; length <= 40; length++) {
		char *name = malloc(length + 1);
		CHECK(name != NULL);
		memset(name, 'n', length);
		name[length] = '\0';
		struct entry *entry = entry_create(name, &node);
		CHECK(entry != NULL);
		CHECK(strcmp(entry->name, name) == 0);
		free(name);
		free(entry);
	}
}

TEST(memory_is_not_taken_for_zeroed)
{
	void *dirt[8];
	for (int i = 0; i < 8; i++) {
		dirt[i] = malloc(sizeof(struct entry) + 7);
		CHECK(dirt[i] != NULL);
		memset(dirt[i], 0xa5, sizeof(struct entry) + 7);
	}
	for (int i = 0; i < 8; i++)
		free(dirt[i]);
	struct entry *entry = entry_create("foobar", &node);
	CHECK(entry != NULL);
	CHECK(entry->next == NULL);
	CHECK_EQ(entry->cookie, 0);
	free(entry);
}

TEST(out_of_memory)
{
	for (int failures = 0;; failures++) {
		FAIL_ALLOCATION(failures);
		struct entry *entry = entry_create("foobar", &node);
		FAIL_NO_ALLOCATION();
		if (entry != NULL) {
			CHECK_EQ(failures, 1); /* one allocation makes an entry */
			free(entry);
			return;
		}
	}
}
