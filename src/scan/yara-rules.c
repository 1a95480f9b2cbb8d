/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules are compiled by one process and used by others: libyara writes them into a stream and reads them from one.
 */
#include "yara-rules.h"

#include <stdlib.h>
#include <string.h>
#include <yara.h>

#include "base/str.h"
#include "yara-library.h"
#include "yara-words.h"

static const char *const externals[] = {"filename", "filepath", "extension", "filetype", "owner"};

static int failed(struct err *e, int code, const char *what)
{
	return code == ERROR_INSUFFICIENT_MEMORY ? err_set(e, -ENOMEM, "%s: out of memory", what)
						 : err_set(e, -EINVAL, "%s: libyara's error %d", what, code);
}

/* ---- reading rules ---- */

struct yara_maker {
	YR_COMPILER *compiler;
	const char *name, *text; /* during one add */
	struct err *e;
	int errors;
	bool initialized, broken; /* broken: memory ran out, and nobody knows what is whole */
};

void yara_maker_free(struct yara_maker *m)
{
	if (!m)
		return;
	if (m->compiler && !m->broken)
		yr_compiler_destroy(m->compiler);
	if (m->initialized && !m->broken)
		yr_finalize();
	free(m);
}

/* Only the first error of a file is of use: the others often follow from it. */
static void on_problem(int level, const char *file, int line, const YR_RULE *rule, const char *message, void *data)
{
	struct yara_maker *m = data;

	if (level == YARA_ERROR_LEVEL_ERROR && !m->e->code)
		err_set(m->e, -EINVAL, "%s:%d: %s", m->name, line, message);
}

static int begin_compiler(void *data)
{
	struct yara_maker *m = data;
	int code = yr_initialize();

	if (code != ERROR_SUCCESS)
		return code;
	m->initialized = true;
	code = yr_compiler_create(&m->compiler);
	for (size_t i = 0; code == ERROR_SUCCESS && i < ARRAY_LEN(externals); i++)
		code = yr_compiler_define_string_variable(m->compiler, externals[i], "");
	return code;
}

int yara_maker_new(struct yara_maker **ret, struct err *e)
{
	SCOPED_PTR(yara_maker) struct yara_maker *m = calloc(1, sizeof(*m));

	if (!m)
		return err_set(e, -ENOMEM, "out of memory");
	int code = yara_guarded(begin_compiler, m);
	if (code != ERROR_SUCCESS) {
		m->broken = true;
		return failed(e, code, "YARA");
	}
	yr_compiler_set_callback(m->compiler, on_problem, m);
	yr_compiler_set_include_callback(m->compiler, NULL, NULL, NULL); /* no rule opens a file */
	*ret = take_ptr(m);
	return 0;
}

static int compile(void *data)
{
	struct yara_maker *m = data;

	m->errors = yr_compiler_add_string(m->compiler, m->text, m->name);
	return m->errors ? m->compiler->last_error : ERROR_SUCCESS;
}

