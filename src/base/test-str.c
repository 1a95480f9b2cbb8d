/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers without surprises, vectors of strings.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"

static void numbers_are_whole(void **state)
{
	static const char *const bad[] = {"", " 1", "1 ", "+1", "-1", "0x1", "1e3", "18446744073709551616", "1.0"};
	uint64_t n = 7;
	int64_t i = 7;
	unsigned mode;

	for (size_t k = 0; k < ARRAY_LEN(bad); k++)
		assert_true(str_to_u64(bad[k], UINT64_MAX, &n) < 0);
	assert_int_equal(n, 7);
	assert_int_equal(str_to_u64("18446744073709551615", UINT64_MAX, &n), 0);
	assert_true(n == UINT64_MAX);
	assert_int_equal(str_to_u64("11", 10, &n), -ERANGE);
	assert_int_equal(str_to_i64("-9223372036854775808", &i), 0);
	assert_true(i == INT64_MIN);
	assert_true(str_to_i64("9223372036854775808", &i) < 0);
	assert_int_equal(str_to_mode("1777", 07777, &mode), 0);
	assert_int_equal(mode, 01777);
	assert_true(str_to_mode("8", 07777, &mode) < 0);
	assert_true(str_to_mode("10000", 07777, &mode) < 0);
}

static void sizes_read_as_dockers(void **state)
{
	uint64_t n;

	assert_int_equal(str_to_size("64", &n), 0);
	assert_int_equal(n, 64);
	assert_int_equal(str_to_size("512k", &n), 0);
	assert_int_equal(n, 512 << 10);
	assert_int_equal(str_to_size("1G", &n), 0);
	assert_int_equal(n, 1 << 30);
	assert_int_equal(str_to_size("2mb", &n), 0);
	assert_int_equal(n, 2 << 20);
	assert_true(str_to_size("1q", &n) < 0);
	assert_true(str_to_size("-1m", &n) < 0);
	assert_true(str_to_size("99999999999999999999g", &n) < 0);
}

static void vectors_own_what_is_in_them(void **state)
{
	SCOPED(strv) struct strv v = {0};

	assert_int_equal(strv_split(&v, "a,,b", ','), 0);
	assert_int_equal(v.count, 3);
	assert_string_equal(v.items[1], "");
	assert_null(v.items[3]);
	assert_true(strv_has(&v, "b"));
	assert_false(strv_has(&v, "c"));
	assert_int_equal(strv_take(&v, NULL), -ENOMEM);
	assert_int_equal(strv_take(&v, str_printf("%d", 5)), 0);
	assert_string_equal(v.items[3], "5");
}

static void test_plain(void **state)
{
	char text[] = "a\x1b[2J\n\x7f \xc2\x9b"
		      "31m \x9b"
		      "1m \x9b\x9b \xe2\x82\xac \xc3\x9f \xc2\xa0";
	str_plain(text, sizeof(text) - 1);
	assert_string_equal(text, "a?[2J?? ??31m ?1m ?? \xe2\x82\xac \xc3\x9f \xc2\xa0");
	char turned[] = "a\xe2\x80\xae"
			"b\xe2\x81\xa9\xe2\x80\x8f\xe2\x80\x9d\xe2\x80";
	str_plain(turned, sizeof(turned) - 1);
	assert_string_equal(turned, "a???b??????\xe2\x80\x9d\xe2\x80");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain),
		cmocka_unit_test(numbers_are_whole),
		cmocka_unit_test(sizes_read_as_dockers),
		cmocka_unit_test(vectors_own_what_is_in_them),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
