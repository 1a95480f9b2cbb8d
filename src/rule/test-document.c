/* SPDX-License-Identifier: Apache-2.0 */
/* Documents as JSON, and where a part of them stands. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"
#include "rule/document.h"

static const char text[] = "kind: K\nspec:\n  a.b: 1\n  list:\n    - x\n    - {name: y,  key: z}\n";

static void a_document_becomes_json(void **state)
{
	SCOPED(rule_problems) struct rule_problems problems = RULE_PROBLEMS_INIT;
	SCOPED(buf) struct buf out = BUF_INIT(4096);

	assert_int_equal(rule_document_json("f", text, strlen(text), &problems, &out), 0);
	assert_string_equal(buf_str(&out),
			    "{\"kind\":\"K\",\"spec\":{\"a.b\":\"1\",\"list\":[\"x\",{\"name\":\"y\",\"key\":"
			    "\"z\"}]}}");
}

static void a_path_has_its_place(void **state)
{
	static const struct {
		const char *path;
		unsigned line, column;
	} rows[] = {
		{"kind", 1, 1},
		{"spec", 2, 1},
		{"spec.a.b", 3, 3},
		{"spec.list", 4, 3},
		{"spec.list[0]", 5, 7},
		{"spec.list[1].key", 6, 18},
		{"spec.list[1].none", 6, 7},
		{"spec.list[7].key", 4, 3},
		{"none.at.all", 0, 0},
		{"", 0, 0},
		{"[0]", 0, 0},
		{"spec.list[", 5, 7},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct rule_place p = rule_document_place("f", text, strlen(text), rows[i].path);
		if (p.line != rows[i].line || p.column != rows[i].column)
			print_error("%s: %u:%u\n", rows[i].path, p.line, p.column);
		assert_int_equal(p.line, rows[i].line);
		assert_int_equal(p.column, rows[i].column);
	}
	assert_int_equal(rule_document_place("f", "{", 1, "kind").line, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(a_document_becomes_json),
					   cmocka_unit_test(a_path_has_its_place)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
