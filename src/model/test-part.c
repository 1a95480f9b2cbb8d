/* SPDX-License-Identifier: Apache-2.0 */
/* A report of a layer, written and read again; and read when it was cut or changed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "model/part.h"

static int put(void *data, const void *bytes, size_t len)
{
	return buf_add(data, bytes, len);
}

static struct model_package packages[] = {
	{.type = MODEL_PACKAGE_DEB, .name = "libssl3", .version = "3.0", .source_name = "openssl", .arch = "amd64"},
	{.type = MODEL_PACKAGE_NPM, .name = "lodash", .version = "4.17.4", .licence = "MIT"},
};
static uint64_t hashes[] = {1, 5, 9};

static void encode(struct buf *b)
{
	struct model_part_group group = {.path = "var/lib/dpkg/status",
					 .packages = packages,
					 .package_count = 2,
					 .owned = hashes,
					 .owned_count = 3};
	struct model_part_program program = {
		.path = "bin/x", .hardening = MODEL_PROGRAM_PIE, .needed = "libc.so.6", .note = ""};
	struct model_part_remark remark = {
		.kind = MODEL_REMARK_SECRET, .rule = "r", .path = "a", .line = 7, .text = "12345678"};
	struct model_part p = {.release = {.id = "debian", .version_id = "12"},
			       .release_path = "etc/os-release",
			       .groups = &group,
			       .group_count = 1,
			       .programs = &program,
			       .program_count = 1,
			       .remarks = &remark,
			       .remark_count = 1,
			       .names = hashes,
			       .name_count = 3,
			       .files = 10,
			       .bytes = 20};

	assert_int_equal(0, model_part_encode(&p, put, b));
}

static void written_and_read(void **state)
{
	SCOPED(buf) struct buf b = BUF_INIT(1u << 20);
	SCOPED(arena) struct arena a = ARENA_INIT(1u << 20);
	struct model_part p;

	encode(&b);
	assert_int_equal(0, model_part_decode(b.data, b.len, &a, &p, NULL));
	assert_string_equal("debian", p.release.id);
	assert_null(p.release.codename);
	assert_int_equal(2, p.groups[0].package_count);
	assert_string_equal("openssl", p.groups[0].packages[0].source_name);
	assert_null(p.groups[0].packages[1].source_name);
	assert_string_equal("var/lib/dpkg/status", p.groups[0].packages[1].path);
	assert_true(model_part_has(p.groups[0].owned, p.groups[0].owned_count, 5));
	assert_false(model_part_has(p.names, p.name_count, 6));
	assert_string_equal("12345678", p.remarks[0].text);
	assert_int_equal(7, p.remarks[0].line);
	assert_int_equal(20, p.bytes);
}

static void cut_anywhere(void **state)
{
	SCOPED(buf) struct buf b = BUF_INIT(1u << 20);

	encode(&b);
	for (size_t len = 0; len < b.len; len++) {
		SCOPED(arena) struct arena a = ARENA_INIT(1u << 20);
		struct model_part p;
		uint64_t *copy = malloc(len + 8); /* of its own, so that reading past it is seen */
		assert_non_null(copy);
		memcpy(copy, b.data, len);
		assert_true(model_part_decode(copy, len, &a, &p, NULL) < 0);
		free(copy);
	}
}

static void unsorted_hashes_are_refused(void **state)
{
	SCOPED(buf) struct buf b = BUF_INIT(1u << 20);
	SCOPED(arena) struct arena a = ARENA_INIT(1u << 20);
	struct model_part p;

	hashes[1] = 0;
	encode(&b);
	hashes[1] = 5;
	assert_int_equal(-EBADMSG, model_part_decode(b.data, b.len, &a, &p, NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(written_and_read),
		cmocka_unit_test(cut_anywhere),
		cmocka_unit_test(unsorted_hashes_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
