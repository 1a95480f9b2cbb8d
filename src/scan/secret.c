/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Secrets in texts. A text runs once through the words of all rules; around each word the expressions of its rules are
 * tried, in pieces that overlap nowhere. What is found is shown with its beginning only: a report must not be a place
 * to find secrets.
 */
#include "scan/secret.h"

#include <ctype.h>
#include <hs/hs.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "readers.h"
#include "secret-match.h"
#include "secret-rules.h"
#include "secret-words.h"

#define ARENA_BYTES (64u << 20)
#define BEFORE 256 /* bytes around a word in which an expression may match */
#define BEHIND 8192
#define PIECES_MAX 20000 /* of one text; beyond, what is there is one piece for each rule */
#define FINDS_MAX 200	 /* of one text */

struct rule {
	const struct scan_secret_rule *said;
	struct secret_regex *regex; /* NULL until needed */
	bool broken;		    /* did not compile */
	size_t piece;		    /* the last one of this text, plus one */
};

/* A word and the rules that have it: from FIRST on in a list sorted by word. */
struct word {
	const char *text;
	uint32_t rule;
};

struct piece {
	uint32_t rule;
	size_t begin, end;
};

struct find {
	size_t begin, end;
};

struct scan_secrets {
	struct arena arena;
	struct scan_secret_rules said;
	struct rule *rules;
	struct word *words; /* sorted by text */
	size_t word_count;
	size_t *firsts; /* of each different word in WORDS, and one behind the last */
	size_t different;
	hs_database_t *machine;
	hs_scratch_t *scratch;
	/* Of the text at hand. */
	struct piece *pieces;
	size_t piece_count, text_len;
	struct find finds[FINDS_MAX];
	size_t find_count;
	bool gave_up;
	/* Expressions of exceptions, by their text. */
	struct cached {
		const char *pattern;
		struct secret_regex *regex;
	} * cache;
	size_t cache_count, cache_room;
};

/* ---- made ready ---- */

void scan_secrets_free(struct scan_secrets *s)
{
	if (!s)
		return;
	for (size_t i = 0; s->rules && i < s->said.count; i++)
		secret_regex_free(s->rules[i].regex);
	for (size_t i = 0; i < s->cache_count; i++)
		secret_regex_free(s->cache[i].regex);
	free(s->cache);
	free(s->pieces);
	hs_free_scratch(s->scratch);
	hs_free_database(s->machine);
	arena_done(&s->arena);
	free(s);
}

size_t scan_secrets_count(const struct scan_secrets *s)
{
	return s->said.count;
}

static int compare_words(const void *a, const void *b)
{
	const struct word *x = a, *y = b;
	int r = strcmp(x->text, y->text);

	return r ? r : x->rule < y->rule ? -1 : x->rule > y->rule;
}

static int gather_words(struct scan_secrets *s)
{
	size_t count = 0;

	for (size_t i = 0; i < s->said.count; i++)
		count += s->said.rules[i].keywords.count;
	s->words = ARENA_ARRAY(&s->arena, count + 1, struct word);
	s->firsts = ARENA_ARRAY(&s->arena, count + 1, size_t);
	if (!s->words || !s->firsts)
		return -ENOMEM;
	for (size_t i = 0; i < s->said.count; i++)
		for (size_t k = 0; k < s->said.rules[i].keywords.count; k++)
			s->words[s->word_count++] = (struct word){s->said.rules[i].keywords.items[k], (uint32_t)i};
	qsort(s->words, s->word_count, sizeof(*s->words), compare_words);
	for (size_t i = 0; i < s->word_count; i++)
		if (!i || !str_eq(s->words[i].text, s->words[i - 1].text))
			s->firsts[s->different++] = i;
	s->firsts[s->different] = s->word_count;
	return 0;
}

