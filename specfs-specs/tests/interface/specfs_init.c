#include "check.h"
#include "interface.h"

/* Not specfs_destroy, whose own test begins with specfs_init. */
static void finish(void)
{
	tree_dispose(volume.root);
	volume.root = NULL;
	CHECK_EQ(volume.inodes_used, 0);
	CHECK_EQ(volume.blocks_used, 0);
}

TEST(the_root_is_an_empty_directory_of_the_owner)
{
	struct timespec before, after;
	struct specfs_attr attr;
	clock_gettime(CLOCK_REALTIME, &before);
	CHECK_EQ(specfs_init(100, 50, 1000, 2000), 0);
	clock_gettime(CLOCK_REALTIME, &after);
	CHECK(volume.root != NULL);
	CHECK_EQ(volume.root->ino, ROOT_INO);
	CHECK_EQ(volume.root->kind, S_IFDIR);
	CHECK_EQ(volume.root->nlink, 2);
	CHECK_EQ(volume.root->refs, 1);
	CHECK_EQ(volume.root->dir.count, 0);
	inode_attr(volume.root, &attr);
	CHECK_EQ(attr.ino, 1);
	CHECK_EQ(attr.mode, S_IFDIR | 0755);
	CHECK_EQ(attr.uid, 1000);
	CHECK_EQ(attr.gid, 2000);
	CHECK_EQ(attr.rdev, 0);
	CHECK_EQ(attr.size, 0);
	CHECK_EQ(attr.blocks, 0);
	CHECK(attr.mtime.tv_sec >= before.tv_sec && attr.mtime.tv_sec <= after.tv_sec);
	CHECK_UNLOCKED(volume.root);
	finish();
}

TEST(the_volume_has_the_limits_and_counts_the_root)
{
	CHECK_EQ(specfs_init(100, 50, 0, 0), 0);
	CHECK_EQ(volume.block_limit, 100);
	CHECK_EQ(volume.inode_limit, 50);
	CHECK_EQ(volume.blocks_used, 0);
	CHECK_EQ(volume.inodes_used, 1);
	finish();
}

TEST(the_smallest_and_the_largest_volume)
{
	CHECK_EQ(specfs_init(0, 1, 0, 0), 0);
	CHECK_EQ(volume.inodes_used, 1);
	finish();
	CHECK_EQ(specfs_init(UINT64_MAX, UINT64_MAX, UINT32_MAX, UINT32_MAX), 0);
	CHECK_EQ(volume.block_limit, UINT64_MAX);
	CHECK_EQ(volume.inode_limit, UINT64_MAX);
	CHECK_EQ(volume.root->uid, UINT32_MAX);
	CHECK_EQ(volume.root->gid, UINT32_MAX);
	finish();
}

TEST(no_room_for_the_root)
{
	CHECK_EQ(specfs_init(100, 0, 0, 0), -ENOSPC);
	CHECK(volume.root == NULL);
	CHECK_EQ(volume.inodes_used, 0);
	CHECK_EQ(volume.blocks_used, 0);
}

TEST(memory_ends)
{
	int result, failed = 0;
	for (long n = 0;; n++) {
		FAIL_ALLOCATION(n);
		result = specfs_init(100, 50, 0, 0);
		FAIL_NO_ALLOCATION();
		if (result == 0)
			break;
		failed++;
		CHECK_EQ(result, -ENOMEM);
		CHECK(volume.root == NULL);
		CHECK_EQ(volume.inodes_used, 0);
	}
	CHECK(failed > 0);
	finish();
}

TEST(a_second_volume_begins_anew)
{
	CHECK_EQ(specfs_init(100, 50, 1, 1), 0);
	struct specfs_birth birth = { .mode = S_IFREG };
	struct inode *node;
	CHECK_EQ(inode_create(&birth, &node), 0);
	inode_dispose(node);
	finish();
	CHECK_EQ(specfs_init(7, 8, 2, 3), 0);
	CHECK_EQ(volume.root->ino, ROOT_INO);
	CHECK_EQ(volume.root->uid, 2);
	CHECK_EQ(volume.root->gid, 3);
	CHECK_EQ(volume.block_limit, 7);
	CHECK_EQ(volume.inode_limit, 8);
	CHECK_EQ(volume.inodes_used, 1);
	finish();
}
