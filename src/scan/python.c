/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Python: installed distributions by their metadata (PyPA core metadata: METADATA of .dist-info, PKG-INFO of .egg-info),
 * and requirements.txt and Pipfile.lock, of which only what is pinned to one version counts.
 */
#include <ctype.h>
#include <string.h>

#include "base/str.h"
#include "readers.h"

static bool in_folder_of(const char *path, const char *folder_end, const char *file)
{
	size_t len = strlen(path), tail = strlen(folder_end) + 1 + strlen(file);

	return len > tail && scan_path_ends(path, file) &&
	       memcmp(path + len - tail, folder_end, strlen(folder_end)) == 0;
}

static enum scan_want wants_metadata(const struct scan_file *f)
{
	return in_folder_of(f->path, ".dist-info", "METADATA") || in_folder_of(f->path, ".egg-info", "PKG-INFO") ||
			       scan_path_ends(f->path, "EGG-INFO/PKG-INFO") ||
			       (str_ends_with(f->base, ".egg-info") && strchr(f->base, '-'))
		       ? SCAN_YES
		       : SCAN_NO;
}

/* The head of a mail, by RFC 822's rules; the body is a description. */
static int read_metadata(struct scan_out *o, const struct scan_file *f, struct err *e)
{
	struct scan_lines lines = scan_lines_of(f);
	struct scan_line line, v, name = {0}, version = {0}, licence = {0};

	while (scan_next_line(&lines, &line) && line.len) {
		if (!name.len && scan_after(&line, "Name:", &v))
			name = v;
		else if (!version.len && scan_after(&line, "Version:", &v))
			version = v;
		else if (scan_after(&line, "License-Expression:", &v))
			licence = v;
		else if (!licence.len && scan_after(&line, "License:", &v) && !scan_line_is(&v, "UNKNOWN"))
			licence = v;
	}
	if (!name.len || !version.len)
		return err_set(e, -EBADMSG, "no name or no version");
	scan_add_simple(o, MODEL_PACKAGE_PYPI, scan_text(o, name.text, name.len),
			scan_text(o, version.text, version.len),
			licence.len ? scan_text(o, licence.text, MIN_OF(licence.len, (size_t)200)) : NULL);
	scan_group_end(o, f->path, MODEL_GROUP_INSTALLED);
	return 0;
}

static enum scan_want wants_requirements(const struct scan_file *f)
{
	return str_eq(f->base, "requirements.txt") ? SCAN_YES : SCAN_NO;
}

/* "name[extra]==1.2 ; marker  # words": the name and the version. */
static void take_requirement(struct scan_out *o, struct scan_line line)
{
	const char *equals = memmem(line.text, line.len, "==", 2);
	size_t name = 0, version = 0;

	if (!equals || (equals > line.text && strchr("<>!~=", equals[-1])))
		return;
	while (line.text + name < equals && (isalnum((unsigned char)line.text[name]) || strchr("._-", line.text[name])))
		name++;
	const char *at = equals + 2;
	size_t left = line.len - (size_t)(at - line.text);
	for (; left && (*at == ' ' || *at == '='); left--)
		at++;
	while (version < left && !strchr(" \t;#,\\", at[version]))
		version++;
	/* "1.*" is no version. */
	if (!name || !version || memchr(at, '*', version))
		return;
	scan_add_simple(o, MODEL_PACKAGE_PYPI, scan_text(o, line.text, name), scan_text(o, at, version), NULL);
}

static int read_requirements(struct scan_out *o, const struct scan_file *f, struct err *e)
{
	struct scan_lines lines = scan_lines_of(f);
	struct scan_line line;

	while (scan_next_line(&lines, &line)) {
		line = scan_trim(line);
		if (line.len && *line.text != '#' && *line.text != '-')
			take_requirement(o, line);
	}
	scan_group_end(o, f->path, MODEL_GROUP_LOCK);
	return 0;
}

static enum scan_want wants_pipfile(const struct scan_file *f)
{
	return str_eq(f->base, "Pipfile.lock") ? SCAN_YES : SCAN_NO;
}

static int take_locked(const char *key, const struct json *value, void *data, struct err *e)
{
	struct scan_out *o = data;
	const char *version = scan_member(o, value, "version");

	if (version && str_starts_with(version, "=="))
		scan_add_simple(o, MODEL_PACKAGE_PYPI, scan_text(o, key, strlen(key)), version + 2, NULL);
	return 0;
}

static int read_pipfile(struct scan_out *o, const struct scan_file *f, struct err *e)
{
	static const char *const parts[] = {"default", "develop"};
	SCOPED_PTR(json) struct json *doc = NULL;
	int r = scan_json(f, &doc, e);

	for (size_t i = 0; r == 0 && i < ARRAY_LEN(parts); i++) {
		const struct json *part = NULL;
		r = json_get_object(doc, parts[i], &part, e);
		if (r == 0 && part)
			r = json_each(part, take_locked, o, e);
	}
	if (r == 0)
		scan_group_end(o, f->path, MODEL_GROUP_LOCK);
	return r;
}

const struct scan_reader scan_python = {
	.name = "Python metadata",
	.wants = wants_metadata,
	.bytes_max = 4u << 20,
	.read = read_metadata,
	.grave = true,
};

const struct scan_reader scan_requirements = {
	.name = "requirements.txt",
	.wants = wants_requirements,
	.bytes_max = 4u << 20,
	.read = read_requirements,
};

const struct scan_reader scan_pipfile = {
	.name = "Pipfile.lock",
	.wants = wants_pipfile,
	.bytes_max = SCAN_JSON_BYTES_MAX,
	.read = read_pipfile,
};
