/* SPDX-License-Identifier: Apache-2.0 */
/* Names of package types, both ways. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/package.h"

static void types_have_names(void **state)
{
	enum model_package_type back;

	for (int i = 0; i < MODEL_PACKAGE_TYPES; i++) {
		assert_int_equal(0,
				 model_package_type_from(model_package_type_name((enum model_package_type)i), &back));
		assert_int_equal(i, back);
	}
	assert_true(model_package_type_from("egg", &back) < 0);
	assert_true(model_package_is_os(MODEL_PACKAGE_RPM));
	assert_false(model_package_is_os(MODEL_PACKAGE_NPM));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(types_have_names)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
