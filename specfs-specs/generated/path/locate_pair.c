#include <errno.h>
#include <stddef.h>
#include <sys/stat.h>

#include "path.h"

int locate_pair(const char *const *from, const char *const *to, struct inode **source,
		struct inode **target)
{
	struct inode *common, *first, *second;
	size_t shared = path_common(from, to);
	int error = 0;

	lock(volume.root);
	/* walk hands the lock on to common, or releases it when it fails. */
	common = walk(volume.root, from, shared, &error);
	if (common == NULL)
		return error;

	/* All errors of the source come before any of the target. */
	first = descend(common, from + shared, path_length(from + shared), &error);
	if (first == NULL) {
		unlock(common);
		return error;
	}
	/*
	 * A file can have entries in both branches: whoever owned its lock while
	 * waiting below common could wait for a thread that waits for the file.
	 */
	if (first->kind != S_IFDIR) {
		unlock_both(common, first);
		return -ENOTDIR;
	}

	second = descend(common, to + shared, path_length(to + shared), &error);
	if (second == NULL) {
		unlock_both(common, first);
		return error;
	}
	/* Both branches are locked, so common has done its duty. */
	if (common != first && common != second)
		unlock(common);
	if (second->kind != S_IFDIR) {
		unlock_both(first, second);
		return -ENOTDIR;
	}
	*source = first;
	*target = second;
	return 0;
}
