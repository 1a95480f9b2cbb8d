/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hostile rule files: each gets one clear answer in bounded time.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "base/buf.h"
#include "test-kit.h"

#define RULE "- rule: r\n  desc: d\n  output: o\n  priority: INFO\n  warn_evttypes: false\n  condition: "
#define SECONDS_MAX 30 /* of processor time, for what takes about one; what multiplies takes hours */

static clock_t begin;

static int start(void **state)
{
	begin = clock();
	return 0;
}

static int in_time(void **state)
{
	return (clock() - begin) / CLOCKS_PER_SEC < SECONDS_MAX ? 0 : -1;
}

static void repeat(struct buf *b, const char *text, size_t times)
{
	for (size_t i = 0; i < times; i++)
		buf_add_str(b, text);
}

static void shows(const char *text, const char *expected)
{
	const char *found = kit_problems(text);

	if (!strstr(found, expected)) {
		print_error("found \"%.300s\", expected \"%s\"\n", found, expected);
		fail();
	}
}

static void a_condition_of_ten_megabytes(void **state)
{
	SCOPED(buf) struct buf b = BUF_INIT(64u << 20);

	buf_add_str(&b, RULE "proc.name=a");
	repeat(&b, " or proc.name=a", 10u * 1024 * 1024 / 15);
	shows(buf_str(&b), "rules.yaml:6:14: a condition of 104857");
}

static void a_condition_as_long_as_allowed(void **state)
{
	SCOPED(buf) struct buf b = BUF_INIT(64u << 20);

	buf_add_str(&b, RULE "proc.nme=a");
	repeat(&b, " or proc.nme=a", 70000);
	shows(buf_str(&b), "unknown field 'proc.nme'");
	buf_reset(&b);
	buf_add_str(&b, RULE "proc.pid=1");
	for (int i = 0; i < 40000; i++)
		buf_printf(&b, " or proc.pid=%d", i);
	SCOPED_PTR(rule_set) struct rule_set *set = kit_load(buf_str(&b));
	assert_non_null(set);
}

/* Two rules that need the same forty thousand things. */
static void much_in_common(void **state)
{
	SCOPED(buf) struct buf b = BUF_INIT(64u << 20);

	for (int rule = 0; rule < 2; rule++) {
		buf_printf(&b, "- rule: r%d\n  desc: d\n  output: o\n  priority: INFO\n  condition: proc.name=a%d",
			   rule, rule);
		for (int i = 0; i < 40000; i++)
			buf_printf(&b, " and proc.pid!=%d", i);
		buf_add_char(&b, '\n');
	}
	SCOPED_PTR(rule_set) struct rule_set *set = kit_load(buf_str(&b));
	assert_non_null(set);
}

static void deep_nesting(void **state)
{
	SCOPED(buf) struct buf b = BUF_INIT(64u << 20);

	buf_add_str(&b, RULE);
	repeat(&b, "(", 100000);
	shows(buf_str(&b), "nested too deeply");
	buf_reset(&b);
	buf_add_str(&b, RULE);
	repeat(&b, "not ", 100000);
	shows(buf_str(&b), "nested too deeply");
	buf_reset(&b);
	buf_add_str(&b, "- list: ");
	repeat(&b, "[", 100000);
	shows(buf_str(&b), "nested too deeply");
	buf_reset(&b);
	buf_add_str(&b, RULE);
	repeat(&b, "tolower(", 10000);
	shows(buf_str(&b), "nested too deeply");
}

/* Every macro uses the one before twice: written out it would be 2^60 tests. */
static void macros_that_double(void **state)
{
	SCOPED(buf) struct buf b = BUF_INIT(64u << 20);

	buf_add_str(&b, "- macro: m0\n  condition: proc.name=a\n");
	for (int i = 1; i < 45; i++)
		buf_printf(&b, "- macro: m%d\n  condition: (m%d and proc.pid=%d) or (m%d and proc.pname=p%d)\n", i,
			   i - 1, i, i - 1, i);
	buf_add_str(&b, RULE "m44\n");
	SCOPED_PTR(rule_set) struct rule_set *set = kit_load(buf_str(&b));
	SCOPED_PTR(rule_judge) struct rule_judge *judge = NULL;
	struct kit_event event = {"proc.name=a proc.pid=1"};
	const uint32_t *rules;
	assert_int_equal(rule_judge_new(set, &judge), 0);
	assert_int_equal(rule_judge_event(judge, 0, 0, kit_get, &event, &rules), 0);
	SCOPED(buf) struct buf explained = BUF_INIT(1u << 20);
	assert_int_equal(rule_explain(set, 0, &explained), -EMSGSIZE);
}

