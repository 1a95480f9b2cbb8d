/* SPDX-License-Identifier: Apache-2.0 */
/* Ignore files and baselines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "assay/ignore.h"
#include "base/str.h"

static struct assay_package packages[] = {
	{.package =
		 {.type = MODEL_PACKAGE_DEB, .name = "libssl3", .source_name = "openssl", .version = "1", .path = "s"}},
	{.package =
		 {.type = MODEL_PACKAGE_NPM, .name = "a", .version = "1", .path = "app/node_modules/a/package.json"}},
};
static const char *const names[] = {"CVE-2024-1", "GHSA-x"};

struct made {
	struct assay_report report;
	struct assay_finding findings[2];
	struct assay_issue issues[1];
};

static void make(struct made *m)
{
	*m = (struct made){
		.report = {.name = "x", .manifest = "", .config_digest = "", .now_s = 1780000000}, /* 2026-05-28 */
		.findings = {{.package = 0, .vuln = {.id = "CVE-2024-1", .ids = names, .id_count = 2}},
			     {.package = 1, .vuln = {.id = "CVE-2024-1", .ids = names, .id_count = 2}}},
		.issues = {{.kind = MODEL_REMARK_SECRET, .rule = "jwt", .title = "t", .path = "test/key", .text = ""}}};
	m->report.inventory = (struct assay_inventory){.packages = packages, .package_count = 2};
	m->report.findings = m->findings;
	m->report.finding_count = 2;
	m->report.issues = m->issues;
	m->report.issue_count = 1;
}

static int apply(struct made *m, const char *text, size_t *expired, struct err *e)
{
	static struct arena a;
	SCOPED_PTR(json) struct json *doc = NULL;
	int r = json_parse(text, strlen(text), JSON_LIMITS_CONFIG, &doc, e);

	arena_done(&a);
	a = ARENA_INIT(1u << 20);
	make(m);
	return r < 0 ? r : assay_ignore(&m->report, doc, &a, expired, e);
}

static void entries_apply(void **state)
{
	struct made m;
	size_t expired;

	assert_int_equal(0, apply(&m, "{\"ignore\":[{\"id\":\"ghsa-X\",\"reason\":\"not reached\"}]}", &expired, NULL));
	assert_string_equal("not reached", m.findings[0].ignored);
	assert_string_equal("not reached", m.findings[1].ignored);
	assert_int_equal(0, apply(&m, "{\"ignore\":[{\"id\":\"CVE-2024-1\",\"package\":\"openssl\",\"reason\":\"r\"}]}",
				  &expired, NULL));
	assert_non_null(m.findings[0].ignored);
	assert_null(m.findings[1].ignored);
	assert_int_equal(
		0, apply(&m, "{\"ignore\":[{\"id\":\"jwt\",\"path\":\"test/*\",\"reason\":\"r\"}]}", &expired, NULL));
	assert_non_null(m.issues[0].ignored);
}

static void an_end_is_an_end(void **state)
{
	struct made m;
	size_t expired;

	assert_int_equal(0,
			 apply(&m, "{\"ignore\":[{\"id\":\"CVE-2024-1\",\"until\":\"2026-05-27\",\"reason\":\"r\"}]}",
			       &expired, NULL));
	assert_null(m.findings[0].ignored);
	assert_int_equal(1, expired);
	assert_int_equal(0,
			 apply(&m, "{\"ignore\":[{\"id\":\"CVE-2024-1\",\"until\":\"2026-05-28\",\"reason\":\"r\"}]}",
			       &expired, NULL));
	assert_non_null(m.findings[0].ignored);
	assert_int_equal(0, expired);
}

static void what_is_wrong_is_said(void **state)
{
	struct made m;
	size_t expired;
	struct err e = {0};

	assert_int_equal(-EINVAL, apply(&m, "{\"ignore\":[{\"id\":\"a\",\"reason\":\"r\"},{\"id\":\"CVE-2024-1\"}]}",
					&expired, &e));
	assert_non_null(strstr(e.text, "ignore[1]: reason is missing"));
	assert_null(m.findings[0].ignored);
	assert_int_equal(-EINVAL,
			 apply(&m, "{\"ignore\":[{\"id\":\"a\",\"reason\":\"r\",\"until\":\"soon\"}]}", &expired, &e));
}

static void an_earlier_report(void **state)
{
	SCOPED(buf) struct buf before = BUF_INIT(1u << 20);
	struct made m;

	make(&m);
	m.report.finding_count = 1;
	m.report.issue_count = 0;
	assay_json(&m.report, &before);
	make(&m);
	assert_int_equal(0, assay_baseline(&m.report, buf_str(&before), before.len, NULL));
	assert_true(m.findings[0].old);
	assert_false(m.findings[1].old);
	assert_false(m.issues[0].old);
	assert_int_equal(-EINVAL, assay_baseline(&m.report, "{}", 2, NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(entries_apply),
		cmocka_unit_test(an_end_is_an_end),
		cmocka_unit_test(what_is_wrong_is_said),
		cmocka_unit_test(an_earlier_report),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
