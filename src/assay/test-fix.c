/* SPDX-License-Identifier: Apache-2.0 */
/* The fix that is shown ends all findings of the package; the first step is the end of the package's own branch. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fix.h"

#define FIXES_MAX 5

/* FIXES of VERSION: ends with NULL; "" is a finding without a fix. */
static void check(enum model_package_type type, const char *version, const char *const *fixes, const char *all,
		  const char *first)
{
	struct model_package p = {.type = type, .name = "x", .version = version, .path = ""};
	struct assay_finding findings[FIXES_MAX] = {0};
	const struct assay_finding *items[FIXES_MAX];
	size_t n = 0, open = 0;

	for (; fixes[n]; n++) {
		bool none = !*fixes[n];
		findings[n].vuln.status = none ? VULN_NO_FIX : VULN_FIXABLE;
		findings[n].vuln.fixed = none ? NULL : fixes[n];
		items[n] = &findings[n];
		open += none;
	}
	struct fix f = fix_of(&p, items, n);
	assert_int_equal(open, f.open);
	if (all)
		assert_string_equal(all, f.all);
	else
		assert_null(f.all);
	if (first)
		assert_string_equal(first, f.first);
	else
		assert_null(f.first);
}
#define FIXES(...) ((const char *const[]){__VA_ARGS__, NULL})

static void the_fix_ends_all(void **state)
{
	check(MODEL_PACKAGE_NPM, "4.17.4", FIXES("4.17.12", "4.17.21", "4.17.5"), "4.17.21", "4.17.5");
	check(MODEL_PACKAGE_NPM, "1.0.0", FIXES("1.0.1", "1.0.1"), "1.0.1", NULL);
	check(MODEL_PACKAGE_NPM, "1.0.0", FIXES("", ""), NULL, NULL);
	check(MODEL_PACKAGE_NPM, "1.9.0", FIXES("1.10.0", "", "1.9.1"), "1.10.0", "1.9.1");
}

static void the_first_step_stays_on_the_branch(void **state)
{
	check(MODEL_PACKAGE_PYPI, "3.2", FIXES("3.2.13", "3.2.25", "4.2.16"), "4.2.16", "3.2.25");
	check(MODEL_PACKAGE_MAVEN, "2.14.0", FIXES("2.15.0", "2.16.0", "2.17.1"), "2.17.1", "2.15.0");
	check(MODEL_PACKAGE_DEB, "3.0.7-1", FIXES("3.0.8-1", "3.0.15-1~deb12u1"), "3.0.15-1~deb12u1", "3.0.8-1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_fix_ends_all),
		cmocka_unit_test(the_first_step_stays_on_the_branch),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
