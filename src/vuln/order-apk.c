/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Alpine's order (apk-package(5), as apk-tools 2.14 and 3 implement it):
 *   number{.number}[letter]{_suffix[number]}[~hash][-rnumber]
 * Read as parts of a fixed rank; the first part that differs decides. A number behind a dot that begins with zero is
 * a fraction, compared as text. Of two that are the same so far, the one that goes on is later, unless it goes on with
 * a suffix of something unfinished.
 */
#include <string.h>

#include "order.h"

enum rank { FIRST_NUMBER, NUMBER, LETTER, SUFFIX, SUFFIX_NUMBER, HASH, REVISION, END, INVALID };

/* In order; up to SUFFIX_RELEASE they mean "before the release". */
static const char *const suffixes[] = {"alpha", "beta", "pre", "rc", "cvs", "svn", "git", "hg", "p"};
#define SUFFIX_RELEASE 4

struct part {
	enum rank rank;
	struct piece text;
	int suffix;
};

static bool is_hex(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f');
}

static struct part number_part(enum rank rank, const char *s)
{
	struct piece digits = piece_digits(s);

	return (struct part){digits.len ? rank : INVALID, digits, 0};
}

static struct part suffix_part(const char *s)
{
	struct piece word = {s, 0};

	while (s[word.len] >= 'a' && s[word.len] <= 'z')
		word.len++;
	for (size_t i = 0; i < ARRAY_LEN(suffixes); i++)
		if (strlen(suffixes[i]) == word.len && memcmp(suffixes[i], s, word.len) == 0)
			return (struct part){SUFFIX, word, (int)i};
	return (struct part){INVALID, word, 0};
}

/* The part behind one of rank BEFORE, at S. */
static struct part next_part(enum rank before, const char *s)
{
	struct piece hash = {s + 1, 0};

	if (!*s)
		return (struct part){END, {s, 0}, 0};
	if (*s == '.' && before <= NUMBER)
		return number_part(NUMBER, s + 1);
	if (*s >= 'a' && *s <= 'z' && before <= NUMBER)
		return (struct part){LETTER, {s, 1}, 0};
	if (*s == '_' && before <= SUFFIX_NUMBER)
		return suffix_part(s + 1);
	if (is_digit(*s) && before == SUFFIX)
		return number_part(SUFFIX_NUMBER, s);
	if (*s == '~' && before < HASH) {
		while (is_hex(hash.s[hash.len]))
			hash.len++;
		return (struct part){hash.len ? HASH : INVALID, hash, 0};
	}
	if (s[0] == '-' && s[1] == 'r' && before < REVISION)
		return number_part(REVISION, s + 2);
	return (struct part){INVALID, {s, 0}, 0};
}

static void advance(struct part *p)
{
	*p = next_part(p->rank, p->text.s + p->text.len);
}

static bool is_valid(const char *s)
{
	struct part p = number_part(FIRST_NUMBER, s);

	while (p.rank < END)
		advance(&p);
	return p.rank == END;
}

/* Two parts of one rank. */
static int compare_parts(const struct part *a, const struct part *b)
{
	bool fraction = a->rank == NUMBER && (*a->text.s == '0' || *b->text.s == '0');

	if (a->rank == SUFFIX)
		return sign_of(a->suffix - b->suffix);
	if (a->rank == LETTER || a->rank == HASH || fraction)
		return piece_compare_text(a->text, b->text);
	return piece_compare_numbers(a->text, b->text);
}

/* What is left from a part that is none on is before everything, and compared as text. */
static int compare_rest(const struct part *l, const struct part *r)
{
	if (l->rank == r->rank)
		return piece_compare_text((struct piece){l->text.s, strlen(l->text.s)},
					  (struct piece){r->text.s, strlen(r->text.s)});
	return l->rank == INVALID ? -1 : 1;
}

static int compare_any(const char *a, const char *b)
{
	struct part l = number_part(FIRST_NUMBER, a), r = number_part(FIRST_NUMBER, b);
	int order = 0;

	while (!order && l.rank == r.rank && l.rank < END) {
		order = compare_parts(&l, &r);
		advance(&l);
		advance(&r);
	}
	if (order || (l.rank == r.rank && l.rank != INVALID))
		return order;
	if (l.rank == SUFFIX && l.suffix < SUFFIX_RELEASE)
		return -1;
	if (r.rank == SUFFIX && r.suffix < SUFFIX_RELEASE)
		return 1;
	if (l.rank == INVALID || r.rank == INVALID)
		return compare_rest(&l, &r);
	return l.rank > r.rank ? -1 : 1;
}

static int compare(const char *a, const char *b, int *ret)
{
	if (!is_valid(a) || !is_valid(b))
		return -EINVAL;
	*ret = compare_any(a, b);
	return 0;
}

const struct order_ops order_apk = {"apk", compare, compare_any};
