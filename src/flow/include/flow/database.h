/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The index of known vulnerabilities, as a user meets it: made from files, folders and streams, below ROOT/db. What a
 * feed holds is read in sandboxed workers, one per source, several at once; this side opens files, puts the finished
 * parts together and replaces the index in one step. Killed at any moment, it leaves the old index or the new one.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"
#include "vuln/build.h"

#define FLOW_DB_SOURCES_MAX 200 /* of one import */
#define FLOW_DB_FETCH_BYTES_MAX (8ull << 30)

/* One source to be read. */
struct flow_db_input {
	int fd;			    /* owned */
	bool is_folder;		    /* of JSON files; otherwise a file or a stream */
	char source[VULN_NAME_MAX]; /* its name in the index: importing it again replaces it */
	char words[256];	    /* what messages call it */
	uint64_t bytes;		    /* its size where known: large ones go first */
};

struct flow_db_inputs {
	struct flow_db_input *items;
	size_t count;
};
void flow_db_inputs_done(struct flow_db_inputs *in);
DEFINE_SCOPED(flow_db_inputs)

/*
 * Adds what lies at PATH: a file, "-" for the standard input, or a folder: each packed or JSON-lines file below it is a
 * source by its own name, and all its .json files together are one by the folder's. SOURCE (or NULL) names it instead.
 * A file "all.zip" is called as the folder it lies in, as osv.dev lays them out.
 */
int flow_db_add_path(struct flow_db_inputs *in, const char *path, const char *source, struct err *e) must_check;
/* The same for an open file, which is taken. NAME is where it came from. */
int flow_db_add_fd(struct flow_db_inputs *in, int fd, const char *name, const char *source, struct err *e) must_check;

/* A path, or an address: file://PATH, or http:// and https://, fetched into a nameless file below ROOT/db first. */
int flow_db_add_url(struct flow_db_inputs *in, const char *root, const char *url, const char *source,
		    struct err *e) must_check;

/* What became of a source. */
struct flow_db_note {
	char source[VULN_NAME_MAX];
	char input[VULN_NAME_MAX]; /* the input's name, where the content has one of its own (kev, epss) */
	char kind[8];
	uint64_t documents, rows, bytes, refused;
	char refusals[VULN_REFUSALS_MAX][256];
};
struct flow_db_notes {
	struct flow_db_note items[FLOW_DB_SOURCES_MAX * VULN_SEGMENT_KINDS];
	size_t count;
	uint64_t index_bytes;
	int64_t imported_s;
	char lost[512]; /* why the sources of an unreadable old index are gone; "" when they are not */
};

/*
 * Reads all of them and replaces ROOT/db/vuln.skdb; other sources stay. -EBUSY: another import runs. All or nothing: a
 * source that cannot be read leaves the index as it was.
 */
int flow_db_import(const char *root, struct flow_db_inputs *in, struct flow_db_notes *ret, struct err *e) must_check;
