#include "check.h"
#include "dir.h"

static struct inode node = { .ino = 7 };

/* Puts an entry into its bucket's list; with `at_end`, behind the others. */
static struct entry *plant(struct dir *dir, const char *name, bool at_end)
{
	struct entry *entry = entry_create(name, &node);
	CHECK(entry != NULL);
	struct entry **link = &dir->bucket[entry->hash % dir->bucket_count];
	while (at_end && *link != NULL)
		link = &(*link)->next;
	entry->next = *link;
	*link = entry;
	dir->count++;
	return entry;
}

static struct dir with_buckets(uint64_t count)
{
	struct dir dir = { .bucket_count = count, .next_cookie = DIR_COOKIE_MIN };
	dir.bucket = calloc(count, sizeof(*dir.bucket));
	CHECK(dir.bucket != NULL);
	return dir;
}

static void clear(struct dir *dir)
{
	for (uint64_t i = 0; i < dir->bucket_count; i++) {
		while (dir->bucket[i] != NULL) {
			struct entry *entry = dir->bucket[i];
			dir->bucket[i] = entry->next;
			free(entry);
		}
	}
	free(dir->bucket);
}

TEST(a_directory_that_never_had_an_entry)
{
	struct dir dir = { .next_cookie = DIR_COOKIE_MIN };
	CHECK(dir_find(&dir, "a") == NULL);
	CHECK(dir_find(&dir, "") == NULL);
}

TEST(empty_buckets)
{
	struct dir dir = with_buckets(16);
	CHECK(dir_find(&dir, "a") == NULL);
	clear(&dir);
}

TEST(present_and_absent_names)
{
	struct dir dir = with_buckets(16);
	struct entry *a = plant(&dir, "a", true), *b = plant(&dir, "b", true), *c = plant(&dir, "c", true);
	CHECK(dir_find(&dir, "a") == a);
	CHECK(dir_find(&dir, "b") == b);
	CHECK(dir_find(&dir, "c") == c);
	CHECK(dir_find(&dir, "d") == NULL);
	CHECK(dir_find(&dir, "ab") == NULL);
	CHECK(dir_find(&dir, "") == NULL);
	CHECK(dir_find(&dir, "A") == NULL);
	clear(&dir);
}

TEST(the_name_is_compared_and_not_its_address)
{
	char name[] = "a";
	struct dir dir = with_buckets(16);
	struct entry *a = plant(&dir, "a", true);
	CHECK(dir_find(&dir, name) == a);
	name[0] = 'b';
	CHECK(dir_find(&dir, name) == NULL);
	clear(&dir);
}

/* n0, n11, n28, n37 and n64 hash to bucket 3 of 16. */
TEST(names_that_share_a_bucket)
{
	const char *name[] = { "n0", "n11", "n28", "n37", "n64" };
	struct dir dir = with_buckets(16);
	struct entry *entry[5];
	for (int i = 0; i < 5; i++)
		CHECK_EQ(name_hash(name[i]) % 16, 3);
	for (int i = 0; i < 4; i++)
		entry[i] = plant(&dir, name[i], true);
	for (int i = 0; i < 4; i++)
		CHECK(dir_find(&dir, name[i]) == entry[i]);
	CHECK(dir_find(&dir, "n64") == NULL);
	clear(&dir);
}

TEST(names_that_share_a_hash)
{
	struct dir dir = with_buckets(16);
	CHECK_EQ(name_hash("costarring"), name_hash("liquid"));
	struct entry *liquid = plant(&dir, "liquid", true);
	CHECK(dir_find(&dir, "costarring") == NULL);
	CHECK(dir_find(&dir, "liquid") == liquid);
	struct entry *costarring = plant(&dir, "costarring", true);
	CHECK(dir_find(&dir, "costarring") == costarring);
	CHECK(dir_find(&dir, "liquid") == liquid);
	clear(&dir);
}

/* Entries that a lookup must not look at: their hash tells that the name cannot be theirs. */
TEST(only_the_bucket_of_the_hash_is_searched)
{
	struct dir dir = with_buckets(64);
	struct entry *entry[200];
	char name[16];
	for (int i = 0; i < 200; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		entry[i] = plant(&dir, name, i % 2);
	}
	for (int i = 0; i < 200; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		CHECK(dir_find(&dir, name) == entry[i]);
		snprintf(name, sizeof(name), "m%d", i);
		CHECK(dir_find(&dir, name) == NULL);
	}
	clear(&dir);
}

TEST(the_longest_names_differ_in_the_last_byte)
{
	char name[NAME_BYTES_MAX + 1];
	struct dir dir = with_buckets(16);
	memset(name, 'x', NAME_BYTES_MAX);
	name[NAME_BYTES_MAX] = '\0';
	struct entry *entry = plant(&dir, name, true);
	CHECK(dir_find(&dir, name) == entry);
	name[NAME_BYTES_MAX - 1] = 'y';
	CHECK(dir_find(&dir, name) == NULL);
	name[NAME_BYTES_MAX - 1] = '\0';
	CHECK(dir_find(&dir, name) == NULL);
	clear(&dir);
}

TEST(bytes_above_127)
{
	struct dir dir = with_buckets(16);
	struct entry *entry = plant(&dir, "caf\xc3\xa9", true);
	CHECK(dir_find(&dir, "caf\xc3\xa9") == entry);
	CHECK(dir_find(&dir, "caf\xc3\xa8") == NULL);
	clear(&dir);
}
