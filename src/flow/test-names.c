/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ids and names of containers: well-formed, different, and checked.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "names.h"

static void ids_are_hex_and_differ(void **state)
{
	char a[FLOW_ID_MAX], b[FLOW_ID_MAX];

	assert_int_equal(flow_new_id(a, NULL), 0);
	assert_int_equal(flow_new_id(b, NULL), 0);
	assert_int_equal(strspn(a, "0123456789abcdef"), 64);
	assert_int_equal(strlen(a), 64);
	assert_string_not_equal(a, b);
}

static void made_names_are_good_names(void **state)
{
	char id[FLOW_ID_MAX], name[FLOW_NAME_MAX], other[FLOW_NAME_MAX];

	for (unsigned try = 0; try < 2000; try++) {
		assert_int_equal(flow_new_id(id, NULL), 0);
		flow_make_name(id, try, name);
		flow_make_name(id, try + 1, other);
		assert_int_equal(flow_check_name(name, NULL), 0);
		assert_string_not_equal(name, other);
	}
}

static void bad_names_are_refused(void **state)
{
	static const char *const bad[] = {"", "-a", ".a", "a b", "a/b", "../a", "a:b", "\xc3\xa4"};
	char long_name[FLOW_NAME_MAX + 1];

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(flow_check_name(bad[i], NULL), -EINVAL);
	memset(long_name, 'a', FLOW_NAME_MAX);
	long_name[FLOW_NAME_MAX] = '\0';
	assert_int_equal(flow_check_name(long_name, NULL), -EINVAL);
	assert_int_equal(flow_check_name("web-1_x.y", NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ids_are_hex_and_differ),
		cmocka_unit_test(made_names_are_good_names),
		cmocka_unit_test(bad_names_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
