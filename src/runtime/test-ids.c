/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mapping lines, and the namespace made from them.
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
#include "ids.h"
#include <sys/stat.h>

static void lines_are_inside_outside_length(void **state)
{
	struct oci_id_mapping at[] = {{0, 100000, 65536}, {70000, 4000000000u, 1}};
	struct oci_id_mappings m = {.at = at, .count = 2};
	SCOPED(buf) struct buf b = BUF_INIT(4096);

	assert_int_equal(ids_format(&m, &b), 0);
	assert_string_equal(buf_str(&b), "0 100000 65536\n70000 4000000000 1\n");
}

static void mappings_that_overlap_are_refused_by_name(void **state)
{
	struct oci_id_mapping at[] = {{0, 1000, 10}, {5, 2000, 10}};
	struct oci_id_mappings m = {.at = at, .count = 2};
	struct err e = {0};

	assert_true(ids_userns(&m, &m, &e) < 0);
	assert_non_null(strstr(e.text, "user namespace"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_inside_outside_length),
		cmocka_unit_test(mappings_that_overlap_are_refused_by_name),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
