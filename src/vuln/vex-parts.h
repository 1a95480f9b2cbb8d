/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the three readers of VEX documents fill: statements in one arena.
 */
#pragma once

#include "base/arena.h"
#include "base/json.h"
#include "vuln/vex.h"

struct vex_product {
	const char *id;		/* as it is written: a package URL, or anything */
	bool is_package;	/* P holds what the package URL says */
	struct model_package p; /* version "": any */
};

struct vex_statement {
	const char *const *names; /* of the vulnerability; ends with NULL */
	enum vuln_vex_status status;
	const char *why; /* justification and words, or "" */
	const char *document;
	struct vex_product product;
	bool has_part; /* about a part of the product only */
	struct vex_product part;
};

struct vuln_vex {
	struct arena arena;
	struct vex_statement *items; /* owned */
	size_t count, capacity;
	const char *document; /* being read */
};

/* ID is read as a package URL where it is one. */
int vex_product(struct vuln_vex *v, const char *id, struct vex_product *ret) must_check;
int vex_put(struct vuln_vex *v, const struct vex_statement *s, struct err *e) must_check;
/* A list of names: FIRST (or NULL), then the strings of LIST (or NULL). NULL when out of memory. */
const char *const *vex_names(struct vuln_vex *v, const char *first, const struct json *list);
/* "justification: words", each of which may be NULL. */
const char *vex_why(struct vuln_vex *v, const char *justification, const char *words);

int vex_read_csaf(struct vuln_vex *v, const struct json *document, struct err *e) must_check;
int vex_read_cyclonedx(struct vuln_vex *v, const struct json *document, struct err *e) must_check;
