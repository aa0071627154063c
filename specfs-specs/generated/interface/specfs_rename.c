#include <errno.h>
#include <stddef.h>
#include <stdint.h>

#include "interface.h"

/* What can be told before anything is looked for. */
static int check_arguments(const char *from, const char *to, uint32_t flags)
{
	if (flags != 0 && flags != SPECFS_RENAME_NOREPLACE)
		return -EINVAL;

	int error = name_check(from);

	if (error != 0)
		return error;
	return name_check(to);
}

int specfs_rename(const char *const *from_path, const char *from, const char *const *to_path,
		  const char *to, uint32_t flags)
{
	struct inode *source = NULL;
	struct inode *target = NULL;
	int error = check_arguments(from, to, flags);

	if (error != 0)
		return error;
	error = locate_pair(from_path, to_path, &source, &target);
	if (error != 0)
		return error;

	/* Both directories are locked from here on; they may be one and the same. */
	int relation = path_relation(from_path, from, to_path, to);

	error = rename_locked(source, from, target, to, relation, flags);
	unlock_both(source, target);
	return error;
}
