/* SPDX-License-Identifier: Apache-2.0 */
/*
 * POSIX extended regular expressions to a program: first a tree, because a repetition writes its part several times.
 */
#include <string.h>

#include "regex-program.h"

#define SET_RANGES_MAX 1000
#define WRITES_MAX 100000 /* parts visited while writing, also those that write nothing */

enum part_kind { PART_EMPTY, PART_CHAR, PART_ANY, PART_SET, PART_START, PART_END, PART_CAT, PART_ALT, PART_REPEAT };

struct part {
	enum part_kind kind;
	uint32_t c;
	struct regex_set *set;
	unsigned least, most; /* REPEAT; most 0 means any number */
	struct part *first, *last, *next;
};

struct parser {
	struct arena *arena;
	const char *text;
	size_t at, len;
	unsigned depth, writes;
	const char *what;
	size_t wrong_at;
	struct regex *re;
};

static int parse_alternatives(struct parser *p, struct part **ret);

static int wrong(struct parser *p, const char *what)
{
	p->what = what;
	p->wrong_at = p->at;
	return -EINVAL;
}

static struct part *new_part(struct parser *p, enum part_kind kind)
{
	struct part *part = ARENA_NEW(p->arena, struct part);

	if (part)
		part->kind = kind;
	return part;
}

static bool more(const struct parser *p)
{
	return p->at < p->len;
}

static char peek(const struct parser *p)
{
	return more(p) ? p->text[p->at] : '\0';
}

/* One character, of one or more bytes; what is not UTF-8 stands for itself and never matches. */
static uint32_t take_char(struct parser *p)
{
	unsigned char lead = (unsigned char)p->text[p->at++];
	unsigned extra = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : lead >= 0xc0 ? 1 : 0;
	uint32_t c = extra ? lead & (0x3fu >> extra) : lead;

	for (; extra && more(p) && ((unsigned char)p->text[p->at] & 0xc0) == 0x80; extra--)
		c = c << 6 | ((unsigned char)p->text[p->at++] & 0x3f);
	return c;
}

/* Behind a backslash. */
static int take_escape(struct parser *p, uint32_t *ret)
{
	static const char from[] = "afnrtv", to[] = "\a\f\n\r\t\v";

	if (!more(p))
		return wrong(p, "a backslash at the end");
	char c = peek(p);
	const char *known = strchr(from, c);
	if (known && c) {
		p->at++;
		*ret = (uint32_t)to[known - from];
		return 0;
	}
	if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))
		return wrong(p, "this escape is not part of POSIX regular expressions; write a class such as [0-9]");
	*ret = take_char(p);
	return 0;
}

static int add_range(struct parser *p, struct regex_set *set, uint32_t low, uint32_t high)
{
	if (set->count == SET_RANGES_MAX)
		return wrong(p, "too much between [ and ]");
	if (set->count == set->capacity) {
		unsigned capacity = set->capacity ? 2 * set->capacity : 8;
		struct regex_range *ranges = ARENA_ARRAY(p->arena, capacity, struct regex_range);
		if (!ranges)
			return -ENOMEM;
		if (set->count)
			memcpy(ranges, set->ranges, set->count * sizeof(*ranges));
		set->ranges = ranges;
		set->capacity = capacity;
	}
	set->ranges[set->count++] = (struct regex_range){low, high};
	return 0;
}

/* [:alpha:] and so on, behind "[:". */
static int take_class(struct parser *p, struct regex_set *set)
{
	static const struct {
		const char *name, *ranges; /* pairs */
	} classes[] = {{"alpha:]", "azAZ"},
		       {"digit:]", "09"},
		       {"alnum:]", "azAZ09"},
		       {"upper:]", "AZ"},
		       {"lower:]", "az"},
		       {"space:]", "\t\r  "},
		       {"blank:]", "\t\t  "},
		       {"punct:]", "!/:@[`{~"},
		       {"xdigit:]", "09afAF"},
		       {"word:]", "azAZ09__"},
		       {"graph:]", "!~"},
		       {"print:]", " ~"},
		       {"cntrl:]", "\001\037\177\177"}};

	for (size_t i = 0; i < ARRAY_LEN(classes); i++) {
		size_t n = strlen(classes[i].name);
		if (p->len - p->at < n || memcmp(p->text + p->at, classes[i].name, n) != 0)
			continue;
		p->at += n;
		for (const char *r = classes[i].ranges; *r; r += 2) {
			int e = add_range(p, set, (unsigned char)r[0], (unsigned char)r[1]);
			if (e < 0)
				return e;
		}
		return 0;
	}
	return wrong(p, "an unknown class of characters");
}

static int take_set_char(struct parser *p, uint32_t *ret)
{
	if (!more(p))
		return wrong(p, "a [ without its ]");
	if (peek(p) != '\\') {
		*ret = take_char(p);
		return 0;
	}
	p->at++;
	return take_escape(p, ret);
}

