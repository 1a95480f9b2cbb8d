/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decoders of what feeds publish, into a segment in the making. Each returns 0, -EBADMSG with words for a document that
 * is not of its form, or -ENOMEM.
 */
#pragma once

#include "base/json.h"
#include "maker.h"

/* An OSV document (ossf.github.io/osv-schema, up to 1.7). */
int osv_add(struct maker *m, const struct json *document, struct err *e) must_check;

/* Whether it looks like CISA's catalogue, and its entries. */
bool kev_is_catalogue(const struct json *document);
int kev_add(struct maker *m, const struct json *document, struct err *e) must_check;

/* FIRST's table: whether a first line is its, and a line of it. */
bool epss_is_head(const char *line);
int epss_add(struct maker *m, const char *line, struct err *e) must_check;

/* RFC 3339 or a date alone; 0 when it is neither or before 1970. */
int64_t osv_time(const char *text);
