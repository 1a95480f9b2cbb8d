/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files below a directory descriptor, by openat2(2), so that no name from outside can lead anywhere else; and whole
 * small files read and written. All descriptors are close-on-exec.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"

/*
 * openat2(2) with O_CLOEXEC. RESOLVE is RESOLVE_* of linux/openat2.h. Returns the descriptor or -errno; a transient
 * -EAGAIN (a rename raced with the walk) is tried again.
 */
int path_openat2(int dirfd, const char *path, uint64_t flags, mode_t mode, uint64_t resolve) must_check;

/* Opens PATH as a process whose root is ROOTFD would: links stay inside, magic links are refused. */
int path_open_in_root(int rootfd, const char *path, uint64_t flags, mode_t mode) must_check;

/* Opens PATH strictly below DIRFD: absolute names, "..", and links that leave are -EXDEV or -ELOOP. */
int path_open_beneath(int dirfd, const char *path, uint64_t flags, mode_t mode) must_check;

/*
 * Makes every missing folder of PATH inside ROOTFD, as mkdir -p with links resolved inside the root, and returns an
 * O_PATH descriptor of the last one, or -errno.
 */
int path_mkdirs_in_root(int rootfd, const char *path, mode_t mode) must_check;

/* Makes PATH inside ROOTFD as an empty file, with its folders; an O_PATH descriptor of it, or -errno. */
int path_make_file_in_root(int rootfd, const char *path) must_check;

/* mkdir -p of a trusted absolute or relative path; 0 or -errno. */
int path_mkdirs(const char *path, mode_t mode) must_check;

/*
 * Appends the whole file to B. -EFBIG when it is larger than b->max allows. -EISDIR and -EINVAL for what is no
 * regular file when REGULAR_ONLY (a FIFO never blocks: it is opened with O_NONBLOCK).
 */
int path_read_file(int dirfd, const char *path, struct buf *b) must_check;
/* The same of a file that the caller named, which may be a pipe or /dev/fd/N: it is waited for then. */
int path_read_given(const char *path, struct buf *b) must_check;

/* Writes DATA to a kernel file (cgroup, proc): one open, one write, no create. 0 or -errno. */
int path_write_kernel(int dirfd, const char *path, const char *data) must_check;

/* Replaces the file in one step: a temporary name in DIRFD, written, fsync'ed when DURABLE, renamed. */
int path_write_file(int dirfd, const char *name, const void *data, size_t len, mode_t mode, bool durable) must_check;

/* Removes NAME and all below it, never following a link and never leaving its file system. -ENOENT is 0. */
int path_remove_tree(int dirfd, const char *name) must_check;

/* All of LEN bytes, over interruptions; 0 or -errno. A premature end when reading is -ENODATA. */
int fd_write_all(int fd, const void *data, size_t len) must_check;
int fd_read_all(int fd, void *data, size_t len) must_check;

/* "/proc/self/fd/N" of a descriptor, for the calls that take only a path. */
struct fd_path {
	char text[32];
};
struct fd_path fd_path_of(int fd);

/* The name an open file has now, absolute; -ENAMETOOLONG when it does not fit, -ENOENT when it has none any more. */
int fd_real_path(int fd, char *path, size_t len) must_check;
/* The same of PATH, which must be there: links resolved, absolute. */
int path_real(const char *path, char *ret, size_t len) must_check;
