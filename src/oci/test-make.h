/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Archives for tests, honest and hostile ones: every field can be written as a test wants it.
 */
#pragma once

#include <stdint.h>

#include "base/buf.h"

struct make_entry {
	const char *path;
	char type;     /* '0' when 0 */
	unsigned mode; /* 0644 or 0755 when 0 */
	unsigned uid, gid;
	const char *link;
	const char *content; /* NULL: none */
	size_t size;	     /* of content; 0: its strlen */
	const char *pax;     /* keyword=value lines, separated by '|', or NULL */
};

void make_tar(struct buf *b, const struct make_entry *entries, size_t count);
void make_tar_add(struct buf *b, const struct make_entry *entry);
void make_tar_end(struct buf *b);
