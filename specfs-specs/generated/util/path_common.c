#include <stddef.h>
#include <string.h>

#include "util.h"

size_t path_common(const char *const *first, const char *const *second)
{
	size_t common = 0;

	while (first[common] != NULL && second[common] != NULL &&
	       strcmp(first[common], second[common]) == 0)
		common++;
	return common;
}
