/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Statements of the three formats applied to a finding, and a finding written as OpenVEX. With an argument it prints
 * such a document, for the schema.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"
#include "vuln/vex.h"

#define OPENVEX(status, more)                                                                                          \
	"{\"@context\":\"https://openvex.dev/ns/v0.2.0\",\"statements\":[{\"vulnerability\":{\"name\":\"GHSA-1\","     \
	"\"aliases\":[\"CVE-2024-1\"]},\"products\":[" more "],\"status\":\"" status                                   \
	"\",\"justification\":\"vulnerable_code_not_present\"}]}"
#define CSAF(where)                                                                                                    \
	"{\"document\":{\"category\":\"csaf_vex\",\"csaf_version\":\"2.0\"},\"product_tree\":{\"branches\":[{"         \
	"\"branches\":[{\"product\":{\"product_id\":\"P\",\"product_identification_helper\":{\"purl\":"                \
	"\"pkg:npm/a@1.0.0\"}}}]}],\"relationships\":[{\"full_product_name\":{\"product_id\":\"R\"},"                  \
	"\"product_reference\":\"P\",\"relates_to_product_reference\":\"X\"}]},\"vulnerabilities\":[{\"cve\":"         \
	"\"CVE-2024-1\",\"product_status\":{\"" where "\"]},\"flags\":[{\"label\":\"component_not_present\"}]}]}"
#define CYCLONEDX(state)                                                                                               \
	"{\"bomFormat\":\"CycloneDX\",\"components\":[{\"bom-ref\":\"x\",\"purl\":\"pkg:npm/a@1.0.0\"}],"              \
	"\"vulnerabilities\":[{\"id\":\"CVE-2024-1\",\"analysis\":{\"state\":\"" state                                 \
	"\",\"detail\":\"never called\"},\"affects\":[{\"ref\":\"x\"}]}]}"

static const struct model_package package = {.type = MODEL_PACKAGE_NPM, .name = "a", .version = "1.0.0"};
static const char *const ids[] = {"CVE-2024-1", "GHSA-2"};

/* Why the finding is suppressed after the documents; NULL: it is not. "?" when memory ran out. */
static const char *after(const char *const *documents, size_t count, const char *product, struct arena *a)
{
	struct vuln_finding finding = {.id = ids[0], .ids = ids, .id_count = 2};
	struct vuln_findings findings = {.items = &finding, .count = 1};
	SCOPED_PTR(vuln_vex) struct vuln_vex *v = NULL;
	struct err e = {0};

	if (vuln_vex_new(&v) < 0)
		return "?";
	for (size_t i = 0; i < count; i++)
		if (vuln_vex_add(v, documents[i], strlen(documents[i]), "doc", &e) < 0)
			return "?";
	return vuln_vex_apply(v, &package, product, &findings, a, &e) < 0 ? "?" : finding.suppressed;
}

#define AFTER(product, ...)                                                                                            \
	after((const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *),         \
	      product, &a)

static void assert_why(const char *want, const char *got)
{
	if (str_eq(got, "?"))
		return;
	if (want && got)
		assert_string_equal(want, got);
	else
		assert_true(want == got);
}

static void statements_suppress(void **state)
{
	SCOPED(arena) struct arena a = ARENA_INIT(1u << 20);

	assert_why("doc says not_affected: vulnerable_code_not_present",
		   AFTER(NULL, OPENVEX("not_affected", "{\"@id\":\"pkg:npm/a@1.0.0\"}")));
	assert_why("doc says not_affected: vulnerable_code_not_present",
		   AFTER(NULL, OPENVEX("not_affected", "{\"@id\":\"u\",\"identifiers\":{\"purl\":\"pkg:npm/a\"}}")));
	assert_why("doc says fixed: component_not_present", AFTER(NULL, CSAF("fixed\":[\"P")));
	assert_why("doc says not_affected: component_not_present", AFTER(NULL, CSAF("known_not_affected\":[\"R")));
	assert_why("doc says not_affected: never called", AFTER(NULL, CYCLONEDX("false_positive")));
}

