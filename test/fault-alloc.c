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
#define EARLY_BYTES (1 << 20)

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

struct code {
	uintptr_t start, end;
};
struct code_list {
	struct code items[SPARED_MAX];
	unsigned count;
};
static struct code_list spared; /* never failed */
/*
 * json-c 0.16 takes strdup() of a member's name as granted (json_object_object_add_ex): not ours to handle, so what
 * libc allocates on its behalf does not fail. What it allocates itself does.
 */
static struct code_list frail;

/*
 * Answers until our constructor ran: dlsym() allocates before there is a malloc to find, and a sanitizer that is still
 * starting cannot be asked.
 */
static bool ready;
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

static void add_code(struct code_list *list, const struct dl_phdr_info *info)
{
	for (int h = 0; h < info->dlpi_phnum && list->count < SPARED_MAX; h++) {
		if (info->dlpi_phdr[h].p_type != PT_LOAD || !(info->dlpi_phdr[h].p_flags & PF_X))
			continue;
		uintptr_t start = info->dlpi_addr + info->dlpi_phdr[h].p_vaddr;
		list->items[list->count++] = (struct code){start, start + info->dlpi_phdr[h].p_memsz};
	}
}

/*
 * The test framework and the loader do not belong to what is tested. OpenSSL 3.0 dereferences locks that it could not
 * allocate while it starts (CRYPTO_THREAD_read_lock), and libseccomp 2.5 blocks that it could not make while it exports a
 * program (seccomp_export_bpf): no caller can prevent either.
 */
static int sort_object(struct dl_phdr_info *info, size_t size, void *data)
{
	static const char *const names[] = {"libcmocka", "ld-linux", "fault-alloc", "libasan",
					    "libubsan",	 "libgcc_s", "libcrypto",   "libseccomp"};

	(void)size;
	(void)data;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strstr(info->dlpi_name, names[i]))
			add_code(&spared, info);
	if (strstr(info->dlpi_name, "libjson-c"))
		add_code(&frail, info);
	return 0;
}

static bool is_in(const struct code_list *list, const void *address)
{
	for (unsigned i = 0; i < list->count; i++)
		if ((uintptr_t)address >= list->items[i].start && (uintptr_t)address < list->items[i].end)
			return true;
	return false;
}

static bool is_for_frail(const void *caller, void *const *frames, int count)
{
	if (is_in(&frail, caller))
		return false;
	for (int i = 0; i < count && i < 5; i++)
		if (is_in(&frail, frames[i]))
			return true;
	return false;
}

static void resolve(void)
{
	real_calloc = (void *(*)(size_t, size_t))dlsym(RTLD_NEXT, "calloc");
	real_realloc = (void *(*)(void *, size_t))dlsym(RTLD_NEXT, "realloc");
	real_free = (void (*)(void *))dlsym(RTLD_NEXT, "free");
	real_malloc = (void *(*)(size_t))dlsym(RTLD_NEXT, "malloc");
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

	if (fault_at < 0 || inside || is_in(&spared, caller))
		return false;
	inside = true;
	int count = backtrace(frames, FRAMES_MAX);
	uint64_t hash = 1469598103934665603u;
	for (int i = 0; i < count; i++)
		hash = (hash ^ (uintptr_t)frames[i]) * 1099511628211u;
	pthread_mutex_lock(&lock);
	if (!is_for_frail(caller, frames, count) && remember(hash | 1))
		fail = ++stack_count == (unsigned long)fault_at;
	pthread_mutex_unlock(&lock);
	inside = false;
	if (fail)
		errno = ENOMEM;
	return fail;
}

EXPORT void *malloc(size_t size)
{
	if (!ready)
		return early_alloc(size);
	return must_fail(__builtin_return_address(0)) ? NULL : real_malloc(size);
}

EXPORT void *calloc(size_t count, size_t size)
{
	if (!ready)
		return early_alloc(count * size);
	return must_fail(__builtin_return_address(0)) ? NULL : real_calloc(count, size);
}

EXPORT void *realloc(void *old, size_t size)
{
	if (ready && !is_early(old))
		return must_fail(__builtin_return_address(0)) ? NULL : real_realloc(old, size);
	void *p = ready ? real_malloc(size) : early_alloc(size);
	if (p && old) {
		/* The old size is not kept; what lies behind it is ours to read. */
		size_t left = (size_t)(early + sizeof(early) - (char *)old);
		memcpy(p, old, size < left ? size : left);
	}
	return p;
}

EXPORT void free(void *p)
{
	if (ready && !is_early(p))
		real_free(p);
}

__attribute__((constructor)) static void set_up(void)
{
	const char *nth = getenv("SKEP_FAULT"), *fd = getenv("SKEP_FAULT_FD");
	void *frames[4];

	resolve();
	ready = true;
	if (!nth)
		return;
	inside = true;
	backtrace(frames, 4); /* loads libgcc once, now */
	dl_iterate_phdr(sort_object, NULL);
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
