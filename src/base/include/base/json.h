/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The JSON seam (RFC 8259): a tree reader with limits, and a streaming writer into a buf. Whatever library parses is
 * known to json.c alone.
 *
 * The reader refuses text larger or deeper than its limits, bytes after the value, and invalid UTF-8. Strings with a
 * NUL inside are refused where they are read: to C they would be another, shorter string.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

struct json; /* a value inside a document; borrowed unless it came from json_parse() */

enum json_kind { JSON_NULL, JSON_BOOL, JSON_INT, JSON_REAL, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

struct json_limits {
	size_t bytes_max;
	int depth_max;
};
#define JSON_LIMITS_CONFIG ((struct json_limits){.bytes_max = 8u << 20, .depth_max = 64})

/* Parses TEXT. Free the result with json_free(). -EINVAL malformed, -E2BIG over a limit, -ENOMEM. */
int json_parse(const char *text, size_t len, struct json_limits limits, struct json **ret, struct err *e) must_check;
void json_free(struct json *doc);
DEFINE_SCOPED_PTR(json)

enum json_kind json_kind(const struct json *v);
const char *json_kind_name(enum json_kind kind);

/* The member of an object, or NULL when absent, null, or V is not an object. */
const struct json *json_get(const struct json *v, const char *key);

/* Arrays and objects. */
size_t json_count(const struct json *v);
const struct json *json_at(const struct json *v, size_t index); /* NULL past the end */
typedef int json_member_fn(const char *key, const struct json *value, void *data, struct err *e);
/* Calls FN for every member; stops at the first non-zero result and returns it. A key with a NUL inside is -EINVAL. */
int json_each(const struct json *v, json_member_fn *fn, void *data, struct err *e) must_check;

/* Typed reads of a value; -EINVAL with words when it has another kind or does not fit. Strings are borrowed. */
int json_str(const struct json *v, const char **ret, struct err *e) must_check;
int json_bool(const struct json *v, bool *ret, struct err *e) must_check;
int json_i64(const struct json *v, int64_t *ret, struct err *e) must_check;
int json_u64(const struct json *v, uint64_t *ret, struct err *e) must_check;
int json_u32(const struct json *v, uint32_t *ret, struct err *e) must_check;
int json_real(const struct json *v, double *ret, struct err *e) must_check; /* whole numbers too */

/* The same for an optional member: absent or null leaves *ret untouched and returns 0; errors name the key. */
int json_get_str(const struct json *v, const char *key, const char **ret, struct err *e) must_check;
int json_get_bool(const struct json *v, const char *key, bool *ret, struct err *e) must_check;
int json_get_i64(const struct json *v, const char *key, int64_t *ret, struct err *e) must_check;
int json_get_u64(const struct json *v, const char *key, uint64_t *ret, struct err *e) must_check;
int json_get_u32(const struct json *v, const char *key, uint32_t *ret, struct err *e) must_check;
/* *ret = NULL when absent; -EINVAL when present with another kind. */
int json_get_array(const struct json *v, const char *key, const struct json **ret, struct err *e) must_check;
int json_get_object(const struct json *v, const char *key, const struct json **ret, struct err *e) must_check;

/*
 * The writer. KEY is NULL inside arrays and for the outermost value. Errors are the buf's sticky error. With INDENT
 * the text is laid out for people.
 */
struct json_out {
	struct buf *buf;
	bool indent;
	bool has_value; /* the open container has a value before the next one */
	int depth;
};
#define JSON_OUT(b) ((struct json_out){.buf = (b)})
#define JSON_OUT_PRETTY(b) ((struct json_out){.buf = (b), .indent = true})

void json_out_object(struct json_out *o, const char *key);
void json_out_object_end(struct json_out *o);
void json_out_array(struct json_out *o, const char *key);
void json_out_array_end(struct json_out *o);
/* NULL is written as null; bytes that are not UTF-8 are written as U+FFFD. */
void json_out_str(struct json_out *o, const char *key, const char *value);
void json_out_i64(struct json_out *o, const char *key, int64_t value);
void json_out_u64(struct json_out *o, const char *key, uint64_t value);
void json_out_real(struct json_out *o, const char *key, double value);
void json_out_bool(struct json_out *o, const char *key, bool value);
void json_out_null(struct json_out *o, const char *key);
/* A value that was read, written again. */
void json_out_value(struct json_out *o, const char *key, const struct json *value);
