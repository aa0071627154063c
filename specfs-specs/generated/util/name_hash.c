#include <stdint.h>

#include "util.h"

#define FNV_BASIS 2166136261u
#define FNV_PRIME 16777619u

uint32_t name_hash(const char *name)
{
	uint32_t hash = FNV_BASIS;

	for (; *name != '\0'; name++) {
		/* char may be signed, but the hash is of bytes from 0 to 255. */
		hash ^= (unsigned char)*name;
		hash *= FNV_PRIME;
	}
	return hash;
}
