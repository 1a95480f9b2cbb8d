/* SPDX-License-Identifier: Apache-2.0 */
/* The score: floors, reasons, fixes; and, on thousands of made-up images, that taking anything away never raises it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "assay/report.h"

#define FINDINGS 12
#define ISSUES 8

struct made {
	struct assay_report report;
	struct assay_package packages[FINDINGS];
	struct assay_finding findings[FINDINGS];
	struct assay_issue issues[ISSUES];
	struct vuln_scope scope;
	struct assay_context context;
};

static struct made *new_made(void)
{
	struct made *m = calloc(1, sizeof(*m));

	assert_non_null(m);
	return m;
}

static unsigned seed = 1;
static unsigned any(unsigned below)
{
	seed = seed * 1103515245 + 12345;
	return (seed >> 16) % below;
}

static void fill(struct made *m)
{
	static const char *const ids[] = {"CVE-1", "CVE-2", "CVE-3"}, *const names[] = {"a", "b", "c", "d"};
	static const char *const rules[] = {"setuid", "root-user", "shell"};

	memset(m, 0, sizeof(*m));
	m->report = (struct assay_report){.name = "x",
					  .manifest = "",
					  .config_digest = "",
					  .now_s = 1800000000,
					  .judged = true,
					  .scope = &m->scope};
	for (size_t i = 0; i < FINDINGS; i++) {
		bool os = any(2);
		m->packages[i].package = (struct model_package){.type = os ? MODEL_PACKAGE_DEB : MODEL_PACKAGE_NPM,
								.name = names[any(4)],
								.version = "1",
								.path = "p"};
		m->findings[i].package = i;
		m->findings[i].vuln = (struct vuln_finding){
			.id = ids[any(3)],
			.status = any(2) ? VULN_FIXABLE : VULN_NO_FIX,
			.fixed = "2",
			.severity = {.level = (enum vuln_severity_level)any(VULN_SEVERITY_LEVELS),
				     .tenths = (int)any(101) - 1},
			.kev = any(8) == 0,
			.has_epss = any(2),
			.epss = {.score = any(1000001)},
			.malicious = any(20) == 0,
		};
	}
	for (size_t i = 0; i < ISSUES; i++)
		m->issues[i] = (struct assay_issue){.kind = any(10) ? MODEL_REMARK_CONFIG : MODEL_REMARK_SECRET,
						    .rule = rules[i * 3 / ISSUES],
						    .title = "t",
						    .level = (enum vuln_severity_level)any(VULN_SEVERITY_LEVELS),
						    .path = "",
						    .text = ""};
	m->scope.state = any(2) ? VULN_RELEASE_KNOWN : VULN_RELEASE_END_OF_LIFE;
	m->context = (struct assay_context){.as_root = any(2),
					    .ports = any(3),

					    .created_s = 1800000000 - (int64_t)any(4) * 31536000};
}

static int score_of(struct made *m, struct assay_score *ret)
{
	SCOPED(arena) struct arena a = ARENA_INIT(4u << 20);
	struct assay_score s;

	m->report.inventory.packages = m->packages;
	m->report.inventory.package_count = FINDINGS;
	m->report.findings = m->findings;
	m->report.finding_count = FINDINGS;
	m->report.issues = m->issues;
	m->report.issue_count = ISSUES;
	assert_int_equal(0, assay_score_make(&m->report, &m->context, &a, &s, NULL));
	assert_in_range(s.value, 0, 100);
	for (size_t i = 0; i < s.fix_count; i++)
		assert_true(s.fixes[i].score_after <= s.value);
	if (ret)
		*ret = s;
	return s.value;
}

static void mending_never_raises_it(void **state)
{
	struct made *m = new_made();

	for (int run = 0; run < 2000; run++) {
		fill(m);
		int before = score_of(m, NULL);
		switch (any(5)) {
		case 0:
			m->findings[any(FINDINGS)].ignored = "mended";
			break;
		case 1:
			m->issues[any(ISSUES)].ignored = "mended";
			break;
		case 2:
			m->context.as_root = false;
			break;
		case 3:
			m->context.ports = 0;
			m->context.created_s = m->report.now_s;
			break;
		default:
			m->findings[any(FINDINGS)].vuln.kev = false;
			m->scope.state = VULN_RELEASE_KNOWN;
		}
		assert_true(score_of(m, NULL) <= before);
	}
	free(m);
}

static void floors_and_reasons(void **state)
{
	struct made *m = new_made();
	struct assay_score s;

	fill(m);
	for (size_t i = 0; i < FINDINGS; i++)
		m->findings[i].ignored = "x";
	for (size_t i = 0; i < ISSUES; i++)
		m->issues[i].ignored = "x";
	m->context = (struct assay_context){0};
	m->scope.state = VULN_RELEASE_KNOWN;
	assert_int_equal(0, score_of(m, NULL));
	m->issues[0] = (struct assay_issue){.kind = MODEL_REMARK_SECRET,
					    .rule = "k",
					    .title = "t",
					    .path = "a",
					    .text = "",
					    .level = VULN_SEVERITY_CRITICAL};
	assert_int_equal(ASSAY_FLOOR, score_of(m, &s));
	assert_int_equal(1, s.reason_count);
	free(m);
}

static void one_bug_in_many_packages_of_a_source_is_one(void **state)
{
	struct made *m = new_made();
	int alone;

	fill(m);
	for (size_t i = 0; i < ISSUES; i++)
		m->issues[i].ignored = "x";
	for (size_t i = 0; i < FINDINGS; i++) {
		m->packages[i].package = (struct model_package){
			.type = MODEL_PACKAGE_DEB, .name = "bin", .source_name = "src", .version = "1", .path = "p"};
		m->findings[i].vuln = (struct vuln_finding){.id = "CVE-1",
							    .status = VULN_FIXABLE,
							    .fixed = "2",
							    .severity = {VULN_SEVERITY_CRITICAL, 98, NULL, ""}};
		m->findings[i].ignored = i ? "x" : NULL;
	}
	alone = score_of(m, NULL);
	for (size_t i = 0; i < FINDINGS; i++)
		m->findings[i].ignored = NULL;
	assert_int_equal(alone, score_of(m, NULL));
	free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mending_never_raises_it),
		cmocka_unit_test(floors_and_reasons),
		cmocka_unit_test(one_bug_in_many_packages_of_a_source_is_one),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
