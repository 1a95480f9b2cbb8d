/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading JSON through json-c, which is known to this file (and, for writing a value back, json-out.c) alone.
 */
#include "base/json.h"

#include <limits.h>
#include <string.h>

/* json-c has a type of this name. */
#define json_bool json_c_bool
#include <json-c/json.h>
#undef json_bool

/* A struct json is json-c's object under another name; NULL is JSON's null in both. */
static struct json_object *object_of(const struct json *v)
{
	return (struct json_object *)(uintptr_t)v;
}

/*
 * json-c takes single quotes, comments, NaN and Infinity even when strict. Their first signs do not occur in JSON
 * outside strings; returns the position of one, or LEN when there is none.
 */
static size_t find_foreign_sign(const char *text, size_t len)
{
	bool quoted = false;

	for (size_t i = 0; i < len; i++) {
		char c = text[i];
		if (c == '"')
			quoted = !quoted;
		else if (quoted && c == '\\')
			i++;
		else if (!quoted && (c == '\'' || c == '/' || c == 'N' || c == 'I'))
			return i;
	}
	return len;
}

/* Whether the whole number of LEN signs at TEXT fits 64 bits: signed when negative, unsigned otherwise. */
static bool fits_64_bits(const char *text, size_t len)
{
	static const char least[] = "9223372036854775808", most[] = "18446744073709551615";
	const char *limit = *text == '-' ? least : most;
	size_t limit_len = strlen(limit);

	len -= *text == '-';
	text += *text == '-';
	return len < limit_len || (len == limit_len && memcmp(text, limit, len) <= 0);
}

/*
 * json-c cuts a whole number that is too large down to the greatest one, so that one written as 2^64 would be read as
 * 2^64-1. Returns the position of such a number, or LEN when there is none.
 */
static size_t find_large_number(const char *text, size_t len)
{
	bool quoted = false;

	for (size_t i = 0; i < len; i++) {
		char c = text[i];
		if (c == '"') {
			quoted = !quoted;
		} else if (quoted) {
			i += c == '\\';
		} else if (c == '-' || (c >= '0' && c <= '9')) {
			size_t end = i;
			while (end < len && text[end] && strchr("0123456789+-.eE", text[end]))
				end++;
			if (end - i > 18 && !memchr(text + i, '.', end - i) && !memchr(text + i, 'e', end - i) &&
			    !memchr(text + i, 'E', end - i) && !fits_64_bits(text + i, end - i))
				return i;
			i = end - 1;
		}
	}
	return len;
}

/* Where no value fits a member, json-c yields NULL; the root alone may be null and is refused. */
int json_parse(const char *text, size_t len, struct json_limits limits, struct json **ret, struct err *e)
{
	if (len > limits.bytes_max || len > INT_MAX)
		return err_set(e, -E2BIG, "JSON text of %zu bytes is over the limit of %zu", len, limits.bytes_max);

	size_t foreign = find_foreign_sign(text, len);
	if (foreign < len)
		return err_set(e, -EINVAL, "not valid JSON at byte %zu: unexpected character", foreign);

	size_t large = find_large_number(text, len);
	if (large < len)
		return err_set(e, -ERANGE, "number at byte %zu does not fit 64 bits", large);

	struct json_tokener *tokener = json_tokener_new_ex(limits.depth_max);
	if (!tokener)
		return err_set(e, -ENOMEM, "out of memory");
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	struct json_object *doc = json_tokener_parse_ex(tokener, text, (int)len);
	enum json_tokener_error why = json_tokener_get_error(tokener);
	size_t end = json_tokener_get_parse_end(tokener);
	/* A bare number at the end of the text is only complete once something follows it. */
	if (why == json_tokener_continue) {
		doc = json_tokener_parse_ex(tokener, "", 1);
		why = json_tokener_get_error(tokener);
	}
	json_tokener_free(tokener);

	while (why == json_tokener_success && end < len && strchr(" \t\r\n", text[end]) && text[end])
		end++;
	if (why == json_tokener_success && doc && end >= len) {
		*ret = (struct json *)doc;
		return 0;
	}
	json_object_put(doc);
	if (why == json_tokener_error_depth)
		return err_set(e, -E2BIG, "JSON nested deeper than %d levels", limits.depth_max);
	if (why == json_tokener_success)
		return err_set(e, -EINVAL,
			       doc ? "unexpected text after the JSON value at byte %zu"
				   : "JSON value is null (byte %zu)",
			       end);
	return err_set(e, -EINVAL, "not valid JSON at byte %zu: %s", end, json_tokener_error_desc(why));
}

void json_free(struct json *doc)
{
	json_object_put(object_of(doc));
}

enum json_kind json_kind(const struct json *v)
{
	switch (json_object_get_type(object_of(v))) {
	case json_type_boolean:
		return JSON_BOOL;
	case json_type_int:
		return JSON_INT;
	case json_type_double:
		return JSON_REAL;
	case json_type_string:
		return JSON_STRING;
	case json_type_array:
		return JSON_ARRAY;
	case json_type_object:
		return JSON_OBJECT;
	case json_type_null:
	default:
		return JSON_NULL;
	}
}

