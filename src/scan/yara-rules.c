/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file runs through Hyperscan with the words that the rules name (meta "skep_words"), ten times as fast as through YARA's own
 * machine; only where a word is, or when some rule names none, YARA looks as well.
 */
#include "yara-rules.h"

#include <hs/hs.h>
#include <stdlib.h>
#include <string.h>
#include <yara.h>

#include "base/str.h"

#define WORDS_MAX 4096
#define PATHS_MAX 256
#define WORD_MIN 3

static const char *const externals[] = {"filename", "filepath", "extension", "filetype", "owner"};

/* In place of libyara's own: both would read files that a worker does not have. The names are libyara's. */
#define NO_MODULE(name)                                                                                                \
	int name##__declarations(YR_OBJECT *);                                                                         \
	int name##__initialize(YR_MODULE *);                                                                           \
	int name##__finalize(YR_MODULE *);                                                                             \
	int name##__load(YR_SCAN_CONTEXT *, YR_OBJECT *, void *, size_t);                                              \
	int name##__unload(YR_OBJECT *);                                                                               \
	int name##__declarations(YR_OBJECT *object)                                                                    \
	{                                                                                                              \
		return ERROR_UNKNOWN_MODULE;                                                                           \
	}                                                                                                              \
	int name##__initialize(YR_MODULE *module)                                                                      \
	{                                                                                                              \
		return ERROR_SUCCESS;                                                                                  \
	}                                                                                                              \
	int name##__finalize(YR_MODULE *module)                                                                        \
	{                                                                                                              \
		return ERROR_SUCCESS;                                                                                  \
	}                                                                                                              \
	int name##__load(YR_SCAN_CONTEXT *context, YR_OBJECT *object, void *data, size_t len)                          \
	{                                                                                                              \
		return ERROR_SUCCESS;                                                                                  \
	}                                                                                                              \
	int name##__unload(YR_OBJECT *object)                                                                          \
	{                                                                                                              \
		return ERROR_SUCCESS;                                                                                  \
	}
NO_MODULE(magic)
NO_MODULE(cuckoo)

static int failed(struct err *e, int code, const char *what)
{
	return code == ERROR_INSUFFICIENT_MEMORY ? err_set(e, -ENOMEM, "%s: out of memory", what)
						 : err_set(e, -EINVAL, "%s: libyara's error %d", what, code);
}

/* ---- reading rules ---- */

struct yara_maker {
	YR_COMPILER *compiler;
	struct err *e; /* during one add */
	const char *name;
};

void yara_maker_free(struct yara_maker *m)
{
	if (!m)
		return;
	if (m->compiler)
		yr_compiler_destroy(m->compiler);
	yr_finalize();
	free(m);
}

/* Only the first error of a file is of use: the others often follow from it. */
static void on_problem(int level, const char *file, int line, const YR_RULE *rule, const char *message, void *data)
{
	struct yara_maker *m = data;

	if (level == YARA_ERROR_LEVEL_ERROR && m->e && !m->e->code)
		err_set(m->e, -EINVAL, "%s:%d: %s", m->name, line, message);
}

int yara_maker_new(struct yara_maker **ret, struct err *e)
{
	int code = yr_initialize();

	if (code != ERROR_SUCCESS)
		return failed(e, code, "YARA");
	struct yara_maker *m = calloc(1, sizeof(*m));
	if (!m) {
		yr_finalize();
		return err_set(e, -ENOMEM, "out of memory");
	}
	code = yr_compiler_create(&m->compiler);
	for (size_t i = 0; code == ERROR_SUCCESS && i < ARRAY_LEN(externals); i++)
		code = yr_compiler_define_string_variable(m->compiler, externals[i], "");
	if (code != ERROR_SUCCESS) {
		yara_maker_free(m);
		return failed(e, code, "YARA");
	}
	yr_compiler_set_callback(m->compiler, on_problem, m);
	yr_compiler_set_include_callback(m->compiler, NULL, NULL, NULL); /* no rule opens a file */
	*ret = m;
	return 0;
}

