/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Locks and manifests in forms of their own, read by lines: Hex (mix.lock, rebar.lock), Cabal, Carthage, LuaRocks, R's
 * DESCRIPTION, WordPress plugins, Portage, vcpkg's status.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "manifest.h"
#include "pin.h"

/* The text between the next two quotes, which LINE is moved behind. */
static struct scan_line next_quoted(struct scan_line *line)
{
	const char *open = line->len ? memchr(line->text, '"', line->len) : NULL;
	const char *end = line->text + line->len;
	const char *close = open ? memchr(open + 1, '"', (size_t)(end - open - 1)) : NULL;

	if (!close)
		return *line = (struct scan_line){0};
	*line = (struct scan_line){close + 1, (size_t)(end - close - 1)};
	return (struct scan_line){open + 1, (size_t)(close - open - 1)};
}

/* "name": {:hex, :package, "1.2.3", ...}, or {:git, "address", "commit", ...} */
int scan_read_mix_lock(struct scan_out *o, const struct scan_file *f, struct err *e)
{
	struct scan_lines lines = scan_lines_of(f);
	struct scan_line line;
	bool map = false;

	while (scan_next_line(&lines, &line)) {
		line = scan_trim(line);
		map = map || scan_line_has(&line, "%{");
		bool hex = scan_line_has(&line, "{:hex,"), git = scan_line_has(&line, "{:git,");
		if (line.len && *line.text == '"' && !scan_line_has(&line, "{"))
			return err_set(e, -EBADMSG, "an entry says nothing of its package");
		if (!hex && !git)
			continue;
		struct scan_line name = next_quoted(&line);
		const char *atom = hex ? memmem(line.text, line.len, "{:hex,", 6) : NULL;
		struct scan_line package =
			atom ? scan_behind((struct scan_line){atom + 6, line.len - (size_t)(atom + 6 - line.text)}, ':')
			     : (struct scan_line){0};
		struct scan_line value = next_quoted(&line);
		if (git)
			value = next_quoted(&line);
		package = scan_before(package, ',');
		if (hex && package.len)
			name = scan_unquoted(package);
		scan_pin(o, MODEL_PACKAGE_HEX, name, value, false);
	}
	if (!map)
		return err_set(e, -EBADMSG, "not a map of Elixir");
	scan_group_end(o, f->path, MODEL_GROUP_LOCK);
	return 0;
}

/* {<<"name">>,{pkg,<<"package">>,<<"1.2.3">>},0}, or {git,"address",{ref,"commit"}} and the same of Mercurial */
int scan_read_rebar_lock(struct scan_out *o, const struct scan_file *f, struct err *e)
{
	struct scan_line all = {(const char *)f->data, f->len};
	const char *at;

	if (!f->len || !(memchr(all.text, '[', all.len) && memchr(all.text, ']', all.len)))
		return err_set(e, -EBADMSG, "not a list of Erlang");
	while (all.len && (at = memmem(all.text, all.len, "{<<\"", 4))) {
		all = (struct scan_line){at, all.len - (size_t)(at - all.text)};
		struct scan_line name = next_quoted(&all);
		const char *source = all.len ? memchr(all.text, '{', all.len) : NULL;
		struct scan_line kind = {source ? source + 1 : all.text,
					 source ? all.len - (size_t)(source + 1 - all.text) : 0};
		bool package = scan_line_starts(&kind, "pkg,");
		if (!package && !scan_line_starts(&kind, "git") && !scan_line_starts(&kind, "hg,"))
			continue;
		struct scan_line first = next_quoted(&all), version = next_quoted(&all);
		scan_pin(o, MODEL_PACKAGE_HEX, package ? first : name, version, false);
	}
	scan_group_end(o, f->path, MODEL_GROUP_LOCK);
	return 0;
}

/* Stanzas of R's packrat: "Package: a", "Version: 1.0". */
int scan_read_packrat_lock(struct scan_out *o, const struct scan_file *f, struct err *e)
{
	struct scan_lines lines = scan_lines_of(f);
	struct scan_line line, v, name = {0};
	bool any = false;

	while (scan_next_line(&lines, &line)) {
		any = any || scan_after(&line, "PackratFormat:", &v);
		if (scan_after(&line, "Package:", &v))
			name = v;
		else if (scan_after(&line, "Version:", &v))
			scan_pin(o, MODEL_PACKAGE_CRAN, name, v, false);
	}
	if (!any)
		return err_set(e, -EBADMSG, "no PackratFormat");
	scan_group_end(o, f->path, MODEL_GROUP_LOCK);
	return 0;
}

