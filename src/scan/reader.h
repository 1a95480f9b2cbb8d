/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A reader knows one kind of file: by which path or first bytes it is told, and what it says. Inside the room only.
 * The table of readers is readers.c; a new kind is a file and a row.
 */
#pragma once

#include "base/json.h"
#include "out.h"

#define SCAN_HEAD_BYTES 512

struct scan_file {
	const char *path; /* without a slash in front */
	const char *base; /* its last part */
	uint64_t size;
	uint32_t mode;
	/* What wants() sees; fewer bytes only when the file is shorter. NULL when only the name is known yet. */
	const uint8_t *head;
	size_t head_len;
	/* What read() sees: all of it. */
	const uint8_t *data;
	size_t len;
	bool mapped; /* DATA is pages of a file: they may be dropped, and come back */
	const struct scan_options *options;
};

enum scan_want {
	SCAN_NO,
	SCAN_LOOK, /* the name allows it: ask again with the head */
	SCAN_YES,
};

struct scan_reader {
	const char *name; /* for words: "dpkg status" */
	enum scan_want (*wants)(const struct scan_file *f);
	uint64_t bytes_max;
	/*
	 * 0, or -EBADMSG with words: the file is not what its name says. The group being filled is then dropped and the
	 * file remarked, grave when packages may be missing by it.
	 */
	int (*read)(struct scan_out *o, const struct scan_file *f, struct err *e);
	bool grave;
	const char
		*owned_below; /* where it is asked for files that a package owns as well: "" everywhere, NULL nowhere */
};

extern const struct scan_reader *const scan_readers[]; /* ends with NULL */

/* Which of the readers want F, as bits; LOOK ones only when the head is known. *RET_MAX: the largest size any takes. */
struct scan_wanted {
	uint64_t yes, look;
	uint64_t bytes_max;
};
struct scan_wanted scan_wanted(const struct scan_file *f, bool owned);
/* Has the readers of WANTED.yes read F, whose content is there. */
void scan_read(struct scan_out *o, const struct scan_file *f, struct scan_wanted wanted);
/* F is larger than the readers take, or could not be kept: remarked. */
void scan_skip(struct scan_out *o, const struct scan_file *f, struct scan_wanted wanted, const char *why);

/* ---- documents ---- */

#define SCAN_JSON_BYTES_MAX (16u << 20)

/* The file as JSON, -EBADMSG with words when it is none. Free RET. */
int scan_json(const struct scan_file *f, struct json **ret, struct err *e) must_check;
/* A member's text, copied; NULL when absent, empty or no text. */
const char *scan_member(struct scan_out *o, const struct json *v, const char *key);
/* Adds a package of a language; nothing when it has no name. */
void scan_add_simple(struct scan_out *o, enum model_package_type type, const char *name, const char *version,
		     const char *licence);
/* The path ends in TAIL, at the beginning of a name: "a/b" ends in "b", not "xb". */
bool scan_path_ends(const char *path, const char *tail);

/* ---- text by lines ---- */

struct scan_lines {
	const char *at, *end;
};
struct scan_line {
	const char *text; /* not terminated */
	size_t len;
};
static inline struct scan_lines scan_lines_of(const struct scan_file *f)
{
	return (struct scan_lines){(const char *)f->data, (const char *)f->data + f->len};
}
/* The next line without its end; false after the last. */
bool scan_next_line(struct scan_lines *lines, struct scan_line *ret);
/* The line begins with WORD: *RET is what is behind it, blanks left out. */
bool scan_after(const struct scan_line *line, const char *word, struct scan_line *ret);
bool scan_line_is(const struct scan_line *line, const char *text);
/* Both ends without blanks. */
struct scan_line scan_trim(struct scan_line line);
