/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Orders of versions: tables in ascending order, from what each ecosystem documents, and what is refused. With
 * arguments it answers a list instead: "test-vuln-version ORDER" reads pairs, one a line parted by a tab, and writes
 * <, =, > or ! for each; test/system/versions.bats holds the answers against the ecosystems' own tools.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"
#include "vuln/version.h"

struct ladder {
	enum vuln_order order;
	const char *const *steps;
};

#define LADDER(...) ((const char *const[]){__VA_ARGS__, NULL})

/* Every step is after the one before it. */
static const struct ladder ladders[] = {
	{VULN_ORDER_DPKG,
	 LADDER("1.0~~", "1.0~~a", "1.0~", "1.0", "1.0-1", "1.0a-1", "1.0+b1", "1.2-9", "1.10-1", "1:0.1")},
	{VULN_ORDER_RPM, LADDER("1.0~rc1-1", "1.0-1", "1.0-1.el9", "1.0^git1-1", "1.0.1-1", "1.10-1", "1:0.9-1")},
	/* apk-package(5) and the table in apk-tools' documentation of versions. */
	{VULN_ORDER_APK, LADDER("0.1_alpha1", "0.1_beta", "0.1_pre2", "0.1_rc", "0.1_rc1", "0.1", "0.1-r1", "0.1_cvs",
				"0.1_svn1", "0.1_git2", "0.1_hg", "0.1_p1", "0.1_p1-r1", "0.1a", "0.1b", "0.1.0",
				"0.1.01", "0.1.1", "0.2", "0.10", "1.0")},
	{VULN_ORDER_ALPM,
	 LADDER("1.0a", "1.0b", "1.0beta", "1.0p", "1.0", "1.0.a", "1.0.1", "1.1-1", "1.1-2", "1:0.1")},
	{VULN_ORDER_NPM, LADDER("1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta.2", "1.0.0-beta.11",
				"1.0.0-rc.1", "1.0.0", "v1.0.1", "1.2.3beta", "1.2.3", "= 1.10.0")},
	{VULN_ORDER_CARGO, LADDER("1.0.0-1a", "1.0.0-alpha", "1.0.0-beta", "1.0.0", "1.0.1+build")},
	{VULN_ORDER_GO,
	 LADDER("v0.0.0-20190101000000-abcdefabcdef", "v0.0.0-20200101000000-abcdefabcdef", "v0.1.0", "1.0.0-rc.1",
		"go1.20rc1", "go1.20", "1.20.1", "go1.21rc2", "go1.21.0", "v2.0.0+incompatible")},
	{VULN_ORDER_PEP440,
	 LADDER("1.dev0", "1.0.dev456", "1.0a1", "1.0a2.dev456", "1.0a12.dev456", "1.0a12", "1.0b1.dev456", "1.0b2",
		"1.0b2.post345.dev456", "1.0b2.post345", "1.0rc1.dev456", "1.0rc1", "1.0", "1.0+abc.5", "1.0+abc.7",
		"1.0+5", "1.0.post456.dev34", "1.0.post456", "1.0.15", "1.1.dev1", "1!0.1")},
	{VULN_ORDER_MAVEN, LADDER("1-alpha2snapshot", "1-alpha2", "1-alpha-123", "1-beta-2", "1-m3", "1-rc",
				  "1-SNAPSHOT", "1", "1-sp", "1-abc", "1-1-snapshot", "1-1", "1.1", "1.10")},
	{VULN_ORDER_GEM, LADDER("1.0.a.2", "1.0.b1", "1.0-rc1", "1.0", "1.0.1", "1.2.a", "1.2", "1.10")},
	{VULN_ORDER_COMPOSER, LADDER("1.0-dev", "1.0-alpha1", "v1.0a2", "1.0-beta", "1.0-RC1", "1.0", "1.0-p1", "1.0.1",
				     "1.x-dev", "2.0", "2010-01-02", "20230115")},
	/* learn.microsoft.com/nuget/concepts/package-versioning */
	{VULN_ORDER_NUGET,
	 LADDER("1.0.1-aaa", "1.0.1-alpha", "1.0.1-Alpha.2", "1.0.1-alpha.10", "1.0.1-Beta", "1.0.1-open", "1.0.1-rc.2",
		"1.0.1-rc.10", "1.0.1-zzz", "1.0.1", "1.0.1.5", "1.01.2", "1.2")},
};

