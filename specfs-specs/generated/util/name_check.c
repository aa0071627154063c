#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "util.h"

static bool dots(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static bool plain(const char *name)
{
	return name[0] != '\0' && !dots(name) && strchr(name, '/') == NULL;
}

int name_check(const char *name)
{
	/* The length comes first: a name that is too long is that, whatever else it is. */
	if (strlen(name) > NAME_BYTES_MAX)
		return -ENAMETOOLONG;
	if (!plain(name))
		return -EINVAL;
	return 0;
}