static int build_machine(struct scan_secrets *s, struct err *e)
{
	const char **texts = ARENA_ARRAY(&s->arena, s->different + 1, const char *);
	unsigned *flags = ARENA_ARRAY(&s->arena, s->different + 1, unsigned);
	unsigned *ids = ARENA_ARRAY(&s->arena, s->different + 1, unsigned);
	size_t *lens = ARENA_ARRAY(&s->arena, s->different + 1, size_t);
	hs_compile_error_t *why = NULL;

	if (!texts || !flags || !ids || !lens)
		return err_set(e, -ENOMEM, "out of memory");
	if (!s->different)
		return 0;
	for (size_t i = 0; i < s->different; i++) {
		texts[i] = s->words[s->firsts[i]].text;
		lens[i] = strlen(texts[i]);
		flags[i] = HS_FLAG_CASELESS;
		ids[i] = (unsigned)i;
	}
	if (hs_compile_lit_multi(texts, flags, ids, lens, (unsigned)s->different, HS_MODE_BLOCK, NULL, &s->machine,
				 &why) != HS_SUCCESS) {
		int r = err_set(e, -EINVAL, "the rules' words: %s", why ? why->message : "cannot be compiled");
		hs_free_compile_error(why);
		return r;
	}
	return hs_alloc_scratch(s->machine, &s->scratch) == HS_SUCCESS ? 0 : err_set(e, -ENOMEM, "out of memory");
}

int scan_secrets_new(const char *text, size_t len, struct scan_secrets **ret, struct err *e)
{
	SCOPED_PTR(scan_secrets) struct scan_secrets *s = calloc(1, sizeof(*s));

	if (!s)
		return err_set(e, -ENOMEM, "out of memory");
	s->arena = ARENA_INIT(ARENA_BYTES);
	int r = scan_secret_rules_read((const char *)secret_words, secret_words_size, &s->arena, &s->said, e);
	if (r < 0)
		return err_wrap(e, r, "skep's rules about secrets");
	if (text && (r = scan_secret_rules_read(text, len, &s->arena, &s->said, e)) < 0)
		return err_wrap(e, r, "the rules about secrets");
	s->rules = ARENA_ARRAY(&s->arena, s->said.count + 1, struct rule);
	s->pieces = malloc(PIECES_MAX * sizeof(*s->pieces));
	if (!s->rules || !s->pieces || gather_words(s) < 0)
		return err_set(e, -ENOMEM, "out of memory");
	for (size_t i = 0; i < s->said.count; i++)
		s->rules[i].said = &s->said.rules[i];
	r = build_machine(s, e);
	if (r < 0)
		return r;
	*ret = take_ptr(s);
	return 0;
}

/* ---- around the words ---- */

static void add_piece(struct scan_secrets *s, uint32_t rule, size_t end_of_word)
{
	size_t begin = end_of_word > BEFORE ? end_of_word - BEFORE : 0;
	size_t end = MIN_OF(s->text_len, end_of_word + BEHIND);
	struct rule *r = &s->rules[rule];

	/* Words come in the order of their ends, so that only the last piece can touch. */
	if (r->piece && s->pieces[r->piece - 1].end >= begin) {
		s->pieces[r->piece - 1].end = end;
		return;
	}
	if (s->piece_count == PIECES_MAX) {
		s->gave_up = true;
		return;
	}
	s->pieces[s->piece_count++] = (struct piece){rule, begin, end};
	r->piece = s->piece_count;
}

static int on_word(unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *data)
{
	struct scan_secrets *s = data;

	for (size_t i = s->firsts[id]; i < s->firsts[id + 1]; i++)
		add_piece(s, s->words[i].rule, (size_t)to);
	return 0;
}

/* ---- exceptions ---- */

static struct secret_regex *cached_regex(struct scan_secrets *s, const char *pattern)
{
	for (size_t i = 0; i < s->cache_count; i++)
		if (s->cache[i].pattern == pattern)
			return s->cache[i].regex;
	if (s->cache_count == s->cache_room) {
		size_t room = s->cache_room ? s->cache_room * 2 : 64;
		struct cached *more = reallocarray(s->cache, room, sizeof(*more));
		if (!more)
			return NULL;
		s->cache = more;
		s->cache_room = room;
	}
	struct secret_regex *r = NULL;
	/* An exception that does not compile takes nothing back. */
	ignore(secret_regex_new(pattern, &r, NULL));
	s->cache[s->cache_count++] = (struct cached){pattern, r};
	return r;
}

