#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "inode.h"

int inode_create(const struct specfs_birth *birth, struct inode **node)
{
	struct inode *made = calloc(1, sizeof(*made));
	int error;

	if (made == NULL)
		return -ENOMEM;
	error = ino_take(&made->ino);
	if (error != 0) {
		free(made);
		return error;
	}

	made->kind = birth->mode & S_IFMT;
	made->mode = birth->mode & 07777;
	made->uid = birth->uid;
	made->gid = birth->gid;
	made->rdev = birth->rdev;
	/* A directory also names itself, besides the entry of its parent. */
	made->nlink = made->kind == S_IFDIR ? 2 : 1;
	made->refs = 1;
	made->dir.next_cookie = DIR_COOKIE_MIN;

	/* One call, so that the three times are equal. */
	now(&made->ctime);
	made->atime = made->ctime;
	made->mtime = made->ctime;

	pthread_mutex_init(&made->mutex, NULL);
	*node = made;
	return 0;
}
