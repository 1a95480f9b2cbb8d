/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a file or folder of a feed to segments: tells what a text is and hands it to its decoder.
 */
#include "vuln/build.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/json.h"
#include "base/path.h"
#include "base/str.h"
#include "input.h"
#include "maker.h"
#include "osv.h"

#define DEPTH_MAX 32   /* of JSON */
#define FOLDERS_MAX 16 /* one inside the other */

struct vuln_builder {
	char source[VULN_NAME_MAX];
	struct maker makers[VULN_SEGMENT_KINDS];
	struct vuln_refusals refusals;
	uint64_t files;
};

int vuln_builder_new(const char *source, int64_t now_s, struct vuln_builder **ret, struct err *e)
{
	SCOPED_PTR(vuln_builder) struct vuln_builder *b = calloc(1, sizeof(*b));

	if (!b)
		return err_sys(e, -ENOMEM, "building an index");
	snprintf(b->source, sizeof(b->source), "%s", source);
	for (int k = 0; k < VULN_SEGMENT_KINDS; k++)
		if (maker_init(&b->makers[k], (enum vuln_segment_kind)k, now_s) < 0)
			return err_sys(e, -ENOMEM, "building an index");
	*ret = take_ptr(b);
	return 0;
}

void vuln_builder_free(struct vuln_builder *b)
{
	if (!b)
		return;
	for (int k = 0; k < VULN_SEGMENT_KINDS; k++)
		maker_done(&b->makers[k]);
	free(b);
}

const struct vuln_refusals *vuln_builder_refusals(const struct vuln_builder *b)
{
	return &b->refusals;
}

/* ---- one text ---- */

static int add_document(struct vuln_builder *b, const struct json *document, struct err *e)
{
	if (kev_is_catalogue(document))
		return kev_add(&b->makers[VULN_SEGMENT_KEV], document, e);
	return osv_add(&b->makers[VULN_SEGMENT_OSV], document, e);
}

/* What cannot be read is counted; only what stops the whole work is an error. */
static int settle(struct vuln_builder *b, int r, const char *where, const struct err *e)
{
	struct vuln_refusals *all = &b->refusals;

	if (r == 0 || r == -ENOMEM)
		return r;
	if (all->count < VULN_REFUSALS_MAX) {
		snprintf(all->words[all->count], sizeof(all->words[0]), "%.80s: %.170s", where, err_text(e));
		str_plain(all->words[all->count], strlen(all->words[all->count]));
	}
	all->count++;
	b->makers[VULN_SEGMENT_OSV].refused++;
	return 0;
}

static int add_json(struct vuln_builder *b, const struct json *document, const char *where, struct err *e)
{
	int r = 0;

	if (json_kind(document) != JSON_ARRAY)
		return settle(b, add_document(b, document, e), where, e);
	for (size_t i = 0; r == 0 && i < json_count(document); i++)
		r = settle(b, add_document(b, json_at(document, i), e), where, e);
	return r;
}

static int parse(const char *text, size_t len, struct json **ret, struct err *e)
{
	struct json_limits limits = {VULN_DOCUMENT_BYTES_MAX, DEPTH_MAX};

	return json_parse(text, len, limits, ret, e);
}

static int add_text(struct vuln_builder *b, const char *text, size_t len, const char *where, struct err *e)
{
	SCOPED_PTR(json) struct json *document = NULL;
	int r = parse(text, len, &document, e);

	return r < 0 ? settle(b, r, where, e) : add_json(b, document, where, e);
}

int vuln_build_json(struct vuln_builder *b, const char *text, size_t len, struct err *e)
{
	uint64_t before = b->refusals.count;
	int r = add_text(b, text, len, "the text", e);

	return r == 0 && b->refusals.count > before ? -EBADMSG : r;
}

/* ---- a stream: lines, a table or one document ---- */

struct reading {
	struct vuln_builder *b;
	const char *name;
	uint64_t line;
	enum { FIRST_LINE, JSON_LINES, TABLE, ONE_DOCUMENT } form;
	struct buf whole; /* ONE_DOCUMENT */
};

/* The first line decides: a table's head, a document by itself, or the beginning of one. */
static int first_line(struct reading *rd, const char *line, size_t len, struct err *e)
{
	SCOPED_PTR(json) struct json *document = NULL;
	struct err ignored;

	if (epss_is_head(line)) {
		rd->form = TABLE;
		return epss_add(&rd->b->makers[VULN_SEGMENT_EPSS], line, e);
	}
	int r = parse(line, len, &document, &ignored);
	if (r == -ENOMEM)
		return err_sys(e, r, "%s", rd->name);
	if (r == 0) {
		rd->form = JSON_LINES;
		return add_json(rd->b, document, rd->name, e);
	}
	rd->form = ONE_DOCUMENT;
	buf_add(&rd->whole, line, len);
	return 0;
}

