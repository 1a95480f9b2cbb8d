/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tree of a regular expression to its program.
 */
#include <stdlib.h>

#include "regex-parts.h"

#define WRITES_MAX 100000 /* parts visited while writing, also those that write nothing */

int regex_wrong(struct regex_parser *p, const char *what)
{
	p->what = what;
	p->wrong_at = p->at;
	return -EINVAL;
}

/* Writing goes backwards: each part is told where to go on, and says where it begins. */
static int write_step(struct regex_parser *p, struct regex_step step, uint16_t *ret)
{
	if (p->re->count == REGEX_STEPS_MAX)
		return regex_wrong(p, "too large when written out");
	*ret = (uint16_t)p->re->count;
	p->re->steps[p->re->count++] = step;
	return 0;
}

static int write_part(struct regex_parser *p, const struct regex_part *part, uint16_t then, uint16_t *ret);

static int write_repeat(struct regex_parser *p, const struct regex_part *part, uint16_t then, uint16_t *ret)
{
	uint16_t at = then;
	int r = 0;

	if (part->most == UINT32_MAX) {
		*ret = then;
		return 0;
	}
	if (!part->most) {
		uint16_t loop, body;
		r = write_step(p, (struct regex_step){.kind = REGEX_SPLIT, .a = then, .b = then}, &loop);
		r = r < 0 ? r : write_part(p, part->first, loop, &body);
		if (r < 0)
			return r;
		p->re->steps[loop].b = body;
		at = loop;
	}
	for (unsigned i = part->least; r == 0 && i < part->most; i++) {
		uint16_t body;
		r = write_part(p, part->first, at, &body);
		if (r == 0)
			r = write_step(p, (struct regex_step){.kind = REGEX_SPLIT, .a = body, .b = then}, &at);
	}
	for (unsigned i = 0; r == 0 && i < part->least; i++)
		r = write_part(p, part->first, at, &at);
	*ret = at;
	return r;
}

static int write_alternatives(struct regex_parser *p, const struct regex_part *part, uint16_t then, uint16_t *ret)
{
	uint16_t at = then;
	int r = write_part(p, part->first, then, &at);

	for (const struct regex_part *k = part->first->next; r == 0 && k; k = k->next) {
		uint16_t begin;
		r = write_part(p, k, then, &begin);
		if (r == 0)
			r = write_step(p, (struct regex_step){.kind = REGEX_SPLIT, .a = begin, .b = at}, &at);
	}
	*ret = at;
	return r;
}

/* The last child first. Parts of a sequence are few enough to search for each one's predecessor by recursion. */
static int write_sequence(struct regex_parser *p, const struct regex_part *cat, uint16_t then, uint16_t *ret)
{
	const struct regex_part *kids[REGEX_STEPS_MAX];
	size_t count = 0;
	int r = 0;

	for (const struct regex_part *k = cat->first; k; k = k->next) {
		if (count == REGEX_STEPS_MAX)
			return regex_wrong(p, "too large when written out");
		kids[count++] = k;
	}
	*ret = then;
	while (r == 0 && count)
		r = write_part(p, kids[--count], *ret, ret);
	return r;
}

static int write_part(struct regex_parser *p, const struct regex_part *part, uint16_t then, uint16_t *ret)
{
	static const uint8_t kinds[] = {[REGEX_PART_CHAR] = REGEX_CHAR,
					[REGEX_PART_ANY] = REGEX_ANY,
					[REGEX_PART_START] = REGEX_LINE_START,
					[REGEX_PART_END] = REGEX_LINE_END};

	if (++p->writes > WRITES_MAX)
		return regex_wrong(p, "too large when written out");
	switch (part->kind) {
	case REGEX_PART_CAT:
		return write_sequence(p, part, then, ret);
	case REGEX_PART_ALT:
		return write_alternatives(p, part, then, ret);
	case REGEX_PART_REPEAT:
		return write_repeat(p, part, then, ret);
	case REGEX_PART_SET: {
		unsigned set = p->re->set_count++;
		p->re->sets[set] = part->set;
		return write_step(p, (struct regex_step){.kind = REGEX_SET, .a = (uint16_t)set, .b = then}, ret);
	}
	case REGEX_PART_EMPTY:
	case REGEX_PART_CHAR:
	case REGEX_PART_ANY:
	case REGEX_PART_START:
	case REGEX_PART_END:
		break;
	}
	return write_step(p, (struct regex_step){.kind = kinds[part->kind], .a = then, .c = part->c}, ret);
}

int regex_compile(struct arena *arena, struct rule_str pattern, struct regex **ret, const char **ret_what,
		  size_t *ret_at)
{
	struct regex_parser p = {.arena = arena, .text = pattern.at, .len = pattern.len};
	struct regex_part *tree;
	uint16_t end;

	scoped_free struct regex_step *steps = calloc(REGEX_STEPS_MAX, sizeof(*steps));
	scoped_free struct regex_set **sets = calloc(REGEX_STEPS_MAX + 1, sizeof(*sets));
	p.re = ARENA_NEW(arena, struct regex);
	if (!p.re || !steps || !sets)
		return -ENOMEM;
	p.re->steps = steps;
	p.re->sets = sets;
	int r = regex_parse(&p, &tree);
	if (r == 0 && p.at < p.len)
		r = regex_wrong(&p, "a ) without its (");
	r = r < 0 ? r : write_step(&p, (struct regex_step){.kind = REGEX_END}, &end);
	r = r < 0 ? r : write_part(&p, tree, end, &p.re->start);
	*ret_what = p.what;
	*ret_at = p.wrong_at;
	if (r < 0)
		return r;
	p.re->end = end;
	p.re->steps = ARENA_ARRAY(arena, p.re->count, struct regex_step);
	p.re->sets = ARENA_ARRAY(arena, p.re->set_count + 1, struct regex_set *);
	if (!p.re->steps || !p.re->sets)
		return -ENOMEM;
	memcpy(p.re->steps, steps, p.re->count * sizeof(*steps));
	memcpy(p.re->sets, sets, p.re->set_count * sizeof(*sets));
	*ret = p.re;
	return 0;
}
