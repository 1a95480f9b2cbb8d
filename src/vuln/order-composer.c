/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Composer's order: a version is first written in the normal form of composer/semver ("v1.2-beta2" is
 * "1.2.0.0-beta2"), then compared as PHP's version_compare() does. A branch ("dev-main") has no order and is refused.
 */
#include <stdio.h>
#include <string.h>

#include "order.h"

#define NORMAL_MAX (VULN_VERSION_MAX + 64)
#define FIRST_DIGITS_MAX 5
#define PARTS 4
#define BRANCH_PART "9999999"
#define DATE_PAIRS_MAX 6
#define DATE_TAILS_MAX 1

struct text {
	const char *s, *end;
};

/* What may follow the numbers. */
static const struct {
	const char *word, *normal;
} stabilities[] = {
	{"stable", "stable"}, {"beta", "beta"},	  {"b", "beta"},   {"rc", "RC"},   {"alpha", "alpha"},
	{"a", "alpha"},	      {"patch", "patch"}, {"pl", "patch"}, {"p", "patch"},
};

static char peek(const struct text *t, size_t ahead)
{
	return t->s + ahead < t->end ? t->s[ahead] : '\0';
}

static bool begins_with(const struct text *t, size_t ahead, const char *word)
{
	for (size_t i = 0; word[i]; i++)
		if (to_lower(peek(t, ahead + i)) != word[i])
			return false;
	return true;
}

static size_t count_digits(const struct text *t, size_t ahead)
{
	size_t n = 0;

	while (is_digit(peek(t, ahead + n)))
		n++;
	return n;
}

/* ([.-]?[0-9]+)* behind a stability. */
static struct piece take_numbers(struct text *t)
{
	struct piece p = {t->s, 0};

	for (;;) {
		size_t ahead = peek(t, 0) == '.' || peek(t, 0) == '-';
		size_t digits = count_digits(t, ahead);
		if (!digits)
			break;
		t->s += ahead + digits;
	}
	p.len = (size_t)(t->s - p.s);
	while (p.len && (*p.s == '.' || *p.s == '-')) {
		p.s++;
		p.len--;
	}
	return p;
}

static bool take_dev(struct text *t)
{
	size_t ahead = peek(t, 0) == '.' || peek(t, 0) == '-';

	if (!begins_with(t, ahead, "dev"))
		return false;
	t->s += ahead + 3;
	return true;
}

/* The rest of a version, in its normal form; false when there is something else in it. */
static bool read_modifier(struct text t, const char *numbers, char normal[NORMAL_MAX])
{
	struct piece count = {"", 0};
	const char *word = NULL;
	struct text bare = t;
	bool dev;

	/* A separator in front belongs to "dev" as well. */
	if (take_dev(&bare) && bare.s == bare.end)
		return snprintf(normal, NORMAL_MAX, "%s-dev", numbers) < NORMAL_MAX;
	if (peek(&t, 0) && strchr("._-", peek(&t, 0)))
		t.s++;
	for (size_t i = 0; i < ARRAY_LEN(stabilities) && !word; i++) {
		struct text after = t;
		if (!begins_with(&t, 0, stabilities[i].word))
			continue;
		after.s += strlen(stabilities[i].word);
		struct piece n = take_numbers(&after);
		struct text end = after;
		if (after.s != after.end && (!take_dev(&end) || end.s != end.end))
			continue;
		word = stabilities[i].normal;
		count = n;
		t = after;
	}
	dev = take_dev(&t);
	if (t.s != t.end)
		return false;
	if (word && strcmp(word, "stable") == 0)
		return snprintf(normal, NORMAL_MAX, "%s", numbers) < NORMAL_MAX;
	return snprintf(normal, NORMAL_MAX, "%s%s%s%.*s%s", numbers, word ? "-" : "", word ? word : "", (int)count.len,
			count.s, dev ? "-dev" : "") < NORMAL_MAX;
}

static void append(char *text, size_t *used, const char *s, size_t len)
{
	memcpy(text + *used, s, len);
	*used += len;
	text[*used] = '\0';
}

/* Up to four numbers, the first of at most five digits. */
static bool read_classical(struct text t, char normal[NORMAL_MAX])
{
	char numbers[NORMAL_MAX];
	size_t used = 0, parts = 0;

	t.s += to_lower(peek(&t, 0)) == 'v';
	for (; parts < PARTS; parts++) {
		size_t dot = parts > 0;
		size_t digits = count_digits(&t, dot);
		if (!digits || (dot && peek(&t, 0) != '.'))
			break;
		if (!parts && digits > FIRST_DIGITS_MAX)
			return false;
		append(numbers, &used, t.s, dot + digits);
		t.s += dot + digits;
	}
	if (!parts)
		return false;
	for (; parts < PARTS; parts++)
		append(numbers, &used, ".0", 2);
	return read_modifier(t, numbers, normal);
}

static size_t date_separator(const struct text *t)
{
	char c = peek(t, 0);

	return c == '.' || c == ':' || c == '-';
}

