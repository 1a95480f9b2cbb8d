/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dpkg's database (dpkg manual, deb-control(5)): var/lib/dpkg/status, its pieces in status.d of images without dpkg, and
 * the lists of files in info. Counted as installed is what has files: everything but not-installed and config-files.
 */
#include <string.h>

#include "base/str.h"
#include "readers.h"

#define STATUS_D "var/lib/dpkg/status.d/"
#define INFO "var/lib/dpkg/info/"

static enum scan_want wants_status(const struct scan_file *f)
{
	if (str_eq(f->path, "var/lib/dpkg/status"))
		return SCAN_YES;
	return str_starts_with(f->path, STATUS_D) && !str_ends_with(f->path, ".md5sums") ? SCAN_YES : SCAN_NO;
}

struct stanza {
	struct scan_line name, version, arch, source, status;
	bool any;
};

static bool is_installed(const struct stanza *s)
{
	struct scan_line state = s->status;

	if (!state.len)
		return true; /* status.d has no such field */
	for (size_t i = 0; i < s->status.len; i++)
		if (s->status.text[i] == ' ')
			state = (struct scan_line){s->status.text + i + 1, s->status.len - i - 1};
	return !scan_line_is(&state, "not-installed") && !scan_line_is(&state, "config-files");
}

/* "Source: NAME" or "Source: NAME (VERSION)". */
static void set_source(struct scan_out *o, const struct stanza *s, struct model_package *p)
{
	const char *open = s->source.len ? memchr(s->source.text, '(', s->source.len) : NULL;
	struct scan_line name = s->source;

	if (!s->source.len)
		return;
	if (open) {
		size_t rest = s->source.len - (size_t)(open + 1 - s->source.text);
		const char *close = memchr(open + 1, ')', rest);
		name = scan_trim((struct scan_line){s->source.text, (size_t)(open - s->source.text)});
		p->source_version = scan_text(o, open + 1, close ? (size_t)(close - open - 1) : rest);
	}
	p->source_name = scan_text(o, name.text, name.len);
}

static int add_stanza(struct scan_out *o, const struct stanza *s, struct err *e)
{
	struct model_package p = {.type = MODEL_PACKAGE_DEB};

	if (!s->any || !is_installed(s))
		return 0;
	if (!s->name.len || !s->version.len)
		return err_set(e, -EBADMSG, "an installed package has no %s", s->name.len ? "version" : "name");
	p.name = scan_text(o, s->name.text, s->name.len);
	p.version = scan_text(o, s->version.text, s->version.len);
	p.arch = s->arch.len ? scan_text(o, s->arch.text, s->arch.len) : NULL;
	set_source(o, s, &p);
	scan_add(o, &p);
	return 0;
}

static int read_status(struct scan_out *o, const struct scan_file *f, struct err *e)
{
	struct scan_lines lines = scan_lines_of(f);
	struct stanza s = {0};
	struct scan_line line, v;
	int r = 0;

	while (r == 0 && scan_next_line(&lines, &line)) {
		if (!line.len) {
			r = add_stanza(o, &s, e);
			s = (struct stanza){0};
			continue;
		}
		s.any = true;
		if (scan_after(&line, "Package:", &v))
			s.name = v;
		else if (scan_after(&line, "Version:", &v))
			s.version = v;
		else if (scan_after(&line, "Architecture:", &v))
			s.arch = v;
		else if (scan_after(&line, "Source:", &v))
			s.source = v;
		else if (scan_after(&line, "Status:", &v))
			s.status = v;
		else if (!memchr(line.text, ':', line.len) && *line.text != ' ' && *line.text != '\t')
			r = err_set(e, -EBADMSG, "a line is neither \"Field: value\" nor a continuation");
	}
	if (r == 0)
		r = add_stanza(o, &s, e);
	if (r == 0)
		scan_group_end(o, f->path, MODEL_GROUP_DATABASE);
	return r;
}

static enum scan_want wants_files(const struct scan_file *f)
{
	if (str_starts_with(f->path, STATUS_D) && str_ends_with(f->path, ".md5sums"))
		return SCAN_YES;
	return str_starts_with(f->path, INFO) && str_ends_with(f->path, ".list") ? SCAN_YES : SCAN_NO;
}

/* Lines of .list are paths; of .md5sums a digest, two blanks, and a path. */
static int read_files(struct scan_out *o, const struct scan_file *f, struct err *e)
{
	struct scan_lines lines = scan_lines_of(f);
	bool sums = str_ends_with(f->path, ".md5sums");
	struct scan_line line;

	while (scan_next_line(&lines, &line)) {
		size_t skip = sums ? 34 : 0;
		if (line.len > skip)
			scan_own(o, line.text + skip, line.len - skip);
	}
	scan_group_end(o, f->path, MODEL_GROUP_DATABASE);
	return 0;
}

const struct scan_reader scan_dpkg = {
	.name = "dpkg status",
	.wants = wants_status,
	.bytes_max = 256u << 20,
	.read = read_status,
	.grave = true,
	.owned_below = "",
};

const struct scan_reader scan_dpkg_files = {
	.name = "dpkg file list",
	.wants = wants_files,
	.bytes_max = 64u << 20,
	.read = read_files,
	.owned_below = "",
};
