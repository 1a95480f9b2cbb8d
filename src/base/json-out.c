/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing JSON into a buf, value by value, without a tree in between.
 */
#include "base/json.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* The comma, line and key before a value. */
static void before(struct json_out *o, const char *key);

static void newline(struct json_out *o)
{
	if (!o->indent)
		return;
	buf_add_char(o->buf, '\n');
	for (int i = 0; i < o->depth; i++)
		buf_add_str(o->buf, "  ");
}

/* Length of the UTF-8 sequence at S (RFC 3629: shortest form, no surrogates), or 0 when it is none. */
static size_t utf8_len(const unsigned char *s)
{
	static const struct {
		unsigned char mask, lead;
		uint32_t min;
	} forms[] = {{0x80, 0x00, 0}, {0xe0, 0xc0, 0x80}, {0xf0, 0xe0, 0x800}, {0xf8, 0xf0, 0x10000}};

	for (size_t len = 1; len <= 4; len++) {
		if ((s[0] & forms[len - 1].mask) != forms[len - 1].lead)
			continue;
		uint32_t point = s[0] & (unsigned char)~forms[len - 1].mask;
		for (size_t i = 1; i < len; i++) {
			if ((s[i] & 0xc0) != 0x80)
				return 0;
			point = point << 6 | (s[i] & 0x3f);
		}
		bool surrogate = point >= 0xd800 && point <= 0xdfff;
		return point >= forms[len - 1].min && point <= 0x10ffff && !surrogate ? len : 0;
	}
	return 0;
}

static void add_quoted(struct buf *b, const char *text)
{
	const unsigned char *s = (const unsigned char *)text;

	buf_add_char(b, '"');
	while (*s) {
		const unsigned char *plain = s;
		while (*s >= 0x20 && *s < 0x7f && *s != '"' && *s != '\\')
			s++;
		buf_add(b, plain, (size_t)(s - plain));
		if (!*s)
			break;
		if (*s == '"' || *s == '\\') {
			buf_add_char(b, '\\');
			buf_add_char(b, (char)*s++);
		} else if (*s == '\n') {
			buf_add_str(b, "\\n");
			s++;
		} else if (*s < 0x20 || *s == 0x7f) {
			buf_printf(b, "\\u%04x", *s++);
		} else {
			size_t len = utf8_len(s);
			buf_add(b, len ? (const char *)s : "\xef\xbf\xbd", len ? len : 3);
			s += len ? len : 1;
		}
	}
	buf_add_char(b, '"');
}

static void before(struct json_out *o, const char *key)
{
	if (o->has_value)
		buf_add_char(o->buf, ',');
	if (o->depth > 0)
		newline(o);
	if (key) {
		add_quoted(o->buf, key);
		buf_add_str(o->buf, o->indent ? ": " : ":");
	}
	o->has_value = true;
}

static void open_container(struct json_out *o, const char *key, char bracket)
{
	before(o, key);
	buf_add_char(o->buf, bracket);
	o->depth++;
	o->has_value = false;
}

static void close_container(struct json_out *o, char bracket)
{
	o->depth--;
	if (o->has_value)
		newline(o);
	buf_add_char(o->buf, bracket);
	o->has_value = true;
}

void json_out_object(struct json_out *o, const char *key)
{
	open_container(o, key, '{');
}

void json_out_object_end(struct json_out *o)
{
	close_container(o, '}');
}

void json_out_array(struct json_out *o, const char *key)
{
	open_container(o, key, '[');
}

void json_out_array_end(struct json_out *o)
{
	close_container(o, ']');
}

void json_out_str(struct json_out *o, const char *key, const char *value)
{
	if (!value) {
		json_out_null(o, key);
		return;
	}
	before(o, key);
	add_quoted(o->buf, value);
}

void json_out_i64(struct json_out *o, const char *key, int64_t value)
{
	before(o, key);
	buf_printf(o->buf, "%" PRId64, value);
}

void json_out_u64(struct json_out *o, const char *key, uint64_t value)
{
	before(o, key);
	buf_printf(o->buf, "%" PRIu64, value);
}

void json_out_real(struct json_out *o, const char *key, double value)
{
	if (!isfinite(value)) {
		json_out_null(o, key);
		return;
	}
	before(o, key);
	buf_printf(o->buf, "%.17g", value);
}

void json_out_bool(struct json_out *o, const char *key, bool value)
{
	before(o, key);
	buf_add_str(o->buf, value ? "true" : "false");
}

void json_out_null(struct json_out *o, const char *key)
{
	before(o, key);
	buf_add_str(o->buf, "null");
}

static int write_member(const char *key, const struct json *value, void *data, struct err *e)
{
	json_out_value(data, key, value);
	return 0;
}

static void write_integer(struct json_out *o, const char *key, const struct json *value)
{
	int64_t i = 0;
	uint64_t u = 0;

	if (json_u64(value, &u, NULL) == 0)
		json_out_u64(o, key, u);
	else if (json_i64(value, &i, NULL) == 0)
		json_out_i64(o, key, i);
}

void json_out_value(struct json_out *o, const char *key, const struct json *value)
{
	const char *s = NULL;
	double real = 0;
	bool b = false;

	switch (json_kind(value)) {
	case JSON_NULL:
		json_out_null(o, key);
		break;
	case JSON_BOOL:
		ignore(json_bool(value, &b, NULL)); /* the kind was just checked */
		json_out_bool(o, key, b);
		break;
	case JSON_INT:
		write_integer(o, key, value);
		break;
	case JSON_REAL:
		ignore(json_real(value, &real, NULL)); /* the kind was just checked */
		json_out_real(o, key, real);
		break;
	case JSON_STRING:
		ignore(json_str(value, &s, NULL)); /* fails on an inner NUL: written as null */
		json_out_str(o, key, s);
		break;
	case JSON_ARRAY:
		json_out_array(o, key);
		for (size_t i = 0; i < json_count(value); i++)
			json_out_value(o, NULL, json_at(value, i));
		json_out_array_end(o);
		break;
	case JSON_OBJECT:
		json_out_object(o, key);
		ignore(json_each(value, write_member, o, NULL)); /* write_member() never fails */
		json_out_object_end(o);
		break;
	}
}
