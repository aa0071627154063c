/*
 * The harness of the module tests. A test file includes this header and the
 * header of the module's layer, and writes its cases with TEST. Every case runs
 * in the same process; the first failed CHECK ends it with a message.
 *
 * A module is tested in up to three builds: address + undefined-behaviour
 * sanitizers; the thread sanitizer, when the module takes locks; and, for the
 * first phase of a two-phase module, with SEQUENTIAL set to 1, where locking
 * does nothing and CHECK_LOCKED and CHECK_UNLOCKED hold always.
 */
#ifndef CHECK_H
#define CHECK_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef SEQUENTIAL
#define SEQUENTIAL 0
#endif

struct check_case {
	const char *name;
	void (*run)(void);
	struct check_case *next;
};

static struct check_case *check_first, **check_last = &check_first;
static const char *check_running = "?";

#define TEST(title)                                                                                          \
	static void title(void);                                                                              \
	static struct check_case check_case_##title = { #title, title, NULL };                                \
	__attribute__((constructor)) static void check_register_##title(void)                                 \
	{                                                                                                     \
		*check_last = &check_case_##title;                                                            \
		check_last = &check_case_##title.next;                                                        \
	}                                                                                                     \
	static void title(void)

#define CHECK(condition)                                                                                     \
	do {                                                                                                  \
		if (!(condition)) {                                                                           \
			fprintf(stderr, "%s:%d: %s: expected %s\n", __FILE__, __LINE__, check_running,        \
			        #condition);                                                                  \
			exit(1);                                                                              \
		}                                                                                             \
	} while (0)

/* Compares two integers and prints both when they differ. */
#define CHECK_EQ(actual, expected)                                                                           \
	do {                                                                                                  \
		long long check_actual = (long long)(actual), check_expected = (long long)(expected);         \
		if (check_actual != check_expected) {                                                         \
			fprintf(stderr, "%s:%d: %s: %s is %lld, expected %s = %lld\n", __FILE__, __LINE__,    \
			        check_running, #actual, check_actual, #expected, check_expected);             \
			exit(1);                                                                              \
		}                                                                                             \
	} while (0)

#if SEQUENTIAL
#define CHECK_LOCKED(node) ((void)(node))
#define CHECK_UNLOCKED(node) ((void)(node))
#else
/* Whether some thread holds the inode's lock; meaningful while no other thread runs. */
#define CHECK_LOCKED(node) CHECK(pthread_mutex_trylock(&(node)->mutex) != 0)
#define CHECK_UNLOCKED(node)                                                                                 \
	do {                                                                                                  \
		CHECK(pthread_mutex_trylock(&(node)->mutex) == 0);                                            \
		pthread_mutex_unlock(&(node)->mutex);                                                         \
	} while (0)
#endif

/*
 * Makes the allocation that comes after `after` more successful ones fail, once:
 * FAIL_ALLOCATION(0) fails the very next. FAIL_NO_ALLOCATION() takes it back.
 */
#define FAIL_ALLOCATION(after) (check_allocations_left = (after))
#define FAIL_NO_ALLOCATION() (check_allocations_left = -1)

static long check_allocations_left = -1;

static inline bool check_allocation_fails(void)
{
	if (check_allocations_left < 0)
		return false;
	return check_allocations_left-- == 0;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);

void *__wrap_malloc(size_t size)
{
	return check_allocation_fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
	return check_allocation_fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *memory, size_t size)
{
	return check_allocation_fails() ? NULL : __real_realloc(memory, size);
}

int main(void)
{
	int count = 0;
	for (struct check_case *test = check_first; test; test = test->next, count++) {
		check_running = test->name;
		test->run();
		FAIL_NO_ALLOCATION();
	}
	printf("%d passed\n", count);
	return count ? 0 : 1;
}

#endif
