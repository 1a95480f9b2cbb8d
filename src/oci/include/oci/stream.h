/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The uncompressed bytes of a layer or archive, whatever it was packed with (gzip, zstd, nothing: told by its first
 * bytes), with the digest of what was read and limits against bombs. One reader, forward only.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/digest.h"
#include "base/err.h"

/* Most uncompressed bytes of one stream. */
#define OCI_STREAM_BYTES_MAX (64ull << 30)
/* Past this much output, more than OCI_STREAM_RATIO_MAX bytes out for one byte in is a bomb; gzip cannot exceed 1032. */
#define OCI_STREAM_RATIO_FREE (1ull << 30)
#define OCI_STREAM_RATIO_MAX 1100
/* Largest zstd window that is allocated (RFC 8878 recommends 8 MiB; --ultra -22 needs 128). */
#define OCI_STREAM_ZSTD_WINDOW_LOG_MAX 27

struct oci_stream;

/* SIZE bytes of FD from OFFSET, read by pread(2); FD is borrowed and must outlive the stream. */
int oci_stream_open_fd(int fd, uint64_t offset, uint64_t size, struct oci_stream **ret, struct err *e) must_check;
/* The same over memory, borrowed. */
int oci_stream_open_memory(const void *data, size_t len, struct oci_stream **ret, struct err *e) must_check;
void oci_stream_free(struct oci_stream *s);
DEFINE_SCOPED_PTR(oci_stream)

/*
 * To be called before the first read: the digest will be that of the packed bytes, by "sha256" or "sha512", and the
 * unpacked ones have none. Who knows that a blob is the one it should be need not hash what comes out of it.
 */
int oci_stream_hash_input(struct oci_stream *s, const char *algorithm) must_check;

/*
 * Another inflater than zlib's, which every program has; for who links a faster one. Of RFC 1952's members it inflates one
 * after the other, headers, CRC and all.
 */
struct oci_inflater {
	void *(*open)(void);	   /* NULL: out of memory */
	int (*reset)(void *state); /* to the beginning of a member; not 0: it cannot */
	/*
	 * Uses input from *IN on and makes up to *LEN bytes of output; each is stored as what is left of it and what was
	 * made. *RET_ENDED: the member is complete. -EBADMSG damaged, -ENOMEM.
	 */
	int (*step)(void *state, const uint8_t **in, size_t *in_len, uint8_t *out, size_t *len, bool *ret_ended);
	void (*close)(void *state); /* NULL-safe */
};
/* To be called before the first read; INFLATER must outlive S. No effect on streams that are not gzip. */
int oci_stream_inflate_by(struct oci_stream *s, const struct oci_inflater *inflater) must_check;

/* "gzip", "zstd" or "none". */
const char *oci_stream_packing(const struct oci_stream *s);

/*
 * Up to LEN uncompressed bytes; 0 at the end. Negative: -EBADMSG damaged or cut off, -EFBIG a limit against bombs,
 * or a read error; with words in E.
 */
ssize_t oci_stream_read(struct oci_stream *s, void *data, size_t len, struct err *e) must_check;

/* Reads to the end and gives the digest of all uncompressed bytes; SIZE (may be NULL) gets their number. */
int oci_stream_finish(struct oci_stream *s, struct digest *ret, uint64_t *ret_size, struct err *e) must_check;
