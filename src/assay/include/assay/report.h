/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Everything that one scan came to, and the forms it is written in. The text in it is from outside: every form escapes it
 * in its own way.
 */
#pragma once

#include "assay/inventory.h"
#include "base/buf.h"

struct assay_layer {
	const char *digest;	/* "" for a folder */
	const char *created_by; /* NULL when not said */
	const char *error;	/* why it could not be read, or "" */
	uint64_t bytes;
};

struct assay_report {
	const char *name;     /* of the image or path */
	const char *manifest; /* digests, or "" */
	const char *config_digest;
	bool is_image;
	const struct assay_layer *layers;
	size_t layer_count, failed_layers;
	struct assay_inventory inventory;
	int64_t now_s; /* since 1970 */
};

/* Each appends its document to B; errors are B's. */
enum assay_cyclonedx { ASSAY_CYCLONEDX_1_6, ASSAY_CYCLONEDX_1_7 };
void assay_cyclonedx(const struct assay_report *r, enum assay_cyclonedx version, struct buf *b);
void assay_spdx(const struct assay_report *r, struct buf *b); /* 2.3 */