static void ladders_ascend(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(ladders); i++)
		for (const char *const *a = ladders[i].steps; *a; a++)
			for (const char *const *b = ladders[i].steps; *b; b++) {
				int order = 9;
				int want = (a > b) - (a < b);
				if (vuln_version_compare(ladders[i].order, *a, *b, &order) < 0 || order != want)
					fail_msg("%s: \"%s\" against \"%s\": %d, not %d",
						 vuln_order_name(ladders[i].order), *a, *b, order, want);
			}
}

/* What the ecosystems' tools refuse and feeds have all the same, among versions that they take. */
static const struct ladder any[] = {
	{VULN_ORDER_PEP440, LADDER("0.1-bulbasaur", "0.1-charmander", "2004d", "2006j", "0.0.1.dev0", "0.1")},
	{VULN_ORDER_PEP440, LADDER("1.0-gamma", "1.0", "1.1")},
	{VULN_ORDER_COMPOSER, LADDER("3.0.0b1", "3.0.0b1.post1", "3.0.0b2", "3.0.0", "3.0.1")},
	{VULN_ORDER_NUGET, LADDER("1.0.0", "1.2147483648", "1.99999999999999999999999", "1.100000000000000000000000-A",
				  "1.100000000000000000000000", "2.0")},
	{VULN_ORDER_APK, LADDER("5.0-r9", "5.1p1-r0", "5.1p1-r1", "5.1p-r0", "5.2")},
	{VULN_ORDER_NPM, LADDER("1.2.3", "1.2.3.4-rc.1", "1.2.3.4", "1.2.4", "99999999999999999999.0.0")},
	{VULN_ORDER_CARGO, LADDER("01.2", "1.3.0", "1.03.1")},
};

static void refused_versions_have_a_place(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(any); i++)
		for (const char *const *a = any[i].steps; *a; a++)
			for (const char *const *b = any[i].steps; *b; b++) {
				int order = 9, want = (a > b) - (a < b);
				if (vuln_version_compare_any(any[i].order, *a, *b, &order) < 0 || order != want)
					fail_msg("%s: \"%s\" against \"%s\": %d, not %d", vuln_order_name(any[i].order),
						 *a, *b, order, want);
			}
}

static void texts_without_a_number_cannot_be_compared(void **state)
{
	int order;

	for (int o = 0; o < VULN_ORDERS; o++)
		if (vuln_version_compare((enum vuln_order)o, "main", "1.0", &order) < 0)
			assert_int_equal(-EINVAL, vuln_version_compare_any((enum vuln_order)o, "main", "1.0", &order));
	assert_int_equal(-EINVAL, vuln_version_compare_any(VULN_ORDER_NPM, "", "1.0.0", &order));
	assert_int_equal(-EINVAL, vuln_version_compare_any(VULN_ORDER_COMPOSER, "dev-main", "1.0", &order));
}

static void equals_are_equal(void **state)
{
	static const struct {
		enum vuln_order order;
		const char *a, *b;
	} pairs[] = {
		{VULN_ORDER_DPKG, "0:1.00-0", "1.0"},
		{VULN_ORDER_RPM, "0:1.0-01", "1_0-1"},
		{VULN_ORDER_ALPM, "1.0", "1.0-5"},
		{VULN_ORDER_NPM, "v1.2.3+a", "1.2.3+b"},
		{VULN_ORDER_PEP440, "1.0-POST1", "v1.post1"},
		{VULN_ORDER_GO, "v1.2.0", "1.2"},
		{VULN_ORDER_GO, "go1.20rc1", "1.20.0-rc.1"},
		{VULN_ORDER_MAVEN, "1.0.0-ga", "1"},
		{VULN_ORDER_GEM, "1.0.0", "1"},
		{VULN_ORDER_COMPOSER, "1.0b2", "1.0.0.0-beta.2"},
		{VULN_ORDER_NUGET, "1.0.0-RC", "1.0-rc"},
		{VULN_ORDER_APK, "1.2.3-r01", "1.2.3-r1"},
	};

	for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
		int order = 9;
		assert_int_equal(0, vuln_version_compare(pairs[i].order, pairs[i].a, pairs[i].b, &order));
		assert_int_equal(0, order);
	}
}

