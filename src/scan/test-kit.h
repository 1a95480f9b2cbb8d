/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of readers share: one reader, one file, and what it said as lines of text. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"
#include "readers.h"

/* "name version", one a line, in the order they were found, of all groups; remarks as "! text"; what only development needs has "(dev)". */
static inline void kit_describe(const struct scan_out *o, struct buf *b)
{
	for (size_t i = 0; i < o->part.group_count; i++)
		for (size_t k = 0; k < o->part.groups[i].package_count; k++) {
			const struct model_package *p = &o->part.groups[i].packages[k];
			buf_printf(b, "%s %s%s%s%s%s%s\n", p->name, p->version, p->source_name ? " <" : "",
				   p->source_name ? p->source_name : "", p->source_version ? " " : "",
				   p->source_version ? p->source_version : "", p->dev ? " (dev)" : "");
		}
	for (size_t i = 0; i < o->part.remark_count; i++)
		buf_printf(b, "! %s\n", o->part.remarks[i].text);
}

static inline const char *kit_base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* Reads DATA as the file PATH by every reader that wants it. */
static inline void kit_read(struct scan_out *o, const char *path, const void *data, size_t len)
{
	struct scan_options options = {.packages = true, .programs = true, .scratch_fd = -1};
	struct scan_file f = {.path = path,
			      .base = kit_base(path),
			      .size = len,
			      .mode = 0100755,
			      .head = data,
			      .head_len = MIN_OF(len, (size_t)SCAN_HEAD_BYTES),
			      .data = data,
			      .len = len,
			      .options = &options};

	scan_read(o, &f, scan_wanted(&f, false));
	assert_int_equal(0, scan_out_error(o));
}

/* The same, and what was found is EXPECTED. */
static inline void kit_check(const char *path, const char *text, const char *expected)
{
	SCOPED(buf) struct buf b = BUF_INIT(1u << 20);
	struct scan_out *o = NULL;

	assert_int_equal(0, scan_out_new(&o));
	kit_read(o, path, text, strlen(text));
	kit_describe(o, &b);
	assert_string_equal(expected, buf_str(&b));
	scan_out_free(o);
}
