/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Maven's order (ComparableVersion): a list of numbers and words in which a dash, and every change between digits and
 * other signs, opens a list inside the list. Words have an order of their own; zeros and words for "release" at the
 * end of a list, or in front of a list inside, are nothing. Any text is a version.
 *
 * Since a list inside is always the last item, the nest is kept as a chain of lists.
 */
#include <string.h>

#include "order.h"

#define ITEMS_MAX (2 * VULN_VERSION_MAX + 4)

enum kind { NUMBER, WORD, LIST };

struct item {
	enum kind kind;
	struct piece text; /* of a number or word */
	int known;	   /* a word's place among the known ones, or -1 */
	size_t inner;	   /* of a list: its first item */
	size_t inner_count;
};

struct list {
	size_t first, count;
};

struct maven {
	struct item items[ITEMS_MAX];
	size_t used;
	char small[VULN_VERSION_MAX + 1]; /* the text in small letters */
};

static const char *const known[] = {"alpha", "beta", "milestone", "rc", "snapshot", "", "sp"};
#define KNOWN_RELEASE 5

static int known_word(struct piece word, bool before_digit)
{
	static const struct {
		const char *word;
		int known;
	} others[] = {{"ga", 5}, {"final", 5}, {"release", 5}, {"cr", 3}};

	if (before_digit && word.len == 1 && (*word.s == 'a' || *word.s == 'b' || *word.s == 'm'))
		return *word.s == 'a' ? 0 : *word.s == 'b' ? 1 : 2;
	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (piece_equals(word, known[i]))
			return (int)i;
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		if (piece_equals(word, others[i].word))
			return others[i].known;
	return -1;
}

/* Parsing: the lists are open one inside the other, the items of each lie one behind the other. */
struct parser {
	struct maven *v;
	size_t start; /* of the list that is open */
	struct {
		size_t first, count;
	} lists[ITEMS_MAX];
	size_t depth;
};

static void add(struct parser *p, struct item item)
{
	if (p->v->used < ITEMS_MAX) {
		p->v->items[p->v->used++] = item;
		p->lists[p->depth].count++;
	}
}

static void add_number(struct parser *p, const char *s, size_t len)
{
	add(p, (struct item){.kind = NUMBER, .text = {s, len}, .known = -1});
}

static void add_word(struct parser *p, const char *s, size_t len, bool before_digit)
{
	struct piece word = {s, len};

	add(p, (struct item){.kind = WORD, .text = word, .known = known_word(word, before_digit)});
}

static void open_list(struct parser *p)
{
	if (p->depth + 1 >= ITEMS_MAX)
		return;
	add(p, (struct item){.kind = LIST, .known = -1, .inner = p->v->used + 1});
	p->depth++;
	p->lists[p->depth].first = p->v->used;
	p->lists[p->depth].count = 0;
}

/* A word behind something is in a list of its own, whether a dot or a dash stands before it. */
static void open_for_word(struct parser *p)
{
	if (p->lists[p->depth].count)
		open_list(p);
}

static bool is_nothing(const struct item *item)
{
	if (item->kind == LIST)
		return item->inner_count == 0;
	if (item->kind == WORD)
		return item->known == KNOWN_RELEASE;
	return piece_compare_numbers(item->text, (struct piece){"0", 1}) == 0;
}

/* From the innermost list out: takes away nothings at the end and in front of a list inside. */
static void normalize(struct parser *p)
{
	for (size_t d = p->depth + 1; d-- > 0;) {
		struct item *items = p->v->items + p->lists[d].first;
		size_t count = p->lists[d].count;
		for (size_t i = count; i-- > 0;) {
			if (is_nothing(&items[i])) {
				memmove(items + i, items + i + 1, (count - i - 1) * sizeof(*items));
				count--;
			} else if (items[i].kind != LIST) {
				break;
			}
		}
		p->lists[d].count = count;
		if (d > 0)
			p->v->items[p->lists[d].first - 1].inner_count = count;
	}
}

