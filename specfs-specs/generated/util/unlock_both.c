#include "util.h"

void unlock_both(struct inode *first, struct inode *second)
{
	unlock(first);
	/* One inode has one lock, which is released once. */
	if (second != first)
		unlock(second);
}
