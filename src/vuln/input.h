/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bytes of a feed's file, unpacked while they are read (gzip and zstd, told by their first bytes), and the members
 * of a zip archive. A stream that ends too early is an error.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

struct input;
/* Borrows FD, from where it stands. */
int input_open(int fd, struct input **ret, struct err *e) must_check;
void input_free(struct input *in);
DEFINE_SCOPED_PTR(input)
/* Its first bytes are those of a zip archive. */
bool input_is_zip(const struct input *in);
/* Up to ROOM bytes; 0 is the end. -EBADMSG: damaged or cut. */
ssize_t input_read(struct input *in, void *to, size_t room, struct err *e) must_check;

/*
 * Calls FN with each line of IN without its end, NUL-terminated, and whether more follow; stops at a result that is not
 * 0 and returns it. Lines are at most MAX long (-EFBIG).
 */
typedef int input_line_fn(char *line, size_t len, void *data, struct err *e);
int input_each_line(struct input *in, size_t max, input_line_fn *fn, void *data, struct err *e) must_check;

typedef int zip_member_fn(const char *name, const struct buf *content, void *data, struct err *e);
/* Calls FN with each regular member whose name ends with SUFFIX; its content is at most MAX bytes. */
int zip_each(int fd, const char *suffix, size_t max, zip_member_fn *fn, void *data, struct err *e) must_check;
