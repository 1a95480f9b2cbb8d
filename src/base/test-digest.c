/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Digests: known answers, and texts that are none.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/digest.h"

#define EMPTY "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static void known_answers(void **state)
{
	SCOPED_PTR(digest_ctx) struct digest_ctx *c = NULL;
	struct digest d, parts;

	assert_int_equal(digest_of("", 0, &d), 0);
	assert_string_equal(d.text, EMPTY);
	assert_string_equal(digest_hex(&d), strchr(EMPTY, ':') + 1);
	assert_int_equal(digest_of("abc", 3, &d), 0);
	assert_int_equal(digest_ctx_new("sha256", &c), 0);
	assert_int_equal(digest_update(c, "a", 1), 0);
	assert_int_equal(digest_update(c, "bc", 2), 0);
	assert_int_equal(digest_final(c, &parts), 0);
	assert_true(digest_equal(&d, &parts));
}

static void refuses_what_is_none(void **state)
{
	struct digest d;

	assert_int_equal(digest_parse(EMPTY, &d), 0);
	assert_int_equal(digest_parse("sha256:E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855", &d),
			 -EINVAL);
	assert_int_equal(digest_parse("sha256:e3b0", &d), -EINVAL);
	assert_int_equal(digest_parse("sha256:../../../../../../../../../../../../../../../../../../etc/passwd", &d),
			 -EINVAL);
	assert_int_equal(digest_parse("", &d), -EINVAL);
	assert_true(digest_parse("md5:d41d8cd98f00b204e9800998ecf8427e", &d) < 0);
}

static void bytes_of_every_kind(void **state)
{
	static const struct {
		const char *algorithm;
		uint8_t first, last;
		size_t len;
	} cases[] = {{"md5", 0x90, 0x72, 16}, {"sha1", 0xa9, 0x9d, 20}, {"sha256", 0xba, 0xad, 32}};

	digest_prepare();
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint8_t bytes[DIGEST_BYTES_MAX] = {0};
		assert_int_equal(0, digest_bytes(cases[i].algorithm, "abc", 3, bytes));
		assert_int_equal(cases[i].first, bytes[0]);
		assert_int_equal(cases[i].last, bytes[cases[i].len - 1]);
	}
	assert_int_equal(-EOPNOTSUPP, digest_bytes("crc32", "abc", 3, (uint8_t[DIGEST_BYTES_MAX]){0}));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(known_answers), cmocka_unit_test(refuses_what_is_none),
					   cmocka_unit_test(bytes_of_every_kind)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
