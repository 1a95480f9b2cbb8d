/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The orders that follow semver.org 2.0.0: npm's (loose), Cargo's (strict), Go's (a leading v, parts that may be
 * missing, names of toolchains) and NuGet's (four parts, labels without case). Build metadata never counts.
 */
#include <string.h>

#include "order.h"

#define NUMBERS_MAX 4
#define NPM_LENGTH_MAX 256

struct semver {
	struct piece numbers[NUMBERS_MAX];
	struct piece labels; /* "rc.1", of length 0 when there are none */
};

/* What an ecosystem takes. */
struct rules {
	size_t least, full, most; /* numbers: at all, before labels, ever */
	bool zeros;		  /* leading ones are permitted */
	bool bare_labels;	  /* the dash in front of labels may be missing */
	bool caseless;		  /* labels */
	const char *number_limit; /* the largest number, or NULL */
};

static const struct rules npm = {3, 3, 3, true, true, false, "9007199254740991"};
static const struct rules cargo = {3, 3, 3, false, false, false, "18446744073709551615"};
static const struct rules go = {1, 3, 3, false, false, false, NULL};
static const struct rules nuget = {1, 1, 4, true, false, true, "2147483647"};

static bool is_label_sign(char c)
{
	return is_alnum(c) || c == '-';
}

static bool number_is_valid(struct piece p, const struct rules *rules)
{
	if (!p.len || (!rules->zeros && p.len > 1 && *p.s == '0'))
		return false;
	return !rules->number_limit ||
	       piece_compare_numbers(p, (struct piece){rules->number_limit, strlen(rules->number_limit)}) <= 0;
}

/* Cuts one label off P: up to its dot or its end. */
static struct piece take_label(struct piece *p)
{
	struct piece label = {p->s, 0};

	while (label.len < p->len && label.s[label.len] != '.')
		label.len++;
	size_t used = label.len + (label.len < p->len);
	p->s += used;
	p->len -= used;
	return label;
}

/* Labels or build metadata from *S on: runs parted by dots, none of them empty. */
static bool read_labels(const char **s, const char *end, bool zeros, struct piece *ret)
{
	struct piece all = {*s, 0};

	while (*s + all.len < end && (is_label_sign(all.s[all.len]) || all.s[all.len] == '.'))
		all.len++;
	*ret = all;
	*s += all.len;
	if (!all.len || all.s[all.len - 1] == '.')
		return false;
	while (all.len) {
		struct piece label = take_label(&all);
		if (!label.len || (!zeros && label.len > 1 && *label.s == '0' && piece_is_number(label)))
			return false;
	}
	return true;
}

static bool read_tail(const char *s, const char *end, const struct rules *rules, struct semver *ret)
{
	struct piece build;

	ret->labels = (struct piece){s, 0};
	if (s < end && *s == '-') {
		/* npm's dash may be missing, so that one with nothing behind it is a label itself. */
		bool label = rules->bare_labels && (s + 1 == end || !is_label_sign(s[1]));
		s += !label;
		if (!read_labels(&s, end, rules->zeros, &ret->labels))
			return false;
	} else if (s < end && *s != '+' && (!rules->bare_labels || !read_labels(&s, end, true, &ret->labels))) {
		return false;
	}
	if (s < end && *s == '+') {
		s++;
		if (!read_labels(&s, end, true, &build))
			return false;
	}
	return s == end;
}

static bool parse(struct piece text, const struct rules *rules, struct semver *ret)
{
	const char *s = text.s, *end = text.s + text.len;
	size_t count = 0;

	for (size_t i = 0; i < NUMBERS_MAX; i++)
		ret->numbers[i] = (struct piece){"0", 1};
	while (count < rules->most) {
		struct piece digits = piece_digits(s);
		if (digits.len > (size_t)(end - s))
			digits.len = (size_t)(end - s);
		if (!number_is_valid(digits, rules))
			return false;
		ret->numbers[count++] = digits;
		s += digits.len;
		if (count == rules->most || s >= end || *s != '.')
			break;
		s++;
	}
	/* "1.2.34.5" is npm's 1.2.3 with the labels 4.5: its expression goes back by a digit. */
	if (rules->bare_labels && s < end && *s == '.' && ret->numbers[count - 1].len > 1) {
		ret->numbers[count - 1].len--;
		s--;
	}
	if (count < rules->least || (count < rules->full && s != end))
		return false;
	return read_tail(s, end, rules, ret);
}

static int compare_labels(struct piece a, struct piece b, bool caseless)
{
	if (!a.len || !b.len)
		return (b.len > 0) - (a.len > 0);
	while (a.len && b.len) {
		struct piece l = take_label(&a), r = take_label(&b);
		bool m = piece_is_number(l), n = piece_is_number(r);
		int order = m && n     ? piece_compare_numbers(l, r)
			    : m != n   ? (m ? -1 : 1)
			    : caseless ? piece_compare_caseless(l, r)
				       : piece_compare_text(l, r);
		if (order)
			return order;
	}
	return (a.len > 0) - (b.len > 0);
}

