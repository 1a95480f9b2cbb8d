/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The room scan reads what others made: layers and folders, file by file in one pass, and says what is in them. It never
 * decides what that means. All of it is work on hostile bytes with few limits on their shape, so it runs in a worker,
 * and the worst a file can do is end that worker.
 */
#pragma once

#include <stdint.h>

#include "base/err.h"
#include "model/part.h"
#include "oci/stream.h"
#include "scan/malware.h"
#include "scan/secret.h"

#define SCAN_FILES_MAX 8000000		/* of one layer or folder */
#define SCAN_DEPTH_MAX 256		/* folders of one path */
#define SCAN_PACKAGES_MAX 400000	/* of one file */
#define SCAN_TEXT_MAX 4096		/* of a name, version or path; longer ones are cut */
#define SCAN_MEMORY_FILE_MAX (8u << 20) /* larger contents go through the scratch file */
#define SCAN_MEMORY_MAX (384u << 20)	/* of what is found, in all */

struct scan_options {
	bool packages;		      /* package databases, manifests, programs that carry their parts' names */
	bool programs;		      /* every program that no package owns, and its hardening */
	bool rootfs;		      /* the archive is a root file system, not an image's: else that is remarked */
	bool files;		      /* permissions and kinds of files */
	struct scan_secrets *secrets; /* borrowed; NULL: none are looked for */
	struct scan_malware *malware; /* the same */
	int scratch_fd; /* an empty file of the caller's for large contents; -1: such files are left out and noted */
};

struct scan_out;
int scan_out_new(struct scan_out **ret) must_check;
void scan_out_free(struct scan_out *o);
DEFINE_SCOPED_PTR(scan_out)
/* What was found; lists are sorted as the model asks. Valid while O is and nothing more is read. */
int scan_out_finish(struct scan_out *o, struct model_part *ret, struct err *e) must_check;

/*
 * One layer, or a root file system in a tar archive: unpacked, read, and finished (so that S can say its digest).
 * -EBADMSG malformed, -EXDEV a path that leads out, -E2BIG or -EFBIG over a limit.
 */
int scan_layer(struct oci_stream *s, const struct scan_options *options, struct scan_out *o, struct err *e) must_check;

/* The folder FD as a root file system; other file systems mounted below are not entered. Links are not followed. */
int scan_folder(int fd, const struct scan_options *options, struct scan_out *o, struct err *e) must_check;

#define SCAN_SBOM_BYTES_MAX (32u << 20)
/* An SBOM (CycloneDX or SPDX 2, JSON) as if it were what it lists. -EINVAL or -E2BIG; -EOPNOTSUPP another kind. */
int scan_sbom(const void *text, size_t len, struct scan_out *o, struct err *e) must_check;
