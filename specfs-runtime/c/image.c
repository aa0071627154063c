/*
 * The glue of a file-system image: gathers the operations under the one name
 * that the FUSE host looks up. It is compiled into the image beside the modules
 * that define them; everything else in the image stays hidden.
 */
#include "specfs_image.h"

int specfs_init(uint64_t block_limit, uint64_t inode_limit, uint32_t uid, uint32_t gid);
void specfs_destroy(void);
struct inode *specfs_root(void);
int specfs_lookup(struct inode *start, const char *const *path, const char *name, struct specfs_attr *attr,
                  struct inode **node);
void specfs_forget(struct inode *node, uint64_t count);
int specfs_getattr(struct inode *start, const char *const *path, struct specfs_attr *attr);
int specfs_setattr(struct inode *start, const char *const *path, const struct specfs_change *change,
                   struct specfs_attr *attr);
int specfs_truncate(struct inode *start, const char *const *path, uint64_t size, struct specfs_attr *attr);
int specfs_mknod(struct inode *start, const char *const *path, const char *name, const struct specfs_birth *birth,
                 struct specfs_attr *attr, struct inode **node);
int specfs_mkdir(struct inode *start, const char *const *path, const char *name, const struct specfs_birth *birth,
                 struct specfs_attr *attr, struct inode **node);
int specfs_symlink(struct inode *start, const char *const *path, const char *name, const char *target,
                   const struct specfs_birth *birth, struct specfs_attr *attr, struct inode **node);
int64_t specfs_readlink(struct inode *start, const char *const *path, char *buffer, size_t size);
int specfs_link(struct inode *node, struct inode *start, const char *const *path, const char *name,
                struct specfs_attr *attr);
int specfs_unlink(struct inode *start, const char *const *path, const char *name);
int specfs_rmdir(struct inode *start, const char *const *path, const char *name);
int specfs_rename(const char *const *from_path, const char *from, const char *const *to_path, const char *to,
                  uint32_t flags);
int specfs_open(struct inode *start, const char *const *path, int flags);
int64_t specfs_read(struct inode *start, const char *const *path, char *buffer, size_t size, uint64_t offset);
int64_t specfs_write(struct inode *start, const char *const *path, const char *buffer, size_t size,
                     uint64_t offset);
int specfs_readdir(struct inode *start, const char *const *path, uint64_t cookie, specfs_fill fill, void *context);
void specfs_statfs(struct specfs_usage *usage);

extern const struct specfs_operations specfs_image __attribute__((visibility("default")));

const struct specfs_operations specfs_image = {
	.version = SPECFS_IMAGE_VERSION,
	.size = sizeof(struct specfs_operations),
	.init = specfs_init,
	.destroy = specfs_destroy,
	.root = specfs_root,
	.lookup = specfs_lookup,
	.forget = specfs_forget,
	.getattr = specfs_getattr,
	.setattr = specfs_setattr,
	.truncate = specfs_truncate,
	.mknod = specfs_mknod,
	.mkdir = specfs_mkdir,
	.symlink = specfs_symlink,
	.readlink = specfs_readlink,
	.link = specfs_link,
	.unlink = specfs_unlink,
	.rmdir = specfs_rmdir,
	.rename = specfs_rename,
	.open = specfs_open,
	.read = specfs_read,
	.write = specfs_write,
	.readdir = specfs_readdir,
	.statfs = specfs_statfs,
};
