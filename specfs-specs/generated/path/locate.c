#include "path.h"

struct inode *locate(struct inode *start, const char *const *path, int *error)
{
	lock(start);
	/* walk hands the lock on to its result, or releases it when it fails. */
	return walk(start, path, path_length(path), error);
}
