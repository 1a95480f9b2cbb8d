/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Questions about C strings, strict numbers, and vectors of strings.
 */
#include "base/str.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>

bool str_ends_with(const char *s, const char *suffix)
{
	size_t len = strlen(s), tail = strlen(suffix);
	return len >= tail && memcmp(s + len - tail, suffix, tail) == 0;
}

static int to_number(const char *s, unsigned base, uint64_t max, uint64_t *ret_value)
{
	uint64_t value = 0;

	if (!s || !*s)
		return -EINVAL;
	for (; *s; s++) {
		unsigned digit = (unsigned)(*s - '0');
		if (*s < '0' || digit >= base)
			return -EINVAL;
		if (__builtin_mul_overflow(value, base, &value) || __builtin_add_overflow(value, digit, &value))
			return -ERANGE;
	}
	if (value > max)
		return -ERANGE;
	*ret_value = value;
	return 0;
}

int str_to_u64(const char *s, uint64_t max, uint64_t *ret_value)
{
	return to_number(s, 10, max, ret_value);
}

int str_to_i64(const char *s, int64_t *ret_value)
{
	bool negative = s && *s == '-';
	uint64_t value;
	int r = to_number(negative ? s + 1 : s, 10, (uint64_t)INT64_MAX + negative, &value);
	if (r < 0)
		return r;
	*ret_value = negative ? (int64_t)(0 - value) : (int64_t)value;
	return 0;
}

int str_to_mode(const char *s, unsigned max, unsigned *ret_value)
{
	uint64_t value;
	int r = to_number(s, 8, max, &value);
	if (r < 0)
		return r;
	*ret_value = (unsigned)value;
	return 0;
}

int str_to_size(const char *s, uint64_t *ret_bytes)
{
	static const char units[] = "bkmgt";
	size_t digits = s ? strspn(s, "0123456789") : 0;
	char number[24];
	uint64_t value;

	if (digits == 0 || digits >= sizeof(number))
		return -EINVAL;
	memcpy(number, s, digits);
	number[digits] = '\0';
	int r = str_to_u64(number, UINT64_MAX, &value);
	if (r < 0)
		return r;

	const char *unit = s + digits;
	unsigned power = 0;
	if (*unit) {
		const char *found = strchr(units, *unit | 0x20);
		if (!found)
			return -EINVAL;
		power = (unsigned)(found - units);
		unit++;
		if (power && (*unit | 0x20) == 'i')
			unit++;
		if (power && (*unit | 0x20) == 'b')
			unit++;
		if (*unit)
			return -EINVAL;
	}
	for (; power; power--)
		if (__builtin_mul_overflow(value, 1024u, &value))
			return -ERANGE;
	*ret_bytes = value;
	return 0;
}

char *str_printf(const char *fmt, ...)
{
	va_list ap;
	char *text = NULL;

	va_start(ap, fmt);
	int len = vasprintf(&text, fmt, ap);
	va_end(ap);
	return len < 0 ? NULL : text;
}

char *str_dup(const char *s)
{
	return s ? strdup(s) : NULL;
}

void strv_done(struct strv *v)
{
	for (size_t i = 0; i < v->count; i++)
		free(v->items[i]);
	free(v->items);
	*v = (struct strv){0};
}

int strv_take(struct strv *v, char *s)
{
	if (!s)
		return -ENOMEM;
	if (v->count >= STRV_MAX) {
		free(s);
		return -E2BIG;
	}
	if (v->count + 2 > v->capacity) {
		size_t capacity = v->capacity ? v->capacity * 2 : 8;
		char **items = reallocarray(v->items, capacity, sizeof(*items));
		if (!items) {
			free(s);
			return -ENOMEM;
		}
		v->items = items;
		v->capacity = capacity;
	}
	v->items[v->count++] = s;
	v->items[v->count] = NULL;
	return 0;
}

int strv_add(struct strv *v, const char *s)
{
	return strv_take(v, strdup(s));
}

bool strv_has(const struct strv *v, const char *s)
{
	for (size_t i = 0; i < v->count; i++)
		if (strcmp(v->items[i], s) == 0)
			return true;
	return false;
}

int strv_split(struct strv *v, const char *s, char sep)
{
	for (;;) {
		const char *end = strchrnul(s, sep);
		int r = strv_take(v, strndup(s, (size_t)(end - s)));
		if (r < 0)
			return r;
		if (!*end)
			return 0;
		s = end + 1;
	}
}

/* Marks that reorder what stands around them (Unicode, UAX 9): text could be shown as what it is not. */
static bool is_direction(const unsigned char *c)
{
	if (c[0] != 0xe2)
		return false;
	return (c[1] == 0x80 && (c[2] == 0x8e || c[2] == 0x8f || (c[2] >= 0xaa && c[2] <= 0xae))) ||
	       (c[1] == 0x81 && c[2] >= 0xa6 && c[2] <= 0xa9);
}

void str_plain(char *s, size_t length)
{
	unsigned char before = 0;
	for (size_t i = 0; i < length; i++) {
		if (i + 2 < length && is_direction((const unsigned char *)s + i))
			memset(s + i, '?', 3);
		unsigned char c = (unsigned char)s[i];
		/* C1 as a byte of its own, or as UTF-8 (0xc2 and it); within other characters it is no control. */
		bool c1 = c >= 0x80 && c < 0xa0 && (before < 0x80 || before == 0xc2);
		if (c1 && before == 0xc2)
			s[i - 1] = '?';
		if (c < ' ' || c == 0x7f || c1)
			s[i] = '?';
		before = c1 ? 0 : c;
	}
}
