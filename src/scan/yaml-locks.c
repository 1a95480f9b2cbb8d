/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Locks and manifests in YAML: Dart's pubspec.lock, CocoaPods' Podfile.lock, Stack's lock, workflows of GitHub, snaps and
 * environments of Conda.
 */
#include <ctype.h>
#include <string.h>

#include "base/str.h"
#include "manifest.h"
#include "pin.h"

/* packages: { NAME: { dependency: "direct dev", version: "1.2.3" } } */
int scan_read_pubspec_lock(struct scan_out *o, const struct scan_file *f, struct err *e)
{
	struct scan_lines lines = scan_lines_of(f);
	struct scan_yaml_line y;
	struct scan_line name = {0}, version = {0};
	bool inside = false, dev = false, any = false;

	for (bool more = true; more;) {
		more = scan_yaml_next(&lines, &y);
		if (!more || y.indent <= 2) {
			if (version.len)
				scan_pin(o, MODEL_PACKAGE_PUB, name, version, dev);
			version = (struct scan_line){0};
			dev = false;
		}
		if (!more)
			break;
		if (y.indent == 0)
			inside = scan_line_is(&y.key, "packages");
		any = any || inside;
		if (inside && y.indent == 2)
			name = y.key;
		else if (inside && y.indent == 4 && scan_line_is(&y.key, "version"))
			version = y.value;
		else if (inside && y.indent == 4 && scan_line_is(&y.key, "dependency"))
			dev = scan_line_is(&y.value, "direct dev");
	}
	if (!any)
		return err_set(e, -EBADMSG, "no packages");
	scan_group_end(o, f->path, MODEL_GROUP_LOCK);
	return 0;
}

/* PODS: - NAME (VERSION), some with what they need below. */
int scan_read_podfile_lock(struct scan_out *o, const struct scan_file *f, struct err *e)
{
	struct scan_lines lines = scan_lines_of(f);
	struct scan_yaml_line y;
	bool inside = false, any = false;
	size_t indent = 0;

	while (scan_yaml_next(&lines, &y)) {
		if (y.indent == 0 && !y.item) {
			inside = scan_line_is(&y.key, "PODS");
			any = any || inside;
			indent = 0;
			continue;
		}
		if (!inside || !y.item || (indent && y.indent != indent))
			continue;
		indent = y.indent;
		struct scan_line version = scan_before(scan_behind(y.key, '('), ')');
		scan_pin(o, MODEL_PACKAGE_COCOAPODS, scan_trim(scan_before(y.key, '(')), version, false);
	}
	if (!any)
		return err_set(e, -EBADMSG, "no PODS");
	scan_group_end(o, f->path, MODEL_GROUP_LOCK);
	return 0;
}

/* packages: - completed: { hackage: NAME-VERSION@sha256:... } */
int scan_read_stack_lock(struct scan_out *o, const struct scan_file *f, struct err *e)
{
	struct scan_lines lines = scan_lines_of(f);
	struct scan_yaml_line y;
	bool completed = false, any = false;

	while (scan_yaml_next(&lines, &y)) {
		any = any || scan_line_is(&y.key, "packages") || scan_line_is(&y.key, "snapshots");
		if (scan_line_is(&y.key, "completed") || scan_line_is(&y.key, "original"))
			completed = scan_line_is(&y.key, "completed");
		if (!completed || !scan_line_is(&y.key, "hackage"))
			continue;
		struct scan_line whole = scan_before(y.value, '@');
		const char *dash = whole.len ? memrchr(whole.text, '-', whole.len) : NULL;
		if (dash)
			scan_pin(o, MODEL_PACKAGE_HACKAGE, (struct scan_line){whole.text, (size_t)(dash - whole.text)},
				 (struct scan_line){dash + 1, whole.len - (size_t)(dash + 1 - whole.text)}, false);
	}
	if (!any)
		return err_set(e, -EBADMSG, "neither packages nor snapshots");
	scan_group_end(o, f->path, MODEL_GROUP_LOCK);
	return 0;
}

static bool is_commit(struct scan_line v)
{
	for (size_t i = 0; i < v.len; i++)
		if (!isxdigit((unsigned char)v.text[i]))
			return false;
	return v.len == 40;
}

/* uses: OWNER/REPOSITORY[/PATH]@REFERENCE; behind a commit people write its version as a comment. */
int scan_read_workflow(struct scan_out *o, const struct scan_file *f, struct err *e)
{
	struct scan_lines lines = scan_lines_of(f);
	struct scan_yaml_line y;

	while (scan_yaml_next(&lines, &y)) {
		struct scan_line name = scan_before(y.value, '@'), reference = scan_behind(y.value, '@');
		const char *owner = name.len ? memchr(name.text, '/', name.len) : NULL;
		if (!scan_line_is(&y.key, "uses") || !owner || !reference.len || *name.text == '.' ||
		    scan_line_starts(&name, "docker:"))
			continue;
		const char *path = memchr(owner + 1, '/', name.len - (size_t)(owner + 1 - name.text));
		if (path)
			name.len = (size_t)(path - name.text);
		struct scan_line said = scan_before(y.comment, ' ');
		if (is_commit(reference) && scan_is_version(said))
			reference = said;
		scan_pin(o, MODEL_PACKAGE_GITHUB, name, reference, false);
	}
	scan_group_end(o, f->path, MODEL_GROUP_LOCK);
	return 0;
}