static int compare_parsed(const struct semver *a, const struct semver *b, bool caseless)
{
	for (size_t i = 0; i < NUMBERS_MAX; i++) {
		int r = piece_compare_numbers(a->numbers[i], b->numbers[i]);
		if (r)
			return r;
	}
	return compare_labels(a->labels, b->labels, caseless);
}

static int compare_by(struct piece a, struct piece b, const struct rules *rules, int *ret)
{
	struct semver l, r;

	if (!parse(a, rules, &l) || !parse(b, rules, &r))
		return -EINVAL;
	*ret = compare_parsed(&l, &r, rules->caseless);
	return 0;
}

/* Without what npm allows in front: "v1.2.3", "= 1.2.3". */
static struct piece npm_text(const char *s)
{
	struct piece p = piece_trimmed(s);

	while (p.len && strchr("v= \t", *p.s)) {
		p.s++;
		p.len--;
	}
	return p;
}

static int compare_npm(const char *a, const char *b, int *ret)
{
	if (strlen(a) > NPM_LENGTH_MAX || strlen(b) > NPM_LENGTH_MAX)
		return -EINVAL;
	return compare_by(npm_text(a), npm_text(b), &npm, ret);
}

static int compare_cargo(const char *a, const char *b, int *ret)
{
	return compare_by((struct piece){a, strlen(a)}, (struct piece){b, strlen(b)}, &cargo, ret);
}

/*
 * "go1.21rc2" is the toolchain that module versions write as 1.21.0-rc.2. TEXT gets it in that form, or without the v
 * of a module version. Behind a blank a toolchain lists its experiments ("go1.22.1 X:boringcrypto").
 */
static struct piece go_text(const char *s, char text[VULN_VERSION_MAX + 8])
{
	size_t len = 0, dots = 0;

	if (strncmp(s, "go", 2) != 0)
		return (struct piece){s + (*s == 'v'), strlen(s + (*s == 'v'))};
	s += 2;
	while (is_digit(*s) || *s == '.') {
		dots += *s == '.';
		text[len++] = *s++;
	}
	struct piece word = piece_letters(s), number = piece_digits(s + word.len);
	if (word.len && number.len) {
		for (; dots < 2; dots++) {
			memcpy(text + len, ".0", 2);
			len += 2;
		}
		text[len++] = '-';
		memcpy(text + len, word.s, word.len);
		len += word.len;
		text[len++] = '.';
		memcpy(text + len, number.s, number.len);
		len += number.len;
		s = number.s + number.len;
	}
	if (*s && *s != ' ' && *s != '-')
		return (struct piece){"", 0};
	return (struct piece){text, len};
}

static int compare_go(const char *a, const char *b, int *ret)
{
	char left[VULN_VERSION_MAX + 8], right[VULN_VERSION_MAX + 8];

	return compare_by(go_text(a, left), go_text(b, right), &go, ret);
}

static int compare_nuget(const char *a, const char *b, int *ret)
{
	return compare_by(piece_trimmed(a), piece_trimmed(b), &nuget, ret);
}

/* The number at *S, which it moves to the next one; empty when there is none. */
static struct piece next_number(const char **s)
{
	struct piece p = piece_digits(*s);

	*s += p.len;
	if (p.len && (*s)[0] == '.' && is_digit((*s)[1]))
		(*s)++;
	return p;
}

/* Labels behind the numbers, whatever parts them; without build metadata. */
static struct piece rest_of(const char *s)
{
	s += *s && strchr("-._", *s);
	return (struct piece){s, strcspn(s, "+")};
}

/* Any count of numbers of any length, then labels. */
static int compare_any_case(const char *a, const char *b, bool caseless)
{
	struct piece l, r;
	int order;

	a += strspn(a, "vV= \t");
	b += strspn(b, "vV= \t");
	do {
		l = next_number(&a);
		r = next_number(&b);
		order = piece_compare_numbers(l, r);
	} while (!order && (l.len || r.len));
	return order ? order : compare_labels(rest_of(a), rest_of(b), caseless);
}

static int compare_any(const char *a, const char *b)
{
	return compare_any_case(a, b, false);
}

static int compare_any_nuget(const char *a, const char *b)
{
	return compare_any_case(a, b, true);
}

const struct order_ops order_npm = {"npm", compare_npm, compare_any};
const struct order_ops order_cargo = {"cargo", compare_cargo, compare_any};
const struct order_ops order_go = {"go", compare_go, compare_any};
const struct order_ops order_nuget = {"nuget", compare_nuget, compare_any_nuget};
