/*
 * The border between a file-system image (generated C, loaded as a shared
 * object) and the FUSE host that mounts it. Everything that crosses is declared
 * here and nowhere else. A change of any declaration raises SPECFS_IMAGE_VERSION.
 *
 * Conventions: a result of type int or int64_t is 0 or a count on success and a
 * negative errno value otherwise; times are wall-clock; sizes are in bytes unless
 * a comment says otherwise; a path is an array of components ended by NULL, and is
 * relative to the inode that the call starts from. Operations may be called from
 * several threads at once. A struct inode is opaque to the host, which keeps it
 * alive by the references that lookup, create and link results carry and gives
 * them back with forget.
 */
#ifndef SPECFS_IMAGE_H
#define SPECFS_IMAGE_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#define SPECFS_IMAGE_VERSION 1

#define SPECFS_SET_MODE 1
#define SPECFS_SET_UID 2
#define SPECFS_SET_GID 4
#define SPECFS_SET_ATIME 8
#define SPECFS_SET_MTIME 16

#define SPECFS_RENAME_NOREPLACE 1

struct inode;

/* What stat(2) tells of an inode; blocks is in units of 512 bytes. */
struct specfs_attr {
	uint64_t ino;
	uint64_t size;
	uint64_t blocks;
	struct timespec atime;
	struct timespec mtime;
	struct timespec ctime;
	uint32_t mode;
	uint32_t nlink;
	uint32_t uid;
	uint32_t gid;
	uint32_t rdev;
	uint32_t blksize;
};

/* The members of an inode that a caller sets; valid is a set of SPECFS_SET_ bits. */
struct specfs_change {
	uint32_t valid;
	uint32_t mode;
	uint32_t uid;
	uint32_t gid;
	struct timespec atime;
	struct timespec mtime;
};

/* What a new inode is made with; mode holds the type and the permission bits. */
struct specfs_birth {
	uint32_t mode;
	uint32_t uid;
	uint32_t gid;
	uint32_t rdev;
};

/* What statfs(2) tells; blocks are of block_size bytes. */
struct specfs_usage {
	uint64_t block_size;
	uint64_t blocks;
	uint64_t blocks_free;
	uint64_t inodes;
	uint64_t inodes_free;
	uint64_t name_max;
};

/* Takes one directory entry; a result other than 0 says that there is no room for it. */
typedef int (*specfs_fill)(void *context, const char *name, uint64_t ino, uint32_t kind, uint64_t cookie);

/* The table that an image exports under the name specfs_image. */
struct specfs_operations {
	uint32_t version;
	uint32_t size;
	int (*init)(uint64_t block_limit, uint64_t inode_limit, uint32_t uid, uint32_t gid);
	void (*destroy)(void);
	struct inode *(*root)(void);
	int (*lookup)(struct inode *start, const char *const *path, const char *name, struct specfs_attr *attr,
	              struct inode **node);
	void (*forget)(struct inode *node, uint64_t count);
	int (*getattr)(struct inode *start, const char *const *path, struct specfs_attr *attr);
	int (*setattr)(struct inode *start, const char *const *path, const struct specfs_change *change,
	               struct specfs_attr *attr);
	int (*truncate)(struct inode *start, const char *const *path, uint64_t size, struct specfs_attr *attr);
	int (*mknod)(struct inode *start, const char *const *path, const char *name, const struct specfs_birth *birth,
	             struct specfs_attr *attr, struct inode **node);
	int (*mkdir)(struct inode *start, const char *const *path, const char *name, const struct specfs_birth *birth,
	             struct specfs_attr *attr, struct inode **node);
	int (*symlink)(struct inode *start, const char *const *path, const char *name, const char *target,
	               const struct specfs_birth *birth, struct specfs_attr *attr, struct inode **node);
	int64_t (*readlink)(struct inode *start, const char *const *path, char *buffer, size_t size);
	int (*link)(struct inode *node, struct inode *start, const char *const *path, const char *name,
	            struct specfs_attr *attr);
	int (*unlink)(struct inode *start, const char *const *path, const char *name);
	int (*rmdir)(struct inode *start, const char *const *path, const char *name);
	int (*rename)(const char *const *from_path, const char *from, const char *const *to_path, const char *to,
	              uint32_t flags);
	int (*open)(struct inode *start, const char *const *path, int flags);
	int64_t (*read)(struct inode *start, const char *const *path, char *buffer, size_t size, uint64_t offset);
	int64_t (*write)(struct inode *start, const char *const *path, const char *buffer, size_t size,
	                 uint64_t offset);
	int (*readdir)(struct inode *start, const char *const *path, uint64_t cookie, specfs_fill fill, void *context);
	void (*statfs)(struct specfs_usage *usage);
};

#endif
