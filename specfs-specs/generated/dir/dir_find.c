#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "dir.h"

struct entry *dir_find(const struct dir *dir, const char *name)
{
	if (dir->bucket_count == 0)
		return NULL;

	uint32_t hash = name_hash(name);
	struct entry *entry = dir->bucket[hash % dir->bucket_count];

	for (; entry != NULL; entry = entry->next) {
		/* The hash first: it is the cheaper comparison. */
		if (entry->hash == hash && strcmp(entry->name, name) == 0)
			return entry;
	}
	return NULL;
}
