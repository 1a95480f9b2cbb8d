/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The content of one file at a time, whole: in memory while it is small, in the caller's scratch file when it is not, so
 * that memory stays flat whatever an image holds. Inside the room only.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

struct scan_content {
	int scratch_fd; /* borrowed; -1: nothing larger than memory takes */
	uint8_t *memory;
	size_t capacity;
	uint8_t *mapped; /* or NULL */
	bool in_file;	 /* it is being put into the scratch file */
	size_t len;
};

void scan_content_done(struct scan_content *c);
/* Makes room for SIZE bytes, zeroed where nothing is written. -EFBIG without a scratch file. */
int scan_content_begin(struct scan_content *c, uint64_t size, struct err *e) must_check;
/* Maps SIZE bytes of a file instead: only what a reader looks at is read. -EFBIG for an empty one. */
int scan_content_map(struct scan_content *c, int fd, uint64_t size, struct err *e) must_check;
/* -EBADMSG beyond the size that was said. */
int scan_content_write(struct scan_content *c, uint64_t offset, const void *data, size_t len, struct err *e) must_check;
/* All of it, valid until the next begin; an error when it cannot be mapped. */
int scan_content_finish(struct scan_content *c, const uint8_t **ret, struct err *e) must_check;