static int take_range(struct parser *p, struct regex_set *set)
{
	uint32_t low, high;
	int r = take_set_char(p, &low);

	if (r < 0)
		return r;
	high = low;
	if (peek(p) == '-' && p->at + 1 < p->len && p->text[p->at + 1] != ']') {
		p->at++;
		r = take_set_char(p, &high);
		if (r < 0)
			return r;
		if (high < low)
			return wrong(p, "a range that runs backwards");
	}
	return add_range(p, set, low, high);
}

static void fill_ascii(struct regex_set *set)
{
	for (uint32_t c = 0; c < 128; c++) {
		bool in = false;
		for (unsigned i = 0; i < set->count; i++)
			in |= c >= set->ranges[i].low && c <= set->ranges[i].high;
		if (in != set->negated)
			set->ascii[c / 64] |= 1ull << (c % 64);
	}
}

static int parse_set(struct parser *p, struct part **ret)
{
	struct part *part = new_part(p, PART_SET);
	struct regex_set *set = ARENA_NEW(p->arena, struct regex_set);

	if (!part || !set)
		return -ENOMEM;
	if (peek(p) == '^') {
		set->negated = true;
		p->at++;
	}
	for (bool first = true; first || peek(p) != ']'; first = false) {
		bool class = p->at + 1 < p->len && peek(p) == '[' && p->text[p->at + 1] == ':';
		p->at += class ? 2 : 0;
		int r = class ? take_class(p, set) : take_range(p, set);
		if (r < 0)
			return r;
		if (!more(p))
			return wrong(p, "a [ without its ]");
	}
	p->at++;
	fill_ascii(set);
	part->set = set;
	*ret = part;
	return 0;
}

static int parse_group(struct parser *p, struct part **ret)
{
	if (++p->depth > REGEX_DEPTH_MAX)
		return wrong(p, "nested too deeply");
	if (peek(p) == '?')
		return wrong(p, "(? is not part of POSIX regular expressions");
	int r = parse_alternatives(p, ret);
	if (r < 0)
		return r;
	if (peek(p) != ')')
		return wrong(p, "a ( without its )");
	p->at++;
	p->depth--;
	return 0;
}

static int parse_atom(struct parser *p, struct part **ret)
{
	char c = peek(p);
	struct part *part;

	if (strchr("*+?", c))
		return wrong(p, "nothing to repeat");
	if (c == '(' || c == '[') {
		p->at++;
		return c == '(' ? parse_group(p, ret) : parse_set(p, ret);
	}
	part = new_part(p, c == '.' ? PART_ANY : c == '^' ? PART_START : c == '$' ? PART_END : PART_CHAR);
	if (!part)
		return -ENOMEM;
	*ret = part;
	if (part->kind != PART_CHAR) {
		p->at++;
		return 0;
	}
	if (c != '\\') {
		part->c = take_char(p);
		return 0;
	}
	p->at++;
	return take_escape(p, &part->c);
}

static bool take_number(struct parser *p, unsigned *ret)
{
	size_t start = p->at;

	for (*ret = 0; more(p) && peek(p) >= '0' && peek(p) <= '9' && *ret <= REGEX_REPEAT_MAX; p->at++)
		*ret = *ret * 10 + (unsigned)(peek(p) - '0');
	return p->at > start;
}

/* {2}, {2,}, {2,5}: true and moves behind; otherwise the brace stands for itself. */
static bool take_braces(struct parser *p, unsigned *least, unsigned *most)
{
	struct parser ahead = *p;

	ahead.at++;
	if (!take_number(&ahead, least))
		return false;
	*most = *least;
	if (peek(&ahead) == ',') {
		ahead.at++;
		if (!take_number(&ahead, most))
			*most = 0;
		else if (!*most)
			*most = *least ? 1 : UINT32_MAX; /* {0,0}: nothing; {2,0}: refused below */
	} else if (!*least) {
		*most = UINT32_MAX;
	}
	if (peek(&ahead) != '}')
		return false;
	p->at = ahead.at + 1;
	return true;
}

static int parse_repeats(struct parser *p, struct part **ret)
{
	int r = parse_atom(p, ret);
	unsigned levels = 0;

	while (r == 0 && more(p)) {
		unsigned least = peek(p) == '+', most = peek(p) == '?';
		if (strchr("*+?", peek(p)))
			p->at++;
		else if (peek(p) != '{' || !take_braces(p, &least, &most))
			return 0;
		if (least > REGEX_REPEAT_MAX || (most != UINT32_MAX && most > REGEX_REPEAT_MAX) || ++levels > 10)
			return wrong(p, "repeated too often");
		if (most && most < least)
			return wrong(p, "a repetition that runs backwards");
		struct part *repeat = new_part(p, PART_REPEAT);
		if (!repeat)
			return -ENOMEM;
		repeat->least = least;
		repeat->most = most;
		repeat->first = *ret;
		*ret = repeat;
	}
	return r;
}