static bool any_matches(struct scan_secrets *s, const struct scan_strings *list, const char *text, size_t len)
{
	struct secret_found found;

	for (size_t i = 0; i < list->count; i++) {
		struct secret_regex *r = cached_regex(s, list->items[i]);
		if (r && secret_regex_find(r, text, len, 0, false, &found) == 1)
			return true;
	}
	return false;
}

static bool has_stopword(const struct scan_strings *list, const char *text, size_t len)
{
	char lower[512];
	size_t n = MIN_OF(len, sizeof(lower) - 1);

	for (size_t i = 0; i < n; i++)
		lower[i] = (char)tolower((unsigned char)text[i]);
	for (size_t i = 0; i < list->count; i++)
		if (memmem(lower, n, list->items[i], strlen(list->items[i])))
			return true;
	return false;
}

struct match {
	const char *path, *text; /* all of the text */
	size_t len;
	struct find whole, secret, line;
};

static bool is_excepted(struct scan_secrets *s, const struct scan_exception *list, const struct match *m)
{
	for (const struct scan_exception *x = list; x; x = x->next) {
		const struct find *of = x->target == OF_MATCH  ? &m->whole
					: x->target == OF_LINE ? &m->line
							       : &m->secret;
		bool path = x->paths.count && any_matches(s, &x->paths, m->path, strlen(m->path));
		bool regex = x->regexes.count && any_matches(s, &x->regexes, m->text + of->begin, of->end - of->begin);
		bool word = x->stopwords.count &&
			    has_stopword(&x->stopwords, m->text + m->secret.begin, m->secret.end - m->secret.begin);
		if (x->all ? (path || !x->paths.count) && (regex || !x->regexes.count) && (word || !x->stopwords.count)
			   : path || regex || word)
			return true;
	}
	return false;
}

/* ---- what matched ---- */

/* Shannon's, in bits a character. */
static double entropy_of(const char *text, size_t len)
{
	unsigned counts[256] = {0};
	double sum = 0;

	for (size_t i = 0; i < len; i++)
		counts[(unsigned char)text[i]]++;
	for (size_t i = 0; len && i < ARRAY_LEN(counts); i++)
		if (counts[i])
			sum -= (double)counts[i] / (double)len * log2((double)counts[i] / (double)len);
	return sum;
}

static void set_line(struct match *m)
{
	size_t begin = m->whole.begin, end = m->whole.end;

	while (begin && m->text[begin - 1] != '\n' && m->whole.begin - begin < BEHIND)
		begin--;
	while (end < m->len && m->text[end] != '\n' && end - m->whole.end < BEHIND)
		end++;
	m->line = (struct find){begin, end};
}

static uint64_t line_number(const char *text, size_t at)
{
	uint64_t n = 1;

	for (size_t i = 0; i < at; i++)
		n += text[i] == '\n';
	return n;
}

static bool is_known(struct scan_secrets *s, const struct find *f)
{
	for (size_t i = 0; i < s->find_count; i++)
		if (f->begin < s->finds[i].end && s->finds[i].begin < f->end)
			return true;
	return false;
}

static void report(struct scan_out *o, struct scan_secrets *s, const struct rule *r, const struct match *m)
{
	size_t len = m->secret.end - m->secret.begin;
	char shown[8];
	size_t show = MIN_OF(len / 4, (size_t)4);

	memcpy(shown, m->text + m->secret.begin, show);
	shown[show] = '\0';
	str_plain(shown, show);
	scan_remark(o, MODEL_REMARK_SECRET, r->said->id,
		    (struct scan_place){m->path, line_number(m->text, m->secret.begin)},
		    "%.200s (%s..., %zu characters)", r->said->description ? r->said->description : r->said->id, shown,
		    len);
	s->finds[s->find_count++] = m->secret;
}

