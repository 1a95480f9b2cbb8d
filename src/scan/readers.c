/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of readers, and asking all of them.
 */
#include "readers.h"

#include <string.h>

const struct scan_reader *const scan_readers[] = {
	&scan_release, &scan_dpkg, &scan_dpkg_files, &scan_apk, NULL,
};

struct scan_wanted scan_wanted(const struct scan_file *f, bool owned)
{
	struct scan_wanted w = {0};

	for (size_t i = 0; scan_readers[i]; i++) {
		if (owned && !scan_readers[i]->owned_too)
			continue;
		enum scan_want want = scan_readers[i]->wants(f);
		if (want == SCAN_YES)
			w.yes |= 1u << i;
		else if (want == SCAN_LOOK)
			w.look |= 1u << i;
		if (want != SCAN_NO && scan_readers[i]->bytes_max > w.bytes_max)
			w.bytes_max = scan_readers[i]->bytes_max;
	}
	return w;
}

void scan_skip(struct scan_out *o, const struct scan_file *f, struct scan_wanted wanted, const char *why)
{
	for (size_t i = 0; scan_readers[i]; i++)
		if (wanted.yes & 1u << i)
			scan_remark(o, MODEL_REMARK_UNREAD, scan_readers[i]->grave ? "grave" : "note", f->path, 0,
				    "%s not read: %s", scan_readers[i]->name, why);
}

void scan_read(struct scan_out *o, const struct scan_file *f, struct scan_wanted wanted)
{
	for (size_t i = 0; scan_readers[i] && !o->error; i++) {
		struct err e = {0};
		if (!(wanted.yes & 1u << i))
			continue;
		if (f->len > scan_readers[i]->bytes_max) {
			struct scan_wanted one = {.yes = 1u << i};
			scan_skip(o, f, one, "larger than its limit");
			continue;
		}
		scan_group_begin(o);
		if (scan_readers[i]->read(o, f, &e) < 0) {
			scan_group_drop(o);
			scan_remark(o, MODEL_REMARK_UNREAD, scan_readers[i]->grave ? "grave" : "note", f->path, 0,
				    "%s: %s", scan_readers[i]->name, err_text(&e));
		}
	}
}

bool scan_next_line(struct scan_lines *lines, struct scan_line *ret)
{
	const char *end;

	if (lines->at >= lines->end)
		return false;
	end = memchr(lines->at, '\n', (size_t)(lines->end - lines->at));
	end = end ? end : lines->end;
	*ret = (struct scan_line){lines->at, (size_t)(end - lines->at)};
	if (ret->len && ret->text[ret->len - 1] == '\r')
		ret->len--;
	lines->at = end + 1;
	return true;
}

struct scan_line scan_trim(struct scan_line line)
{
	while (line.len && strchr(" \t", *line.text)) {
		line.text++;
		line.len--;
	}
	while (line.len && strchr(" \t", line.text[line.len - 1]))
		line.len--;
	return line;
}

bool scan_after(const struct scan_line *line, const char *word, struct scan_line *ret)
{
	size_t len = strlen(word);

	if (line->len < len || memcmp(line->text, word, len) != 0)
		return false;
	*ret = scan_trim((struct scan_line){line->text + len, line->len - len});
	return true;
}

bool scan_line_is(const struct scan_line *line, const char *text)
{
	return line->len == strlen(text) && memcmp(line->text, text, line->len) == 0;
}