int yara_maker_add(struct yara_maker *m, const char *name, const char *text, struct err *e)
{
	struct err own = {0};

	m->e = e ? e : &own;
	m->e->code = 0;
	m->name = name;
	int errors = yr_compiler_add_string(m->compiler, text, name);
	int r = errors && !m->e->code ? err_set(m->e, -EINVAL, "%s: cannot be compiled", name) : m->e->code;
	if (errors && m->compiler->last_error == ERROR_INSUFFICIENT_MEMORY)
		r = err_set(m->e, -ENOMEM, "%s: the rules do not fit into memory", name);
	m->e = NULL;
	return errors ? r : 0;
}

struct stream {
	yara_put_fn *put;
	void *data;
	const uint8_t *at;
	size_t left;
	int error;
};

static size_t stream_write(const void *bytes, size_t size, size_t count, void *data)
{
	struct stream *s = data;

	if (s->error == 0)
		s->error = s->put(s->data, bytes, size * count);
	return s->error == 0 ? count : 0;
}

static size_t stream_read(void *bytes, size_t size, size_t count, void *data)
{
	struct stream *s = data;

	if (!size || count > s->left / size)
		return 0;
	memcpy(bytes, s->at, size * count);
	s->at += size * count;
	s->left -= size * count;
	return count;
}

int yara_maker_write(struct yara_maker *m, yara_put_fn *put, void *data, struct err *e)
{
	struct stream s = {.put = put, .data = data};
	YR_STREAM stream = {.user_data = &s, .write = stream_write};
	YR_RULES *rules = NULL;
	int code = yr_compiler_get_rules(m->compiler, &rules);

	if (code == ERROR_SUCCESS)
		code = yr_rules_save_stream(rules, &stream);
	if (rules)
		yr_rules_destroy(rules);
	return s.error ? err_sys(e, s.error, "writing the rules") : code ? failed(e, code, "YARA") : 0;
}

/* ---- words ---- */

struct yara_rules {
	YR_RULES *rules;
	YR_SCANNER *scanner;
	hs_database_t *machine; /* of the words; NULL: every file is looked at */
	hs_scratch_t *scratch;
	uint64_t *largest;  /* by word: of files in which it counts */
	const char **paths; /* that are looked at whatever they have; in the rules */
	size_t path_count;
	int timeout_s;
};

struct words {
	const char **texts;
	size_t *lens;
	uint64_t *largest;
	size_t count;
	bool all; /* every rule named some */
};

static const char *meta_of(YR_RULE *rule, const char *name)
{
	YR_META *meta;

	yr_rule_metas_foreach(rule, meta)
	{
		if (meta->type == META_TYPE_STRING && *meta->string && str_eq(meta->identifier, name))
			return meta->string;
	}
	return NULL;
}

/* How large a file is that RULE matches at most. */
static uint64_t largest_of(YR_RULE *rule)
{
	YR_META *meta;

	yr_rule_metas_foreach(rule, meta)
	{
		if (meta->type == META_TYPE_INTEGER && str_eq(meta->identifier, "skep_largest") && meta->integer > 0)
			return (uint64_t)meta->integer;
	}
	return UINT64_MAX;
}

/* What is between bars. */
static void split_words(const char *text, uint64_t largest, struct words *w)
{
	while (w->all && text && *text) {
		size_t len = strcspn(text, "|");
		if (len < WORD_MIN || w->count == WORDS_MAX) {
			w->all = false;
			return;
		}
		w->texts[w->count] = text;
		w->largest[w->count] = largest;
		w->lens[w->count++] = len;
		text += len + (text[len] == '|');
	}
}

