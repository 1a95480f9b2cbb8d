/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Uncompressing readers. A packing is one row of a table with a step function that turns input into output; the
 * window of input, the digest and the limits are common to all.
 */
#include "oci/stream.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "base/cleanup.h"

#define INPUT_BYTES (256u << 10)

struct packing;

struct oci_stream {
	const struct packing *packing;
	int fd;		       /* -1: memory */
	uint64_t offset, left; /* where the next input is, and how much */
	uint64_t total_in, total_out;
	const uint8_t *in; /* window of input not used yet */
	size_t in_len;
	uint8_t *window; /* owned; NULL for memory */
	struct digest_ctx *digest;
	bool hash_input;		     /* the digest is of what comes in */
	const struct oci_inflater *inflater; /* of gzip; NULL: another packing */
	void *inflating;
	ZSTD_DStream *zstd;
	bool inside; /* in the middle of a gzip member or zstd frame */
	bool ended;
};

struct packing {
	const char *name;
	uint8_t magic[4];
	size_t magic_len;
	int (*init)(struct oci_stream *s);
	/* Uses input, makes up to *LEN bytes of output, stores how many; -EBADMSG damaged, -ENOMEM. */
	int (*step)(struct oci_stream *s, uint8_t *out, size_t *len);
};

/* ---- gzip: zlib, unless somebody brings another ---- */

static void *zlib_open(void)
{
	z_stream *z = calloc(1, sizeof(*z));

	if (z && inflateInit2(z, 15 + 16) != Z_OK) {
		free(z);
		return NULL;
	}
	return z;
}

static int zlib_reset(void *state)
{
	return inflateReset(state) == Z_OK ? 0 : -EBADMSG;
}

static int zlib_step(void *state, const uint8_t **in, size_t *in_len, uint8_t *out, size_t *len, bool *ret_ended)
{
	z_stream *z = state;
	size_t room = MIN_OF(*len, (size_t)1 << 30);

	z->next_in = (Bytef *)*in;
	z->avail_in = (uInt)*in_len;
	z->next_out = out;
	z->avail_out = (uInt)room;
	int r = inflate(z, Z_NO_FLUSH);
	*in += *in_len - z->avail_in;
	*in_len = z->avail_in;
	*len = room - z->avail_out;
	*ret_ended = r == Z_STREAM_END;
	if (r == Z_MEM_ERROR)
		return -ENOMEM;
	return r == Z_OK || r == Z_STREAM_END || r == Z_BUF_ERROR ? 0 : -EBADMSG;
}

static void zlib_close(void *state)
{
	if (state)
		inflateEnd(state);
	free(state);
}

static const struct oci_inflater zlib = {zlib_open, zlib_reset, zlib_step, zlib_close};

static int set_inflater(struct oci_stream *s, const struct oci_inflater *inflater)
{
	void *state = inflater->open();

	if (!state)
		return -ENOMEM;
	if (s->inflater)
		s->inflater->close(s->inflating);
	s->inflater = inflater;
	s->inflating = state;
	return 0;
}

static int init_gzip(struct oci_stream *s)
{
	return set_inflater(s, &zlib);
}

static int step_gzip(struct oci_stream *s, uint8_t *out, size_t *len)
{
	bool ended = false;

	/* A gzip file may be several members in a row (RFC 1952, 2.2). */
	if (!s->inside && s->inflater->reset(s->inflating) < 0)
		return -EBADMSG;
	s->inside = true;
	int r = s->inflater->step(s->inflating, &s->in, &s->in_len, out, len, &ended);
	s->inside = !ended;
	return r;
}

static int init_zstd(struct oci_stream *s)
{
	s->zstd = ZSTD_createDStream();
	if (!s->zstd ||
	    ZSTD_isError(ZSTD_DCtx_setParameter(s->zstd, ZSTD_d_windowLogMax, OCI_STREAM_ZSTD_WINDOW_LOG_MAX)))
		return -ENOMEM;
	return 0;
}

static int step_zstd(struct oci_stream *s, uint8_t *out, size_t *len)
{
	ZSTD_inBuffer in = {.src = s->in, .size = s->in_len};
	ZSTD_outBuffer o = {.dst = out, .size = *len};
	size_t r = ZSTD_decompressStream(s->zstd, &o, &in);

	if (ZSTD_isError(r))
		return -EBADMSG;
	s->in += in.pos;
	s->in_len -= in.pos;
	*len = o.pos;
	s->inside = r != 0;
	return 0;
}

static int init_none(struct oci_stream *s)
{
	return 0;
}

static int step_none(struct oci_stream *s, uint8_t *out, size_t *len)
{
	*len = MIN_OF(*len, s->in_len);
	memcpy(out, s->in, *len);
	s->in += *len;
	s->in_len -= *len;
	return 0;
}

static const struct packing packings[] = {
	{"gzip", {0x1f, 0x8b, 0x08}, 3, init_gzip, step_gzip},
	{"zstd", {0x28, 0xb5, 0x2f, 0xfd}, 4, init_zstd, step_zstd},
	{"none", {0}, 0, init_none, step_none},
};

