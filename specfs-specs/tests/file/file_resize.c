#include "check.h"
#include "file.h"

static void fill(struct file *file, size_t size, uint64_t offset)
{
	char *data = malloc(size);
	CHECK(data != NULL);
	memset(data, 'd', size);
	CHECK_EQ(file_write(file, data, size, offset), size);
	free(data);
}

/* Whether the file has the bytes 'd' from `from` up to `to`, and zeros in the `zeros` bytes after. */
static bool is_filled(const struct file *file, uint64_t from, uint64_t to, size_t zeros)
{
	size_t size = to - from + zeros;
	char *buffer = malloc(size);
	bool filled = true;
	CHECK(buffer != NULL);
	CHECK_EQ(file_read(file, buffer, size, from), size);
	for (size_t i = 0; i < size; i++)
		filled = filled && buffer[i] == (i < to - from ? 'd' : 0);
	free(buffer);
	return filled;
}

static void finish(struct file *file)
{
	CHECK_EQ(volume.blocks_used, file->blocks);
	file_cut(file, 0);
	CHECK_EQ(volume.blocks_used, 0);
}

TEST(beyond_the_largest_size)
{
	struct file file = { .size = 0 };
	volume_setup(10, 10);
	fill(&file, 100, 0);
	CHECK_EQ(file_resize(&file, FILE_BYTES_MAX + 1), -EFBIG);
	CHECK_EQ(file_resize(&file, 1ull << 63), -EFBIG);
	CHECK_EQ(file_resize(&file, UINT64_MAX), -EFBIG);
	CHECK_EQ(file.size, 100);
	CHECK_EQ(file.blocks, 1);
	CHECK(is_filled(&file, 0, 100, 0));
	finish(&file);
}

TEST(growing_leaves_a_hole)
{
	struct file file = { .size = 0 };
	volume_setup(1, 10);
	fill(&file, 100, 0);
	FAIL_ALLOCATION(0);
	CHECK_EQ(file_resize(&file, 101), 0);
	CHECK_EQ(file_resize(&file, 20000), 0);
	FAIL_NO_ALLOCATION();
	CHECK_EQ(file.size, 20000);
	CHECK_EQ(file.blocks, 1);
	CHECK(is_filled(&file, 0, 100, 19900));
	CHECK_EQ(file_resize(&file, FILE_BYTES_MAX), 0);
	CHECK_EQ(file.size, FILE_BYTES_MAX);
	CHECK_EQ(file.blocks, 1);
	finish(&file);
}

TEST(the_same_size)
{
	struct file file = { .size = 0 };
	volume_setup(10, 10);
	CHECK_EQ(file_resize(&file, 0), 0);
	fill(&file, 5000, 0);
	CHECK_EQ(file_resize(&file, 5000), 0);
	CHECK_EQ(file.size, 5000);
	CHECK_EQ(file.blocks, 2);
	CHECK(is_filled(&file, 0, 5000, 0));
	finish(&file);
}

TEST(shrinking_drops_blocks)
{
	/* The size, and the blocks that hold so many bytes. */
	const uint64_t size[] = { 12288, 12287, 8193, 8192, 8191, 4097, 4096, 4095, 1, 0 };
	const uint64_t blocks[] = { 3, 3, 3, 2, 2, 2, 1, 1, 1, 0 };
	struct file file = { .size = 0 };
	volume_setup(10, 10);
	fill(&file, 4 * 4096, 0);
	for (int i = 0; i < 10; i++) {
		CHECK_EQ(file_resize(&file, size[i]), 0);
		CHECK_EQ(file.size, size[i]);
		CHECK_EQ(file.blocks, blocks[i]);
		CHECK_EQ(volume.blocks_used, blocks[i]);
		CHECK(size[i] == 0 || is_filled(&file, 0, size[i], 0));
	}
	CHECK(file.map.root == NULL);
	finish(&file);
}

TEST(what_was_cut_off_does_not_come_back)
{
	const uint64_t size[] = { 10000, 8193, 8192, 8191, 5000, 4096, 4095, 100, 1 };
	for (int i = 0; i < 9; i++) {
		struct file file = { .size = 0 };
		volume_setup(10, 10);
		fill(&file, 3 * 4096, 0);
		CHECK_EQ(file_resize(&file, size[i]), 0);
		CHECK_EQ(file_resize(&file, 3 * 4096), 0);
		CHECK(is_filled(&file, 0, size[i], 3 * 4096 - size[i]));
		finish(&file);
	}
}