/* The groups behind a year: pairs of digits, then at most one of up to three. */
static bool read_date_groups(struct text t, const char *start, size_t pairs, size_t tails, char normal[NORMAL_MAX])
{
	size_t ahead = date_separator(&t), digits = count_digits(&t, ahead);
	char numbers[NORMAL_MAX];
	size_t used = 0;

	if (!tails && pairs < DATE_PAIRS_MAX && digits >= 2) {
		struct text next = {t.s + ahead + 2, t.end};
		if (read_date_groups(next, start, pairs + 1, 0, normal))
			return true;
	}
	for (size_t n = MIN_OF(digits, 3); pairs && tails < DATE_TAILS_MAX && n > 0; n--) {
		struct text next = {t.s + ahead + n, t.end};
		if (read_date_groups(next, start, pairs, tails + 1, normal))
			return true;
	}
	if (!pairs)
		return false;
	for (const char *s = start; s < t.s; s++)
		append(numbers, &used, is_digit(*s) ? s : ".", 1);
	return read_modifier(t, numbers, normal);
}

static bool read_date(struct text t, char normal[NORMAL_MAX])
{
	t.s += to_lower(peek(&t, 0)) == 'v';
	if (count_digits(&t, 0) < 4)
		return false;
	return read_date_groups((struct text){t.s + 4, t.end}, t.s, 0, 0, normal);
}

/* "1.x-dev": the branch's newest. */
static bool read_branch(struct text t, char normal[NORMAL_MAX])
{
	size_t used = 0, parts = 0;

	if (t.end - t.s < 4 || !begins_with(&(struct text){t.end - 3, t.end}, 0, "dev"))
		return false;
	t.end -= 3;
	if (t.end > t.s && (t.end[-1] == '.' || t.end[-1] == '-'))
		t.end--;
	t.s += to_lower(peek(&t, 0)) == 'v';
	for (; parts < PARTS && t.s < t.end; parts++) {
		size_t dot = parts > 0, digits = count_digits(&t, dot);
		if (dot && peek(&t, 0) != '.')
			return false;
		append(normal, &used, ".", dot);
		if (digits) {
			append(normal, &used, t.s + dot, digits);
		} else if (dot && peek(&t, 1) && strchr("xX*", peek(&t, 1))) {
			append(normal, &used, BRANCH_PART, strlen(BRANCH_PART));
			digits = 1;
		} else {
			return false;
		}
		t.s += dot + digits;
	}
	if (!parts || t.s != t.end)
		return false;
	for (; parts < PARTS; parts++)
		append(normal, &used, "." BRANCH_PART, strlen(BRANCH_PART) + 1);
	append(normal, &used, "-dev", 4);
	return true;
}

static bool normalize(const char *version, char normal[NORMAL_MAX])
{
	struct piece p = piece_trimmed(version);
	struct text t = {p.s, p.s + p.len};
	const char *plus = memchr(p.s, '+', p.len);

	for (size_t i = 0; i < p.len; i++)
		if (strchr(" ,\t\n\v\f\r", p.s[i]))
			return false;
	if (plus && plus > p.s && plus + 1 < t.end)
		t.end = plus;
	return read_classical(t, normal) || read_date(t, normal) || read_branch(t, normal);
}

/* One part as version_compare() cuts it: at separators and between digits and letters. */
static struct piece take_part(const char **s)
{
	while (**s == '.' || **s == '-')
		(*s)++;
	struct piece p = is_digit(**s) ? piece_digits(*s) : piece_letters(*s);
	*s += p.len;
	return p;
}

/* The place of a word, or of a number standing against one. */
static int form(struct piece p)
{
	static const char *const words[] = {"dev", "alpha", "beta", "RC", "#", "patch"};

	if (!p.len || is_digit(*p.s))
		return 4;
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (piece_equals(p, words[i]))
			return (int)i;
	return -1;
}

/* The same of any word: by how it begins, as version_compare() does. */
static int form_of_any(struct piece p)
{
	static const struct {
		const char *begin;
		int form;
	} words[] = {{"dev", 0}, {"a", 1}, {"b", 2}, {"RC", 3}, {"rc", 3}, {"p", 5}};

	if (!p.len || is_digit(*p.s))
		return 4;
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (p.len >= strlen(words[i].begin) && memcmp(p.s, words[i].begin, strlen(words[i].begin)) == 0)
			return words[i].form;
	return -1;
}

static int compare_forms(const char *a, const char *b, int (*form_of)(struct piece p))
{
	for (;;) {
		struct piece l = take_part(&a), r = take_part(&b);
		int order;
		if (!l.len && !r.len)
			return 0;
		if (l.len && r.len && is_digit(*l.s) && is_digit(*r.s))
			order = piece_compare_numbers(l, r);
		else if ((!l.len && is_digit(*r.s)) || (!r.len && is_digit(*l.s)))
			order = l.len ? 1 : -1;
		else
			order = sign_of(form_of(l) - form_of(r));
		if (order || !l.len || !r.len)
			return order;
	}
}

static int compare(const char *a, const char *b, int *ret)
{
	char l[NORMAL_MAX], r[NORMAL_MAX];

	if (!normalize(a, l) || !normalize(b, r))
		return -EINVAL;
	*ret = compare_forms(l, r, form);
	return 0;
}

/* What cannot be written in the normal form is compared as it is, separators made alike. */
static int compare_any(const char *a, const char *b)
{
	char texts[2][NORMAL_MAX];
	const char *const from[2] = {a, b};

	for (size_t i = 0; i < 2; i++) {
		size_t n = 0, skip = to_lower(*from[i]) == 'v';
		for (const char *s = from[i] + skip; *s && n < NORMAL_MAX - 1; s++)
			texts[i][n++] = is_alnum(*s) ? *s : '.';
		texts[i][n] = '\0';
	}
	return compare_forms(texts[0], texts[1], form_of_any);
}

const struct order_ops order_composer = {"composer", compare, compare_any};
