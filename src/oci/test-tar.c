/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tar reader: formats that are read, and archives that are refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"
#include "oci/tar.h"
#include "test-make.h"

static void reads_plain_entries(void **state)
{
	static const struct make_entry made[] = {
		{.path = "etc/", .type = '5'},
		{.path = "etc/x", .content = "hello", .uid = 7, .gid = 8, .mode = 04755},
		{.path = "etc/l", .type = '2', .link = "x"},
		{.path = "etc/h", .type = '1', .link = "etc/x"},
	};
	SCOPED(buf) struct buf b = BUF_INIT(1 << 20);
	SCOPED_PTR(oci_stream) struct oci_stream *s = NULL;
	SCOPED_PTR(oci_tar) struct oci_tar *t = NULL;
	const struct oci_tar_entry *entry;
	struct oci_tar_chunk chunk;

	make_tar(&b, made, ARRAY_LEN(made));
	assert_int_equal(oci_stream_open_memory(b.data, b.len, &s, NULL), 0);
	assert_int_equal(oci_tar_open(s, &t), 0);
	assert_int_equal(oci_tar_next(t, &entry, NULL), 1);
	assert_int_equal(entry->type, OCI_TAR_DIR);
	assert_int_equal(oci_tar_next(t, &entry, NULL), 1);
	assert_string_equal(entry->path, "etc/x");
	assert_int_equal(entry->mode, 04755);
	assert_int_equal(entry->uid, 7);
	assert_int_equal(entry->gid, 8);
	assert_int_equal(entry->mtime_s, 1000000000);
	assert_int_equal(entry->size, 5);
	assert_int_equal(oci_tar_data(t, &chunk, NULL), 0);
	assert_int_equal(chunk.len, 5);
	assert_memory_equal(chunk.data, "hello", 5);
	assert_int_equal(oci_tar_next(t, &entry, NULL), 1);
	assert_string_equal(entry->link, "x");
	assert_int_equal(oci_tar_next(t, &entry, NULL), 1);
	assert_int_equal(entry->type, OCI_TAR_HARDLINK);
	assert_int_equal(oci_tar_next(t, &entry, NULL), 0);
	assert_int_equal(oci_tar_next(t, &entry, NULL), 0);
}

/* The first entry of an archive of one. */
struct one {
	struct buf b;
	struct oci_stream *s;
	struct oci_tar *t;
	const struct oci_tar_entry *entry;
	struct err e;
};

static int open_one(struct one *o, const struct make_entry *m)
{
	o->b = BUF_INIT(1 << 20);
	make_tar(&o->b, m, 1);
	assert_int_equal(oci_stream_open_memory(o->b.data, o->b.len, &o->s, NULL), 0);
	assert_int_equal(oci_tar_open(o->s, &o->t), 0);
	return oci_tar_next(o->t, &o->entry, &o->e);
}

static void close_one(struct one *o)
{
	oci_tar_free(o->t);
	oci_stream_free(o->s);
	buf_done(&o->b);
	*o = (struct one){0};
}

static void reads_extended_headers(void **state)
{
	struct one o = {0};

	assert_int_equal(open_one(&o, &(struct make_entry){.path = "short",
							   .content = "x",
							   .pax = "path=a/very/long/name|uid=3000000|mtime=12.5|"
								  "SCHILY.xattr.user.k=v=1|unknown=1"}),
			 1);
	assert_string_equal(o.entry->path, "a/very/long/name");
	assert_int_equal(o.entry->uid, 3000000);
	assert_int_equal(o.entry->mtime_s, 12);
	assert_int_equal(o.entry->mtime_ns, 500000000);
	assert_int_equal(o.entry->xattr_count, 1);
	assert_string_equal(o.entry->xattrs[0].name, "user.k");
	assert_int_equal(o.entry->xattrs[0].len, 3);
	close_one(&o);
	assert_int_equal(open_one(&o, &(struct make_entry){.path = "L", .type = 'L', .content = "long"}), 0);
	close_one(&o);
}

static void reads_sparse_files(void **state)
{
	static const char *const forms[] = {
		"GNU.sparse.size=5000|GNU.sparse.numblocks=1|GNU.sparse.offset=4096|GNU.sparse.numbytes=4",
		"GNU.sparse.size=5000|GNU.sparse.map=4096,4",
		"GNU.sparse.major=1|GNU.sparse.minor=0|GNU.sparse.name=real|GNU.sparse.realsize=5000",
	};
	char with_map[516] = "1\n4096\n4\n";

	memcpy(with_map + 512, "data", 4);
	for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
		struct oci_tar_chunk chunk;
		struct one o = {0};
		bool map = i == 2;
		assert_int_equal(open_one(&o, &(struct make_entry){.path = "s",
								   .content = map ? with_map : "data",
								   .size = map ? sizeof(with_map) : 4,
								   .pax = forms[i]}),
				 1);
		assert_int_equal(o.entry->size, 5000);
		assert_string_equal(o.entry->path, map ? "real" : "s");
		assert_int_equal(oci_tar_data(o.t, &chunk, NULL), 0);
		assert_int_equal(chunk.offset, 4096);
		assert_int_equal(chunk.len, 4);
		assert_memory_equal(chunk.data, "data", 4);
		assert_int_equal(oci_tar_data(o.t, &chunk, NULL), 0);
		assert_int_equal(chunk.len, 0);
		close_one(&o);
	}
}

