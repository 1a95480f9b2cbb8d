/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The index of known vulnerabilities: one read-only file, mapped, made of segments. A segment is what one source said,
 * whole: its packages, rows, documents and texts. Importing a source again replaces its segment and copies the others.
 *
 * The file is outside bytes: opening checks its head, its digest and the bounds of every table, and what lies in a
 * table is bounded again when it is read, so that a file made by an enemy gives an error or nonsense, never a crash.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/err.h"

#define VULN_INDEX_NAME "vuln.skdb" /* below ROOT/db */
#define VULN_SEGMENTS_MAX 256
#define VULN_INDEX_BYTES_MAX (4ull << 30)
#define VULN_NAME_MAX 96 /* of a source */

enum vuln_segment_kind { VULN_SEGMENT_OSV, VULN_SEGMENT_KEV, VULN_SEGMENT_EPSS, VULN_SEGMENT_KINDS };
/* "osv", "kev", "epss". */
const char *vuln_segment_kind_name(enum vuln_segment_kind k);

struct vuln_index;

/* One source, as skep db status shows it. Texts live as long as the index. */
struct vuln_source {
	const char *name; /* "Debian" */
	enum vuln_segment_kind kind;
	int64_t imported_s;  /* since 1970 */
	int64_t newest_s;    /* the newest date in its documents, KEV's or EPSS' own date; 0 unknown */
	uint64_t documents;  /* or entries */
	uint64_t rows;	     /* a package of an ecosystem in a document */
	uint64_t packages;   /* different ones */
	uint64_t ecosystems; /* different ones */
	uint64_t withdrawn;  /* documents left out */
	uint64_t malicious;  /* documents about packages that are malware */
	uint64_t refused;    /* documents that could not be read; the import said which */
	uint64_t bytes;
};

/*
 * Maps the index in FD, which may be closed after. -EBADMSG: not an index, of another version, cut or changed, with
 * words. Free with vuln_index_free().
 */
int vuln_open(int fd, struct vuln_index **ret, struct err *e) must_check;
/* ROOT/db/vuln.skdb; -ENOENT with words that say what to do when there is none. */
int vuln_open_root(const char *root, struct vuln_index **ret, struct err *e) must_check;
void vuln_index_free(struct vuln_index *x);
DEFINE_SCOPED_PTR(vuln_index)

size_t vuln_source_count(const struct vuln_index *x);
/* False past the end. */
bool vuln_source_at(const struct vuln_index *x, size_t i, struct vuln_source *ret);
/* The SHA-256 of the content, "sha256:...": changes when and only when a result may; for caches. */
const char *vuln_index_digest(const struct vuln_index *x);

/* The texts of one document, kept packed in the index. */
struct vuln_reference {
	const char *type; /* "ADVISORY", "FIX", "WEB"... */
	const char *url;
};
struct vuln_text {
	const char *summary; /* one line, cut; "" when there is none */
	const struct vuln_reference *references;
	size_t reference_count;
};
/* Where a document lies: a finding carries it. */
struct vuln_place {
	uint32_t segment, document;
};
/* -EBADMSG: the index is damaged. */
int vuln_text_get(const struct vuln_index *x, struct vuln_place p, struct arena *a, struct vuln_text *ret,
		  struct err *e) must_check;

/* CISA's list of exploited vulnerabilities. */
struct vuln_kev {
	const char *added; /* "2021-12-10" */
	const char *due;   /* "" none */
	bool ransomware;
};
/* Chances of FIRST's model; in millionths. */
struct vuln_epss {
	uint32_t score, percentile;
};
/* False when the list has no such CVE (or the index has no list). */
bool vuln_kev_get(const struct vuln_index *x, const char *cve, struct vuln_kev *ret);
bool vuln_epss_get(const struct vuln_index *x, const char *cve, struct vuln_epss *ret);