static void nonsense_is_refused(void **state)
{
	static const struct {
		enum vuln_order order;
		const char *version;
	} bad[] = {
		{VULN_ORDER_DPKG, ""},
		{VULN_ORDER_DPKG, "a:1"},
		{VULN_ORDER_DPKG, "1-"},
		{VULN_ORDER_DPKG, "1 2"},
		{VULN_ORDER_DPKG, "4294967296:1"},
		{VULN_ORDER_APK, ""},
		{VULN_ORDER_APK, "1.2_x"},
		{VULN_ORDER_APK, "v1"},
		{VULN_ORDER_APK, "1.2-r"},
		{VULN_ORDER_NPM, "1.2"},
		{VULN_ORDER_NPM, ""},
		{VULN_ORDER_NPM, "latest"},
		{VULN_ORDER_CARGO, "01.2.3"},
		{VULN_ORDER_CARGO, "1.2.3-"},
		{VULN_ORDER_GO, "(devel)"},
		{VULN_ORDER_GO, "v1.2.3-01"},
		{VULN_ORDER_PEP440, "1.0-x"},
		{VULN_ORDER_PEP440, "1.0+"},
		{VULN_ORDER_GEM, "1..2"},
		{VULN_ORDER_GEM, "a"},
		{VULN_ORDER_COMPOSER, "dev-main"},
		{VULN_ORDER_COMPOSER, "1.2.3.4.5"},
		{VULN_ORDER_NUGET, "1.2.3.4.5"},
		{VULN_ORDER_NUGET, "2147483648.0"},
	};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (vuln_version_is_valid(bad[i].order, bad[i].version))
			fail_msg("%s takes \"%s\"", vuln_order_name(bad[i].order), bad[i].version);
}

static void long_ones_are_refused(void **state)
{
	char version[VULN_VERSION_MAX + 2];

	for (int o = 0; o < VULN_ORDERS; o++) {
		memset(version, '1', sizeof(version));
		version[VULN_VERSION_MAX + 1] = '\0';
		assert_false(vuln_version_is_valid((enum vuln_order)o, version));
		/* Whatever stands in the longest one, it is read to its end and not beyond. */
		for (int c = 1; c < 256; c++) {
			memset(version, c, VULN_VERSION_MAX);
			version[0] = '1';
			version[VULN_VERSION_MAX] = '\0';
			vuln_version_is_valid((enum vuln_order)o, version);
			for (size_t i = 1; i < VULN_VERSION_MAX; i += 2)
				version[i] = '1';
			vuln_version_is_valid((enum vuln_order)o, version);
		}
	}
}

static void orders_have_names(void **state)
{
	enum vuln_order back;

	for (int o = 0; o < VULN_ORDERS; o++) {
		assert_int_equal(0, vuln_order_from(vuln_order_name((enum vuln_order)o), &back));
		assert_int_equal(o, back);
	}
	assert_true(vuln_order_from("svn", &back) < 0);
	assert_true(vuln_order_of_type(MODEL_PACKAGE_GEM, &back));
	assert_int_equal(VULN_ORDER_GEM, back);
	assert_false(vuln_order_of_type(MODEL_PACKAGE_GENERIC, &back));
}

static int answer(const char *name)
{
	char *line = NULL;
	size_t room = 0;
	ssize_t len;
	enum vuln_order order;

	if (vuln_order_from(name, &order) < 0)
		return 2;
	while ((len = getline(&line, &room, stdin)) > 0) {
		char *tab = strchr(line, '\t');
		int result = 0;
		if (!tab || line[len - 1] != '\n')
			break;
		line[len - 1] = *tab = '\0';
		puts(vuln_version_compare(order, line, tab + 1, &result) < 0 ? "!"
		     : result < 0					     ? "<"
		     : result > 0					     ? ">"
									     : "=");
	}
	free(line);
	return len > 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ladders_ascend),
		cmocka_unit_test(equals_are_equal),
		cmocka_unit_test(nonsense_is_refused),
		cmocka_unit_test(long_ones_are_refused),
		cmocka_unit_test(orders_have_names),
		cmocka_unit_test(refused_versions_have_a_place),
		cmocka_unit_test(texts_without_a_number_cannot_be_compared),
	};

	if (argc == 2)
		return answer(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
