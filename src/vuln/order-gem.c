/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RubyGems' order (Gem::Version): runs of digits and of letters, the zeros in front of the first letters and at the
 * end left out, letters before numbers. A dash means ".pre.".
 */
#include <string.h>

#include "order.h"

#define SEGMENTS_MAX (VULN_VERSION_MAX + 2)

struct segments {
	struct piece items[SEGMENTS_MAX];
	size_t count;
};

/* \A\s*([0-9]+(\.[0-9a-zA-Z]+)*(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?)?\s*\z */
static bool is_valid(struct piece p)
{
	bool dashes = false, word = false;
	size_t i = 0;

	while (i < p.len && is_digit(p.s[i]))
		i++;
	if (p.len && i == 0)
		return false;
	for (word = i > 0; i < p.len; i++) {
		char c = p.s[i];
		if (is_alnum(c) && (dashes || word || p.s[i - 1] == '.')) {
			/* Letters stuck to the first number are none of its form. */
			if (!dashes && !memchr(p.s, '.', i) && is_alpha(c))
				return false;
			word = true;
		} else if (c == '-' && (dashes || word)) {
			dashes = word = true;
			if (i + 1 == p.len && p.s[i - 1] != '-' && !memchr(p.s, '-', i))
				return false;
			if (i + 1 < p.len && p.s[i + 1] == '.' && !memchr(p.s, '-', i))
				return false;
		} else if (c == '.' && word) {
			word = false;
		} else {
			return false;
		}
	}
	return p.len == 0 || word;
}

static void drop_zeros(struct segments *v, size_t from, size_t to)
{
	size_t keep = to;

	while (keep > from && piece_is_number(v->items[keep - 1]) &&
	       piece_compare_numbers(v->items[keep - 1], (struct piece){"0", 1}) == 0)
		keep--;
	memmove(v->items + keep, v->items + to, (v->count - to) * sizeof(v->items[0]));
	v->count -= to - keep;
}

static void split(struct piece p, struct segments *v)
{
	size_t first_word = 0;

	v->count = 0;
	for (size_t i = 0; i < p.len && v->count < SEGMENTS_MAX;) {
		struct piece run = {p.s + i, 0};
		while (i < p.len && (is_digit(*run.s) ? is_digit(p.s[i]) : is_alpha(p.s[i]))) {
			run.len++;
			i++;
		}
		if (run.len)
			v->items[v->count++] = run;
		else if (p.s[i++] == '-' && v->count < SEGMENTS_MAX)
			v->items[v->count++] = (struct piece){"pre", 3};
	}
	while (first_word < v->count && piece_is_number(v->items[first_word]))
		first_word++;
	drop_zeros(v, first_word, v->count);
	drop_zeros(v, 0, MIN_OF(first_word, v->count));
}

static int compare(const char *a, const char *b, int *ret)
{
	struct piece left = piece_trimmed(a), right = piece_trimmed(b);
	struct segments l, r;
	int order = 0;

	if (!is_valid(left) || !is_valid(right))
		return -EINVAL;
	split(left, &l);
	split(right, &r);
	for (size_t i = 0; !order && (i < l.count || i < r.count); i++) {
		struct piece x = i < l.count ? l.items[i] : (struct piece){"0", 1};
		struct piece y = i < r.count ? r.items[i] : (struct piece){"0", 1};
		bool m = piece_is_number(x), n = piece_is_number(y);
		order = m && n ? piece_compare_numbers(x, y) : m != n ? (m ? 1 : -1) : piece_compare_text(x, y);
	}
	*ret = order;
	return 0;
}

const struct order_ops order_gem = {"gem", compare, NULL};