static void gather_words(struct yara_rules *y, struct words *w)
{
	YR_RULE *rule;

	yr_rules_foreach(y->rules, rule)
	{
		const char *words = meta_of(rule, "skep_words"), *path = meta_of(rule, "skep_path");
		if (RULE_IS_PRIVATE(rule))
			continue; /* counts by those that use it */
		if ((!words && !path) || y->path_count == PATHS_MAX)
			w->all = false;
		else if (path)
			y->paths[y->path_count++] = path;
		split_words(words, largest_of(rule), w);
	}
}

static int build_machine(struct yara_rules *y, const struct words *w, struct err *e)
{
	unsigned flags[WORDS_MAX], ids[WORDS_MAX];
	hs_compile_error_t *why = NULL;

	for (size_t i = 0; i < w->count; i++) {
		flags[i] = HS_FLAG_CASELESS | HS_FLAG_SINGLEMATCH;
		ids[i] = (unsigned)i;
	}
	if (hs_compile_lit_multi(w->texts, flags, ids, w->lens, (unsigned)w->count, HS_MODE_BLOCK, NULL, &y->machine,
				 &why) != HS_SUCCESS) {
		int r = err_set(e, -EINVAL, "the rules' words: %s", why ? why->message : "cannot be compiled");
		hs_free_compile_error(why);
		return r;
	}
	return hs_alloc_scratch(y->machine, &y->scratch) == HS_SUCCESS ? 0 : err_set(e, -ENOMEM, "out of memory");
}

static int ready_words(struct yara_rules *y, struct err *e)
{
	struct words w = {.texts = calloc(WORDS_MAX, sizeof(*w.texts)),
			  .lens = calloc(WORDS_MAX, sizeof(*w.lens)),
			  .largest = calloc(WORDS_MAX, sizeof(*w.largest)),
			  .all = true};
	int r = 0;

	y->paths = calloc(PATHS_MAX, sizeof(*y->paths));
	y->largest = w.largest;
	if (!w.texts || !w.lens || !w.largest || !y->paths)
		r = err_set(e, -ENOMEM, "out of memory");
	if (r == 0)
		gather_words(y, &w);
	if (r == 0 && w.all && w.count)
		r = build_machine(y, &w, e);
	free(w.texts);
	free(w.lens);
	return r;
}

/* ---- looking ---- */

void yara_rules_free(struct yara_rules *y)
{
	if (!y)
		return;
	hs_free_scratch(y->scratch);
	hs_free_database(y->machine);
	free(y->paths);
	free(y->largest);
	if (y->scanner)
		yr_scanner_destroy(y->scanner);
	if (y->rules)
		yr_rules_destroy(y->rules);
	yr_finalize();
	free(y);
}

int yara_rules_load(const void *bytes, size_t len, struct yara_rules **ret, struct err *e)
{
	struct stream s = {.at = bytes, .left = len};
	YR_STREAM stream = {.user_data = &s, .read = stream_read};
	int code = yr_initialize();

	if (code != ERROR_SUCCESS)
		return failed(e, code, "YARA");
	struct yara_rules *y = calloc(1, sizeof(*y));
	if (!y) {
		yr_finalize();
		return err_set(e, -ENOMEM, "out of memory");
	}
	y->timeout_s = YARA_FILE_TIMEOUT_S;
	code = yr_rules_load_stream(&stream, &y->rules);
	if (code == ERROR_SUCCESS)
		code = yr_scanner_create(y->rules, &y->scanner);
	int r = code == ERROR_SUCCESS ? ready_words(y, e) : failed(e, code, "YARA's rules");
	if (r < 0)
		yara_rules_free(y);
	else
		*ret = y;
	return r;
}

void yara_rules_set_timeout(struct yara_rules *y, int seconds)
{
	y->timeout_s = seconds;
}

struct word_hunt {
	const struct yara_rules *rules;
	uint64_t size;
};

/* One is enough. */
static int on_word(unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *data)
{
	const struct word_hunt *h = data;

	return h->size <= h->rules->largest[id];
}

