/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "fold.h"

static char shown[4096];

static void show(void *ctx, const char *text, unsigned more)
{
	size_t used = strlen(shown);
	snprintf(shown + used, sizeof(shown) - used, "%s+%u ", text, more);
}

static void test_repeats_are_counted(void **state)
{
	static struct cli_fold f = {.window = 10, .show = show};
	shown[0] = '\0';
	cli_fold_add(&f, "a", 100);
	cli_fold_add(&f, "a", 101);
	cli_fold_add(&f, "b", 102);
	cli_fold_add(&f, "a", 109);
	assert_string_equal(shown, "a+0 b+0 ");
	cli_fold_add(&f, "c", 111);
	assert_string_equal(shown, "a+0 b+0 a+2 c+0 ");
	cli_fold_add(&f, "a", 112); /* a new time begins */
	cli_fold_end(&f, INT64_MAX);
	assert_string_equal(shown, "a+0 b+0 a+2 c+0 a+0 ");
}

static void test_nothing_is_folded_without_a_window(void **state)
{
	static struct cli_fold f = {.show = show};
	shown[0] = '\0';
	cli_fold_add(&f, "a", 1);
	cli_fold_add(&f, "a", 1);
	cli_fold_end(&f, INT64_MAX);
	assert_string_equal(shown, "a+0 a+0 ");
}

static void test_no_line_is_lost_when_there_are_many(void **state)
{
	static struct cli_fold f = {.window = 1000, .show = show};
	static int firsts;
	char text[16];
	shown[0] = '\0';
	for (int i = 0; i < 5000; i++) {
		snprintf(text, sizeof(text), "%d", i);
		shown[0] = '\0';
		cli_fold_add(&f, text, 1);
		firsts += strstr(shown, "+0 ") != NULL;
	}
	cli_fold_end(&f, INT64_MAX);
	assert_int_equal(firsts, 5000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_repeats_are_counted),
		cmocka_unit_test(test_nothing_is_folded_without_a_window),
		cmocka_unit_test(test_no_line_is_lost_when_there_are_many),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
