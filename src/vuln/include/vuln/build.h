/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Making segments of an index from what feeds publish, and an index from segments. The bytes of a feed are outside
 * bytes: whoever calls vuln_build_*() does so in a sandboxed worker. Assembling copies finished segments, which are
 * checked again each time an index is opened.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "vuln/index.h"

#define VULN_DOCUMENT_BYTES_MAX (64u << 20) /* one JSON document */
#define VULN_INPUT_BYTES_MAX (32ull << 30)  /* one source, unpacked */
#define VULN_INPUT_FILES_MAX 4000000	    /* in a folder or zip archive */
#define VULN_TABLE_BYTES_MAX (1u << 30)	    /* each table of a segment */
#define VULN_REFERENCES_MAX 6		    /* kept of a document */
#define VULN_SUMMARY_MAX 240		    /* bytes kept of it */

/* A document that was left out because it could not be read; the first words of each are kept. */
#define VULN_REFUSALS_MAX 4
struct vuln_refusals {
	uint64_t count;
	char words[VULN_REFUSALS_MAX][256];
};

struct vuln_builder;
/* SOURCE is the name of the OSV segment; what KEV and EPSS files say goes to "kev" and "epss". */
int vuln_builder_new(const char *source, int64_t now_s, struct vuln_builder **ret, struct err *e) must_check;
void vuln_builder_free(struct vuln_builder *b);
DEFINE_SCOPED_PTR(vuln_builder)

/*
 * One JSON text: an OSV document, a list of them, or CISA's catalogue. -EBADMSG with words when it is none of these
 * (the builder counts it as refused and can go on), -ENOMEM.
 */
int vuln_build_json(struct vuln_builder *b, const char *text, size_t len, struct err *e) must_check;
/*
 * A whole file by its content: JSON, JSON lines, EPSS' table, zip, and any of them packed by gzip or zstd (zip only
 * when FD can be read at any place). NAME is for words. A cut or broken archive is an error, never a shorter list.
 */
int vuln_build_file(struct vuln_builder *b, int fd, const char *name, struct err *e) must_check;
/* Every .json file below a folder; links are not followed. */
int vuln_build_folder(struct vuln_builder *b, int dirfd, struct err *e) must_check;

const struct vuln_refusals *vuln_builder_refusals(const struct vuln_builder *b);

/* A finished segment inside a file. */
struct vuln_piece {
	char name[VULN_NAME_MAX];
	uint32_t kind; /* enum vuln_segment_kind */
	uint32_t pad;
	uint64_t offset, bytes;
	uint64_t documents, rows;
};
/* Writes the segments that have something in them, at most one of each kind, to FD from its start on. */
int vuln_builder_write(struct vuln_builder *b, int fd, struct vuln_piece ret[VULN_SEGMENT_KINDS], size_t *ret_count,
		       struct err *e) must_check;

/* Where a piece to be assembled lies. */
struct vuln_part {
	int fd;
	struct vuln_piece piece;
};
/*
 * Writes an index to FD: the parts, and every segment of OLD (NULL: none) that no part replaces by name and kind.
 * Sorted by name, so that the same content gives the same bytes. Not yet durable: the caller syncs and renames.
 */
int vuln_assemble(int fd, const struct vuln_index *old, const struct vuln_part *parts, size_t count,
		  struct err *e) must_check;
