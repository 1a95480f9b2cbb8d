/* SPDX-License-Identifier: Apache-2.0 */
/*
 * POSIX extended regular expressions to a tree of parts.
 */
#include <string.h>

#include "regex-parts.h"

#define SET_RANGES_MAX 1000

static struct regex_part *new_part(struct regex_parser *p, enum regex_part_kind kind)
{
	struct regex_part *part = ARENA_NEW(p->arena, struct regex_part);

	if (part)
		part->kind = kind;
	return part;
}

static bool more(const struct regex_parser *p)
{
	return p->at < p->len;
}

static char peek(const struct regex_parser *p)
{
	return more(p) ? p->text[p->at] : '\0';
}

/* One character, of one or more bytes; what is not UTF-8 stands for itself and never matches. */
static uint32_t take_char(struct regex_parser *p)
{
	unsigned char lead = (unsigned char)p->text[p->at++];
	unsigned extra = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : lead >= 0xc0 ? 1 : 0;
	uint32_t c = extra ? lead & (0x3fu >> extra) : lead;

	for (; extra && more(p) && ((unsigned char)p->text[p->at] & 0xc0) == 0x80; extra--)
		c = c << 6 | ((unsigned char)p->text[p->at++] & 0x3f);
	return c;
}

/* Behind a backslash. */
static int take_escape(struct regex_parser *p, uint32_t *ret)
{
	static const char from[] = "afnrtv", to[] = "\a\f\n\r\t\v";

	if (!more(p))
		return regex_wrong(p, "a backslash at the end");
	char c = peek(p);
	const char *known = strchr(from, c);
	if (known && c) {
		p->at++;
		*ret = (uint32_t)to[known - from];
		return 0;
	}
	if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))
		return regex_wrong(p,
				   "this escape is not part of POSIX regular expressions; write a class such as [0-9]");
	*ret = take_char(p);
	return 0;
}

static int add_range(struct regex_parser *p, struct regex_set *set, uint32_t low, uint32_t high)
{
	if (set->count == SET_RANGES_MAX)
		return regex_wrong(p, "too much between [ and ]");
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
static int take_class(struct regex_parser *p, struct regex_set *set)
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
	return regex_wrong(p, "an unknown class of characters");
}

static int take_set_char(struct regex_parser *p, uint32_t *ret)
{
	if (!more(p))
		return regex_wrong(p, "a [ without its ]");
	if (peek(p) != '\\') {
		*ret = take_char(p);
		return 0;
	}
	p->at++;
	return take_escape(p, ret);
}

static int take_range(struct regex_parser *p, struct regex_set *set)
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
			return regex_wrong(p, "a range that runs backwards");
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

static int parse_set(struct regex_parser *p, struct regex_part **ret)
{
	struct regex_part *part = new_part(p, REGEX_PART_SET);
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
			return regex_wrong(p, "a [ without its ]");
	}
	p->at++;
	fill_ascii(set);
	part->set = set;
	*ret = part;
	return 0;
}

static int parse_group(struct regex_parser *p, struct regex_part **ret)
{
	if (++p->depth > REGEX_DEPTH_MAX)
		return regex_wrong(p, "nested too deeply");
	if (peek(p) == '?')
		return regex_wrong(p, "(? is not part of POSIX regular expressions");
	int r = regex_parse(p, ret);
	if (r < 0)
		return r;
	if (peek(p) != ')')
		return regex_wrong(p, "a ( without its )");
	p->at++;
	p->depth--;
	return 0;
}

static int parse_atom(struct regex_parser *p, struct regex_part **ret)
{
	char c = peek(p);
	struct regex_part *part;

	if (strchr("*+?", c))
		return regex_wrong(p, "nothing to repeat");
	if (c == '(' || c == '[') {
		p->at++;
		return c == '(' ? parse_group(p, ret) : parse_set(p, ret);
	}
	part = new_part(p, c == '.'   ? REGEX_PART_ANY
			   : c == '^' ? REGEX_PART_START
			   : c == '$' ? REGEX_PART_END
				      : REGEX_PART_CHAR);
	if (!part)
		return -ENOMEM;
	*ret = part;
	if (part->kind != REGEX_PART_CHAR) {
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

static bool take_number(struct regex_parser *p, unsigned *ret)
{
	size_t start = p->at;

	for (*ret = 0; more(p) && peek(p) >= '0' && peek(p) <= '9' && *ret <= REGEX_REPEAT_MAX; p->at++)
		*ret = *ret * 10 + (unsigned)(peek(p) - '0');
	return p->at > start;
}

/* {2}, {2,}, {2,5}: true and moves behind; otherwise the brace stands for itself. */
static bool take_braces(struct regex_parser *p, unsigned *least, unsigned *most)
{
	struct regex_parser ahead = *p;

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

static int parse_repeats(struct regex_parser *p, struct regex_part **ret)
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
			return regex_wrong(p, "repeated too often");
		if (most && most < least)
			return regex_wrong(p, "a repetition that runs backwards");
		struct regex_part *repeat = new_part(p, REGEX_PART_REPEAT);
		if (!repeat)
			return -ENOMEM;
		repeat->least = least;
		repeat->most = most;
		repeat->first = *ret;
		*ret = repeat;
	}
	return r;
}

static void append(struct regex_part *parent, struct regex_part *child)
{
	if (parent->last)
		parent->last->next = child;
	else
		parent->first = child;
	parent->last = child;
}

static int parse_sequence(struct regex_parser *p, struct regex_part **ret)
{
	struct regex_part *cat = new_part(p, REGEX_PART_CAT);

	if (!cat)
		return -ENOMEM;
	while (more(p) && peek(p) != '|' && peek(p) != ')') {
		struct regex_part *part;
		int r = parse_repeats(p, &part);
		if (r < 0)
			return r;
		append(cat, part);
	}
	*ret = cat;
	return 0;
}

int regex_parse(struct regex_parser *p, struct regex_part **ret)
{
	struct regex_part *alt = new_part(p, REGEX_PART_ALT);

	if (!alt)
		return -ENOMEM;
	for (;;) {
		struct regex_part *part;
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
