/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The index brought up to date from mirrors that somebody signed: asked for by a person or a timer, never by a scan. The
 * mirrors of a document are tried in their order; what is taken from one is signed, newer than what was taken before,
 * and whole, or nothing is taken. Downloads go on where they were cut, also in the next run.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "flow/database.h"
#include "model/mirror-list.h"

#define FLOW_UPDATE_CONFIG "/etc/skep/db.yaml"

struct flow_update_options {
	const char *root;
	const char *config; /* NULL: FLOW_UPDATE_CONFIG */
	bool check;	    /* only look what would be taken */
	bool allow_expired;
	void (*say)(void *data, const char *line); /* a mirror that was passed over, and why */
	/* How far a file is; may be NULL. */
	void (*progress)(void *data, const char *source, uint64_t bytes, uint64_t total);
	void *data;
};

struct flow_update_item {
	char source[MIRROR_SOURCE_MAX + 1];
	uint64_t bytes;
	bool taken; /* the index has it already */
};

struct flow_update {
	char mirror[256]; /* which one answered */
	uint64_t serial;
	int64_t created_s;
	struct flow_update_item items[MIRROR_FILES_MAX];
	size_t count, fresh;	    /* FRESH: those that are not taken yet */
	bool refused;		    /* a failure is the rules', not the network's: a signature, an age, an older list */
	struct flow_db_notes notes; /* of the import */
};

/* -EBUSY another update runs. On failure the index is as it was. */
int flow_update(const struct flow_update_options *o, struct flow_update *ret, struct err *e) must_check;
