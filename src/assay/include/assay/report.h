/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Everything that one scan came to, and the forms it is written in. The text in it is from outside: every form escapes it
 * in its own way.
 */
#pragma once

#include "assay/inventory.h"
#include "assay/score.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/str.h"
#include "vuln/match.h"

#define ASSAY_DATA_DAYS 7 /* after which data is stale, unless somebody says otherwise */

struct assay_layer {
	const char *digest;	/* "" for a folder */
	const char *created_by; /* NULL when not said */
	const char *error;	/* why it could not be read, or "" */
	uint64_t bytes;
};

/* A known vulnerability (or malicious package) of a package. */
struct assay_finding {
	size_t package; /* in the inventory */
	struct vuln_finding vuln;
	const char *ignored; /* why it does not count: an ignore file's or a statement's reason; NULL: it counts */
	bool old;	     /* the baseline has it too */
};

/* A secret, malware, or something about the image's configuration or files. */
struct assay_issue {
	enum model_part_remark_kind kind;
	const char *rule, *title;
	enum vuln_severity_level level;
	const char *path; /* "" when it is about the image */
	uint64_t line;	  /* 0: none */
	const char *text; /* what exactly */
	const char *fix;  /* what to do */
	uint32_t layer;	  /* UINT32_MAX: of the configuration */
	const char *ignored;
	bool old;
	bool hidden; /* by a later layer: only who unpacks the image has it */
};

struct assay_report {
	const char *name;     /* of the image or path */
	const char *manifest; /* digests, or "" */
	const char *config_digest;
	bool is_image;
	const struct assay_layer *layers;
	size_t layer_count, failed_layers;
	struct assay_inventory inventory;
	const struct strv *forbidden; /* patterns of licences; NULL: none is */
	int64_t now_s;		      /* since 1970 */

	bool judged; /* vulnerabilities were looked for */
	const struct vuln_scope *scope;
	int64_t data_s;		/* how old the index is; 0 unknown */
	bool has_epss;		/* the index has chances of exploitation */
	uint64_t data_days_max; /* older data is stale */
	size_t unjudged;	/* packages for which there is no feed */
	size_t unscored;	/* those of them that feeds could be about: the score may be too low */
	size_t without_feed[MODEL_PACKAGE_TYPES]; /* of languages and the like, for which the index has no rows */
	struct assay_finding *findings;		  /* the worst first */
	size_t finding_count;
	struct assay_issue *issues; /* by kind, the worst first */
	size_t issue_count;
	struct assay_score score;
};

/*
 * Was everything judged that was seen? Without that there is no score: what is missing could be anything. *RET_MANIFESTS
 * and *RET_PACKAGES (or NULL) count what was not.
 */
bool assay_is_whole(const struct assay_report *r, size_t *ret_manifests, size_t *ret_packages);

/* The age of what vulnerabilities were judged by, in whole days; 0 when they were not, or it is not known. */
uint64_t assay_data_days(const struct assay_report *r);
static inline bool assay_data_is_stale(const struct assay_report *r)
{
	return assay_data_days(r) > r->data_days_max;
}

/* How many count, by level. */
struct assay_counts {
	size_t levels[VULN_SEVERITY_LEVELS];
	size_t fixable, exploited, ignored, secrets, malware;
};
void assay_count(const struct assay_report *r, struct assay_counts *ret);

/* Each appends its document to B; errors are B's. */
enum assay_cyclonedx { ASSAY_CYCLONEDX_1_6, ASSAY_CYCLONEDX_1_7 };
void assay_cyclonedx(const struct assay_report *r, enum assay_cyclonedx version, struct buf *b);
void assay_spdx(const struct assay_report *r, struct buf *b);  /* 2.3 */
void assay_json(const struct assay_report *r, struct buf *b);  /* docs/report.schema.json */
void assay_sarif(const struct assay_report *r, struct buf *b); /* 2.1.0 */
void assay_junit(const struct assay_report *r, struct buf *b);
void assay_openvex(const struct assay_report *r, struct buf *b); /* 0.2.0 */

struct assay_look {
	bool colour;
	bool all; /* ignored findings and every file too */
};
void assay_table(const struct assay_report *r, const struct assay_look *look, struct buf *b);

/* The score alone: as members of the open object, and as a person reads it. */
void assay_score_json(const struct assay_report *r, struct json_out *o);
void assay_score_table(const struct assay_report *r, struct buf *b);
