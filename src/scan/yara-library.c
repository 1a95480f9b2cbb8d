/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libyara takes memory by functions of its own, and does not look everywhere whether it got some. Here they are defined
 * before its archive is searched, so that its own are never linked; where memory runs out they lead back to the caller.
 *
 * The modules magic and cuckoo would read files that a worker does not have: to rules they are unknown.
 */
#include "yara-library.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <yara.h>
#include <yara/mem.h>

/* libyara's functions have no argument for it. One for each thread, set only while libyara runs. */
static _Thread_local jmp_buf *way_out;

int yara_guarded(int (*call)(void *data), void *data)
{
	jmp_buf here;
	jmp_buf *volatile before = way_out;

	way_out = &here;
	int r = setjmp(here) ? ERROR_INSUFFICIENT_MEMORY : call(data);
	way_out = before;
	return r;
}

static void *checked(void *p)
{
	if (!p && way_out)
		longjmp(*way_out, 1);
	return p;
}

int yr_heap_alloc(void)
{
	return ERROR_SUCCESS;
}

int yr_heap_free(void)
{
	return ERROR_SUCCESS;
}

void *yr_calloc(size_t count, size_t size)
{
	return checked(calloc(count, size));
}

void *yr_malloc(size_t size)
{
	return checked(malloc(size));
}

void *yr_realloc(void *p, size_t size)
{
	return checked(realloc(p, size));
}

char *yr_strdup(const char *s)
{
	return checked(strdup(s));
}

char *yr_strndup(const char *s, size_t n)
{
	return checked(strndup(s, n));
}

void yr_free(void *p)
{
	free(p);
}

#define NO_MODULE(name)                                                                                                \
	int name##__declarations(YR_OBJECT *);                                                                         \
	int name##__initialize(YR_MODULE *);                                                                           \
	int name##__finalize(YR_MODULE *);                                                                             \
	int name##__load(YR_SCAN_CONTEXT *, YR_OBJECT *, void *, size_t);                                              \
	int name##__unload(YR_OBJECT *);                                                                               \
	int name##__declarations(YR_OBJECT *object)                                                                    \
	{                                                                                                              \
		return ERROR_UNKNOWN_MODULE;                                                                           \
	}                                                                                                              \
	int name##__initialize(YR_MODULE *module)                                                                      \
	{                                                                                                              \
		return ERROR_SUCCESS;                                                                                  \
	}                                                                                                              \
	int name##__finalize(YR_MODULE *module)                                                                        \
	{                                                                                                              \
		return ERROR_SUCCESS;                                                                                  \
	}                                                                                                              \
	int name##__load(YR_SCAN_CONTEXT *context, YR_OBJECT *object, void *data, size_t len)                          \
	{                                                                                                              \
		return ERROR_SUCCESS;                                                                                  \
	}                                                                                                              \
	int name##__unload(YR_OBJECT *object)                                                                          \
	{                                                                                                              \
		return ERROR_SUCCESS;                                                                                  \
	}
NO_MODULE(magic)
NO_MODULE(cuckoo)