static void statements_about_others_do_not(void **state)
{
	SCOPED(arena) struct arena a = ARENA_INIT(1u << 20);

	assert_why(NULL, AFTER(NULL, OPENVEX("not_affected", "{\"@id\":\"pkg:npm/a@1.0.1\"}")));
	assert_why(NULL, AFTER(NULL, OPENVEX("not_affected", "{\"@id\":\"pkg:pypi/a@1.0.0\"}")));
	assert_why(NULL, AFTER(NULL, OPENVEX("affected", "{\"@id\":\"pkg:npm/a@1.0.0\"}")));
	assert_why(NULL, AFTER(NULL, CSAF("known_affected\":[\"P")));
	assert_why(NULL, AFTER(NULL, CYCLONEDX("in_triage")));
	/* The last document decides. */
	assert_why(NULL, AFTER(NULL, CYCLONEDX("false_positive"), CYCLONEDX("exploitable")));
}

static void parts_belong_to_their_product(void **state)
{
	static const char part[] =
		OPENVEX("not_affected", "{\"@id\":\"pkg:oci/web\",\"subcomponents\":[{\"@id\":\"pkg:npm/a\"}]}");
	SCOPED(arena) struct arena a = ARENA_INIT(1u << 20);

	assert_why(NULL, AFTER(NULL, part));
	assert_why(NULL, AFTER("pkg:oci/other", part));
	assert_why("doc says not_affected: vulnerable_code_not_present", AFTER("pkg:oci/web", part));
}

static void nonsense_is_refused(void **state)
{
	static const char *const bad[] = {"",
					  "{}",
					  "[]",
					  "{\"@context\":\"https://openvex.dev\",\"statements\":[{}]}",
					  "{\"bomFormat\":\"CycloneDX\",\"vulnerabilities\":5}",
					  "{\"@context\":7}"};
	SCOPED_PTR(vuln_vex) struct vuln_vex *v = NULL;
	struct err e = {0};

	if (vuln_vex_new(&v) < 0)
		return;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_true(vuln_vex_add(v, bad[i], strlen(bad[i]), "doc", &e) < 0);
	assert_int_equal(0, vuln_vex_count(v));
	for (int s = 0; s < VEX_STATUSES; s++) {
		enum vuln_vex_status back;
		assert_int_equal(0, vuln_vex_status_from(vuln_vex_status_name((enum vuln_vex_status)s), &back));
		assert_int_equal(s, back);
	}
}

static void write_document(struct buf *b)
{
	const struct vuln_finding findings[] = {
		{.id = "CVE-2024-1", .ids = ids, .id_count = 2, .package = "a", .fixed = "1.0.1", .reason = "before"},
		{.id = "CVE-2024-1", .ids = ids, .id_count = 1, .package = "a", .status = VULN_NO_FIX, .reason = "all"},
		{.id = "CVE-2024-1", .ids = ids, .id_count = 2, .status = VULN_UNDECIDED, .reason = "odd"},
		{.id = "CVE-2024-1", .ids = ids, .id_count = 2, .reason = "r", .suppressed = "somebody says so"},
	};
	struct json_out o = JSON_OUT_PRETTY(b);

	vuln_openvex_begin(&o, "https://example.org/vex/1", "skep", 1709300000);
	for (size_t i = 0; i < ARRAY_LEN(findings); i++)
		vuln_openvex_finding(&o, &package, NULL, &findings[i]);
	vuln_openvex_end(&o);
}

static void what_is_written_reads_back(void **state)
{
	SCOPED(arena) struct arena a = ARENA_INIT(1u << 20);
	SCOPED(buf) struct buf b = BUF_INIT(1u << 20);

	write_document(&b);
	if (buf_error(&b) == 0)
		assert_why("doc says not_affected: somebody says so", AFTER(NULL, buf_str(&b)));
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(statements_suppress),		 cmocka_unit_test(statements_about_others_do_not),
		cmocka_unit_test(parts_belong_to_their_product), cmocka_unit_test(nonsense_is_refused),
		cmocka_unit_test(what_is_written_reads_back),
	};

	if (argc > 1) {
		SCOPED(buf) struct buf b = BUF_INIT(1u << 20);
		write_document(&b);
		return puts(buf_str(&b)) < 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