static void append(struct part *parent, struct part *child)
{
	if (parent->last)
		parent->last->next = child;
	else
		parent->first = child;
	parent->last = child;
}

static int parse_sequence(struct parser *p, struct part **ret)
{
	struct part *cat = new_part(p, PART_CAT);

	if (!cat)
		return -ENOMEM;
	while (more(p) && peek(p) != '|' && peek(p) != ')') {
		struct part *part;
		int r = parse_repeats(p, &part);
		if (r < 0)
			return r;
		append(cat, part);
	}
	*ret = cat;
	return 0;
}

static int parse_alternatives(struct parser *p, struct part **ret)
{
	struct part *alt = new_part(p, PART_ALT);

	if (!alt)
		return -ENOMEM;
	for (;;) {
		struct part *part;
		int r = parse_sequence(p, &part);
		if (r < 0)
			return r;
		append(alt, part);
		if (peek(p) != '|')
			break;
		p->at++;
	}
	*ret = alt;
	return 0;
}

/* Writing goes backwards: each part is told where to go on, and says where it begins. */
static int write_step(struct parser *p, struct regex_step step, uint16_t *ret)
{
	if (p->re->count == REGEX_STEPS_MAX)
		return wrong(p, "too large when written out");
	*ret = (uint16_t)p->re->count;
	p->re->steps[p->re->count++] = step;
	return 0;
}

static int write_part(struct parser *p, const struct part *part, uint16_t then, uint16_t *ret);

static int write_repeat(struct parser *p, const struct part *part, uint16_t then, uint16_t *ret)
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

static int write_alternatives(struct parser *p, const struct part *part, uint16_t then, uint16_t *ret)
{
	uint16_t at = then;
	int r = write_part(p, part->first, then, &at);

	for (const struct part *k = part->first->next; r == 0 && k; k = k->next) {
		uint16_t begin;
		r = write_part(p, k, then, &begin);
		if (r == 0)
			r = write_step(p, (struct regex_step){.kind = REGEX_SPLIT, .a = begin, .b = at}, &at);
	}
	*ret = at;
	return r;
}

/* The last child first. Parts of a sequence are few enough to search for each one's predecessor by recursion. */
static int write_sequence(struct parser *p, const struct part *cat, uint16_t then, uint16_t *ret)
{
	const struct part *kids[REGEX_STEPS_MAX];
	size_t count = 0;
	int r = 0;

	for (const struct part *k = cat->first; k; k = k->next) {
		if (count == REGEX_STEPS_MAX)
			return wrong(p, "too large when written out");
		kids[count++] = k;
	}
	*ret = then;
	while (r == 0 && count)
		r = write_part(p, kids[--count], *ret, ret);
	return r;
}

static int write_part(struct parser *p, const struct part *part, uint16_t then, uint16_t *ret)
{
	static const uint8_t kinds[] = {[PART_CHAR] = REGEX_CHAR,
					[PART_ANY] = REGEX_ANY,
					[PART_START] = REGEX_LINE_START,
					[PART_END] = REGEX_LINE_END};

	if (++p->writes > WRITES_MAX)
		return wrong(p, "too large when written out");
	switch (part->kind) {
	case PART_CAT:
		return write_sequence(p, part, then, ret);
	case PART_ALT:
		return write_alternatives(p, part, then, ret);
	case PART_REPEAT:
		return write_repeat(p, part, then, ret);
	case PART_SET: {
		unsigned set = p->re->set_count++;
		p->re->sets[set] = part->set;
		return write_step(p, (struct regex_step){.kind = REGEX_SET, .a = (uint16_t)set, .b = then}, ret);
	}
	case PART_EMPTY:
	case PART_CHAR:
	case PART_ANY:
	case PART_START:
	case PART_END:
		break;
	}
	return write_step(p, (struct regex_step){.kind = kinds[part->kind], .a = then, .c = part->c}, ret);
}

int regex_compile(struct arena *arena, struct rule_str pattern, struct regex **ret, const char **ret_what,
		  size_t *ret_at)
{
	struct parser p = {.arena = arena, .text = pattern.at, .len = pattern.len};
	struct part *tree;
	uint16_t end;

	scoped_free struct regex_step *steps = calloc(REGEX_STEPS_MAX, sizeof(*steps));
	scoped_free struct regex_set **sets = calloc(REGEX_STEPS_MAX + 1, sizeof(*sets));
	p.re = ARENA_NEW(arena, struct regex);
	if (!p.re || !steps || !sets)
		return -ENOMEM;
	p.re->steps = steps;
	p.re->sets = sets;
	int r = parse_alternatives(&p, &tree);
	if (r == 0 && more(&p))
		r = wrong(&p, "a ) without its (");
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
