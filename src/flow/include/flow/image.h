/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Images, as a user meets them: brought into the store, unpacked, written out again. All reading of image bytes
 * happens in workers; this side only moves descriptors and verified results.
 */
#pragma once

#include "base/err.h"
#include "oci/ref.h"
#include "oci/store.h"
#include "priv/worker.h"

/* The roles of this program's workers, for priv_worker_dispatch(). */
extern const struct priv_role flow_worker_roles[];

struct flow_import_notes {
	char name[OCI_REF_NAME_MAX + OCI_REF_TAG_MAX + DIGEST_TEXT_MAX + 3]; /* what it is called now */
	uint64_t copied_bytes;
};

/* Brings the image behind REF (any transport but a bare name and rootfs) into the store as NAME (NULL: its own name). */
int flow_import(struct oci_store *s, const struct oci_ref *ref, const char *name, struct oci_image *ret,
		struct flow_import_notes *notes, struct err *e) must_check;

struct flow_unpack_notes {
	uint64_t layers, entries, bytes, skipped_devices, skipped_xattrs;
};
/* Unpacks those layers of IMAGE that are not unpacked yet; NOTES count the new ones. */
int flow_unpack_layers(struct oci_store *s, const struct oci_image *image, struct flow_unpack_notes *notes,
		       struct err *e) must_check;

/* The image's whole root file system, copied into the empty or missing folder PATH. */
int flow_unpack_to(struct oci_store *s, const struct oci_image *image, const char *path, struct err *e) must_check;

/* Writes the image to oci:DIR[:TAG] or oci-archive:FILE[:TAG]. */
int flow_export(struct oci_store *s, const struct oci_image *image, const struct oci_ref *to, struct err *e) must_check;