static void refuses_lying_headers(void **state)
{
	static const struct make_entry bad[] = {
		{.path = "x", .type = 'Z'},
		{.path = "x", .type = '2', .content = "body", .link = "y"},
		{.path = "x", .pax = "size=99999999999999999999"},
		{.path = "x", .pax = "size=5000", .content = "x"},
		{.path = "x", .pax = "uid=4294967295"},
		{.path = "x", .pax = "mtime=1.x"},
		{.path = "x", .pax = "GNU.sparse.numbytes=4"},
		{.path = "x", .pax = "GNU.sparse.size=10|GNU.sparse.map=8,4", .content = "data"},
		{.path = "x", .pax = "GNU.sparse.size=10|GNU.sparse.map=4,2,3,2", .content = "data"},
		{.path = "x", .pax = "GNU.sparse.size=10|GNU.sparse.map=0,2", .content = "data"},
		{.path = "x", .pax = "GNU.sparse.size=9000000000000000000|GNU.sparse.map=0,4", .content = "data"},
		{.path = "x", .pax = "GNU.sparse.major=2|GNU.sparse.minor=0", .content = "data"},
		{.path = "x", .pax = "GNU.sparse.major=1|GNU.sparse.minor=0", .content = "no map"},
	};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct one o = {0};
		int r = open_one(&o, &bad[i]);
		if (r == 1)
			r = oci_tar_next(o.t, &o.entry, &o.e); /* content that is not there */
		if (r >= 0)
			print_error("case %zu accepted\n", i);
		assert_true(r < 0);
		assert_true(o.e.text[0] != '\0');
		close_one(&o);
	}
}

static void ends_without_the_last_padding(void **state)
{
	SCOPED(buf) struct buf b = BUF_INIT(1 << 20);
	struct make_entry m = {.path = "x", .content = "hello"};
	SCOPED_PTR(oci_stream) struct oci_stream *s = NULL;
	SCOPED_PTR(oci_tar) struct oci_tar *t = NULL;
	const struct oci_tar_entry *entry;

	make_tar(&b, &m, 1);
	assert_int_equal(buf_error(&b), 0);
	assert_int_equal(oci_stream_open_memory(b.data, 512 + 5, &s, NULL), 0);
	assert_int_equal(oci_tar_open(s, &t), 0);
	assert_int_equal(oci_tar_next(t, &entry, NULL), 1);
	assert_int_equal(oci_tar_next(t, &entry, NULL), 0);
}

static void refuses_damage(void **state)
{
	SCOPED(buf) struct buf b = BUF_INIT(1 << 20);
	struct make_entry m = {.path = "x", .content = "hello"};

	make_tar(&b, &m, 1);
	assert_int_equal(buf_error(&b), 0);
	for (size_t cut = 1; cut < 512 + 5; cut += 7) {
		SCOPED_PTR(oci_stream) struct oci_stream *s = NULL;
		SCOPED_PTR(oci_tar) struct oci_tar *t = NULL;
		const struct oci_tar_entry *entry;
		assert_int_equal(oci_stream_open_memory(b.data, cut, &s, NULL), 0);
		assert_int_equal(oci_tar_open(s, &t), 0);
		int r = oci_tar_next(t, &entry, NULL);
		assert_int_equal(r == 1 ? oci_tar_next(t, &entry, NULL) : r, -EBADMSG);
	}
	b.data[3] ^= 1;
	SCOPED_PTR(oci_stream) struct oci_stream *s = NULL;
	SCOPED_PTR(oci_tar) struct oci_tar *t = NULL;
	const struct oci_tar_entry *entry;
	assert_int_equal(oci_stream_open_memory(b.data, b.len, &s, NULL), 0);
	assert_int_equal(oci_tar_open(s, &t), 0);
	assert_int_equal(oci_tar_next(t, &entry, NULL), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_plain_entries),
		cmocka_unit_test(reads_extended_headers),
		cmocka_unit_test(reads_sparse_files),
		cmocka_unit_test(refuses_lying_headers),
		cmocka_unit_test(ends_without_the_last_padding),
		cmocka_unit_test(refuses_damage),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