TEST(the_tail_is_zero_at_once)
{
	struct file file = { .size = 0 };
	volume_setup(10, 10);
	fill(&file, 2 * 4096, 0);
	CHECK_EQ(file_resize(&file, 4096 + 10), 0);
	const char *block = map_get(&file.map, 1);
	CHECK(block != NULL);
	for (int i = 0; i < BLOCK_BYTES; i++)
		CHECK(block[i] == (i < 10 ? 'd' : 0));
	CHECK_EQ(file_resize(&file, 4096), 0);
	CHECK(is_filled(&file, 0, 4096, 0));
	finish(&file);
}

TEST(shrinking_into_a_hole)
{
	struct file file = { .size = 0 };
	volume_setup(10, 10);
	fill(&file, 4096, 0);
	fill(&file, 4096, 1ull << 40);
	CHECK_EQ(file.blocks, 2);
	FAIL_ALLOCATION(0);
	CHECK_EQ(file_resize(&file, (1ull << 39) + 77), 0);
	FAIL_NO_ALLOCATION();
	CHECK_EQ(file.size, (1ull << 39) + 77);
	CHECK_EQ(file.blocks, 1);
	CHECK(is_filled(&file, 0, 4096, 10000));
	finish(&file);
}

TEST(a_sparse_file_at_the_largest_size)
{
	struct file file = { .size = 0 };
	volume_setup(10, 10);
	fill(&file, 10, 0);
	fill(&file, 5000, FILE_BYTES_MAX - 5000);
	CHECK_EQ(file.size, FILE_BYTES_MAX);
	CHECK_EQ(file.blocks, 3);
	CHECK_EQ(file_resize(&file, FILE_BYTES_MAX - 1), 0);
	CHECK_EQ(file.blocks, 3);
	CHECK_EQ(file_resize(&file, FILE_BYTES_MAX), 0);
	CHECK(is_filled(&file, FILE_BYTES_MAX - 5000, FILE_BYTES_MAX - 1, 1));
	CHECK_EQ(file_resize(&file, FILE_BYTES_MAX - 4096), 0);
	CHECK_EQ(file.blocks, 2);
	CHECK(is_filled(&file, FILE_BYTES_MAX - 5000, FILE_BYTES_MAX - 4096, 0));
	CHECK_EQ(file_resize(&file, 10), 0);
	CHECK_EQ(file.blocks, 1);
	CHECK(is_filled(&file, 0, 10, 0));
	finish(&file);
}

#define MODEL_BYTES (40 * 4096)

/* Random writes, reads and resizes against an array of bytes. */
TEST(against_a_model)
{
	static char model[MODEL_BYTES], data[MODEL_BYTES], buffer[MODEL_BYTES];
	struct file file = { .size = 0 };
	uint64_t size = 0;
	unsigned int seed = 20240607;
	volume_setup(1000, 10);
	for (int round = 0; round < 3000; round++) {
		uint64_t at = rand_r(&seed) % MODEL_BYTES;
		uint64_t count = rand_r(&seed) % (round % 2 ? 300 : 20000);
		if (count > MODEL_BYTES - at)
			count = MODEL_BYTES - at;
		switch (rand_r(&seed) % 4) {
		case 0:
			CHECK_EQ(file_resize(&file, at), 0);
			if (at < size)
				memset(model + at, 0, size - at);
			size = at;
			break;
		case 1:
			memset(data, 1 + round % 100, count);
			CHECK_EQ(file_write(&file, data, count, at), count);
			memcpy(model + at, data, count);
			if (count > 0 && at + count > size)
				size = at + count;
			break;
		default:
			if (at >= size)
				count = 0;
			else if (count > size - at)
				count = size - at;
			CHECK_EQ(file_read(&file, buffer, count, at), count);
			CHECK(memcmp(buffer, model + at, count) == 0);
		}
		CHECK_EQ(file.size, size);
		CHECK(file.blocks * 4096 < size + 4096);
		CHECK_EQ(volume.blocks_used, file.blocks);
	}
	finish(&file);
}
