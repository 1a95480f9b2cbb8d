/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The orders of rpm (rpm-version(7)) and pacman (vercmp(8)): epoch, version, release, each cut into runs of digits and
 * runs of letters. They part ways in what a separator means and in the tilde and caret that pacman does not know. Both
 * take any text.
 */
#include <string.h>

#include "order.h"

struct evr {
	struct piece epoch, version, release;
	bool has_release;
};

static struct evr split(const char *s)
{
	struct evr v = {.epoch = piece_digits(s)};

	if (s[v.epoch.len] == ':')
		s += v.epoch.len + 1;
	else
		v.epoch.len = 0;
	const char *dash = strrchr(s, '-');
	v.has_release = dash != NULL;
	v.version = (struct piece){s, dash ? (size_t)(dash - s) : strlen(s)};
	v.release = (struct piece){dash ? dash + 1 : "", dash ? strlen(dash + 1) : 0};
	return v;
}

static void skip(struct piece *p, size_t n)
{
	p->s += n;
	p->len -= n;
}

static char first(struct piece p)
{
	return p.len ? *p.s : '\0';
}

static void skip_separators(struct piece *p, bool signs)
{
	while (p->len && !is_alnum(*p->s) && !(signs && (*p->s == '~' || *p->s == '^')))
		skip(p, 1);
}

/* Cuts off the run of digits, or letters, in front. */
static struct piece take_run(struct piece *p, bool digits)
{
	struct piece run = {p->s, 0};

	while (run.len < p->len && (digits ? is_digit(run.s[run.len]) : is_alpha(run.s[run.len])))
		run.len++;
	skip(p, run.len);
	return run;
}

/* The first runs of both, which are not empty; a number is after letters. */
static int compare_runs(struct piece *a, struct piece *b)
{
	bool digits = is_digit(*a->s);
	struct piece l = take_run(a, digits), r = take_run(b, digits);

	if (!r.len)
		return digits ? 1 : -1;
	return digits ? piece_compare_numbers(l, r) : piece_compare_text(l, r);
}

/* A tilde sorts before the end, a caret after it but before anything else. 2: neither has one, or both had. */
static int compare_signs(struct piece *a, struct piece *b, bool *ret_both)
{
	char l = first(*a), r = first(*b);

	*ret_both = false;
	if (l == '~' || r == '~') {
		if (l != r)
			return l == '~' ? -1 : 1;
	} else if (l == '^' || r == '^') {
		if (!l || !r)
			return l ? 1 : -1;
		if (l != r)
			return l == '^' ? -1 : 1;
	} else {
		return 0;
	}
	*ret_both = true;
	skip(a, 1);
	skip(b, 1);
	return 0;
}

static int compare_rpm_part(struct piece a, struct piece b)
{
	while (a.len || b.len) {
		bool both;
		skip_separators(&a, true);
		skip_separators(&b, true);
		int r = compare_signs(&a, &b, &both);
		if (r)
			return r;
		if (both)
			continue;
		if (!a.len || !b.len)
			break;
		r = compare_runs(&a, &b);
		if (r)
			return r;
	}
	return (a.len > 0) - (b.len > 0);
}

static int compare_rpm(const char *a, const char *b, int *ret)
{
	struct evr l = split(a), r = split(b);
	int order = piece_compare_numbers(l.epoch, r.epoch);

	if (!order)
		order = compare_rpm_part(l.version, r.version);
	if (!order)
		order = l.has_release - r.has_release;
	*ret = order ? order : compare_rpm_part(l.release, r.release);
	return 0;
}

/* Longer separators win, and what is left over wins unless it is letters. */
static int compare_alpm_part(struct piece a, struct piece b)
{
	while (a.len && b.len) {
		size_t before_a = a.len, before_b = b.len;
		skip_separators(&a, false);
		skip_separators(&b, false);
		if (!a.len || !b.len)
			break;
		before_a -= a.len;
		before_b -= b.len;
		if (before_a != before_b)
			return before_a < before_b ? -1 : 1;
		int r = compare_runs(&a, &b);
		if (r)
			return r;
	}
	if (!a.len && !b.len)
		return 0;
	return (!a.len && !is_alpha(first(b))) || is_alpha(first(a)) ? -1 : 1;
}

static int compare_alpm(const char *a, const char *b, int *ret)
{
	struct evr l = split(a), r = split(b);
	int order = strcmp(a, b) == 0 ? 0 : piece_compare_numbers(l.epoch, r.epoch);

	if (!order)
		order = compare_alpm_part(l.version, r.version);
	if (!order && l.has_release && r.has_release)
		order = compare_alpm_part(l.release, r.release);
	*ret = order;
	return 0;
}

const struct order_ops order_rpm = {"rpm", compare_rpm, NULL};
const struct order_ops order_alpm = {"alpm", compare_alpm, NULL};
