/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "kern/release.h"

static void by_its_two_numbers(void **state)
{
	assert_true(kern_release_text_is("6.1.0-56-cloud-amd64", 6, 1));
	assert_true(kern_release_text_is("6.12.117+deb12-cloud-amd64", 6, 7));
	assert_true(kern_release_text_is("7.0", 6, 15));
	assert_true(kern_release_text_is("6.7-rc1", 6, 7));
	assert_false(kern_release_text_is("6.1.0-56-cloud-amd64", 6, 2));
	assert_false(kern_release_text_is("5.15.0", 6, 1));
	assert_false(kern_release_text_is("6", 6, 1));
	assert_false(kern_release_text_is("", 6, 1));
}

static void this_one_has_a_number(void **state)
{
	assert_true(kern_release_is(5, 0));
	assert_false(kern_release_is(1000, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_its_two_numbers),
		cmocka_unit_test(this_one_has_a_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