static void judge(struct scan_out *o, struct scan_secrets *s, const struct rule *r, struct match *m,
		  const struct secret_found *f)
{
	size_t group = r->said->group;

	for (size_t i = 1; !group && i < f->count; i++)
		if (f->end[i] > f->begin[i])
			group = i;
	if (group >= f->count || f->end[group] <= f->begin[group])
		group = 0;
	m->secret.end = m->whole.begin + (f->end[group] - f->begin[0]);
	m->secret.begin = m->whole.begin + (f->begin[group] - f->begin[0]);
	const char *secret = m->text + m->secret.begin;
	size_t len = m->secret.end - m->secret.begin;
	if (!len || is_known(s, &m->secret) || (r->said->entropy > 0 && entropy_of(secret, len) <= r->said->entropy))
		return;
	set_line(m);
	if (s->find_count == FINDS_MAX)
		s->gave_up = true;
	if (s->find_count < FINDS_MAX && !is_excepted(s, s->said.global, m) && !is_excepted(s, r->said->exceptions, m))
		report(o, s, r, m);
}

static bool ready(struct scan_out *o, struct rule *r)
{
	struct err e = {0};

	if (!r->regex && !r->broken && secret_regex_new(r->said->regex, &r->regex, &e) < 0) {
		r->broken = true;
		scan_remark(o, MODEL_REMARK_UNREAD, MODEL_GAP_NONE, SCAN_AT(""), "rule %s is not applied: %s",
			    r->said->id, err_text(&e));
	}
	return r->regex;
}

static void try_piece(struct scan_out *o, struct scan_secrets *s, const struct scan_file *f, const struct piece *p)
{
	struct rule *r = &s->rules[p->rule];
	const char *text = (const char *)f->data;
	struct secret_found found;
	size_t at = p->begin;

	if (!r->said->regex || !ready(o, r))
		return;
	while (at < p->end) {
		/* The piece's beginning is where its text begins, so that the engine looks at nothing before. */
		int result = secret_regex_find(r->regex, text + p->begin, p->end - p->begin, at - p->begin,
					       p->begin > 0, &found);
		if (result < 0)
			s->gave_up = true;
		if (result != 1)
			return;
		struct match m = {.path = f->path,
				  .text = text,
				  .len = f->len,
				  .whole = {p->begin + found.begin[0], p->begin + found.end[0]}};
		judge(o, s, r, &m, &found);
		at = m.whole.end > at ? m.whole.end : at + 1;
	}
}

/* A rule about names of files alone. */
static void try_paths(struct scan_out *o, struct scan_secrets *s, const struct scan_file *f)
{
	struct secret_found found;

	for (size_t i = 0; i < s->said.count; i++) {
		const struct scan_secret_rule *said = s->rules[i].said;
		struct secret_regex *r = said->path && !said->regex ? cached_regex(s, said->path) : NULL;
		if (r && secret_regex_find(r, f->path, strlen(f->path), 0, false, &found) == 1)
			scan_remark(o, MODEL_REMARK_SECRET, said->id, SCAN_AT(f->path), "%.200s",
				    said->description ? said->description : said->id);
	}
}

static bool path_fits(struct scan_secrets *s, const struct rule *r, const char *path)
{
	struct secret_found found;
	struct secret_regex *x = r->said->path ? cached_regex(s, r->said->path) : NULL;

	return !r->said->path || (x && secret_regex_find(x, path, strlen(path), 0, false, &found) == 1);
}

/* Rules that come first win: what two of them find is the first one's. */
static int compare_pieces(const void *a, const void *b)
{
	const struct piece *x = a, *y = b;

	return x->rule != y->rule ? x->rule < y->rule ? -1 : 1 : x->begin < y->begin ? -1 : x->begin > y->begin;
}

/* ---- texts ---- */

static bool is_utf16(const uint8_t *data, size_t len)
{
	return len >= 2 && ((data[0] == 0xff && data[1] == 0xfe) || (data[0] == 0xfe && data[1] == 0xff));
}