int yara_maker_add(struct yara_maker *m, const char *name, const char *text, struct err *e)
{
	struct err own = {0};

	m->e = &own;
	m->name = name;
	m->text = text;
	int code = yara_guarded(compile, m);
	m->e = NULL;
	m->broken = m->broken || code == ERROR_INSUFFICIENT_MEMORY;
	if (code == ERROR_SUCCESS)
		return 0;
	return m->broken  ? err_set(e, -ENOMEM, "%s: the rules do not fit into memory", name)
	       : own.code ? err_set(e, own.code, "%s", own.text)
			  : failed(e, code, name);
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

struct writing {
	YR_COMPILER *compiler;
	YR_STREAM stream;
};

static int save(void *data)
{
	struct writing *w = data;
	YR_RULES *rules = NULL;
	int code = yr_compiler_get_rules(w->compiler, &rules);

	if (code == ERROR_SUCCESS)
		code = yr_rules_save_stream(rules, &w->stream);
	if (rules)
		yr_rules_destroy(rules);
	return code;
}

int yara_maker_write(struct yara_maker *m, yara_put_fn *put, void *data, struct err *e)
{
	struct stream s = {.put = put, .data = data};
	struct writing w = {m->compiler, {.user_data = &s, .write = stream_write}};
	int code = yara_guarded(save, &w);

	m->broken = m->broken || code == ERROR_INSUFFICIENT_MEMORY;
	return s.error ? err_sys(e, s.error, "writing the rules") : code ? failed(e, code, "YARA") : 0;
}

/* ---- looking ---- */

struct yara_rules {
	YR_RULES *rules;
	YR_SCANNER *scanner;
	struct yara_words words;
	int timeout_s;
	bool initialized, broken; /* as in a maker */
};

void yara_rules_free(struct yara_rules *y)
{
	if (!y)
		return;
	yara_words_done(&y->words);
	if (y->scanner && !y->broken)
		yr_scanner_destroy(y->scanner);
	if (y->rules && !y->broken)
		yr_rules_destroy(y->rules);
	if (y->initialized && !y->broken)
		yr_finalize();
	free(y);
}

struct loading {
	struct yara_rules *rules;
	YR_STREAM stream;
};

static int load(void *data)
{
	struct loading *l = data;
	int code = yr_initialize();

	if (code != ERROR_SUCCESS)
		return code;
	l->rules->initialized = true;
	code = yr_rules_load_stream(&l->stream, &l->rules->rules);
	return code == ERROR_SUCCESS ? yr_scanner_create(l->rules->rules, &l->rules->scanner) : code;
}

int yara_rules_load(const void *bytes, size_t len, struct yara_rules **ret, struct err *e)
{
	SCOPED_PTR(yara_rules) struct yara_rules *y = calloc(1, sizeof(*y));
	struct stream s = {.at = bytes, .left = len};

	if (!y)
		return err_set(e, -ENOMEM, "out of memory");
	struct loading l = {y, {.user_data = &s, .read = stream_read}};
	y->timeout_s = YARA_FILE_TIMEOUT_S;
	int code = yara_guarded(load, &l);
	y->broken = code == ERROR_INSUFFICIENT_MEMORY;
	int r = code == ERROR_SUCCESS ? yara_words_make(y->rules, &y->words, e) : failed(e, code, "YARA's rules");
	if (r == 0)
		*ret = take_ptr(y);
	return r;
}

void yara_rules_set_timeout(struct yara_rules *y, int seconds)
{
	y->timeout_s = seconds;
}

bool yara_rules_may_match(struct yara_rules *y, const struct scan_file *f)
{
	return yara_words_in(&y->words, f);
}

struct looking {
	struct yara_rules *rules;
	struct scan_out *out;
	const struct scan_file *file;
	const char *path; /* with a slash in front */
	size_t matches;
	bool too_many;
};

static void take_match(struct looking *l, YR_RULE *rule)
{
	const char *words = yara_meta_of(rule, "description");
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

static int scan(void *data)
{
	struct looking *l = data;
	YR_SCANNER *scanner = l->rules->scanner;
	const char *dot = strrchr(l->file->base, '.');
	int code = l->path ? ERROR_SUCCESS : ERROR_INSUFFICIENT_MEMORY;

	if (code == ERROR_SUCCESS)
		code = yr_scanner_define_string_variable(scanner, "filename", l->file->base);

	if (code == ERROR_SUCCESS)
		code = yr_scanner_define_string_variable(scanner, "filepath", l->path);
	if (code == ERROR_SUCCESS)
		code = yr_scanner_define_string_variable(scanner, "extension", dot ? dot : "");
	if (code == ERROR_SUCCESS)
		code = yr_scanner_scan_mem(scanner, l->file->data, l->file->len);
	return code;
}

void yara_rules_look(struct yara_rules *y, struct scan_out *o, const struct scan_file *f)
{
	SCOPED(buf) struct buf path = BUF_INIT(SCAN_TEXT_MAX * 16);
	struct looking l = {.rules = y, .out = o, .file = f};

	if (y->broken)
		return;
	buf_printf(&path, "/%s", f->path);
	l.path = buf_error(&path) ? NULL : buf_str(&path);
	yr_scanner_set_callback(y->scanner, on_message, &l);
	yr_scanner_set_timeout(y->scanner, y->timeout_s);
	/* Without its catching of signals: a file that makes libyara crash ends the worker, as every such file does. */
	yr_scanner_set_flags(y->scanner,
			     SCAN_FLAGS_FAST_MODE | SCAN_FLAGS_NO_TRYCATCH | SCAN_FLAGS_REPORT_RULES_MATCHING);
	int code = yara_guarded(scan, &l);
	y->broken = code == ERROR_INSUFFICIENT_MEMORY;
	if (y->broken)
		scan_remark(o, MODEL_REMARK_UNREAD, MODEL_GAP_MALWARE, SCAN_AT(f->path),
			    "YARA looked through neither this file nor those after it: out of memory");
	else if (code == ERROR_SCAN_TIMEOUT)
		scan_remark(o, MODEL_REMARK_UNREAD, MODEL_GAP_MALWARE, SCAN_AT(f->path),
			    "YARA did not come to an end in %d s", y->timeout_s);
	else if (code != ERROR_SUCCESS)
		scan_remark(o, MODEL_REMARK_UNREAD, MODEL_GAP_MALWARE, SCAN_AT(f->path),
			    "YARA could not look through it (its error %d)", code);
	else if (l.too_many)
		scan_remark(o, MODEL_REMARK_UNREAD, MODEL_GAP_MALWARE, SCAN_AT(f->path),
			    "YARA found a string of a rule more than %d times and stopped counting",
			    YR_MAX_STRING_MATCHES);
	if (l.matches > YARA_MATCHES_MAX)
		scan_remark(o, MODEL_REMARK_UNREAD, MODEL_GAP_NONE, SCAN_AT(f->path), "%zu more YARA rules match it",
			    l.matches - YARA_MATCHES_MAX);
}
