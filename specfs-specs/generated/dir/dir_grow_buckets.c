#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "dir.h"

/* Moves every entry of an old list to the bucket that its hash tells now. */
static void move_list(struct entry *entry, struct entry **bucket, uint64_t bucket_count)
{
	while (entry != NULL) {
		struct entry *next = entry->next;
		struct entry **head = &bucket[entry->hash % bucket_count];

		entry->next = *head;
		*head = entry;
		entry = next;
	}
}

int dir_grow_buckets(struct dir *dir)
{
	uint64_t bucket_count = DIR_BUCKETS_MIN;

	if (dir->bucket_count > 0)
		bucket_count = 2 * dir->bucket_count;

	struct entry **bucket = calloc(bucket_count, sizeof(*bucket));

	if (bucket == NULL)
		return -ENOMEM;
	for (uint64_t i = 0; i < dir->bucket_count; i++)
		move_list(dir->bucket[i], bucket, bucket_count);
	free(dir->bucket);
	dir->bucket = bucket;
	dir->bucket_count = bucket_count;
	return 0;
}
