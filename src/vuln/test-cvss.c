/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scores of published vectors: FIRST's examples documents of 3.1 and 4.0, NVD's entries of known CVEs. With an argument
 * it answers a list: a vector a line in, its tenths or ! out.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"
#include "vuln/cvss.h"

static const struct {
	const char *vector;
	int tenths;
} known[] = {
	/* first.org/cvss/v3.1/examples */
	{"CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:C/C:L/I:L/A:N", 64}, /* CVE-2013-0375 */
	{"CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N", 31}, /* CVE-2014-3566 */
	{"CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:C/C:H/I:H/A:H", 99}, /* CVE-2012-1516 */
	{"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N", 75}, /* CVE-2014-0160 */
	{"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", 98}, /* CVE-2014-6271 */
	{"CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:C/C:N/I:H/A:N", 68}, /* CVE-2008-1447 */
	{"CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H", 78},
	{"CVSS:3.1/AV:P/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", 68},
	{"CVSS:3.1/AV:A/AC:L/PR:N/UI:N/S:C/C:H/I:N/A:H", 93},  /* CVE-2013-6014 */
	{"CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H", 100}, /* CVE-2021-44228 */
	{"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N", 0},
	{"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/E:U/RL:O/RC:C/MAV:L", 98},
	/* first.org/cvss/v4.0/examples */
	{"CVSS:4.0/AV:L/AC:L/AT:P/PR:L/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", 73},
	{"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:L/VA:L/SC:N/SI:N/SA:N", 88},
	{"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:A/VC:N/VI:N/VA:N/SC:L/SI:L/SA:N", 51},
	{"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H", 100},
	{"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:N/SC:N/SI:N/SA:N", 0},
	{"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", 93},
	{"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N/E:U", 81},
	/* first.org/cvss/v2/guide, section 3.3 */
	{"AV:N/AC:L/Au:N/C:N/I:N/A:C", 78},  /* CVE-2002-0392 */
	{"AV:N/AC:L/Au:N/C:C/I:C/A:C", 100}, /* CVE-2003-0818 */
	{"AV:L/AC:H/Au:N/C:C/I:C/A:C", 62},  /* CVE-2003-0062 */
	{"AV:N/AC:L/Au:N/C:N/I:N/A:N", 0},
};

static void published_scores(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		struct cvss_score s = {.tenths = -1};
		if (cvss_parse(known[i].vector, &s) < 0 || s.tenths != known[i].tenths)
			fail_msg("%s: %d, not %d", known[i].vector, s.tenths, known[i].tenths);
	}
}

static void broken_vectors(void **state)
{
	static const char *const bad[] = {
		"",
		"CVSS:3.1/",
		"CVSS:3.1/AV:N",
		"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/",
		"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/A:H",
		"CVSS:3.1/AV:X/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
		"CVSS:3.1/AV:/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
		"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:S/SA:N",
		"CVSS:9.9/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
		"AV:N/AC:L/Au:N/C:N/I:N",
	};
	struct cvss_score s;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (cvss_parse(bad[i], &s) == 0)
			fail_msg("%s is taken", bad[i]);
}

static void words_of_severity(void **state)
{
	enum vuln_severity_level back;

	for (int l = 0; l < VULN_SEVERITY_LEVELS; l++) {
		assert_int_equal(0, vuln_severity_from(vuln_severity_name((enum vuln_severity_level)l), &back));
		assert_int_equal(l, back);
	}
	assert_int_equal(0, vuln_severity_from("MODERATE", &back));
	assert_int_equal(VULN_SEVERITY_MEDIUM, back);
	assert_true(vuln_severity_from("bad", &back) < 0);
	assert_int_equal(VULN_SEVERITY_CRITICAL, vuln_severity_of_score(90));
	assert_int_equal(VULN_SEVERITY_HIGH, vuln_severity_of_score(89));
	assert_int_equal(VULN_SEVERITY_LOW, vuln_severity_of_score(1));
}

static int answer(void)
{
	char line[512];

	while (fgets(line, sizeof(line), stdin)) {
		struct cvss_score s;
		line[strcspn(line, "\n")] = '\0';
		if (cvss_parse(line, &s) < 0)
			puts("!");
		else
			printf("%d\n", s.tenths);
	}
	return 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(published_scores), cmocka_unit_test(broken_vectors),
					   cmocka_unit_test(words_of_severity)};

	return argc > 1 ? answer() : cmocka_run_group_tests(tests, NULL, NULL);
}