const char *json_kind_name(enum json_kind kind)
{
	static const char *const names[] = {"null",	"a boolean", "a whole number", "a number",
					    "a string", "an array",  "an object"};
	return names[kind];
}

const struct json *json_get(const struct json *v, const char *key)
{
	struct json_object *member = NULL;

	if (json_object_is_type(object_of(v), json_type_object))
		json_object_object_get_ex(object_of(v), key, &member);
	return (const struct json *)member;
}

size_t json_count(const struct json *v)
{
	if (json_object_is_type(object_of(v), json_type_array))
		return json_object_array_length(object_of(v));
	if (json_object_is_type(object_of(v), json_type_object))
		return (size_t)json_object_object_length(object_of(v));
	return 0;
}

const struct json *json_at(const struct json *v, size_t index)
{
	if (!json_object_is_type(object_of(v), json_type_array))
		return NULL;
	return (const struct json *)json_object_array_get_idx(object_of(v), index);
}

int json_each(const struct json *v, json_member_fn *fn, void *data, struct err *e)
{
	if (!json_object_is_type(object_of(v), json_type_object))
		return 0;
	json_object_object_foreach(object_of(v), key, member)
	{
		int r = fn(key, (const struct json *)member, data, e);
		if (r)
			return r;
	}
	return 0;
}

static int wrong_kind(const struct json *v, enum json_kind wanted, struct err *e)
{
	return err_set(e, -EINVAL, "expected %s, found %s", json_kind_name(wanted), json_kind_name(json_kind(v)));
}

int json_str(const struct json *v, const char **ret, struct err *e)
{
	if (json_kind(v) != JSON_STRING)
		return wrong_kind(v, JSON_STRING, e);
	const char *s = json_object_get_string(object_of(v));
	if (strlen(s) != (size_t)json_object_get_string_len(object_of(v)))
		return err_set(e, -EINVAL, "string has a NUL character inside");
	*ret = s;
	return 0;
}

int json_bool(const struct json *v, bool *ret, struct err *e)
{
	if (json_kind(v) != JSON_BOOL)
		return wrong_kind(v, JSON_BOOL, e);
	*ret = json_object_get_boolean(object_of(v));
	return 0;
}

/*
 * json-c saturates a number that does not fit its 64 bits. The limits themselves are legal values (rlimits use
 * them), so a number read as a limit is compared with its text.
 */
static bool saturated(const struct json *v, const char *limit)
{
	const char *text = json_object_to_json_string(object_of(v));
	return text && strcmp(text, limit) != 0;
}

int json_i64(const struct json *v, int64_t *ret, struct err *e)
{
	if (json_kind(v) != JSON_INT)
		return wrong_kind(v, JSON_INT, e);
	int64_t value = json_object_get_int64(object_of(v));
	if (value == INT64_MAX && saturated(v, "9223372036854775807"))
		return err_set(e, -ERANGE, "number is too large");
	*ret = value;
	return 0;
}

int json_u64(const struct json *v, uint64_t *ret, struct err *e)
{
	if (json_kind(v) != JSON_INT)
		return wrong_kind(v, JSON_INT, e);
	if (json_object_get_int64(object_of(v)) < 0)
		return err_set(e, -ERANGE, "number must not be negative");
	*ret = json_object_get_uint64(object_of(v));
	return 0;
}

int json_u32(const struct json *v, uint32_t *ret, struct err *e)
{
	uint64_t value = 0;
	int r = json_u64(v, &value, e);
	if (r < 0)
		return r;
	if (value > UINT32_MAX)
		return err_set(e, -ERANGE, "number is over %u", UINT32_MAX);
	*ret = (uint32_t)value;
	return 0;
}

int json_real(const struct json *v, double *ret, struct err *e)
{
	if (json_kind(v) != JSON_REAL && json_kind(v) != JSON_INT)
		return wrong_kind(v, JSON_REAL, e);
	*ret = json_object_get_double(object_of(v));
	return 0;
}

#define DEFINE_GET(suffix, type)                                                                                       \
	int json_get_##suffix(const struct json *v, const char *key, type *ret, struct err *e)                         \
	{                                                                                                              \
		const struct json *member = json_get(v, key);                                                          \
		int r = member ? json_##suffix(member, ret, e) : 0;                                                    \
		return r < 0 ? err_wrap(e, r, "%s", key) : 0;                                                          \
	}

DEFINE_GET(str, const char *)
DEFINE_GET(bool, bool)
DEFINE_GET(i64, int64_t)
DEFINE_GET(u64, uint64_t)
DEFINE_GET(u32, uint32_t)

static int get_kind(const struct json *v, const char *key, enum json_kind kind, const struct json **ret, struct err *e)
{
	const struct json *member = json_get(v, key);

	if (member && json_kind(member) != kind) {
		wrong_kind(member, kind, e);
		return err_wrap(e, -EINVAL, "%s", key);
	}
	*ret = member;
	return 0;
}

int json_get_array(const struct json *v, const char *key, const struct json **ret, struct err *e)
{
	return get_kind(v, key, JSON_ARRAY, ret, e);
}

int json_get_object(const struct json *v, const char *key, const struct json **ret, struct err *e)
{
	return get_kind(v, key, JSON_OBJECT, ret, e);
}
