/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads one image out of a place it comes in (OCI layout, docker archive, skopeo's dir) into a folder of blobs, every
 * blob verified while it is copied. The formats are one table; each ends in an OCI manifest, so that nothing behind
 * this file knows where an image came from. All of it is work on bytes from outside and belongs into a worker.
 */
#pragma once

#include "base/buf.h"
#include "base/digest.h"
#include "base/err.h"
#include "oci/manifest.h"
#include "oci/ref.h"
#include "oci/tree.h"

#define OCI_SOURCE_BLOB_MAX (32ull << 30) /* bytes of one blob */
#define OCI_SOURCE_NAMES_MAX 64

struct oci_source_job {
	const struct oci_ref *ref;
	struct oci_tree *tree;
	int blobs_fd; /* blobs are written here, named by the hex of their digest */
	int have_fd;  /* blobs that are here already are not copied; -1: none */
	/*
	 * Set: nothing is copied. Layers are handed to this, in their order and not verified (D's digest may be empty: a
	 * docker archive has none); it may take F's descriptor. The configuration, verified, goes to CONFIG.
	 */
	int (*layer)(void *data, struct oci_file *f, const struct oci_desc *d, struct err *e);
	void *data;
	struct buf *config;
};

struct oci_source_result {
	struct digest manifest, config;	  /* the manifest's is empty for a docker archive that was not copied */
	char names[OCI_REF_NAME_MAX * 2]; /* the image's own first name (RepoTags), "" when it has none */
	uint64_t copied_bytes;
};

/* -EBADMSG content differs from its digest; -ENOENT the image or a part of it is missing; decoders' errors. */
int oci_source_read(const struct oci_source_job *job, struct oci_source_result *ret, struct err *e) must_check;
