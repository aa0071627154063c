#include <stddef.h>
#include <string.h>

#include "interface-util.h"

int path_relation(const char *const *from_path, const char *from, const char *const *to_path,
		  const char *to)
{
	size_t from_length = path_length(from_path);
	size_t to_length = path_length(to_path);
	size_t common = path_common(from_path, to_path);

	/* The lengths come first: the component is read only when the longer path has it. */
	if (common == from_length && to_length > from_length &&
	    strcmp(to_path[from_length], from) == 0)
		return RENAME_INTO_ITSELF;
	if (common == to_length && from_length > to_length && strcmp(from_path[to_length], to) == 0)
		return RENAME_ONTO_ANCESTOR;
	return RENAME_APART;
}
