/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Applies one layer to an empty folder in the form overlayfs reads: whiteouts become 0/0 character devices, opaque
 * folders get the overlay attribute. Everything happens below the folder's descriptor, one name at a time, so no
 * entry of a hostile layer can reach outside; device nodes and attributes that would carry meaning on the host are
 * left out and counted. Meant to run inside a worker.
 */
#pragma once

#include <stdint.h>

#include "base/digest.h"
#include "base/err.h"
#include "oci/stream.h"

#define OCI_LAYER_ENTRIES_MAX 2000000
#define OCI_LAYER_DEPTH_MAX 256		      /* folders of one path */
#define OCI_LAYER_LINKS_MAX 40		      /* symbolic links followed for one path */
#define OCI_LAYER_XATTR_BYTES_MAX (64u << 10) /* one attribute's value, the kernel's own limit */

struct oci_layer_job {
	int target_fd;	      /* an empty folder */
	const int *lower_fds; /* the layers below, the nearest first */
	size_t lower_count;
	/* Marks the folder FD opaque; NULL: the trusted.overlay.opaque attribute is set here and now. */
	int (*mark_opaque)(void *data, int fd, struct err *e);
	void *data;
};

struct oci_layer_result {
	struct digest diff_id; /* of the uncompressed layer */
	uint64_t entries, bytes;
	uint64_t skipped_devices, skipped_xattrs;
};

/* -EBADMSG malformed; -E2BIG, -EFBIG over a limit; -EXDEV or -ELOOP a path that tries to leave; -errno of the write. */
int oci_layer_apply(struct oci_stream *s, const struct oci_layer_job *job, struct oci_layer_result *ret,
		    struct err *e) must_check;

/* The standard way to mark a folder opaque. */
int oci_layer_set_opaque(int fd) must_check;