/* What is ASCII of it: secrets are, and so are the words around them. */
static char *narrow(const uint8_t *data, size_t len, size_t *ret_len)
{
	size_t low = data[0] == 0xff ? 0 : 1, count = len / 2 - 1;
	char *text = malloc(count + 1);

	for (size_t i = 0; text && i < count; i++) {
		const uint8_t *unit = data + 2 + i * 2;
		text[i] = unit[!low] || unit[low] > 0x7f ? '?' : (char)unit[low];
	}
	*ret_len = count;
	return text;
}

static int search(struct scan_out *o, const struct scan_file *f, struct err *e)
{
	struct scan_secrets *s = f->options->secrets;

	s->piece_count = s->find_count = 0;
	s->text_len = f->len;
	s->gave_up = false;
	for (size_t i = 0; i < s->said.count; i++) {
		s->rules[i].piece = 0;
		if (!s->said.rules[i].keywords.count && s->said.rules[i].regex && s->piece_count < PIECES_MAX)
			s->pieces[s->piece_count++] = (struct piece){(uint32_t)i, 0, f->len};
	}
	try_paths(o, s, f);
	if (s->machine &&
	    hs_scan(s->machine, (const char *)f->data, (unsigned)f->len, 0, s->scratch, on_word, s) != HS_SUCCESS)
		return err_set(e, -EIO, "the search for words failed");
	qsort(s->pieces, s->piece_count, sizeof(*s->pieces), compare_pieces);
	for (size_t i = 0; i < s->piece_count; i++)
		if (path_fits(s, &s->rules[s->pieces[i].rule], f->path))
			try_piece(o, s, f, &s->pieces[i]);
	if (s->gave_up)
		scan_remark(o, MODEL_REMARK_UNREAD, MODEL_GAP_NONE, SCAN_AT(f->path),
			    "not searched through for every secret: it would take too long");
	return 0;
}

static int read_text(struct scan_out *o, const struct scan_file *f, struct err *e)
{
	scoped_free char *text = NULL;
	struct scan_file narrowed = *f;

	if (!is_utf16(f->data, f->len))
		return search(o, f, e);
	text = narrow(f->data, f->len, &narrowed.len);
	if (!text)
		return err_set(e, -ENOMEM, "out of memory");
	narrowed.data = (const uint8_t *)text;
	return search(o, &narrowed, e);
}

int scan_secret_text(const void *text, size_t len, const struct scan_options *options, struct scan_out *o,
		     struct err *e)
{
	const struct scan_file f = {.path = "", .base = "", .size = len, .data = text, .len = len, .options = options};

	return options->secrets ? search(o, &f, e) : 0;
}

/* Where distributions put what is everybody's. */
static bool is_common(const char *path)
{
	static const char *const folders[] = {
		"usr/share/doc/",      "usr/share/man/",  "usr/share/locale/",	 "usr/share/info/",
		"usr/share/zoneinfo/", "usr/share/i18n/", "usr/include/",	 "var/lib/dpkg/",
		"var/lib/apt/",	       "var/cache/",	  "usr/share/licenses/", "lib/apk/db/",
		"usr/share/perl/",     "usr/share/mime/", "usr/share/fonts/",	 "usr/share/icons/",
		"usr/lib/modules/",    "lib/modules/",
	};

	for (size_t i = 0; i < ARRAY_LEN(folders); i++)
		if (str_starts_with(path, folders[i]))
			return true;
	return false;
}

static enum scan_want wants(const struct scan_file *f)
{
	if (!f->options->secrets || !f->size || is_common(f->path))
		return SCAN_NO;
	if (!f->head)
		return SCAN_LOOK;
	return is_utf16(f->head, f->head_len) || !memchr(f->head, '\0', f->head_len) ? SCAN_YES : SCAN_NO;
}

const struct scan_reader scan_secret = {
	.name = "text",
	.wants = wants,
	.owned_below = "etc/", /* what a package brought is everybody's, but configuration is changed */
	.bytes_max = SCAN_SECRET_FILE_MAX,
	.read = read_text,
};
