/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The simulation: a set of places in the program, moved one character at a time (Thompson's construction). Bytes that
 * are not UTF-8 count as U+FFFD.
 */
#include "regex-program.h"

#define REPLACEMENT 0xfffd

struct places {
	uint16_t dense[REGEX_STEPS_MAX];
	uint16_t sparse[REGEX_STEPS_MAX];
	unsigned count;
};

static bool has(const struct places *p, uint16_t at)
{
	return p->sparse[at] < p->count && p->dense[p->sparse[at]] == at;
}

static void add_one(struct places *p, uint16_t at)
{
	p->sparse[at] = (uint16_t)p->count;
	p->dense[p->count++] = at;
}

struct position {
	bool line_start, line_end;
};

/* Adds a place and everything reachable from it without a character. */
static void add(const struct regex *re, struct places *p, uint16_t start, struct position pos)
{
	uint16_t stack[2 * REGEX_STEPS_MAX + 2];
	unsigned depth = 0;

	stack[depth++] = start;
	while (depth) {
		uint16_t at = stack[--depth];
		const struct regex_step *s = &re->steps[at];
		if (has(p, at))
			continue;
		add_one(p, at);
		/* A place enters the set once and leaves at most two behind: the stack is large enough. */
		if (s->kind == REGEX_SPLIT && !has(p, s->b))
			stack[depth++] = s->b;
		bool through = s->kind == REGEX_SPLIT || s->kind == REGEX_JUMP ||
			       (s->kind == REGEX_LINE_START && pos.line_start) ||
			       (s->kind == REGEX_LINE_END && pos.line_end);
		if (through && !has(p, s->a))
			stack[depth++] = s->a;
	}
}

static bool in_set(const struct regex_set *set, uint32_t c)
{
	if (c < 128)
		return set->ascii[c / 64] >> (c % 64) & 1;
	for (unsigned i = 0; i < set->count; i++) {
		if (c >= set->ranges[i].low && c <= set->ranges[i].high)
			return !set->negated;
	}
	return set->negated;
}

/* The character at TEXT and its length in bytes. */
static uint32_t decode(const unsigned char *text, size_t len, size_t *ret_len)
{
	static const struct {
		unsigned char mask, lead;
		uint32_t least;
	} forms[] = {{0xe0, 0xc0, 0x80}, {0xf0, 0xe0, 0x800}, {0xf8, 0xf0, 0x10000}};

	*ret_len = 1;
	if (text[0] < 0x80)
		return text[0];
	for (size_t n = 0; n < ARRAY_LEN(forms); n++) {
		if ((text[0] & forms[n].mask) != forms[n].lead || len < n + 2)
			continue;
		uint32_t c = text[0] & ~forms[n].mask & 0xffu;
		for (size_t i = 1; i <= n + 1; i++) {
			if ((text[i] & 0xc0) != 0x80)
				return REPLACEMENT;
			c = c << 6 | (text[i] & 0x3f);
		}
		if (c < forms[n].least || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
			return REPLACEMENT;
		*ret_len = n + 2;
		return c;
	}
	return REPLACEMENT;
}

static bool accepts(const struct regex_step *s, const struct regex *re, uint32_t c)
{
	switch (s->kind) {
	case REGEX_CHAR:
		return s->c == c;
	case REGEX_ANY:
		return c != '\n';
	case REGEX_SET:
		return in_set(re->sets[s->a], c);
	default:
		return false;
	}
}

static uint16_t following(const struct regex_step *s)
{
	return s->kind == REGEX_SET ? s->b : s->a;
}

bool regex_matches(const struct regex *re, const char *text, size_t len)
{
	struct places lists[2];
	size_t used = re->count * sizeof(uint16_t);
	struct places *now = &lists[0], *next = &lists[1];
	const unsigned char *at = (const unsigned char *)text, *end = at + len;

	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		lists[i].count = 0;
		memset(lists[i].dense, 0, used);
		memset(lists[i].sparse, 0, used);
	}
	add(re, now, re->start, (struct position){true, len == 0 || text[0] == '\n'});
	while (at < end && now->count) {
		size_t n;
		uint32_t c = decode(at, (size_t)(end - at), &n);
		struct position pos = {c == '\n', at + n == end || at[n] == '\n'};
		next->count = 0;
		for (unsigned i = 0; i < now->count; i++) {
			const struct regex_step *s = &re->steps[now->dense[i]];
			if (accepts(s, re, c))
				add(re, next, following(s), pos);
		}
		struct places *old = now;
		now = next;
		next = old;
		at += n;
	}
	return at == end && has(now, re->end);
}