/* Below "@EXPLICIT", addresses of archives: .../NAME-VERSION-BUILD.conda#digest */
int scan_read_conda_explicit(struct scan_out *o, const struct scan_file *f, struct err *e)
{
	struct scan_lines lines = scan_lines_of(f);
	struct scan_line line;
	bool explicit = false;

	while (scan_next_line(&lines, &line)) {
		line = scan_trim(line);
		explicit = explicit || scan_line_is(&line, "@EXPLICIT");
		line = scan_before(line, '#');
		const char *slash = line.len ? memrchr(line.text, '/', line.len) : NULL;
		if (!explicit || !slash)
			continue;
		struct scan_line base = {slash + 1, line.len - (size_t)(slash + 1 - line.text)};
		const char *build = base.len ? memrchr(base.text, '-', base.len) : NULL;
		const char *version = build ? memrchr(base.text, '-', (size_t)(build - base.text)) : NULL;
		if (!version)
			return err_set(e, -EBADMSG, "an address does not end in NAME-VERSION-BUILD");
		scan_pin(o, MODEL_PACKAGE_CONDA, (struct scan_line){base.text, (size_t)(version - base.text)},
			 (struct scan_line){version + 1, (size_t)(build - version - 1)}, false);
	}
	if (!explicit)
		return err_set(e, -EBADMSG, "no @EXPLICIT line");
	scan_group_end(o, f->path, MODEL_GROUP_LOCK);
	return 0;
}

/* Paket: groups of "    NAME (VERSION)"; six blanks are what that package wants. */
int scan_read_paket_lock(struct scan_out *o, const struct scan_file *f, struct err *e)
{
	struct scan_lines lines = scan_lines_of(f);
	struct scan_line line;
	bool nuget = false, any = false;

	while (scan_next_line(&lines, &line)) {
		if (line.len && *line.text != ' ') {
			nuget = scan_line_is(&line, "NUGET");
			any = any || nuget || scan_line_is(&line, "GITHUB") || scan_line_is(&line, "HTTP");
			continue;
		}
		struct scan_line text = scan_trim(line), version = scan_before(scan_behind(text, '('), ')');
		if (nuget && text.text - line.text == 4 && version.len)
			scan_pin(o, MODEL_PACKAGE_NUGET, scan_trim(scan_before(text, '(')), scan_before(version, ' '),
				 false);
	}
	if (!any)
		return err_set(e, -EBADMSG, "no group of packages");
	scan_group_end(o, f->path, MODEL_GROUP_LOCK);
	return 0;
}

/* "constraints: any.name ==1.2.3, any.other ==4," */
int scan_read_cabal_freeze(struct scan_out *o, const struct scan_file *f, struct err *e)
{
	struct scan_lines lines = scan_lines_of(f);
	struct scan_line line;

	while (scan_next_line(&lines, &line)) {
		struct scan_line rest = scan_trim(line), constraints;
		if (scan_after(&rest, "constraints:", &constraints))
			rest = constraints;
		for (; rest.len; rest = scan_behind(rest, ',')) {
			struct scan_line one = scan_trim(scan_before(rest, ','));
			const char *equals = one.len ? memmem(one.text, one.len, "==", 2) : NULL;
			if (!equals)
				continue;
			struct scan_line name = scan_trim((struct scan_line){one.text, (size_t)(equals - one.text)});
			struct scan_line version =
				scan_trim((struct scan_line){equals + 2, one.len - (size_t)(equals + 2 - one.text)});
			if (scan_line_starts(&name, "any."))
				name = (struct scan_line){name.text + 4, name.len - 4};
			scan_pin(o, MODEL_PACKAGE_HACKAGE, name, version, false);
		}
	}
	scan_group_end(o, f->path, MODEL_GROUP_LOCK);
	return 0;
}

/* github "owner/name" "1.2.3" */
int scan_read_cartfile(struct scan_out *o, const struct scan_file *f, struct err *e)
{
	struct scan_lines lines = scan_lines_of(f);
	struct scan_line line;

	while (scan_next_line(&lines, &line)) {
		line = scan_trim(line);
		bool github = scan_line_starts(&line, "github ");
		if (!github && !scan_line_starts(&line, "git ") && !scan_line_starts(&line, "binary "))
			continue;
		struct scan_line name = next_quoted(&line), version = next_quoted(&line);
		char text[512];
		int n = snprintf(text, sizeof(text), "%s%.*s", github ? "github.com/" : "",
				 (int)MIN_OF(name.len, (size_t)400), name.len ? name.text : "");
		struct scan_line whole = {scan_text(o, text, (size_t)n), name.len ? (size_t)n : 0};
		scan_pin(o, MODEL_PACKAGE_SWIFT, whole, version, false);
	}
	scan_group_end(o, f->path, MODEL_GROUP_LOCK);
	return 0;
}

/* KEY = "value", as Lua writes it. */
static bool lua_string(struct scan_line line, const char *key, struct scan_line *ret)
{
	struct scan_line v;

	line = scan_trim(line);
	if (ret->len || !scan_line_starts(&line, key) || !scan_after(&line, key, &v) || !v.len || *v.text != '=')
		return false;
	v = scan_trim((struct scan_line){v.text + 1, v.len - 1});
	if (v.len > 1 && v.text[v.len - 1] == ',')
		v.len--;
	*ret = scan_unquoted(v);
	return true;
}

