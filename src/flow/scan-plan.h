/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What there is to read: the layers of an image by descriptor, or one folder. Inside the room only.
 */
#pragma once

#include "flow/scan.h"
#include "priv/channel.h"
#include "priv/worker.h"

struct scan_source {
	int fd; /* owned */
	uint64_t offset, bytes;
	char digest[DIGEST_TEXT_MAX]; /* expected; "": none */
	bool unpacked;		      /* the digest is of the unpacked bytes */
	bool folder, rootfs, sbom, text;
};

struct scan_plan {
	struct scan_source *sources; /* bottom first */
	size_t count;
};
void scan_plan_done(struct scan_plan *p);
DEFINE_SCOPED(scan_plan)

/* Fills what S says of the image, and the plan. */
int scan_plan_make(const struct flow_scan_options *o, struct flow_scan *s, struct scan_plan *ret,
		   struct err *e) must_check;
/* One more, behind the layers: the configuration as a text, when S is an image. */
int scan_plan_add_config(struct flow_scan *s, struct scan_plan *p, struct err *e) must_check;
/* A file without a name, below the store's temporary folder or that of the system; -errno. */
int scan_unnamed_file(const char *root);
/* One message of a worker; one that ended instead is an error with words. The descriptors of M are the caller's. */
int scan_worker_hear(struct priv_worker *w, struct priv_message *m, struct err *e) must_check;
/* The words of a worker that failed; -EPROTO when M is no such message. */
int scan_worker_failed(const struct priv_message *m, struct err *e) must_check;
