/* SPDX-License-Identifier: Apache-2.0 */
/*
 * apk's database (apk-tools, apk-installed(5)): stanzas of one-letter fields. P name, V version, A architecture, L licence,
 * o origin; F a folder and R the files in it.
 */
#include <string.h>

#include "base/str.h"
#include "readers.h"

static enum scan_want wants(const struct scan_file *f)
{
	return str_eq(f->path, "lib/apk/db/installed") || str_eq(f->path, "usr/lib/apk/db/installed") ? SCAN_YES
												      : SCAN_NO;
}

struct stanza {
	struct scan_line fields[128]; /* by letter */
	struct scan_line folder;
};

static int add_stanza(struct scan_out *o, const struct stanza *s, struct err *e)
{
	const struct scan_line *f = s->fields;
	struct model_package p = {.type = MODEL_PACKAGE_APK};

	if (!f['P'].len && !f['V'].len)
		return 0;
	if (!f['P'].len || !f['V'].len)
		return err_set(e, -EBADMSG, "a package has no %s", f['P'].len ? "version" : "name");
	p.name = scan_text(o, f['P'].text, f['P'].len);
	p.version = scan_text(o, f['V'].text, f['V'].len);
	p.arch = f['A'].len ? scan_text(o, f['A'].text, f['A'].len) : NULL;
	p.licence = f['L'].len ? scan_text(o, f['L'].text, f['L'].len) : NULL;
	p.source_name = f['o'].len ? scan_text(o, f['o'].text, f['o'].len) : NULL;
	scan_add(o, &p);
	return 0;
}

static void own(struct scan_out *o, const struct stanza *s, const struct scan_line *name)
{
	char path[SCAN_TEXT_MAX];
	size_t len = s->folder.len + (s->folder.len ? 1 : 0) + name->len;

	if (len > sizeof(path))
		return;
	if (s->folder.len) {
		memcpy(path, s->folder.text, s->folder.len);
		path[s->folder.len] = '/';
	}
	memcpy(path + len - name->len, name->text, name->len);
	scan_own(o, path, len);
}

static int read_installed(struct scan_out *o, const struct scan_file *f, struct err *e)
{
	struct scan_lines lines = scan_lines_of(f);
	struct stanza s = {0};
	struct scan_line line;
	int r = 0;

	while (r == 0 && scan_next_line(&lines, &line)) {
		if (!line.len) {
			r = add_stanza(o, &s, e);
			s = (struct stanza){0};
			continue;
		}
		unsigned char letter = (unsigned char)*line.text;
		if (line.len < 2 || line.text[1] != ':' || letter >= 128)
			return err_set(e, -EBADMSG, "a line is not a letter, a colon and a value");
		struct scan_line v = {line.text + 2, line.len - 2};
		if (letter == 'F')
			s.folder = v;
		else if (letter == 'R' && s.fields['P'].len)
			own(o, &s, &v); /* nobody's files are nobody's */
		else
			s.fields[letter] = v;
	}
	if (r == 0)
		r = add_stanza(o, &s, e);
	if (r == 0)
		scan_group_end(o, f->path, MODEL_GROUP_DATABASE);
	return r;
}

const struct scan_reader scan_apk = {
	.name = "apk database",
	.wants = wants,
	.bytes_max = 256u << 20,
	.read = read_installed,
	.grave = true,
	.owned_below = "",
};