static void parse_signs(struct parser *p, const char *text)
{
	bool digits = false;
	size_t start = 0, i;

	for (i = 0; text[i]; i++) {
		char c = text[i];
		if (c == '.' || c == '-') {
			if (i == start)
				add_number(p, "0", 1);
			else if (digits)
				add_number(p, text + start, i - start);
			else
				add_word(p, text + start, i - start, false);
			start = i + 1;
			if (c == '-')
				open_list(p);
		} else if (is_digit(c) != digits) {
			if (i > start) {
				if (digits)
					add_number(p, text + start, i - start);
				else
					open_for_word(p);
				if (!digits)
					add_word(p, text + start, i - start, true);
				start = i;
				open_list(p);
			}
			digits = is_digit(c);
		}
	}
	if (i > start && digits) {
		add_number(p, text + start, i - start);
	} else if (i > start) {
		open_for_word(p);
		add_word(p, text + start, i - start, false);
	}
}

static struct list parse(const char *text, struct maven *v)
{
	struct parser p = {.v = v};
	size_t len = strlen(text);

	for (size_t i = 0; i <= len; i++)
		v->small[i] = to_lower(text[i]);
	v->used = 0;
	parse_signs(&p, v->small);
	normalize(&p);
	return (struct list){p.lists[0].first, p.lists[0].count};
}

static int compare_words(const struct item *a, const struct item *b)
{
	int l = a->known >= 0 ? a->known : (int)ARRAY_LEN(known), r = b->known >= 0 ? b->known : (int)ARRAY_LEN(known);

	if (l != r || a->known >= 0)
		return sign_of(l - r);
	return piece_compare_text(a->text, b->text);
}

/* Against nothing: the end of the other list. Goes down the chain of lists as long as all is nothing. */
static int compare_to_nothing(const struct maven *v, const struct item *item)
{
	for (;;) {
		if (item->kind == NUMBER)
			return is_nothing(item) ? 0 : 1;
		if (item->kind == WORD)
			return sign_of((item->known >= 0 ? item->known : (int)ARRAY_LEN(known)) - KNOWN_RELEASE);
		const struct item *inner = v->items + item->inner, *last = NULL;
		for (size_t i = 0; i < item->inner_count && !last; i++) {
			if (inner[i].kind == LIST) {
				last = &inner[i];
				break;
			}
			int r = compare_to_nothing(v, &inner[i]);
			if (r)
				return r;
		}
		if (!last)
			return 0;
		item = last;
	}
}

/* A number is after a list, which is after a word. */
static int rank(enum kind k)
{
	return k == NUMBER ? 2 : k == LIST ? 1 : 0;
}

static int compare_lists(const struct maven *x, struct list a, const struct maven *y, struct list b)
{
	for (size_t i = 0; i < a.count || i < b.count; i++) {
		const struct item *l = i < a.count ? &x->items[a.first + i] : NULL;
		const struct item *r = i < b.count ? &y->items[b.first + i] : NULL;
		int order;

		if (!l || !r) {
			order = l ? compare_to_nothing(x, l) : -compare_to_nothing(y, r);
		} else if (l->kind != r->kind) {
			order = sign_of(rank(l->kind) - rank(r->kind));
		} else if (l->kind == LIST) {
			/* Lists are last in theirs: going on with them instead of calling keeps the stack flat. */
			a = (struct list){l->inner, l->inner_count};
			b = (struct list){r->inner, r->inner_count};
			i = (size_t)-1;
			continue;
		} else {
			order = l->kind == NUMBER ? piece_compare_numbers(l->text, r->text) : compare_words(l, r);
		}
		if (order)
			return order;
	}
	return 0;
}

static int compare(const char *a, const char *b, int *ret)
{
	struct maven l, r;
	struct list x = parse(a, &l), y = parse(b, &r);

	*ret = compare_lists(&l, x, &r, y);
	return 0;
}

const struct order_ops order_maven = {"maven", compare, NULL};
