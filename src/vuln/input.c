/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A stream of bytes over zlib and zstd, and lines of it.
 */
#include "input.h"

#include <string.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "vuln/build.h"

#define CHUNK (256u << 10)
#define WINDOW_LOG_MAX 27 /* 128 MB: zstd's own limit for streams without --long */

struct input {
	int fd;
	/* How it is packed; NULL: not at all. Gets bytes out of the chunk; 0 when it needs more of them. */
	ssize_t (*unpack)(struct input *in, void *to, size_t room, struct err *e);
	z_stream gzip;
	ZSTD_DStream *zstd;
	bool at_end;	/* of the file */
	bool in_frame;	/* what is packed goes on */
	uint64_t total; /* bytes given out */
	size_t at, len; /* of the chunk */
	uint8_t chunk[CHUNK];
};

static int fill(struct input *in, struct err *e)
{
	ssize_t n;

	in->at = in->len = 0;
	do
		n = read(in->fd, in->chunk, sizeof(in->chunk));
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return err_sys(e, -errno, "reading");
	in->len = (size_t)n;
	in->at_end = n == 0;
	return 0;
}

static ssize_t unpack_plain(struct input *in, void *to, size_t room, struct err *e)
{
	size_t n = MIN_OF(room, in->len - in->at);

	memcpy(to, in->chunk + in->at, n);
	in->at += n;
	return (ssize_t)n;
}

static ssize_t unpack_zstd(struct input *in, void *to, size_t room, struct err *e)
{
	ZSTD_inBuffer from = {in->chunk, in->len, in->at};
	ZSTD_outBuffer out = {to, room, 0};
	size_t r = ZSTD_decompressStream(in->zstd, &out, &from);

	if (ZSTD_isError(r))
		return err_set(e, -EBADMSG, "the zstd stream is damaged (%s)", ZSTD_getErrorName(r));
	/* Behind a frame it asks for the next one, which need not be there. */
	if (from.pos > in->at || out.pos)
		in->in_frame = r != 0;
	in->at = from.pos;
	return (ssize_t)out.pos;
}

static ssize_t unpack_gzip(struct input *in, void *to, size_t room, struct err *e)
{
	in->gzip.next_in = in->chunk + in->at;
	in->gzip.avail_in = (uInt)(in->len - in->at);
	in->gzip.next_out = to;
	in->gzip.avail_out = (uInt)room;
	if (!in->gzip.avail_in && !in->in_frame)
		return 0;
	int r = inflate(&in->gzip, Z_NO_FLUSH);
	in->at = in->len - in->gzip.avail_in;
	if (r != Z_OK && r != Z_STREAM_END && r != Z_BUF_ERROR)
		return err_set(e, -EBADMSG, "the gzip stream is damaged");
	in->in_frame = r != Z_STREAM_END;
	/* Another member may follow. */
	if (r == Z_STREAM_END && inflateReset(&in->gzip) != Z_OK)
		return err_set(e, -EBADMSG, "the gzip stream is damaged");
	return (ssize_t)(room - in->gzip.avail_out);
}

int input_open(int fd, struct input **ret, struct err *e)
{
	static const uint8_t zstd_magic[] = {0x28, 0xb5, 0x2f, 0xfd}, gzip_magic[] = {0x1f, 0x8b};
	SCOPED_PTR(input) struct input *in = calloc(1, sizeof(*in));

	if (!in)
		return err_sys(e, -ENOMEM, "reading");
	in->fd = fd;
	in->unpack = unpack_plain;
	int r = fill(in, e);
	if (r < 0)
		return r;
	if (in->len >= sizeof(zstd_magic) && memcmp(in->chunk, zstd_magic, sizeof(zstd_magic)) == 0) {
		in->unpack = unpack_zstd;
		in->zstd = ZSTD_createDStream();
		if (!in->zstd || ZSTD_isError(ZSTD_DCtx_setParameter(in->zstd, ZSTD_d_windowLogMax, WINDOW_LOG_MAX)))
			return err_sys(e, -ENOMEM, "reading");
		in->in_frame = true;
	} else if (in->len >= sizeof(gzip_magic) && memcmp(in->chunk, gzip_magic, sizeof(gzip_magic)) == 0) {
		if (inflateInit2(&in->gzip, 15 + 16) != Z_OK)
			return err_sys(e, -ENOMEM, "reading");
		in->unpack = unpack_gzip;
		in->in_frame = true;
	}
	*ret = take_ptr(in);
	return 0;
}

void input_free(struct input *in)
{
	if (!in)
		return;
	if (in->unpack == unpack_gzip)
		inflateEnd(&in->gzip);
	ZSTD_freeDStream(in->zstd);
	free(in);
}

bool input_is_zip(const struct input *in)
{
	return in->len >= 4 && (memcmp(in->chunk, "PK\3\4", 4) == 0 || memcmp(in->chunk, "PK\5\6", 4) == 0);
}

ssize_t input_read(struct input *in, void *to, size_t room, struct err *e)
{
	for (;;) {
		ssize_t n = in->unpack(in, to, room, e);
		if (n < 0)
			return n;
		in->total += (uint64_t)n;
		if (in->total > VULN_INPUT_BYTES_MAX)
			return err_set(e, -EFBIG, "it unpacks to more than %llu GB",
				       (unsigned long long)(VULN_INPUT_BYTES_MAX >> 30));
		if (n > 0)
			return n;
		if (in->at < in->len)
			continue;
		if (in->at_end && in->in_frame)
			return err_set(e, -EBADMSG, "the file is cut: its packed stream has no end");
		if (in->at_end)
			return 0;
		int r = fill(in, e);
		if (r < 0)
			return r;
	}
}

/* Calls FN with every whole line of B from START on; returns where the last one ended. */
static int take_lines(struct buf *b, bool at_end, input_line_fn *fn, void *data, size_t *used, struct err *e)
{
	size_t start = 0;
	int r = 0;

	while (r == 0 && start < b->len) {
		char *line = b->data + start;
		char *newline = memchr(line, '\n', b->len - start);
		if (!newline && !at_end)
			break;
		size_t len = newline ? (size_t)(newline - line) : b->len - start;
		start += len + (newline != NULL);
		if (len && line[len - 1] == '\r')
			len--;
		line[len] = '\0';
		r = fn(line, len, data, e);
	}
	*used = start;
	return r;
}

int input_each_line(struct input *in, size_t max, input_line_fn *fn, void *data, struct err *e)
{
	SCOPED(buf) struct buf b = BUF_INIT(max + CHUNK);
	ssize_t n;

	do {
		size_t used;
		char *to = buf_reserve(&b, CHUNK);
		if (!to)
			return buf_error(&b) == -EMSGSIZE ? err_set(e, -EFBIG, "a line of more than %zu bytes", max)
							  : err_sys(e, -ENOMEM, "reading");
		n = input_read(in, to, CHUNK, e);
		if (n < 0)
			return (int)n;
		b.len += (size_t)n;
		int r = take_lines(&b, n == 0, fn, data, &used, e);
		if (r != 0)
			return r;
		memmove(b.data, b.data + used, b.len - used);
		b.len -= used;
	} while (n > 0);
	return 0;
}