static int fill(struct oci_stream *s, struct err *e)
{
	while (!s->in_len && s->left && s->fd >= 0) {
		ssize_t got = pread(s->fd, s->window, (size_t)MIN_OF(s->left, (uint64_t)INPUT_BYTES), (off_t)s->offset);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_sys(e, -errno, "reading the packed bytes");
		if (got == 0)
			return err_set(e, -EBADMSG, "the file is shorter than it was said to be");
		s->in = s->window;
		s->in_len = (size_t)got;
		s->offset += (uint64_t)got;
		s->left -= (uint64_t)got;
		s->total_in += (uint64_t)got;
		int r = s->hash_input ? digest_update(s->digest, s->in, s->in_len) : 0;
		if (r < 0)
			return err_set(e, r, "the digest of the packed bytes");
	}
	return 0;
}

static int start(struct oci_stream *s, struct err *e)
{
	int r = digest_ctx_new("sha256", &s->digest);

	if (r == 0)
		r = fill(s, e);
	if (r < 0)
		return r;
	for (size_t i = 0; i < ARRAY_LEN(packings) && !s->packing; i++)
		if (!packings[i].magic_len ||
		    (s->in_len >= packings[i].magic_len && !memcmp(s->in, packings[i].magic, packings[i].magic_len)))
			s->packing = &packings[i];
	r = s->packing->init(s);
	return r < 0 ? err_set(e, r, "out of memory for a %s reader", s->packing->name) : 0;
}

static int open_stream(struct oci_stream *s, struct oci_stream **ret, struct err *e)
{
	if (!s)
		return err_set(e, -ENOMEM, "out of memory");
	int r = s->fd >= 0 && !s->window ? -ENOMEM : start(s, e);
	if (r < 0) {
		oci_stream_free(s);
		return r;
	}
	*ret = s;
	return 0;
}

int oci_stream_open_fd(int fd, uint64_t offset, uint64_t size, struct oci_stream **ret, struct err *e)
{
	struct oci_stream *s = calloc(1, sizeof(*s));

	if (s) {
		s->fd = fd;
		s->offset = offset;
		s->left = size;
		s->window = malloc(INPUT_BYTES);
	}
	return open_stream(s, ret, e);
}

int oci_stream_open_memory(const void *data, size_t len, struct oci_stream **ret, struct err *e)
{
	struct oci_stream *s = calloc(1, sizeof(*s));

	if (s) {
		s->fd = -1;
		s->in = data;
		s->in_len = len;
		s->total_in = len;
	}
	return open_stream(s, ret, e);
}

void oci_stream_free(struct oci_stream *s)
{
	if (!s)
		return;
	if (s->inflater)
		s->inflater->close(s->inflating);
	ZSTD_freeDStream(s->zstd);
	digest_ctx_free(s->digest);
	free(s->window);
	free(s);
}

int oci_stream_hash_input(struct oci_stream *s, const char *algorithm)
{
	struct digest_ctx *other = NULL;
	int r = digest_ctx_new(algorithm, &other);

	if (r < 0)
		return r;
	digest_ctx_free(s->digest);
	s->digest = other;
	s->hash_input = true;
	return digest_update(s->digest, s->in, s->in_len);
}

int oci_stream_inflate_by(struct oci_stream *s, const struct oci_inflater *inflater)
{
	return s->inflater ? set_inflater(s, inflater) : 0;
}

const char *oci_stream_packing(const struct oci_stream *s)
{
	return s->packing->name;
}

static int check_limits(const struct oci_stream *s, struct err *e)
{
	if (s->total_out > OCI_STREAM_BYTES_MAX)
		return err_set(e, -EFBIG, "more than %llu GiB unpacked; refused as a bomb", OCI_STREAM_BYTES_MAX >> 30);
	if (s->total_out > OCI_STREAM_RATIO_FREE && s->total_out / OCI_STREAM_RATIO_MAX > s->total_in)
		return err_set(e, -EFBIG, "unpacks to more than %d times its size; refused as a bomb",
			       OCI_STREAM_RATIO_MAX);
	return 0;
}

ssize_t oci_stream_read(struct oci_stream *s, void *data, size_t len, struct err *e)
{
	while (len && !s->ended) {
		int r = fill(s, e);
		if (r < 0)
			return r;
		bool no_input = !s->in_len;
		if (no_input && !s->inside) {
			s->ended = true;
			break;
		}
		size_t made = len;
		r = s->packing->step(s, data, &made);
		if (r < 0)
			return err_set(e, r, "damaged %s data after %llu bytes", s->packing->name,
				       (unsigned long long)s->total_out);
		if (!made && no_input)
			return err_set(e, -EBADMSG, "%s data is cut off after %llu bytes", s->packing->name,
				       (unsigned long long)s->total_out);
		if (!made)
			continue;
		s->total_out += made;
		r = check_limits(s, e);
		if (r == 0 && !s->hash_input)
			r = digest_update(s->digest, data, made);
		return r < 0 ? r : (ssize_t)made;
	}
	return 0;
}

int oci_stream_finish(struct oci_stream *s, struct digest *ret, uint64_t *ret_size, struct err *e)
{
	scoped_free char *scratch = malloc(INPUT_BYTES);

	if (!scratch)
		return err_set(e, -ENOMEM, "out of memory");
	for (;;) {
		ssize_t got = oci_stream_read(s, scratch, INPUT_BYTES, e);
		if (got < 0)
			return (int)got;
		if (got == 0)
			break;
	}
	if (ret_size)
		*ret_size = s->total_out;
	return digest_final(s->digest, ret);
}
