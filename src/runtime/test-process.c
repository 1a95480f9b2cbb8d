/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists of processors and nodes.
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
#include "process.h"

static void lists_become_bits(void **state)
{
	unsigned long bits[2] = {0};

	assert_int_equal(process_parse_list("0-2, 5\n,64", bits, 128), 0);
	assert_true(bits[0] == 0x27 && bits[1] == 1);
	assert_int_equal(process_parse_list("", bits, 128), 0);
}

static void what_is_no_list_is_refused(void **state)
{
	static const char *const bad[] = {"a", "1-", "3-1", "128", "0-4294967295", "1;2", "1-2-3"};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		unsigned long bits[2] = {0};
		if (process_parse_list(bad[i], bits, 128) == 0)
			fail_msg("accepted %s", bad[i]);
	}
}

static void an_unknown_user_lives_at_the_root(void **state)
{
	SCOPED(arena) struct arena a = ARENA_INIT(1 << 16);

	assert_string_equal(process_home(0, &a), "/root");
	assert_string_equal(process_home(4000000000u, &a), "/");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_become_bits),
		cmocka_unit_test(what_is_no_list_is_refused),
		cmocka_unit_test(an_unknown_user_lives_at_the_root),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
