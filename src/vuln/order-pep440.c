/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Python's order (PEP 440): [v][epoch!]release[pre][.post][.dev][+local] in all the spellings that its appendix B
 * permits. What is missing sorts by where it is missing: no pre-release is after every one, but a bare development
 * release is before; no post and no local part are before any.
 */
#include <string.h>

#include "order.h"

enum presence { BELOW, PRESENT, ABOVE }; /* a missing part is below or above every one that is there */

struct pep440 {
	struct piece epoch;
	struct piece release; /* "1.2.0", the zeros at its end included */
	enum presence pre_is, post_is, dev_is;
	char pre_letter; /* 'a', 'b', 'r' */
	struct piece pre, post, dev;
	struct piece local;
};

static const struct {
	const char *word;
	char letter;
} pre_words[] = {{"alpha", 'a'}, {"beta", 'b'}, {"preview", 'r'}, {"pre", 'r'},
		 {"rc", 'r'},	 {"a", 'a'},	{"b", 'b'},	  {"c", 'r'}};
static const char *const post_words[] = {"post", "rev", "r"};

struct reader {
	const char *s, *end;
};

static char peek(const struct reader *r, size_t ahead)
{
	return r->s + ahead < r->end ? r->s[ahead] : '\0';
}

static bool is_separator(char c)
{
	return c == '-' || c == '_' || c == '.';
}

static bool begins_with(const struct reader *r, size_t ahead, const char *word)
{
	for (size_t i = 0; word[i]; i++)
		if (to_lower(peek(r, ahead + i)) != word[i])
			return false;
	return true;
}

static struct piece take_digits(struct reader *r)
{
	struct piece d = {r->s, 0};

	while (is_digit(peek(r, d.len)))
		d.len++;
	r->s += d.len;
	return d;
}

/* [-_.]WORD[-_.]NUMBER: all but the word may be missing. */
static bool take_word(struct reader *r, const char *word, struct piece *number)
{
	size_t ahead = is_separator(peek(r, 0));

	if (!begins_with(r, ahead, word))
		return false;
	r->s += ahead + strlen(word);
	r->s += is_separator(peek(r, 0));
	*number = take_digits(r);
	return true;
}

static void take_pre(struct reader *r, struct pep440 *v)
{
	for (size_t i = 0; i < ARRAY_LEN(pre_words); i++) {
		if (take_word(r, pre_words[i].word, &v->pre)) {
			v->pre_is = PRESENT;
			v->pre_letter = pre_words[i].letter;
			return;
		}
	}
}

static void take_post(struct reader *r, struct pep440 *v)
{
	if (peek(r, 0) == '-' && is_digit(peek(r, 1))) {
		r->s++;
		v->post = take_digits(r);
		v->post_is = PRESENT;
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(post_words); i++)
		if (take_word(r, post_words[i], &v->post)) {
			v->post_is = PRESENT;
			return;
		}
}

static bool take_local(struct reader *r, struct pep440 *v)
{
	bool word = false;

	r->s++;
	v->local = (struct piece){r->s, (size_t)(r->end - r->s)};
	for (; r->s < r->end; r->s++) {
		if (!is_alnum(*r->s) && !(word && is_separator(*r->s)))
			return false;
		word = is_alnum(*r->s);
	}
	return word;
}

static bool take_release(struct reader *r, struct pep440 *v)
{
	struct piece digits = take_digits(r);

	if (!digits.len)
		return false;
	if (peek(r, 0) == '!') {
		v->epoch = digits;
		r->s++;
		digits = take_digits(r);
		if (!digits.len)
			return false;
	}
	v->release = digits;
	while (peek(r, 0) == '.' && is_digit(peek(r, 1))) {
		r->s++;
		take_digits(r);
	}
	v->release.len = (size_t)(r->s - v->release.s);
	return true;
}

static bool parse(const char *text, struct pep440 *v)
{
	struct piece whole = piece_trimmed(text);
	struct reader r = {whole.s, whole.s + whole.len};

	*v = (struct pep440){.epoch = {"", 0}, .pre_is = ABOVE, .post_is = BELOW, .dev_is = ABOVE};
	r.s += to_lower(peek(&r, 0)) == 'v';
	if (!take_release(&r, v))
		return false;
	take_pre(&r, v);
	take_post(&r, v);
	if (take_word(&r, "dev", &v->dev))
		v->dev_is = PRESENT;
	if (peek(&r, 0) == '+' && !take_local(&r, v))
		return false;
	if (v->pre_is != PRESENT && v->post_is != PRESENT && v->dev_is == PRESENT)
		v->pre_is = BELOW;
	return r.s == r.end;
}

/* Cuts off the part up to a separator. */
static struct piece take_part(struct piece *p)
{
	struct piece part = {p->s, 0};

	while (part.len < p->len && !is_separator(part.s[part.len]))
		part.len++;
	size_t used = part.len + (part.len < p->len);
	p->s += used;
	p->len -= used;
	return part;
}

static int compare_release(struct piece a, struct piece b)
{
	int r = 0;

	while (!r && (a.len || b.len))
		r = piece_compare_numbers(take_part(&a), take_part(&b));
	return r;
}

