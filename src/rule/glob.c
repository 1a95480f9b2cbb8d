/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Wildcards as Falco's, which are fnmatch(3)'s without flags: * and ? and [...] match a slash like any other character, a
 * backslash takes the next character as it is. Time is at most the product of both lengths: only the last star is ever
 * tried again, since what an earlier one could take instead the last one can take as well.
 */
#include "judging.h"

static char fold_char(char c, bool fold)
{
	return fold && c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

/* The set that opens at P; moves *P behind it. Without its end it is a plain bracket: false with *P unmoved. */
static bool in_brackets(struct rule_str pattern, uint32_t *p, char c, bool fold, bool *ret_matched)
{
	uint32_t at = *p + 1;
	bool negated = at < pattern.len && (pattern.at[at] == '!' || pattern.at[at] == '^');
	bool matched = false;

	at += negated;
	for (uint32_t first = at; at < pattern.len && (pattern.at[at] != ']' || at == first); at++) {
		if (pattern.at[at] == '\\' && at + 1 < pattern.len)
			at++;
		char low = fold_char(pattern.at[at], fold), high = low;
		if (at + 2 < pattern.len && pattern.at[at + 1] == '-' && pattern.at[at + 2] != ']') {
			at += 2;
			high = fold_char(pattern.at[at], fold);
		}
		matched |= (unsigned char)c >= (unsigned char)low && (unsigned char)c <= (unsigned char)high;
	}
	if (at >= pattern.len)
		return false;
	*p = at + 1;
	*ret_matched = matched != negated;
	return true;
}

/* One character of text against the pattern at *P; moves *P behind what matched. */
static bool match_one(struct rule_str pattern, uint32_t *p, char c, bool fold)
{
	bool matched;

	if (*p >= pattern.len)
		return false;
	char want = pattern.at[*p];
	if (want == '?') {
		*p += 1;
		return true;
	}
	if (want == '[' && in_brackets(pattern, p, c, fold, &matched))
		return matched;
	if (want == '\\' && *p + 1 < pattern.len) {
		*p += 1;
		want = pattern.at[*p];
	}
	if (fold_char(want, fold) != c)
		return false;
	*p += 1;
	return true;
}

bool glob_matches(struct rule_str pattern, struct rule_str text, bool fold)
{
	uint32_t p = 0, t = 0, star = UINT32_MAX, star_text = 0;

	while (t < text.len) {
		if (p < pattern.len && pattern.at[p] == '*') {
			star = ++p;
			star_text = t;
			continue;
		}
		uint32_t before = p;
		if (match_one(pattern, &p, fold_char(text.at[t], fold), fold)) {
			t++;
			continue;
		}
		p = before;
		if (star == UINT32_MAX)
			return false;
		p = star;
		t = ++star_text;
	}
	while (p < pattern.len && pattern.at[p] == '*')
		p++;
	return p == pattern.len;
}

/* The component at *AT, slashes skipped; moves *AT behind it. Empty at the end. */
static struct rule_str component(struct rule_str path, uint32_t *at)
{
	while (*at < path.len && path.at[*at] == '/')
		*at += 1;
	uint32_t start = *at;
	while (*at < path.len && path.at[*at] != '/')
		*at += 1;
	return (struct rule_str){path.at + start, *at - start};
}

bool glob_begins(struct rule_str pattern, struct rule_str text)
{
	uint32_t p = 0, t = 0;

	for (;;) {
		struct rule_str want = component(pattern, &p);
		if (!want.len)
			return true;
		struct rule_str have = component(text, &t);
		if (!have.len || !glob_matches(want, have, false))
			return false;
	}
}