static void macros_too_deep(void **state)
{
	SCOPED(buf) struct buf b = BUF_INIT(64u << 20);

	buf_add_str(&b, RULE "m999\n- macro: m0\n  condition: proc.name=a\n");
	for (int i = 1; i < 1000; i++)
		buf_printf(&b, "- macro: m%d\n  condition: not (m%d and proc.pid=%d)\n", i, i - 1, i);
	shows(buf_str(&b), "macros inside macros too deeply");
}

/* Each list holds the one before ten times. */
static void lists_that_multiply(void **state)
{
	SCOPED(buf) struct buf b = BUF_INIT(64u << 20);

	buf_add_str(&b, "- list: l0\n  items: [a, b, c, d, e, f, g, h, i, j]\n");
	for (int i = 1; i < 20; i++) {
		buf_printf(&b, "- list: l%d\n  items: [", i);
		for (int k = 0; k < 10; k++)
			buf_printf(&b, "%sl%d", k ? ", " : "", i - 1);
		buf_add_str(&b, "]\n");
	}
	shows(buf_str(&b), "more than a million items");
}

static void aliases_that_multiply(void **state)
{
	SCOPED(buf) struct buf b = BUF_INIT(64u << 20);

	buf_add_str(&b, "- &a0 [x, x, x, x, x, x, x, x, x, x]\n");
	for (int i = 1; i < 25; i++)
		buf_printf(&b, "- &a%d [*a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d]\n", i, i - 1, i - 1,
			   i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1);
	buf_add_str(&b, "- list: l\n  items: *a24\n");
	shows(buf_str(&b), "an item must be text");
}

static void expensive_regular_expressions(void **state)
{
	char event[240] = "fd.name=";

	memset(event + strlen(event), 'a', 200);
	assert_false(kit_matches("fd.name regex '(a*)*(a*)*(a*)*b'", event));
	assert_false(kit_matches("fd.name regex '(a|aa|aaa)+b'", event));
	assert_false(kit_matches("fd.name regex '(a?){100}a{201}'", event));
	assert_non_null(strstr(kit_condition_problem("fd.name regex '((a{1000}){1000}){1000}'"), "too large"));
	assert_non_null(strstr(kit_condition_problem("fd.name regex '((((){1000}){1000}){1000}){1000}'"), "too large"));
	assert_false(kit_matches("fd.name glob '*a*a*a*a*a*a*a*a*a*a*a*a*b'", event));
}

static void many_mistakes(void **state)
{
	SCOPED(buf) struct buf b = BUF_INIT(64u << 20);
	SCOPED(rule_problems) struct rule_problems problems = RULE_PROBLEMS_INIT;
	struct rule_options options = RULE_OPTIONS_DEFAULT;
	struct rule_set *set = NULL;

	repeat(&b, "- nonsense\n", 20000);
	struct rule_file file = {"rules.yaml", buf_str(&b), b.len};
	assert_int_equal(rule_load(&kit_schema, &file, 1, &options, &problems, &set), -EINVAL);
	assert_int_equal(problems.count, RULE_PROBLEMS_MAX);
	assert_int_equal(problems.errors, 20000);
}

static void bytes_that_are_no_text(void **state)
{
	shows("\xff\xfe\x00", "rules.yaml:1:1: not UTF-8 text");
	shows("- list: \"a\\0b\"\n", "a NUL character in text");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, start, in_time)
int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_condition_of_ten_megabytes),
		CASE(a_condition_as_long_as_allowed),
		CASE(much_in_common),
		CASE(deep_nesting),
		CASE(macros_that_double),
		CASE(macros_too_deep),
		CASE(lists_that_multiply),
		CASE(aliases_that_multiply),
		CASE(expensive_regular_expressions),
		CASE(many_mistakes),
		CASE(bytes_that_are_no_text),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
