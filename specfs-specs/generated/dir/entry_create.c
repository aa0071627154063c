#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "dir.h"

struct entry *entry_create(const char *name, struct inode *node)
{
	size_t name_bytes = strlen(name) + 1;
	struct entry *entry = malloc(sizeof(*entry) + name_bytes);

	if (entry == NULL)
		return NULL;
	entry->next = NULL;
	entry->node = node;
	entry->cookie = 0;
	entry->hash = name_hash(name);
	memcpy(entry->name, name, name_bytes);
	return entry;
}
