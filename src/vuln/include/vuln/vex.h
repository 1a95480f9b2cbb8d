/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Statements about whether a vulnerability matters (VEX): read from OpenVEX 0.2.0, CSAF 2.0 (profile VEX) and CycloneDX
 * 1.4 to 1.7, applied to findings, and findings written as OpenVEX. A statement takes a finding back only when it names
 * the package (by package URL, of any version when it gives none) and one of the finding's ids.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/json.h"
#include "model/package.h"
#include "vuln/match.h"

#define VULN_VEX_BYTES_MAX (64u << 20)
#define VULN_VEX_STATEMENTS_MAX 200000

enum vuln_vex_status { VEX_NOT_AFFECTED, VEX_FIXED, VEX_AFFECTED, VEX_UNDER_INVESTIGATION, VEX_STATUSES };
/* OpenVEX's words: "not_affected", "fixed", "affected", "under_investigation". */
const char *vuln_vex_status_name(enum vuln_vex_status s);
int vuln_vex_status_from(const char *name, enum vuln_vex_status *ret) must_check;

struct vuln_vex; /* statements of any number of documents */
int vuln_vex_new(struct vuln_vex **ret) must_check;
void vuln_vex_free(struct vuln_vex *v);
DEFINE_SCOPED_PTR(vuln_vex)
/*
 * Adds a document's statements; a later document has the last word. NAME is how reasons call it. -EBADMSG with words
 * for what is none of the three formats. The bytes are parsed in the calling process.
 */
int vuln_vex_add(struct vuln_vex *v, const char *text, size_t len, const char *name, struct err *e) must_check;
size_t vuln_vex_count(const struct vuln_vex *v);

/*
 * Marks findings of P that a statement says do not matter (not affected, or fixed) as suppressed, with the reason in A.
 * PRODUCT is the id of what is looked at, such as an image's package URL, or NULL: statements about parts of a product
 * apply to that product only.
 */
int vuln_vex_apply(const struct vuln_vex *v, const struct model_package *p, const char *product,
		   struct vuln_findings *findings, struct arena *a, struct err *e) must_check;

/* OpenVEX of findings: a head, a statement per finding, an end. Errors are those of O's buffer. */
void vuln_openvex_begin(struct json_out *o, const char *id, const char *author, int64_t now_s);
void vuln_openvex_finding(struct json_out *o, const struct model_package *p, const struct model_release *release,
			  const struct vuln_finding *f);
void vuln_openvex_end(struct json_out *o);
