/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading an image, a folder or an archive by sandboxed workers, one for each layer, several at a time; what they say of a
 * layer is kept by its digest, so that it is read once.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "model/part.h"
#include "model/worker.h"
#include "oci/image-config.h"
#include "oci/ref.h"

struct flow_scan_options {
	const char *target;	   /* an image in any transport, a name in the store, or a path */
	const char *root;	   /* the store and the cache of reports; need not be there */
	uint32_t flags;		   /* MODEL_SCAN_* */
	bool fresh;		   /* reads everything again */
	const struct strv *yara;   /* files and folders of YARA's rules besides skep's own; NULL: none */
	const char *secret_rules;  /* a file of rules in gitleaks' form besides skep's own; NULL: none */
	const struct strv *hashes; /* lists of digests of malware; NULL: none */
	const char *clamd;	   /* the socket of ClamAV's clamd; NULL: it is not asked */
	unsigned workers;	   /* at a time; 0: as many as processors */
	/* Called now and then with how many of how many layers are read; may be NULL. */
	void (*progress)(void *data, size_t done, size_t count);
	void *data;
};

struct flow_scan_layer {
	char digest
		[DIGEST_TEXT_MAX]; /* of the stored bytes, or the unpacked ones for a docker archive; "" for a folder */
	uint64_t bytes;
	struct oci_history *step; /* of the build; NULL when not said */
	struct model_part part;	  /* empty when it could not be read */
	char error[ERR_TEXT_MAX]; /* why it could not be read; "" when it was */
	void *mapped;		  /* what PART lies in */
	size_t mapped_bytes;
};

struct flow_scan {
	struct arena arena;
	const char *name;		/* of the image, or the path */
	char manifest[DIGEST_TEXT_MAX]; /* "" for what has none */
	char config_digest[DIGEST_TEXT_MAX];
	bool is_image; /* CONFIG was said by the image */
	struct oci_image_config config;
	struct flow_scan_layer *layers; /* bottom first */
	size_t layer_count, failed;	/* layers that could not be read */
	bool config_searched; /* behind the layers is a report on the configuration's text (assay/config-text.h) */
};
void flow_scan_done(struct flow_scan *s);
DEFINE_SCOPED(flow_scan)

/* 0 also when single layers failed: they say so. Negative: nothing could be read. */
int flow_scan_read(const struct flow_scan_options *o, struct flow_scan *ret, struct err *e) must_check;
