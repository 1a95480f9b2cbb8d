/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the readers of manifests and locks share: a package pinned to one version, packages named without one, and lines of
 * the block style of YAML that tools write. Inside the room only.
 */
#pragma once

#include "reader.h"

#define SCAN_LINE(text) ((struct scan_line){(text), sizeof(text) - 1})

struct scan_line scan_line_of(const char *text); /* NULL is empty */
/* What is before, and behind, the first MARK; all of it, and nothing, without one. */
struct scan_line scan_before(struct scan_line line, char mark);
struct scan_line scan_behind(struct scan_line line, char mark);
/* Without the quotes around it, single or double. */
struct scan_line scan_unquoted(struct scan_line v);
bool scan_line_starts(const struct scan_line *line, const char *word); /* in this case */
bool scan_line_has(const struct scan_line *line, const char *word);

/* Adds it to the open group when it has a name; only development needs it when DEV. */
void scan_pin(struct scan_out *o, enum model_package_type type, struct scan_line name, struct scan_line version,
	      bool dev);

/* Packages of one manifest that are named without the version that will be used. */
struct scan_loose {
	size_t count;
	char names[160]; /* of the first ones */
};
void scan_loose_add(struct scan_loose *l, struct scan_line name);
/* Remarks them, if there are any. */
void scan_loose_end(const struct scan_loose *l, struct scan_out *o, const struct scan_file *f,
		    enum model_package_type type);
/* Does PATH lie where a package manager put it, whose own records say what is there? */
bool scan_is_vendored(const char *path);
/* Remarks F as a manifest that was seen and not judged, because of WHY; nothing where packages are installed. */
void scan_unpinned(struct scan_out *o, const struct scan_file *f, enum model_package_type type, const char *why);
/* Is V one version, and no range, variable or word? */
bool scan_is_version(struct scan_line v);

/* "  - key: value": how far it is indented, whether it begins with a dash, and its parts without quotes. */
struct scan_yaml_line {
	size_t indent; /* of the key */
	bool item;
	bool colon;		     /* the key has one behind it, whether a value follows or not */
	struct scan_line key, value; /* a value alone is the key */
	struct scan_line comment;
};
/* The next line that is neither blank nor a comment. */
bool scan_yaml_next(struct scan_lines *lines, struct scan_yaml_line *ret);