int scan_read_snap(struct scan_out *o, const struct scan_file *f, struct err *e)
{
	struct scan_lines lines = scan_lines_of(f);
	struct scan_yaml_line y;
	struct scan_line name = {0}, version = {0};

	while (scan_yaml_next(&lines, &y))
		if (y.indent == 0 && scan_line_is(&y.key, "name"))
			name = y.value;
		else if (y.indent == 0 && scan_line_is(&y.key, "version"))
			version = y.value;
	if (!name.len)
		return err_set(e, -EBADMSG, "no name");
	scan_pin(o, MODEL_PACKAGE_SNAP, name, version, false);
	scan_group_end(o, f->path, MODEL_GROUP_INSTALLED);
	return 0;
}

/* Packages of Debian or Ubuntu in a snap: - NAME=VERSION */
int scan_read_snap_manifest(struct scan_out *o, const struct scan_file *f, struct err *e)
{
	struct scan_lines lines = scan_lines_of(f);
	struct scan_yaml_line y;
	bool inside = false;

	while (scan_yaml_next(&lines, &y)) {
		struct scan_line version = scan_behind(y.key, '=');
		if (!y.item || y.value.len || (y.indent == 0 && !version.len))
			inside = scan_line_is(&y.key, "primed-stage-packages") || scan_line_is(&y.key, "packages") ||
				 scan_line_is(&y.key, "installed-packages");
		else if (inside && version.len)
			scan_pin(o, MODEL_PACKAGE_DEB, scan_before(scan_before(y.key, '='), ':'), version, false);
	}
	scan_group_end(o, f->path, MODEL_GROUP_INSTALLED);
	return 0;
}

/* dependencies: - NAME=VERSION[=BUILD], and of pip - NAME==VERSION */
int scan_read_conda_environment(struct scan_out *o, const struct scan_file *f, struct err *e)
{
	struct scan_lines lines = scan_lines_of(f);
	struct scan_yaml_line y;
	struct scan_loose loose = {0};
	bool inside = false, pip = false, any = false;

	while (scan_yaml_next(&lines, &y)) {
		if (!y.item) {
			inside = y.indent == 0 && scan_line_is(&y.key, "dependencies");
			any = any || inside;
			pip = false;
			continue;
		}
		if (!inside)
			continue;
		/* "- pip:" begins a list of its own. */
		if (scan_line_is(&y.key, "pip") && y.colon) {
			pip = true;
			continue;
		}
		struct scan_line version = scan_behind(y.key, '=');
		while (version.len && *version.text == '=')
			version = (struct scan_line){version.text + 1, version.len - 1};
		version = scan_before(version, '=');
		struct scan_line name = scan_trim(scan_before(y.key, '='));
		const char *channel = name.len ? memmem(name.text, name.len, "::", 2) : NULL;
		if (channel)
			name = (struct scan_line){channel + 2, name.len - (size_t)(channel + 2 - name.text)};
		if (scan_is_version(version) && !memchr(name.text, '>', name.len) && !memchr(name.text, '<', name.len))
			scan_pin(o, pip ? MODEL_PACKAGE_PYPI : MODEL_PACKAGE_CONDA, name, version, false);
		else
			scan_loose_add(&loose, y.key);
	}
	scan_group_end(o, f->path, MODEL_GROUP_LOCK);
	if (any)
		scan_loose_end(&loose, o, f, MODEL_PACKAGE_CONDA);
	return 0;
}

/* conda-lock.yml: package: - name: x, version: 1.0, manager: conda or pip */
int scan_read_conda_lock(struct scan_out *o, const struct scan_file *f, struct err *e)
{
	struct scan_lines lines = scan_lines_of(f);
	struct scan_yaml_line y;
	struct scan_line name = {0}, version = {0};
	bool inside = false, pip = false;
	size_t indent = 0;

	for (bool more = true; more;) {
		more = scan_yaml_next(&lines, &y);
		bool begins = more && inside && y.item && (!indent || y.indent == indent);
		if (!more || begins || y.indent == 0) {
			if (version.len)
				scan_pin(o, pip ? MODEL_PACKAGE_PYPI : MODEL_PACKAGE_CONDA, name, version, false);
			name = version = (struct scan_line){0};
			pip = false;
		}
		if (!more)
			break;
		if (y.indent == 0)
			inside = scan_line_is(&y.key, "package");
		indent = begins ? y.indent : indent;
		if (!inside || y.indent != indent)
			continue;
		if (scan_line_is(&y.key, "name"))
			name = y.value;
		else if (scan_line_is(&y.key, "version"))
			version = y.value;
		else if (scan_line_is(&y.key, "manager"))
			pip = scan_line_is(&y.value, "pip");
	}
	scan_group_end(o, f->path, MODEL_GROUP_LOCK);
	return 0;
}
