/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fails one allocation of a unit test, preloaded into it by tools/fault-alloc: "out of memory is an error like any
 * other" is only true where it was tried.
 *
 * Allocations are told apart by their call stack: the first visit of each new stack counts, so that a loop of a
 * thousand appends is one case and not a thousand. SKEP_FAULT=N fails the N-th of them, N=0 none. The number of
 * stacks seen is written to the descriptor SKEP_FAULT_FD at the end, so that the runner knows how many cases there
 * are. What the test framework and the loader allocate for themselves never fails.
 */
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <link.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))
#define STACKS_MAX 65536
#define FRAMES_MAX 48
#define SPARED_MAX 16
#define EARLY_BYTES 65536

static void *(*real_malloc)(size_t);
static void *(*real_calloc)(size_t, size_t);
static void *(*real_realloc)(void *, size_t);
static void (*real_free)(void *);

static uint64_t stacks[STACKS_MAX]; /* open addressing by hash, 0 is free */
static unsigned stack_count;
static long fault_at = -1; /* -1: not set up yet, nothing is counted */
static int report_fd = -1;
static __thread bool inside; /* an allocation of our own is no case */
static pid_t owner;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static struct {
	uintptr_t start, end;
} spared[SPARED_MAX];
static unsigned spared_count;

/* What dlsym() asks for before there is a malloc to answer it. */
static _Alignas(16) char early[EARLY_BYTES];
static size_t early_used;

static void *early_alloc(size_t size)
{
	size = (size + 15) & ~(size_t)15;
	if (size > sizeof(early) - early_used)
		return NULL;
	void *p = early + early_used;
	early_used += size;
	return p;
}

static bool is_early(const void *p)
{
	return (const char *)p >= early && (const char *)p < early + sizeof(early);
}

/* The test framework and the loader do not belong to what is tested. */
static int spare_object(struct dl_phdr_info *info, size_t size, void *data)
{
	static const char *const names[] = {"libcmocka", "ld-linux", "fault-alloc", "libasan", "libubsan", "libgcc_s"};

	(void)size;
	(void)data;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!strstr(info->dlpi_name, names[i]))
			continue;
		for (int h = 0; h < info->dlpi_phnum && spared_count < SPARED_MAX; h++) {
			if (info->dlpi_phdr[h].p_type != PT_LOAD || !(info->dlpi_phdr[h].p_flags & PF_X))
				continue;
			uintptr_t start = info->dlpi_addr + info->dlpi_phdr[h].p_vaddr;
			spared[spared_count].start = start;
			spared[spared_count++].end = start + info->dlpi_phdr[h].p_memsz;
		}
	}
	return 0;
}

static bool is_spared(const void *caller)
{
	for (unsigned i = 0; i < spared_count; i++)
		if ((uintptr_t)caller >= spared[i].start && (uintptr_t)caller < spared[i].end)
			return true;
	return false;
}

static void resolve(void)
{
	if (real_malloc)
		return;
	inside = true;
	real_calloc = (void *(*)(size_t, size_t))dlsym(RTLD_NEXT, "calloc");
	real_realloc = (void *(*)(void *, size_t))dlsym(RTLD_NEXT, "realloc");
	real_free = (void (*)(void *))dlsym(RTLD_NEXT, "free");
	real_malloc = (void *(*)(size_t))dlsym(RTLD_NEXT, "malloc");
	inside = false;
}

/* Remembers the stack; true when it is new. */
static bool remember(uint64_t hash)
{
	for (unsigned i = 0; i < STACKS_MAX; i++) {
		uint64_t *slot = &stacks[(hash + i) % STACKS_MAX];
		if (*slot == hash)
			return false;
		if (*slot == 0) {
			*slot = hash;
			return stack_count < STACKS_MAX / 2;
		}
	}
	return false;
}

static bool must_fail(const void *caller)
{
	void *frames[FRAMES_MAX];
	bool fail = false;

	if (fault_at < 0 || inside || is_spared(caller))
		return false;
	inside = true;
	int count = backtrace(frames, FRAMES_MAX);
	uint64_t hash = 1469598103934665603u;
	for (int i = 0; i < count; i++)
		hash = (hash ^ (uintptr_t)frames[i]) * 1099511628211u;
	pthread_mutex_lock(&lock);
	if (remember(hash | 1))
		fail = ++stack_count == (unsigned long)fault_at;
	pthread_mutex_unlock(&lock);
	inside = false;
	if (fail)
		errno = ENOMEM;
	return fail;
}

EXPORT void *malloc(size_t size)
{
	resolve();
	if (!real_malloc)
		return early_alloc(size);
	return must_fail(__builtin_return_address(0)) ? NULL : real_malloc(size);
}

EXPORT void *calloc(size_t count, size_t size)
{
	if (inside && !real_malloc)
		return early_alloc(count * size);
	resolve();
	return must_fail(__builtin_return_address(0)) ? NULL : real_calloc(count, size);
}

EXPORT void *realloc(void *old, size_t size)
{
	resolve();
	if (is_early(old)) {
		void *p = real_malloc(size);
		if (p)
			memcpy(p, old, size);
		return p;
	}
	return must_fail(__builtin_return_address(0)) ? NULL : real_realloc(old, size);
}

EXPORT void free(void *p)
{
	if (is_early(p))
		return;
	resolve();
	real_free(p);
}

__attribute__((constructor)) static void set_up(void)
{
	const char *nth = getenv("SKEP_FAULT"), *fd = getenv("SKEP_FAULT_FD");
	void *frames[4];

	resolve();
	if (!nth)
		return;
	inside = true;
	backtrace(frames, 4); /* loads libgcc once, now */
	dl_iterate_phdr(spare_object, NULL);
	inside = false;
	owner = getpid();
	report_fd = fd ? (int)strtol(fd, NULL, 10) : -1;
	fault_at = strtol(nth, NULL, 10);
}

__attribute__((destructor)) static void report(void)
{
	char text[32];

	if (report_fd < 0 || getpid() != owner)
		return;
	int len = snprintf(text, sizeof(text), "%u\n", stack_count);
	if (write(report_fd, text, (size_t)len) != len)
		_exit(99);
}
