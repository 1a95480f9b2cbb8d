/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of readers, and asking all of them.
 */
#include "readers.h"

#include <string.h>

#include "base/str.h"

const struct scan_reader *const scan_readers[] = {
	&scan_release,	   &scan_dpkg,	    &scan_dpkg_files, &scan_copyright, &scan_apk,	 &scan_alpm,
	&scan_npm,	   &scan_npm_lock,  &scan_yarn,	      &scan_pnpm,      &scan_python,	 &scan_requirements,
	&scan_pipfile,	   &scan_toml_lock, &scan_gemspec,    &scan_gem_lock,  &scan_php,	 &scan_dotnet,
	&scan_dotnet_lock, &scan_program,   &scan_manifest,   &scan_java,      &scan_rpm_sqlite, &scan_rpm_journal,
	&scan_rpm_ndb,	   &scan_rpm_bdb,   &scan_secret,     &scan_malware,   &scan_planted,	 NULL,
};

_Static_assert(ARRAY_LEN(scan_readers) <= 65, "a bit for each reader");

struct scan_wanted scan_wanted(const struct scan_file *f, bool owned)
{
	struct scan_wanted w = {0};

	for (size_t i = 0; scan_readers[i]; i++) {
		const char *below = scan_readers[i]->owned_below;
		if (owned && (!below || !str_starts_with(f->path, below)))
			continue;
		enum scan_want want = scan_readers[i]->wants(f);
		if (want == SCAN_YES)
			w.yes |= 1ull << i;
		else if (want == SCAN_LOOK)
			w.look |= 1ull << i;
		if (want != SCAN_NO && scan_readers[i]->bytes_max > w.bytes_max)
			w.bytes_max = scan_readers[i]->bytes_max;
	}
	return w;
}

/* What was not read at all may hold anything, whatever the reader makes of damage. */
static const char *gap_of(const struct scan_reader *reader, const struct scan_file *f)
{
	if (reader == &scan_malware)
		return MODEL_GAP_MALWARE;
	return reader == &scan_secret ? MODEL_GAP_NONE : MODEL_GAP_PACKAGES;
}

void scan_skip(struct scan_out *o, const struct scan_file *f, struct scan_wanted wanted, const char *why)
{
	for (size_t i = 0; scan_readers[i]; i++)
		if (wanted.yes & 1ull << i)
			scan_remark(o, MODEL_REMARK_UNREAD, gap_of(scan_readers[i], f), SCAN_AT(f->path),
				    "%s not %s: %s", scan_readers[i]->name,
				    scan_readers[i] == &scan_malware ? "looked for" : "read", why);
}

void scan_read(struct scan_out *o, const struct scan_file *f, struct scan_wanted wanted)
{
	for (size_t i = 0; scan_readers[i] && !o->error; i++) {
		struct err e = {0};
		if (!(wanted.yes & 1ull << i))
			continue;
		if (f->len > scan_readers[i]->bytes_max) {
			struct scan_wanted one = {.yes = 1ull << i};
			scan_skip(o, f, one, "larger than its limit");
			continue;
		}
		scan_group_begin(o);
		if (scan_readers[i]->read(o, f, &e) < 0) {
			scan_group_begin(o);
			scan_remark(o, MODEL_REMARK_UNREAD,
				    scan_readers[i]->grave ? MODEL_GAP_PACKAGES : MODEL_GAP_NONE, SCAN_AT(f->path),
				    "%s: %s", scan_readers[i]->name, err_text(&e));
		}
	}
}

int scan_json(const struct scan_file *f, struct json **ret, struct err *e)
{
	struct json_limits limits = {.bytes_max = SCAN_JSON_BYTES_MAX, .depth_max = 64};
	size_t bom = f->len >= 3 && memcmp(f->data, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
	int r = json_parse((const char *)f->data + bom, f->len - bom, limits, ret, e);

	if (r == 0 && json_kind(*ret) != JSON_OBJECT && json_kind(*ret) != JSON_ARRAY) {
		json_free(take_ptr(*ret));
		r = err_set(e, -EBADMSG, "neither an object nor a list");
	}
	return r;
}

const char *scan_member(struct scan_out *o, const struct json *v, const char *key)
{
	const char *text = NULL;
	const struct json *member = json_get(v, key);

	if (!member || json_kind(member) != JSON_STRING || json_str(member, &text, NULL) < 0 || !*text)
		return NULL;
	return scan_text(o, text, strlen(text));
}

void scan_add_simple(struct scan_out *o, enum model_package_type type, const char *name, const char *version,
		     const char *licence)
{
	struct model_package p = {.type = type, .name = name, .version = version ? version : "", .licence = licence};

	if (name && *name)
		scan_add(o, &p);
}

bool scan_path_ends(const char *path, const char *tail)
{
	size_t len = strlen(path), want = strlen(tail);

	return len >= want && memcmp(path + len - want, tail, want) == 0 &&
	       (len == want || path[len - want - 1] == '/');
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

	if (line->len < len || strncasecmp(line->text, word, len) != 0)
		return false;
	*ret = scan_trim((struct scan_line){line->text + len, line->len - len});
	return true;
}

bool scan_line_is(const struct scan_line *line, const char *text)
{
	return line->len == strlen(text) && memcmp(line->text, text, line->len) == 0;
}
