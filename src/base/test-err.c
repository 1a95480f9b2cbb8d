/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Errors: the number is kept, words read from the outside in, long ones are cut.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"

static void words_read_from_the_outside_in(void **state)
{
	struct err e = {0};

	assert_int_equal(err_set(&e, -EINVAL, "line %d", 3), -EINVAL);
	assert_int_equal(err_wrap(&e, -EINVAL, "file %s", "x"), -EINVAL);
	assert_string_equal(err_text(&e), "file x: line 3");
	assert_int_equal(err_sys(&e, -ENOENT, "open %s", "y"), -ENOENT);
	assert_string_equal(err_text(&e), "open y: No such file or directory");
	assert_int_equal(e.code, -ENOENT);
	assert_int_equal(err_set(NULL, -EIO, "nobody listens"), -EIO);
	struct err bare = {.code = -EPERM};
	assert_non_null(strstr(err_text(&bare), "not permitted"));
}

static void long_words_are_cut(void **state)
{
	char text[3 * ERR_TEXT_MAX];
	struct err e = {0};

	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(err_set(&e, -EIO, "%s", text), -EIO);
	assert_int_equal(err_wrap(&e, -EIO, "%s", text), -EIO);
	assert_true(strlen(e.text) < ERR_TEXT_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_read_from_the_outside_in),
		cmocka_unit_test(long_words_are_cut),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