bool yara_rules_may_match(struct yara_rules *y, const struct scan_file *f)
{
	struct word_hunt hunt = {y, f->len};

	for (size_t i = 0; i < y->path_count; i++)
		if (str_eq(y->paths[i], f->path))
			return true;
	/* Whatever goes wrong there, YARA looks. */
	return !y->machine || f->len > UINT32_MAX ||
	       hs_scan(y->machine, (const char *)f->data, (unsigned)f->len, 0, y->scratch, on_word, &hunt) !=
		       HS_SUCCESS;
}

struct looking {
	struct scan_out *out;
	const struct scan_file *file;
	size_t matches;
	bool too_many;
};

static void take_match(struct looking *l, YR_RULE *rule)
{
	const char *words = meta_of(rule, "description");
	const char *ns = rule->ns->name;

	if (++l->matches > YARA_MATCHES_MAX)
		return;
	/* The namespace is the file of the rules. */
	scan_remark(l->out, MODEL_REMARK_MALWARE, rule->identifier, SCAN_AT(l->file->path), "%.500s%s%.300s%s",
		    words ? words : "found by a YARA rule", *ns ? " (" : "", ns, *ns ? ")" : "");
}

static int on_message(YR_SCAN_CONTEXT *context, int message, void *data, void *user)
{
	struct looking *l = user;

	if (message == CALLBACK_MSG_RULE_MATCHING)
		take_match(l, data);
	else if (message == CALLBACK_MSG_TOO_MANY_MATCHES)
		l->too_many = true;
	return CALLBACK_CONTINUE;
}

static int define(struct yara_rules *y, const struct scan_file *f)
{
	const char *dot = strrchr(f->base, '.');
	SCOPED(buf) struct buf path = BUF_INIT(SCAN_TEXT_MAX * 2);

	buf_printf(&path, "/%s", f->path);
	if (buf_error(&path))
		return ERROR_INSUFFICIENT_MEMORY;
	int code = yr_scanner_define_string_variable(y->scanner, "filename", f->base);
	if (code == ERROR_SUCCESS)
		code = yr_scanner_define_string_variable(y->scanner, "filepath", buf_str(&path));
	if (code == ERROR_SUCCESS)
		code = yr_scanner_define_string_variable(y->scanner, "extension", dot ? dot : "");
	return code;
}

void yara_rules_look(struct yara_rules *y, struct scan_out *o, const struct scan_file *f)
{
	struct looking l = {.out = o, .file = f};
	int code = define(y, f);

	yr_scanner_set_callback(y->scanner, on_message, &l);
	yr_scanner_set_timeout(y->scanner, y->timeout_s);
	/* Without its catching of signals: a file that makes libyara crash ends the worker, as every such file does. */
	yr_scanner_set_flags(y->scanner,
			     SCAN_FLAGS_FAST_MODE | SCAN_FLAGS_NO_TRYCATCH | SCAN_FLAGS_REPORT_RULES_MATCHING);
	if (code == ERROR_SUCCESS)
		code = yr_scanner_scan_mem(y->scanner, f->data, f->len);
	if (code == ERROR_SCAN_TIMEOUT)
		scan_remark(o, MODEL_REMARK_UNREAD, MODEL_GAP_MALWARE, SCAN_AT(f->path),
			    "YARA did not come to an end in %d s", y->timeout_s);
	else if (code != ERROR_SUCCESS || l.too_many)
		scan_remark(o, MODEL_REMARK_UNREAD, MODEL_GAP_MALWARE, SCAN_AT(f->path),
			    l.too_many ? "YARA found a string of a rule too often to look on (%d)"
				       : "YARA could not look through it (its error %d)",
			    l.too_many ? YR_MAX_STRING_MATCHES : code);
	if (l.matches > YARA_MATCHES_MAX)
		scan_remark(o, MODEL_REMARK_UNREAD, MODEL_GAP_NONE, SCAN_AT(f->path), "%zu more YARA rules match it",
			    l.matches - YARA_MATCHES_MAX);
}
