/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What tar.c (blocks and entries) and tar-pax.c (extended headers and sparse maps) share.
 */
#pragma once

#include "oci/tar.h"

#define TAR_BLOCK 512

struct tar_piece {
	uint64_t offset, len;
};

/* What extended headers said about the entry that follows them. */
struct tar_extra {
	const char *path, *link; /* NULL when not given */
	bool has_size, has_uid, has_gid, has_mtime;
	uint64_t size, uid, gid;
	int64_t mtime_s;
	uint32_t mtime_ns;
	struct oci_tar_xattr xattrs[OCI_TAR_XATTRS_MAX];
	size_t xattr_count;
	/* sparse */
	int sparse_major, sparse_minor; /* -1 when not given */
	const char *sparse_name;
	bool has_real_size;
	uint64_t real_size;
	bool has_pending_offset; /* pax 0.0: an offset that waits for its length */
	uint64_t pending_offset;
	struct tar_piece *pieces;
	size_t piece_count, piece_room;
};

/* Forgets all, for the next entry. */
void tar_extra_reset(struct tar_extra *x);
/* Reads the records of one extended header (POSIX.1-2017 pax); the text stays borrowed by X's strings. */
int tar_extra_decode(struct tar_extra *x, char *text, size_t len, struct arena *a, struct err *e) must_check;
int tar_piece_add(struct tar_extra *x, uint64_t offset, uint64_t len, struct arena *a, struct err *e) must_check;
/* Pieces ascend, do not overlap, stay inside REAL_SIZE and add up to STORED; -EBADMSG otherwise. */
int tar_pieces_check(const struct tar_extra *x, uint64_t real_size, uint64_t stored, struct err *e) must_check;