int scan_read_rockspec(struct scan_out *o, const struct scan_file *f, struct err *e)
{
	struct scan_lines lines = scan_lines_of(f);
	struct scan_line line, name = {0}, version = {0};

	while (scan_next_line(&lines, &line))
		if (!lua_string(line, "package", &name))
			ignore(lua_string(line, "version", &version)); /* other lines say nothing */
	if (!name.len || !scan_is_version(version))
		return err_set(e, -EBADMSG, "no package or no version as text");
	scan_pin(o, MODEL_PACKAGE_LUAROCKS, name, version, false);
	scan_group_end(o, f->path, MODEL_GROUP_INSTALLED);
	return 0;
}

/* A package of R; a file of this name that says neither is something else. */
int scan_read_r_description(struct scan_out *o, const struct scan_file *f, struct err *e)
{
	struct scan_lines lines = scan_lines_of(f);
	struct scan_line line, v, licence = {0}, name = {0}, version = {0};

	while (scan_next_line(&lines, &line))
		if (!name.len && scan_line_starts(&line, "Package:") && scan_after(&line, "Package:", &v))
			name = v;
		else if (!version.len && scan_line_starts(&line, "Version:") && scan_after(&line, "Version:", &v))
			version = v;
		else if (!licence.len && scan_line_starts(&line, "License:") && scan_after(&line, "License:", &v))
			licence = v;
	if (name.len && scan_is_version(version))
		scan_add_simple(o, MODEL_PACKAGE_CRAN, scan_text(o, name.text, name.len),
				scan_text(o, version.text, version.len),
				licence.len ? scan_text(o, licence.text, licence.len) : NULL);
	scan_group_end(o, f->path, MODEL_GROUP_INSTALLED);
	return 0;
}

#define PLUGIN_HEAD_BYTES 8192 /* that WordPress reads of a plugin */

/* " * Plugin Name: x" in the first comment of a file in wp-content/plugins/NAME. */
int scan_read_wordpress(struct scan_out *o, const struct scan_file *f, struct err *e)
{
	static const char folder[] = "wp-content/plugins/";
	struct scan_lines lines = {(const char *)f->data,
				   (const char *)f->data + MIN_OF(f->len, (size_t)PLUGIN_HEAD_BYTES)};
	const char *from = strstr(f->path, folder) + strlen(folder), *slash = strchr(from, '/');
	struct scan_line line, v, version = {0};
	bool plugin = false;

	if (slash && strchr(slash + 1, '/'))
		return 0;
	while (scan_next_line(&lines, &line)) {
		line = scan_trim(line);
		while (line.len && strchr("*/#@ \t", *line.text)) {
			line.text++;
			line.len--;
		}
		plugin = plugin || scan_after(&line, "Plugin Name:", &v);
		if (!version.len && scan_after(&line, "Version:", &v))
			version = v;
	}
	size_t len = slash ? (size_t)(slash - from) : strlen(from) - strlen(".php");
	if (plugin)
		scan_pin(o, MODEL_PACKAGE_WORDPRESS, (struct scan_line){from, len}, version, false);
	scan_group_end(o, f->path, MODEL_GROUP_INSTALLED);
	return 0;
}

/* var/db/pkg/CATEGORY/NAME-VERSION/FILE: the version begins at the last dash before a digit that is no revision. */
int scan_read_portage(struct scan_out *o, const struct scan_file *f, struct err *e)
{
	static const char folder[] = "var/db/pkg/";
	const char *category = strstr(f->path, folder) + strlen(folder), *slash = strchr(category, '/');
	const char *end = slash ? strchr(slash + 1, '/') : NULL, *dash = NULL;

	if (!end || strchr(end + 1, '/'))
		return 0;
	for (const char *p = slash + 2; p < end; p++)
		if (p[-1] == '-' && isdigit((unsigned char)*p))
			dash = p - 1;
	if (!dash)
		return err_set(e, -EBADMSG, "its folder has no version");
	scan_pin(o, MODEL_PACKAGE_EBUILD,
		 (struct scan_line){scan_text(o, category, (size_t)(dash - category)), (size_t)(dash - category)},
		 (struct scan_line){dash + 1, (size_t)(end - dash - 1)}, false);
	/* Several files of the folder say it. Without memory for its path the arena's failure is seen at the end. */
	const char *folder_path = scan_text(o, f->path, (size_t)(end - f->path));
	if (folder_path)
		scan_group_end(o, folder_path, MODEL_GROUP_INSTALLED);
	return 0;
}

/* Stanzas as dpkg's; one without "Feature" is the package. */
int scan_read_vcpkg_status(struct scan_out *o, const struct scan_file *f, struct err *e)
{
	struct scan_lines lines = scan_lines_of(f);
	struct scan_line line, v, name = {0}, version = {0};
	bool installed = false;

	for (bool more = true; more;) {
		more = scan_next_line(&lines, &line);
		if (!more || !line.len) {
			if (installed && version.len)
				scan_pin(o, MODEL_PACKAGE_VCPKG, name, version, false);
			name = version = (struct scan_line){0};
			installed = false;
		} else if (scan_after(&line, "Package:", &v)) {
			name = v;
		} else if (scan_after(&line, "Version:", &v)) {
			version = v;
		} else if (scan_after(&line, "Status:", &v)) {
			installed = scan_line_has(&v, "ok installed");
		}
	}
	scan_group_end(o, f->path, MODEL_GROUP_INSTALLED);
	return 0;
}
