/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Buffers: growth, the maximum, the sticky error.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"

static void grows_and_ends_in_nul(void **state)
{
	SCOPED(buf) struct buf b = BUF_INIT(100000);

	assert_string_equal(buf_str(&b), "");
	for (int i = 0; i < 1000; i++)
		assert_int_equal(buf_printf(&b, "%d,", i), 0);
	assert_int_equal(b.data[b.len], 0);
	assert_int_equal(strncmp(buf_str(&b), "0,1,2,", 6), 0);
	buf_reset(&b);
	assert_int_equal(b.len, 0);
	assert_int_equal(buf_add(&b, "a\0b", 3), 0);
	assert_int_equal(b.len, 3);
	scoped_free char *taken = buf_take(&b);
	assert_non_null(taken);
	assert_int_equal(b.len, 0);
}

static void the_maximum_is_sticky(void **state)
{
	SCOPED(buf) struct buf b = BUF_INIT(4);

	assert_int_equal(buf_add_str(&b, "1234"), 0);
	assert_int_equal(buf_add_char(&b, '5'), -EMSGSIZE);
	assert_int_equal(buf_add(&b, "", 0), -EMSGSIZE);
	assert_int_equal(buf_error(&b), -EMSGSIZE);
	assert_string_equal(buf_str(&b), "1234");
	buf_reset(&b);
	assert_int_equal(buf_error(&b), 0);
	assert_null(buf_reserve(&b, 5));
	buf_reset(&b);
	assert_int_equal(buf_printf(&b, "%s", "12345"), -EMSGSIZE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(grows_and_ends_in_nul),
					   cmocka_unit_test(the_maximum_is_sticky)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