static int compare_local(struct piece a, struct piece b)
{
	while (a.len && b.len) {
		struct piece l = take_part(&a), r = take_part(&b);
		bool m = piece_is_number(l), n = piece_is_number(r);
		int order = m && n ? piece_compare_numbers(l, r) : m != n ? (m ? 1 : -1) : piece_compare_caseless(l, r);
		if (order)
			return order;
	}
	return (a.len > 0) - (b.len > 0);
}

static int compare_part(enum presence a_is, struct piece a, enum presence b_is, struct piece b)
{
	if (a_is != b_is)
		return a_is < b_is ? -1 : 1;
	return a_is == PRESENT ? piece_compare_numbers(a, b) : 0;
}

static int compare(const char *a, const char *b, int *ret)
{
	struct pep440 l, r;
	int order;

	if (!parse(a, &l) || !parse(b, &r))
		return -EINVAL;
	order = piece_compare_numbers(l.epoch, r.epoch);
	if (!order)
		order = compare_release(l.release, r.release);
	if (!order && l.pre_is == PRESENT && r.pre_is == PRESENT)
		order = sign_of(l.pre_letter - r.pre_letter);
	if (!order)
		order = compare_part(l.pre_is, l.pre, r.pre_is, r.pre);
	if (!order)
		order = compare_part(l.post_is, l.post, r.post_is, r.post);
	if (!order)
		order = compare_part(l.dev_is, l.dev, r.dev_is, r.dev);
	*ret = order ? order : compare_local(l.local, r.local);
	return 0;
}

/* ---- versions from before PEP 440 ---- */

#define LEGACY_KEY_MAX (16 * VULN_VERSION_MAX)
#define LEGACY_FINAL "*final"

/* Parts in their order, each with a byte behind it that is below every other. */
struct legacy_key {
	char text[LEGACY_KEY_MAX];
	size_t len, starts[VULN_VERSION_MAX + 1], count;
};

static bool last_is(const struct legacy_key *k, const char *part)
{
	size_t len = strlen(part);

	return k->count && k->len - 1 - k->starts[k->count - 1] == len &&
	       memcmp(k->text + k->starts[k->count - 1], part, len) == 0;
}

static void put_legacy(struct legacy_key *k, const char *s, size_t len)
{
	if (k->count == ARRAY_LEN(k->starts) || k->len + len + 1 >= sizeof(k->text))
		return;
	k->starts[k->count++] = k->len;
	memcpy(k->text + k->len, s, len);
	k->len += len;
	k->text[k->len++] = '\1';
}

/* Numbers get zeros in front; words a star, and those before "*final" mark what is unfinished. */
static void add_legacy(struct legacy_key *k, struct piece p)
{
	static const struct {
		const char *word, *put;
	} known[] = {{"pre", "c"}, {"preview", "c"}, {"-", "final-"}, {"rc", "c"}, {"dev", "@"}};
	char part[VULN_VERSION_MAX + 16];
	size_t len = 0;

	if (!p.len || (p.len == 1 && *p.s == '.'))
		return;
	if (is_digit(*p.s)) {
		for (size_t i = p.len; i < 8; i++)
			part[len++] = '0';
		memcpy(part + len, p.s, p.len);
		put_legacy(k, part, len + p.len);
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (piece_equals(p, known[i].word)) {
			p = (struct piece){known[i].put, strlen(known[i].put)};
			break;
		}
	part[len++] = '*';
	for (size_t i = 0; i < p.len; i++)
		part[len++] = to_lower(p.s[i]);
	if (piece_compare_text((struct piece){part, len}, (struct piece){LEGACY_FINAL, strlen(LEGACY_FINAL)}) < 0)
		while (last_is(k, "*final-"))
			k->len = k->starts[--k->count];
	while (last_is(k, "00000000"))
		k->len = k->starts[--k->count];
	put_legacy(k, part, len);
}

/* Cut at dots, dashes, and between digits, letters and everything else. */
static void make_legacy(const char *s, struct legacy_key *k)
{
	k->len = k->count = 0;
	while (*s) {
		struct piece p = is_digit(*s)	? piece_digits(s)
				 : is_alpha(*s) ? piece_letters(s)
						: (struct piece){s, 1};
		while (p.s == s && p.len && !is_alnum(*s) && *s != '.' && *s != '-' && s[p.len] &&
		       !is_alnum(s[p.len]) && s[p.len] != '.' && s[p.len] != '-')
			p.len++;
		add_legacy(k, p);
		s += p.len;
	}
	add_legacy(k, (struct piece){&LEGACY_FINAL[1], strlen(LEGACY_FINAL) - 1});
}

/* As setuptools and packaging (up to 21) had it: all of them are before every version of PEP 440. */
static int compare_any(const char *a, const char *b)
{
	struct legacy_key l, r;
	struct pep440 ignored;
	bool a_is = parse(a, &ignored), b_is = parse(b, &ignored);

	if (a_is || b_is)
		return a_is - b_is;
	make_legacy(a, &l);
	make_legacy(b, &r);
	return piece_compare_text((struct piece){l.text, l.len}, (struct piece){r.text, r.len});
}

const struct order_ops order_pep440 = {"pep440", compare, compare_any};
