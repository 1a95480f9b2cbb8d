/* SPDX-License-Identifier: Apache-2.0 */
/* Denials as a file in a container's folder. Inside the room only. */
#pragma once

#include "base/buf.h"
#include "flow/denials.h"

enum { DENIALS_BYTES_MAX = 8 << 20 };

/* From here to its end B holds one JSON array. */
struct denial_writer {
	struct buf *out;
	size_t count;
};
void denial_write(struct denial_writer *w, const struct flow_denial *d);
/* Closes the array and replaces the file NAME in DIR. */
int denial_save(struct denial_writer *w, int dir, const char *name, struct err *e) must_check;
/* A missing file is none. */
int denial_read(int dir, const char *name, flow_denial_fn *fn, void *data, struct err *e) must_check;