static int on_line(char *line, size_t len, void *data, struct err *e)
{
	struct reading *rd = data;
	char where[160];

	rd->line++;
	/* Blank lines say nothing, but inside one document they may stand in a text. */
	if (strspn(line, " \t") == len && rd->form != ONE_DOCUMENT)
		return 0;
	switch (rd->form) {
	case FIRST_LINE:
		return first_line(rd, line, len, e);
	case TABLE:
		return epss_add(&rd->b->makers[VULN_SEGMENT_EPSS], line, e);
	case JSON_LINES:
		snprintf(where, sizeof(where), "%.100s:%llu", rd->name, (unsigned long long)rd->line);
		return add_text(rd->b, line, len, where, e);
	case ONE_DOCUMENT:
		break;
	}
	buf_add_char(&rd->whole, '\n');
	if (buf_add(&rd->whole, line, len) < 0)
		return err_set(e, buf_error(&rd->whole) == -ENOMEM ? -ENOMEM : -EFBIG, "the document is too large");
	return 0;
}

static int read_stream(struct vuln_builder *b, struct input *in, const char *name, struct err *e)
{
	struct reading rd = {.b = b, .name = name, .whole = BUF_INIT(VULN_DOCUMENT_BYTES_MAX)};
	int r = input_each_line(in, VULN_DOCUMENT_BYTES_MAX, on_line, &rd, e);

	if (r == 0 && rd.form == ONE_DOCUMENT)
		r = add_text(b, buf_str(&rd.whole), rd.whole.len, name, e);
	buf_done(&rd.whole);
	return r;
}

static int on_member(const char *name, const struct buf *content, void *data, struct err *e)
{
	return add_text(data, buf_str(content), content->len, name, e);
}

int vuln_build_file(struct vuln_builder *b, int fd, const char *name, struct err *e)
{
	SCOPED_PTR(input) struct input *in = NULL;
	int r = input_open(fd, &in, e);

	if (r == 0)
		r = input_is_zip(in) ? zip_each(fd, ".json", VULN_DOCUMENT_BYTES_MAX, on_member, b, e)
				     : read_stream(b, in, name, e);
	return r < 0 ? err_wrap(e, r, "%s", name) : 0;
}

/* ---- a folder of documents ---- */

static int walk(struct vuln_builder *b, int dirfd, const char *path, unsigned depth, struct err *e);

static int visit(struct vuln_builder *b, int dirfd, const char *name, const char *path, unsigned depth, struct err *e)
{
	char inner[PATH_MAX];
	struct stat st;
	scoped_fd int fd = path_openat2(dirfd, name, O_RDONLY | O_NONBLOCK, 0, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);

	if (fd < 0)
		return fd == -ELOOP ? 0 : err_sys(e, fd, "%s/%s", path, name);
	if (fstat(fd, &st) < 0)
		return err_sys(e, -errno, "%s/%s", path, name);
	if (snprintf(inner, sizeof(inner), "%s/%s", path, name) >= (int)sizeof(inner))
		return err_set(e, -ENAMETOOLONG, "%s/%.64s: the name is too long", path, name);
	if (S_ISDIR(st.st_mode))
		return walk(b, fd, inner, depth + 1, e);
	if (!S_ISREG(st.st_mode) || !str_ends_with(name, ".json"))
		return 0;
	if (b->files++ >= VULN_INPUT_FILES_MAX)
		return err_set(e, -E2BIG, "more than %d files", VULN_INPUT_FILES_MAX);
	return vuln_build_file(b, fd, inner[0] == '.' && inner[1] == '/' ? inner + 2 : inner, e);
}

static int walk(struct vuln_builder *b, int dirfd, const char *path, unsigned depth, struct err *e)
{
	struct dirent *entry;
	int r = 0;

	if (depth > FOLDERS_MAX)
		return err_set(e, -ELOOP, "%s: more than %d folders one inside the other", path, FOLDERS_MAX);
	int fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	if (!d) {
		r = err_sys(e, -errno, "%s", path);
		close_keep_errno(fd);
		return r;
	}
	while (r == 0 && (errno = 0, entry = readdir(d)))
		if (!str_eq(entry->d_name, ".") && !str_eq(entry->d_name, ".."))
			r = visit(b, dirfd, entry->d_name, path, depth, e);
	if (r == 0 && errno)
		r = err_sys(e, -errno, "%s", path);
	closedir(d);
	return r;
}

int vuln_build_folder(struct vuln_builder *b, int dirfd, struct err *e)
{
	return walk(b, dirfd, ".", 0, e);
}

/* ---- the result ---- */

int vuln_builder_write(struct vuln_builder *b, int fd, struct vuln_piece ret[VULN_SEGMENT_KINDS], size_t *ret_count,
		       struct err *e)
{
	static const char *const names[VULN_SEGMENT_KINDS] = {NULL, "kev", "epss"};
	uint64_t at = 0;
	size_t count = 0;

	for (int k = 0; k < VULN_SEGMENT_KINDS; k++) {
		struct maker *m = &b->makers[k];
		struct vuln_piece *p = &ret[count];
		if (!maker_has_content(m))
			continue;
		*p = (struct vuln_piece){.kind = (uint32_t)k, .offset = at};
		snprintf(p->name, sizeof(p->name), "%s", names[k] ? names[k] : b->source);
		int r = maker_write(m, p->name, fd, &at, e);
		if (r < 0)
			return r;
		p->bytes = at - p->offset;
		p->documents = m->documents;
		p->rows = m->rows;
		count++;
	}
	*ret_count = count;
	return 0;
}
