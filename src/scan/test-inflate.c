/* SPDX-License-Identifier: Apache-2.0 */
/* ISA-L says what zlib says: of members in a row, in pieces of any size, whole, damaged and cut. */
#include "test-kit.h"

#include <zlib.h>

#include "inflate.h"

static void pack(struct buf *b, const void *data, size_t len, int level)
{
	z_stream z = {0};

	assert_int_equal(deflateInit2(&z, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
	char *at = buf_reserve(b, len + len / 8 + 256);
	if (!at)
		deflateEnd(&z);
	assert_non_null(at);
	z.next_in = (Bytef *)(uintptr_t)data;
	z.avail_in = (uInt)len;
	z.next_out = (Bytef *)at;
	z.avail_out = (uInt)(len + len / 8 + 256);
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	b->len += z.total_out;
	deflateEnd(&z);
}

/* Some that repeats and some that does not. */
static void make_text(struct buf *b, size_t len)
{
	uint32_t x = 12345;

	for (size_t i = 0; i < len; i++) {
		x = x * 1103515245 + 12345;
		buf_add_char(b, i / 5000 % 2 ? (char)(x >> 16) : "skeps"[x >> 30]);
	}
	assert_int_equal(0, buf_error(b));
}

/* What DATA comes to when it is read by INFLATER (NULL: zlib's). */
static int read_by(const struct oci_inflater *inflater, const void *data, size_t len, struct digest *d)
{
	SCOPED_PTR(oci_stream) struct oci_stream *s = NULL;

	assert_int_equal(0, oci_stream_open_memory(data, len, &s, NULL));
	if (inflater)
		assert_int_equal(0, oci_stream_inflate_by(s, inflater));
	return oci_stream_finish(s, d, NULL, NULL);
}

static void members_in_a_row_are_one_text(void **state)
{
	SCOPED(buf) struct buf text = BUF_INIT(1u << 21), packed = BUF_INIT(1u << 21);
	struct digest expect, d = {0};

	make_text(&text, 300000);
	assert_int_equal(0, digest_of(text.data, text.len, &expect));
	for (size_t at = 0, step = 1; at < text.len; at += step, step = MIN_OF(step * 7, text.len - at))
		pack(&packed, text.data + at, step, (int)(step % 10));
	assert_int_equal(0, read_by(&scan_inflater, packed.data, packed.len, &d));
	assert_true(digest_equal(&d, &expect));
}

/* Inflates PACKED, handing in at most IN bytes and taking at most OUT at a time, and compares with TEXT. */
static void in_pieces(const struct buf *packed, const struct buf *text, size_t in, size_t out)
{
	void *state = scan_inflater.open();
	uint8_t room[4096];
	size_t at = 0, made = 0;
	bool ended = true;

	assert_non_null(state);
	for (unsigned idle = 0; (at < packed->len || !ended) && idle < 3;) {
		const uint8_t *from = (const uint8_t *)packed->data + at;
		size_t left = MIN_OF(in, packed->len - at), len = out, before = left;
		if (ended)
			assert_int_equal(0, scan_inflater.reset(state));
		assert_int_equal(0, scan_inflater.step(state, &from, &left, room, &len, &ended));
		assert_true(made + len <= text->len && !memcmp(room, text->data + made, len));
		idle = len || left != before ? 0 : idle + 1;
		made += len;
		at += before - left;
	}
	assert_true(ended);
	assert_int_equal(at, packed->len);
	assert_int_equal(made, text->len);
	scan_inflater.close(state);
}

static void pieces_may_be_of_any_size(void **state)
{
	SCOPED(buf) struct buf text = BUF_INIT(1u << 20), packed = BUF_INIT(1u << 20);

	make_text(&text, 20000);
	pack(&packed, text.data, 10, 0);
	pack(&packed, text.data + 10, 9990, 9);
	pack(&packed, text.data + 10000, 10000, 1);
	for (size_t in = 1; in < 40; in++)
		for (size_t out = 1; out < 4096; out *= 3)
			in_pieces(&packed, &text, in, out);
	in_pieces(&packed, &text, 4096, 4096);
}

static void damage_is_damage_for_both(void **state)
{
	SCOPED(buf) struct buf text = BUF_INIT(1u << 16), packed = BUF_INIT(1u << 16);
	struct digest ours, zlibs;

	make_text(&text, 900);
	pack(&packed, text.data, 300, 6);
	size_t second = packed.len;
	pack(&packed, text.data + 300, 600, 6);
	for (size_t bit = 24; bit < packed.len * 8; bit++) {
		/* The reserved bits of a header's flags alone, ISA-L does not look at. */
		if ((bit / 8 == 3 || bit / 8 == second + 3) && bit % 8 >= 5)
			continue;
		packed.data[bit / 8] ^= (char)(1u << bit % 8);
		int r = read_by(&scan_inflater, packed.data, packed.len, &ours);
		int z = read_by(NULL, packed.data, packed.len, &zlibs);
		if ((r < 0) != (z < 0) || (r == 0 && !digest_equal(&ours, &zlibs)))
			fail_msg("bit %zu: ISA-L says %d, zlib %d", bit, r, z);
		packed.data[bit / 8] ^= (char)(1u << bit % 8);
	}
	for (size_t len = 3; len < packed.len; len++)
		assert_int_equal(read_by(&scan_inflater, packed.data, len, &ours),
				 read_by(NULL, packed.data, len, &zlibs));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(members_in_a_row_are_one_text),
		cmocka_unit_test(pieces_may_be_of_any_size),
		cmocka_unit_test(damage_is_damage_for_both),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
