#include <stddef.h>

#include "path.h"

/* The first step that fails has set *error; no step follows it. */
struct inode *walk(struct inode *cur, const char *const *path, size_t length, int *error)
{
	for (size_t i = 0; i < length; i++) {
		cur = step(cur, path[i], error);
		if (cur == NULL)
			return NULL;
	}
	return cur;
}
