/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scoped ownership: a local that is released when its scope ends, on every path out.
 *
 *   scoped_fd int fd = open(...);            closed at the end of the scope (-1 is fine)
 *   scoped_free char *text = strdup(...);    freed at the end of the scope
 *   SCOPED(buf) struct buf b = ...;          buf_done(&b) at the end of the scope
 *
 * Ownership leaves a scope only by take_fd() and take_ptr(), which leave -1 or NULL behind.
 */
#pragma once

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define must_check __attribute__((warn_unused_result))
#define printf_like(fmt, args) __attribute__((format(printf, fmt, args)))

/* Says that a result is unimportant here; the comment beside it says why. */
#define ignore(expr) ((void)!(expr))

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define MIN_OF(a, b) ((a) < (b) ? (a) : (b))

static inline void cleanup_free(void *p)
{
	free(*(void **)p);
}

/* Closes and keeps errno, so that an error path can report the first failure. */
static inline void close_keep_errno(int fd)
{
	int saved = errno;
	if (fd >= 0)
		close(fd);
	errno = saved;
}

static inline void cleanup_fd(int *fd)
{
	close_keep_errno(*fd);
}

#define scoped_free __attribute__((cleanup(cleanup_free)))
#define scoped_fd __attribute__((cleanup(cleanup_fd)))

/* Every owning struct NAME has NAME_done(struct NAME *), safe on a zeroed or half-built value. */
#define DEFINE_SCOPED(name)                                                                                            \
	static inline void cleanup_##name(struct name *p)                                                              \
	{                                                                                                              \
		name##_done(p);                                                                                        \
	}
/* The same for opaque types held by pointer, released by NAME_free(struct NAME *), NULL-safe. */
#define DEFINE_SCOPED_PTR(name)                                                                                        \
	static inline void cleanup_ptr_##name(struct name **p)                                                         \
	{                                                                                                              \
		name##_free(*p);                                                                                       \
	}
#define SCOPED(name) __attribute__((cleanup(cleanup_##name)))
#define SCOPED_PTR(name) __attribute__((cleanup(cleanup_ptr_##name)))

static inline int take_fd(int *fd)
{
	int taken = *fd;
	*fd = -1;
	return taken;
}

#define take_ptr(p)                                                                                                    \
	({                                                                                                             \
		__typeof__(p) *take_from = &(p);                                                                       \
		__typeof__(p) taken = *take_from;                                                                      \
		*take_from = NULL;                                                                                     \
		taken;                                                                                                 \
	})
