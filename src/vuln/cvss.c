/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which version a vector is of, and its metrics.
 */
#include "vuln/cvss.h"

#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "metrics.h"

const char *cvss_version_name(enum cvss_version v)
{
	static const char *const names[] = {"2.0", "3.0", "3.1", "4.0"};

	return (size_t)v < ARRAY_LEN(names) ? names[v] : "unknown";
}

/* The value as metrics_read() keeps it; 0 when it is not permitted. */
static char find_value(const struct metric *m, const char *s, size_t len)
{
	char place = 1;

	if (!strchr(m->values, ' '))
		return (char)(len == 1 && strchr(m->values, *s) ? *s : 0);
	for (const char *v = m->values; *v; v += strspn(v, " "), place++) {
		size_t n = strcspn(v, " ");
		if (n == len && strncmp(v, s, n) == 0)
			return place;
		v += n;
	}
	return 0;
}

static bool read_one(const char *s, size_t len, const struct metric *table, size_t count, struct metrics *ret)
{
	const char *colon = memchr(s, ':', len);
	size_t name = colon ? (size_t)(colon - s) : 0;

	for (size_t i = 0; colon && i < count; i++) {
		if (strlen(table[i].name) != name || strncmp(table[i].name, s, name) != 0)
			continue;
		char value = find_value(&table[i], colon + 1, len - name - 1);
		if (!value || ret->value[i])
			return false;
		ret->value[i] = value;
		return true;
	}
	return false;
}

bool metrics_read(const char *text, const struct metric *table, size_t count, struct metrics *ret)
{
	*ret = (struct metrics){0};
	for (;;) {
		size_t len = strcspn(text, "/");
		if (!read_one(text, len, table, count, ret))
			return false;
		if (!text[len])
			break;
		text += len + 1;
	}
	for (size_t i = 0; i < count; i++)
		if (table[i].required && !ret->value[i])
			return false;
	return true;
}

int cvss_parse(const char *vector, struct cvss_score *ret)
{
	static const struct {
		const char *prefix;
		enum cvss_version version;
		int (*score)(const char *text, int *ret_tenths);
	} kinds[] = {
		{"CVSS:3.1/", CVSS_3_1, cvss3_score},
		{"CVSS:3.0/", CVSS_3_0, cvss3_score},
		{"CVSS:4.0/", CVSS_4_0, cvss4_score},
		{"", CVSS_2_0, cvss2_score},
	};
	struct cvss_score score;

	if (strnlen(vector, CVSS_VECTOR_MAX) >= CVSS_VECTOR_MAX)
		return -EINVAL;
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		if (!str_starts_with(vector, kinds[i].prefix))
			continue;
		score.version = kinds[i].version;
		int r = kinds[i].score(vector + strlen(kinds[i].prefix), &score.tenths);
		if (r == 0)
			*ret = score;
		return r;
	}
	return -EINVAL;
}
