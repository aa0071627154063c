/* inode_create: a fresh inode, or an error that keeps nothing. */
#include "check.h"
#include "inode.h"

static const struct specfs_birth FILE_BIRTH = { .mode = S_IFREG | 0644, .uid = 1000, .gid = 2000 };

/* Gives back what inode_create took; contents were never added. */
static void discard(struct inode *node)
{
	CHECK_EQ(pthread_mutex_destroy(&node->mutex), 0);
	free(node);
	ino_give();
}

static bool not_before(struct timespec a, struct timespec b)
{
	return a.tv_sec != b.tv_sec ? a.tv_sec > b.tv_sec : a.tv_nsec >= b.tv_nsec;
}

static bool same_time(struct timespec a, struct timespec b)
{
	return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

TEST(a_file_has_one_link_and_one_reference)
{
	struct inode *node = NULL;
	volume_setup(10, 10);
	CHECK_EQ(inode_create(&FILE_BIRTH, &node), 0);
	CHECK(node != NULL);
	CHECK_EQ(node->kind, S_IFREG);
	CHECK_EQ(node->mode, 0644);
	CHECK_EQ(node->uid, 1000);
	CHECK_EQ(node->gid, 2000);
	CHECK_EQ(node->rdev, 0);
	CHECK_EQ(node->nlink, 1);
	CHECK_EQ(node->refs, 1);
	discard(node);
}

TEST(a_directory_is_born_with_two_links)
{
	struct inode *node = NULL;
	volume_setup(10, 10);
	CHECK_EQ(inode_create(&(struct specfs_birth){ .mode = S_IFDIR | 0755 }, &node), 0);
	CHECK_EQ(node->kind, S_IFDIR);
	CHECK_EQ(node->mode, 0755);
	CHECK_EQ(node->nlink, 2);
	CHECK_EQ(node->refs, 1);
	discard(node);
}

TEST(every_other_kind_is_born_with_one_link)
{
	static const uint32_t kinds[] = { S_IFLNK, S_IFIFO, S_IFSOCK, S_IFCHR, S_IFBLK };
	volume_setup(10, 10);
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		struct inode *node = NULL;
		CHECK_EQ(inode_create(&(struct specfs_birth){ .mode = kinds[i] | 0600, .rdev = 0x0105 }, &node), 0);
		CHECK_EQ(node->kind, kinds[i]);
		CHECK_EQ(node->mode, 0600);
		CHECK_EQ(node->rdev, 0x0105);
		CHECK_EQ(node->nlink, 1);
		discard(node);
	}
}

TEST(set_id_and_sticky_bits_belong_to_the_mode)
{
	struct inode *node = NULL;
	volume_setup(10, 10);
	CHECK_EQ(inode_create(&(struct specfs_birth){ .mode = S_IFREG | 07777 }, &node), 0);
	CHECK_EQ(node->kind, S_IFREG);
	CHECK_EQ(node->mode, 07777);
	discard(node);
	CHECK_EQ(inode_create(&(struct specfs_birth){ .mode = S_IFREG }, &node), 0);
	CHECK_EQ(node->mode, 0);
	discard(node);
}

TEST(all_times_are_one_moment)
{
	struct inode *node = NULL;
	struct timespec before, after;
	volume_setup(10, 10);
	now(&before);
	CHECK_EQ(inode_create(&FILE_BIRTH, &node), 0);
	now(&after);
	CHECK(not_before(node->ctime, before));
	CHECK(not_before(after, node->ctime));
	CHECK(same_time(node->atime, node->ctime));
	CHECK(same_time(node->mtime, node->ctime));
	discard(node);
}

TEST(it_is_empty)
{
	struct inode *node = NULL;
	volume_setup(10, 10);
	CHECK_EQ(inode_create(&FILE_BIRTH, &node), 0);
	CHECK(node->file.map.root == NULL);
	CHECK_EQ(node->file.map.height, 0);
	CHECK_EQ(node->file.size, 0);
	CHECK_EQ(node->file.blocks, 0);
	CHECK(node->dir.bucket == NULL);
	CHECK_EQ(node->dir.bucket_count, 0);
	CHECK(node->dir.slot == NULL);
	CHECK_EQ(node->dir.slot_capacity, 0);
	CHECK_EQ(node->dir.slot_used, 0);
	CHECK_EQ(node->dir.count, 0);
	CHECK_EQ(node->dir.next_cookie, DIR_COOKIE_MIN);
	CHECK(node->next == NULL);
	CHECK_EQ(volume.blocks_used, 0);
	discard(node);
}

TEST(its_lock_is_free_and_works)
{
	struct inode *node = NULL;
	volume_setup(10, 10);
	CHECK_EQ(inode_create(&FILE_BIRTH, &node), 0);
	CHECK_UNLOCKED(node);
	lock(node);
	CHECK_LOCKED(node);
	unlock(node);
	CHECK_UNLOCKED(node);
	discard(node);
}

TEST(numbers_are_taken_in_order)
{
	struct inode *first = NULL, *second = NULL;
	volume_setup(10, 10);
	CHECK_EQ(inode_create(&FILE_BIRTH, &first), 0);
	CHECK_EQ(inode_create(&FILE_BIRTH, &second), 0);
	CHECK_EQ(first->ino, ROOT_INO);
	CHECK_EQ(second->ino, ROOT_INO + 1);
	CHECK_EQ(volume.inodes_used, 2);
	discard(first);
	discard(second);
}

TEST(a_full_volume_is_enospc_and_keeps_nothing)
{
	struct inode *first = NULL, *none = (struct inode *)&FILE_BIRTH;
	volume_setup(10, 1);
	CHECK_EQ(inode_create(&FILE_BIRTH, &first), 0);
	CHECK_EQ(inode_create(&FILE_BIRTH, &none), -ENOSPC);
	CHECK(none == (struct inode *)&FILE_BIRTH);
	CHECK_EQ(volume.inodes_used, 1);
	discard(first);
	CHECK_EQ(inode_create(&FILE_BIRTH, &first), 0);
	discard(first);
}

TEST(without_memory_it_is_enomem_and_keeps_nothing)
{
	struct inode *node = (struct inode *)&FILE_BIRTH;
	int failures = 0, result;
	volume_setup(10, 10);
	for (;; failures++) {
		FAIL_ALLOCATION(failures);
		result = inode_create(&FILE_BIRTH, &node);
		FAIL_NO_ALLOCATION();
		if (result == 0)
			break;
		CHECK_EQ(result, -ENOMEM);
		CHECK(node == (struct inode *)&FILE_BIRTH);
		CHECK_EQ(volume.inodes_used, 0);
	}
	CHECK(failures > 0);
	CHECK_EQ(volume.inodes_used, 1);
	discard(node);
}
