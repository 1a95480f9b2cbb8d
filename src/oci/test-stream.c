/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Uncompressing: every packing gives the same bytes and digest; damage and bombs are refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>

#include "base/buf.h"
#include "base/str.h"
#include "oci/stream.h"

static const char text[] = "what a skep holds, it holds well";

static void pack_gzip(struct buf *b, const void *data, size_t len)
{
	z_stream z = {0};

	assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
	z.next_in = (Bytef *)(uintptr_t)data;
	z.avail_in = (uInt)len;
	char *at = buf_reserve(b, len + 1024);
	assert_non_null(at);
	z.next_out = (Bytef *)at;
	z.avail_out = (uInt)len + 1024;
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	b->len += z.total_out;
	deflateEnd(&z);
}

static int read_all(const void *data, size_t len, struct digest *d, uint64_t *size, struct err *e)
{
	SCOPED_PTR(oci_stream) struct oci_stream *s = NULL;
	int r = oci_stream_open_memory(data, len, &s, e);

	return r < 0 ? r : oci_stream_finish(s, d, size, e);
}

static void reads_every_packing(void **state)
{
	SCOPED(buf) struct buf gzip = BUF_INIT(1 << 16), two = BUF_INIT(1 << 16);
	char zstd[1024];
	struct digest expect, d;
	uint64_t size = 0;

	assert_int_equal(digest_of(text, sizeof(text), &expect), 0);
	assert_int_equal(read_all(text, sizeof(text), &d, &size, NULL), 0);
	assert_true(digest_equal(&d, &expect));
	pack_gzip(&gzip, text, sizeof(text));
	assert_int_equal(read_all(gzip.data, gzip.len, &d, &size, NULL), 0);
	assert_true(digest_equal(&d, &expect));
	size_t n = ZSTD_compress(zstd, sizeof(zstd), text, sizeof(text), 3);
	assert_int_equal(read_all(zstd, n, &d, &size, NULL), 0);
	assert_true(digest_equal(&d, &expect));
	assert_int_equal(size, sizeof(text));
	/* members in a row */
	pack_gzip(&two, text, 5);
	pack_gzip(&two, text + 5, sizeof(text) - 5);
	assert_int_equal(read_all(two.data, two.len, &d, &size, NULL), 0);
	assert_true(digest_equal(&d, &expect));
	assert_int_equal(read_all("", 0, &d, &size, NULL), 0);
	assert_int_equal(size, 0);
}

static void refuses_damage(void **state)
{
	SCOPED(buf) struct buf gzip = BUF_INIT(1 << 16);
	char zstd[1024];
	struct digest d;
	struct err e = {0};

	pack_gzip(&gzip, text, sizeof(text));
	for (size_t cut = 4; cut < gzip.len; cut++)
		assert_int_equal(read_all(gzip.data, cut, &d, NULL, &e), -EBADMSG);
	gzip.data[gzip.len - 6] ^= 1;
	assert_int_equal(read_all(gzip.data, gzip.len, &d, NULL, &e), -EBADMSG);
	gzip.data[gzip.len - 6] ^= 1;
	buf_add_str(&gzip, "trailing rubbish");
	assert_int_equal(read_all(gzip.data, gzip.len, &d, NULL, &e), -EBADMSG);
	size_t n = ZSTD_compress(zstd, sizeof(zstd), text, sizeof(text), 3);
	for (size_t cut = 5; cut < n; cut++)
		assert_int_equal(read_all(zstd, cut, &d, NULL, &e), -EBADMSG);
}

static void refuses_a_bomb(void **state)
{
	/* 4 GiB of zeros pack into about 130 kB of zstd; refused once past the free part. */
	size_t piece = 64 << 20;
	scoped_free char *zeros = calloc(1, piece);
	SCOPED(buf) struct buf b = BUF_INIT(8 << 20);
	struct digest d;
	struct err e = {0};

	char *at = buf_reserve(&b, 1 << 20);
	assert_non_null(zeros);
	assert_non_null(at);
	size_t n = ZSTD_compress(at, 1 << 20, zeros, piece, 1);
	assert_false(ZSTD_isError(n));
	b.len = n;
	scoped_free char *frame = malloc(n);
	assert_non_null(frame);
	memcpy(frame, b.data, n);
	for (int i = 1; i < 64; i++)
		buf_add(&b, frame, n);
	assert_int_equal(buf_error(&b), 0);
	assert_int_equal(read_all(b.data, b.len, &d, NULL, &e), -EFBIG);
	assert_non_null(strstr(e.text, "bomb"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_every_packing),
		cmocka_unit_test(refuses_damage),
		cmocka_unit_test(refuses_a_bomb),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
