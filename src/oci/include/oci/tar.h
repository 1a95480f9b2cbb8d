/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A forward-only reader of tar: POSIX ustar and pax, GNU long names, GNU and pax (0.0, 0.1, 1.0) sparse files,
 * SCHILY.xattr attributes. It decides nothing about where entries go: names come out as they were written, without
 * NULs and within limits. A decoder of bytes from outside.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "oci/stream.h"

#define OCI_TAR_NAME_MAX 4096	      /* of a path or link target */
#define OCI_TAR_PAX_MAX (1u << 20)    /* one extended header */
#define OCI_TAR_XATTRS_MAX 256	      /* per entry */
#define OCI_TAR_SPARSE_MAX (1u << 20) /* pieces of one sparse file */
#define OCI_TAR_FILE_MAX (1ull << 43) /* bytes of one file, holes included */

enum oci_tar_type {
	OCI_TAR_FILE,
	OCI_TAR_HARDLINK,
	OCI_TAR_SYMLINK,
	OCI_TAR_CHAR,
	OCI_TAR_BLOCK,
	OCI_TAR_DIR,
	OCI_TAR_FIFO,
};

const char *oci_tar_type_name(enum oci_tar_type t);

struct oci_tar_xattr {
	const char *name;
	const void *value;
	size_t len;
};

struct oci_tar_entry {
	enum oci_tar_type type;
	const char *path;
	const char *link; /* target of links, "" otherwise */
	uint64_t size;	  /* of the file as it will be, holes included */
	uint32_t mode, uid, gid, dev_major, dev_minor;
	int64_t mtime_s;
	uint32_t mtime_ns;
	const struct oci_tar_xattr *xattrs;
	size_t xattr_count;
};

/* A run of content; data is valid until the next call. */
struct oci_tar_chunk {
	uint64_t offset; /* in the file as it will be */
	const void *data;
	size_t len; /* 0: the content is complete */
};

struct oci_tar;
/* Reads from S, borrowed. */
int oci_tar_open(struct oci_stream *s, struct oci_tar **ret) must_check;
void oci_tar_free(struct oci_tar *t);
DEFINE_SCOPED_PTR(oci_tar)

/*
 * The next entry, valid until the next call; content of the present one that was not read is passed over. Returns 1,
 * 0 at the end of the archive, -EBADMSG malformed, -E2BIG over a limit, or what the stream returned.
 */
int oci_tar_next(struct oci_tar *t, const struct oci_tar_entry **ret, struct err *e) must_check;

/* The next run of the present entry's content; holes are left out. */
int oci_tar_data(struct oci_tar *t, struct oci_tar_chunk *ret, struct err *e) must_check;

/* Where the present entry's content begins in the uncompressed stream; for an index of an archive's members. */
uint64_t oci_tar_offset(const struct oci_tar *t);
