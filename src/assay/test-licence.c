/* SPDX-License-Identifier: Apache-2.0 */
/* Licences that are attached to packages, and expressions that need a forbidden one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "licence.h"

#define REMARK(RULE, PATH, TEXT)                                                                                       \
	{                                                                                                              \
		.remark = {.kind = MODEL_REMARK_LICENCE, .rule = (RULE), .path = (PATH), .text = (TEXT) }              \
	}

static void packages_get_theirs(void **state)
{
	struct assay_package packages[] = {
		{.package = {.type = MODEL_PACKAGE_DEB, .name = "a"}},
		{.package = {.type = MODEL_PACKAGE_DEB, .name = "linked"}},
		{.package = {.type = MODEL_PACKAGE_DEB, .name = "loop"}},
		{.package = {.type = MODEL_PACKAGE_NPM, .name = "a"}},
		{.package = {.type = MODEL_PACKAGE_DEB, .name = "own", .licence = "MIT"}},
	};
	struct assay_remark remarks[] = {
		{.remark = {.kind = MODEL_REMARK_UNREAD, .rule = "note", .path = "x", .text = ""}},
		REMARK("link", "usr/share/doc/linked", "a"),
		REMARK("link", "usr/share/doc/loop", "loop"),
		REMARK("text", "usr/share/doc/a/copyright", "ISC"),
		REMARK("text", "usr/share/doc/own/copyright", "ISC"),
	};
	struct assay_inventory inv = {.packages = packages, .package_count = 5, .remarks = remarks, .remark_count = 5};

	licence_attach(&inv);
	assert_string_equal("ISC", packages[0].package.licence);
	assert_string_equal("ISC", packages[1].package.licence);
	assert_null(packages[2].package.licence);
	assert_null(packages[3].package.licence);
	assert_string_equal("MIT", packages[4].package.licence);
	assert_int_equal(1, inv.remark_count);
}

static void choices_count(void **state)
{
	SCOPED(strv) struct strv f = {0};

	assert_int_equal(0, strv_add(&f, "AGPL-*"));
	assert_int_equal(0, strv_add(&f, "gpl-3.0-only"));
	assert_true(licence_is_forbidden("AGPL-3.0-or-later", &f));
	assert_true(licence_is_forbidden("MIT AND GPL-3.0-only AND ISC", &f));
	assert_true(licence_is_forbidden("MIT AND (AGPL-3.0-only OR GPL-3.0-only)", &f));
	assert_false(licence_is_forbidden("MIT AND (AGPL-3.0-only OR MIT)", &f));
	assert_false(licence_is_forbidden("LGPL-3.0-only", &f));
	assert_false(licence_is_forbidden("", &f));
}

static void spdx(struct strv *others, const char *text, const char *expect)
{
	SCOPED(buf) struct buf b = BUF_INIT(1u << 16);

	assert_int_equal(0, licence_to_spdx(text, &b, others));
	assert_int_equal(0, buf_error(&b));
	assert_string_equal(expect, buf_str(&b));
}

static void expressions_are_spdx(void **state)
{
	SCOPED(strv) struct strv others = {0};

	spdx(&others, "mit", "MIT");
	spdx(&others, "MIT AND (GPL-2.0-only OR  isc)", "MIT AND (GPL-2.0-only OR ISC)");
	spdx(&others, "GPL-2.0-only WITH Classpath-exception-2.0", "GPL-2.0-only WITH Classpath-exception-2.0");
	assert_int_equal(0, others.count);
	spdx(&others, "MIT AND MIT-like", "MIT AND LicenseRef-MIT-like");
	spdx(&others, "GPL v2", "LicenseRef-GPL-v2");
	spdx(&others, "(MIT", "LicenseRef--MIT");
	spdx(&others, "MIT OR", "LicenseRef-MIT-OR");
	spdx(&others, "MIT-like OR MIT-like", "LicenseRef-MIT-like OR LicenseRef-MIT-like");
	assert_int_equal(8, others.count);
	assert_string_equal("LicenseRef-GPL-v2", others.items[2]);
	assert_string_equal("GPL v2", others.items[3]);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(packages_get_theirs),
		cmocka_unit_test(choices_count),
		cmocka_unit_test(expressions_are_spdx),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
