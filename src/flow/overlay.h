/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Layers of the store stacked by overlayfs, as a detached mount. Inside the room only.
 */
#pragma once

#include "base/err.h"
#include "oci/store.h"

#define FLOW_LOWERS_MAX (OCI_LAYERS_MAX + 2)

struct flow_lowers {
	int fds[FLOW_LOWERS_MAX]; /* owned; the topmost first */
	size_t count;
	bool mapped; /* by flow_lowers_idmap: mounts that are attached nowhere */
};
void flow_lowers_done(struct flow_lowers *l);
DEFINE_SCOPED(flow_lowers)

/* Opens IMAGE's unpacked layers. */
int flow_lowers_open(const struct oci_store *s, const struct oci_image *image, struct flow_lowers *ret,
		     struct err *e) must_check;

/* Replaces each folder by a detached copy of its mount whose owners are mapped by USERNS. */
int flow_lowers_idmap(struct flow_lowers *l, int userns, struct err *e) must_check;

/* From here on this process mounts for itself alone. */
int flow_own_mounts(struct err *e) must_check;

/*
 * Stacks them read-only on EMPTY, an empty folder, for overlayfs wants two. Returns the detached mount.
 */
int flow_overlay_read(const struct flow_lowers *l, int empty, struct err *e) must_check;

/*
 * Stacks them with UPPER and WORK on top. Mapped ones are mounted on PLACE meanwhile where the kernel wants that (before Linux
 * 6.15), so the mount namespace must be one of the caller's own. Returns the detached mount.
 */
int flow_overlay(const struct flow_lowers *l, int upper, int work, int place, struct err *e) must_check;
