/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files an image comes in, whether they lie in a folder or inside a tar archive: opened by name, read as a range
 * of a descriptor. Names come from documents of the image, so they never lead out of the folder.
 */
#pragma once

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "oci/stream.h"

#define OCI_TREE_MEMBERS_MAX 65536 /* of an archive */

struct oci_file {
	int fd; /* owned */
	uint64_t offset, size;
};

void oci_file_done(struct oci_file *f);
DEFINE_SCOPED(oci_file)

struct oci_tree;
/*
 * FD is a folder or a tar archive, borrowed for the life of the tree. A packed archive is unpacked into SCRATCH_FD, an
 * empty file, or an unnamed file below it, a folder. -EBADMSG when it is no archive.
 */
int oci_tree_open(int fd, int scratch_fd, struct oci_tree **ret, struct err *e) must_check;
void oci_tree_free(struct oci_tree *t);
DEFINE_SCOPED_PTR(oci_tree)

/* The regular file PATH; -ENOENT when it is not there (no words then). */
int oci_tree_file(const struct oci_tree *t, const char *path, struct oci_file *ret, struct err *e) must_check;
/* Its whole content, appended to B; -EFBIG over b->max. */
int oci_tree_read(const struct oci_tree *t, const char *path, struct buf *b, struct err *e) must_check;
