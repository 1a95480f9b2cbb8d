/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rule files: what defines, changes and appends, and where a mistake is shown.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "test-kit.h"

#define RULE "- rule: r\n  desc: d\n  output: o\n  priority: INFO\n  warn_evttypes: false\n  condition: "

static bool matches(const char *rules, const char *event)
{
	SCOPED_PTR(rule_set) struct rule_set *set = kit_load(rules);
	SCOPED_PTR(rule_judge) struct rule_judge *judge = NULL;
	struct kit_event e = {event};
	const uint32_t *matched;

	assert_int_equal(rule_judge_new(set, &judge), 0);
	return rule_judge_event(judge, 0, 0, kit_get, &e, &matched) == 1;
}

static void lists_and_macros(void **state)
{
	const char *text = "- list: a\n  items: [x, '\"y z\"']\n"
			   "- list: b\n  items: [a, w]\n"
			   "- macro: m\n  condition: (proc.name in (b, v))\n"
			   "- macro: n\n  condition: m and proc.pid=1\n" RULE "n\n";

	assert_true(matches(text, "proc.name=x proc.pid=1"));
	assert_true(matches(text, "proc.name=y~z proc.pid=1"));
	assert_true(matches(text, "proc.name=v proc.pid=1"));
	assert_false(matches(text, "proc.name=a proc.pid=1"));
	assert_false(matches(text, "proc.name=x proc.pid=2"));
	assert_true(matches("- list: a\n  items: [x, y]\n" RULE "proc.name in a\n", "proc.name=y"));
}

static void the_last_definition_wins(void **state)
{
	const char *text = "- macro: m\n  condition: proc.name=a\n"
			   "- macro: n\n  condition: m\n" RULE "n\n"
			   "- macro: m\n  condition: proc.name=b\n";

	assert_true(matches(text, "proc.name=b"));
	assert_false(matches(text, "proc.name=a"));
	assert_true(matches(RULE "m\n- macro: m\n  condition: proc.name=b\n", "proc.name=b"));
	assert_non_null(strstr(kit_problems("- macro: n\n  condition: m\n- macro: m\n  condition: proc.name=b\n"),
			       "rules.yaml:2:14: unknown macro 'm'; it is defined later"));
}

static void appending(void **state)
{
	const char *base = "- list: l\n  items: [a]\n- macro: m\n  condition: proc.name in (l)\n" RULE "m\n";
	char text[2048];

	snprintf(text, sizeof(text), "%s- list: l\n  append: true\n  items: [b]\n", base);
	assert_true(matches(text, "proc.name=b"));
	snprintf(text, sizeof(text), "%s- list: l\n  items: [c]\n  override:\n    items: replace\n", base);
	assert_false(matches(text, "proc.name=a"));
	assert_true(matches(text, "proc.name=c"));
	snprintf(text, sizeof(text), "%s- macro: m\n  condition: or proc.pid=7\n  override: {condition: append}\n",
		 base);
	assert_true(matches(text, "proc.pid=7"));
	snprintf(text, sizeof(text), "%s- rule: r\n  condition: and proc.pid=7\n  append: true\n", base);
	assert_false(matches(text, "proc.name=a"));
	assert_true(matches(text, "proc.name=a proc.pid=7"));
	snprintf(text, sizeof(text), "%s- rule: r\n  enabled: false\n", base);
	assert_false(matches(text, "proc.name=a"));
	snprintf(text, sizeof(text), "%s- rule: r\n  enabled: false\n  override: {enabled: replace}\n", base);
	assert_false(matches(text, "proc.name=a"));
}

static void exceptions(void **state)
{
	const char *base = RULE "proc.name exists or proc.pid exists\n"
				"  exceptions:\n"
				"    - name: tuples\n      fields: [proc.name, fd.name]\n      comps: [=, startswith]\n"
				"      values:\n        - [yum, /usr]\n        - [apt, '/var lib']\n"
				"    - name: single\n      fields: proc.name\n      values: [x, y]\n"
				"    - name: lists\n      fields: [proc.name, proc.pid]\n      comps: [in, in]\n";
	char text[2048];

	assert_true(matches(base, "proc.name=yum fd.name=/etc"));
	assert_false(matches(base, "proc.name=yum fd.name=/usr/bin"));
	assert_false(matches(base, "proc.name=apt fd.name=/var~lib"));
	assert_false(matches(base, "proc.name=y"));
	assert_true(matches(base, "proc.name=z"));
	snprintf(text, sizeof(text),
		 "%s- rule: r\n  exceptions:\n    - name: lists\n      values: [[[a, b], [1, 2]]]\n  append: true\n",
		 base);
	assert_false(matches(text, "proc.name=b proc.pid=2"));
	assert_true(matches(text, "proc.name=b proc.pid=3"));
	assert_non_null(strstr(kit_problems(RULE "proc.pid=1\n  exceptions:\n    - name: e\n      fields: [proc.name]\n"
						 "      values: [[a, b]]\n"),
			       "rules.yaml:10:16: expected a list with one value"));
	assert_non_null(strstr(kit_problems(RULE "proc.pid=1\n  exceptions:\n    - name: e\n      fields: proc.name\n"
						 "      values: [{a: b}]\n"),
			       "rules.yaml:10:16: expected a value or a list of values"));
}

static void mistakes_are_shown_where_they_are(void **state)
{
	const char *text =
		"- list: shells\n  items: [bash]\n"
		"- rule: r\n  desc: d\n  output: o %proc.nam\n  priority: INFO\n  condition: >\n"
		"    evt.type = open\n    and proc.nmae = x\n    and not proc.name inn (shells)\n"
		"- rule: s\n  desc: d\n  output: o\n  priority: LOUD\n  condition: evt.type = opne and unkown\n";
	const char *found = kit_problems(text);

	assert_non_null(strstr(found, "rules.yaml:10:23: expected an operator"));
	assert_non_null(strstr(found, "rules.yaml:5:11: unknown field 'proc.nam'; did you mean 'proc.name'?"));
	assert_non_null(strstr(found, "rules.yaml:14:13: expected a priority"));
	found = kit_problems(RULE "proc.nmae = x and evt.type = opne\n    and unkown and proc.pid = abc\n"
				  "- macro: unknown\n  condition: proc.pid=1\n");
	assert_non_null(strstr(found, "rules.yaml:6:14: unknown field 'proc.nmae'; did you mean 'proc.name'?"));
	assert_non_null(strstr(found, "rules.yaml:6:43: unknown event type 'opne'; did you mean 'open'?"));
	assert_non_null(strstr(found, "rules.yaml:7:9: unknown macro 'unkown'; did you mean 'unknown'?"));
	assert_non_null(strstr(found, "rules.yaml:7:31: expected a whole number, found 'abc'"));
}

static void wrong_conditions(void **state)
{
	static const char *const rows[][2] = {
		{"proc.name = ", "expected a value, but the condition ends here"},
		{"(proc.name = a", "expected 'and', 'or' or ')'"},
		{"proc.name = a proc.pid = 1", "expected 'and', 'or' or the end"},
		{"proc.name contains \"a", "a quote that does not end"},
		{"proc.name in (a", "expected ',' or ')'"},
		{"proc.pid contains 1", "the operator 'contains' cannot be used on proc.pid, which is a number"},
		{"evt.is_open_read = maybe", "expected true or false"},
		{"fd.ip = 10.0.0.0/8", "expected an IP address"},
		{"fd.net = nonsense", "expected a network"},
		{"fd.name regex '(a'", "a ( without its )"},
		{"fd.name regex '\\d+'", "not part of POSIX"},
		{"proc.aname[x] = a", "wrong argument in 'proc.aname[x]'"},
		{"evt.arg.flgas = a", "did you mean 'flags'"},
		{"evt.buffer bcontains xyz", "hexadecimal"},
		{"tolower(proc.pid) = a", "a field that holds text"},
		{"proc.name = val(proc.pid)", "different types"},
		{"join(proc.name) = a", "wrong number of arguments"},
		{"join(\"-\", \"a\", \"b\") = foo", "wrong number of arguments"},
		{"join((\"a\", \"b\"), (\"a\", \"b\")) = foo", "text is needed where there is a list"},
		{"join(\"a\", \"b\") = foo", "a list is needed where there is text"},
		{"concat(\"aaa\") = foo", "wrong number of arguments"},
		{"concat(\"a\", (\"a\", \"b\")) = foo", "text is needed where there is a list"},
		{"getopt(\"not_a_list\", \"n\") intersects (n)", "a list is needed where there is text"},
		{"getopt((\"-n\"), (\"n\")) intersects (n)", "text is needed where there is a list"},
		{"val(proc.name) exists", "val() stands alone on the right side"},
		{"proc.name = b64(val(proc.name))", "val() stands alone on the right side"},
		{"proc.name = val(tolower(proc.name))", "val() takes one field"},
		{"proc.name = val(proc.name, proc.pname)", "val() takes one field"},
		{"b64 (proc.name) exists", "expected 'and', 'or' or the end"},
		{"proc.name in (a,)", "expected a value"},
		{"proc.name in (a,, b)", "expected a value"},
		{"proc.name = \"it\\'s\"", "the other kind of quote needs no backslash"},
		{"proc.name in nolist", "expected a list"},
		{"and proc.name = a", "expected a field, a macro or"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const char *found = kit_condition_problem(rows[i][0]);
		if (strstr(found, rows[i][1]))
			continue;
		print_error("%s: found \"%s\", expected \"%s\"\n", rows[i][0], found, rows[i][1]);
		fail();
	}
}

static void cycles(void **state)
{
	assert_non_null(strstr(kit_problems("- macro: a\n  condition: proc.pid=1\n- macro: b\n  condition: a\n"
					    "- macro: a\n  condition: b\n"),
			       "a macro that contains itself"));
	assert_non_null(
		strstr(kit_problems("- list: a\n  items: [x]\n- list: b\n  items: [a]\n- list: a\n  items: [b]\n"),
		       "a list that contains itself"));
	assert_non_null(strstr(kit_problems("- list: a\n  items: &x [*x]\n"), "a value that contains itself"));
}

static void versions_and_sources(void **state)
{
	assert_string_equal(kit_problems("- required_engine_version: 0.57.0\n- required_plugin_versions:\n"
					 "    - name: container\n      version: 0.4.0\n"),
			    "");
	assert_non_null(strstr(kit_problems("- required_engine_version: 0.64.0\n"), "need engine version 0.64.0"));
	assert_non_null(
		strstr(kit_problems("- required_plugin_versions: [{name: json, version: 1}]\n"), "plugin 'json'"));
	assert_non_null(
		strstr(kit_problems(RULE "proc.pid=1\n  source: k8s_audit\n"), "warning: this rule is left out"));
	assert_non_null(strstr(kit_problems(RULE "proc.nope=1\n  skip-if-unknown-filter: true\n"),
			       "warning: rule 'r' is left out: unknown field 'proc.nope'"));
	assert_non_null(strstr(kit_problems("- rule: r\n  append: true\n  condition: and proc.pid=1\n"),
			       "there is no rule 'r' before this to change"));
	assert_string_equal(
		kit_problems("- macro: m\n  condition: proc.pid=1\n  override: {condition: replace}\n" RULE "m\n"), "");
	assert_string_equal(
		kit_problems("- list: l\n  items: [a]\n  override: {items: replace}\n" RULE "proc.name in (l)\n"), "");
	assert_non_null(strstr(kit_problems("- list: l\n  items: [a]\n  override: {items: append}\n"),
			       "there is no list 'l' before this to change"));
	assert_non_null(strstr(kit_problems("- nonsense: x\n"), "warning: expected a rule, a macro, a list"));
	assert_non_null(
		strstr(kit_problems(RULE "proc.pid=1\n  exceptions:\n  - {name: e, fields: proc.name, values: [a]}\n"
					 "  - {name: e, fields: proc.name, values: [b]}\n"),
		       "warning: there is an exception of this name already"));
	assert_non_null(strstr(kit_problems("hello"), "expected a list of rules"));
	assert_non_null(strstr(kit_problems("- a: [b"), "not valid YAML"));
}

static void texts_of_every_kind(void **state)
{
	assert_true(matches("\xef\xbb\xbf" RULE "proc.pid=1\n", "proc.pid=1"));
	assert_non_null(strstr(kit_problems("\xef\xbb\xbf" RULE "proc.pod=1\n"), "rules.yaml:6:14: unknown field"));
	assert_non_null(strstr(kit_problems("- list: l\n  items: [a, \xe9]\n"), "rules.yaml:2:15: not UTF-8 text"));
	/* Where a condition ends is its last line, not what follows. */
	assert_non_null(
		strstr(kit_problems("- macro: m\n  condition: (proc.pid=1\n\n# more\n- list: l\n  items: [a]\n"),
		       "rules.yaml:2:25: expected 'and', 'or' or ')'"));
	assert_string_equal(kit_problems("- list: a\n  items: [&x [b], *x, *x]\n"),
			    "rules.yaml:2:11: an item must be text\n");
}

static void a_parenthesis_behind_a_field_is_text(void **state)
{
	static const char *const outputs[] = {"%proc.name(%proc.pid)", "%proc.name(", "a %proc.name() b"};
	char text[512];

	for (size_t i = 0; i < ARRAY_LEN(outputs); i++) {
		snprintf(text, sizeof(text),
			 "- rule: r\n  desc: d\n  output: \"%s\"\n  priority: INFO\n  warn_evttypes: false\n"
			 "  condition: proc.pid=1\n",
			 outputs[i]);
		assert_string_equal(kit_problems(text), "");
	}
}

/* What other engines load has to load, and what is left out is said. */
static void words_for_lists(void **state)
{
	const char *list = "- list: l\n  items: [gcc, clang]\n";
	char text[2048];

	snprintf(text, sizeof(text), "%s" RULE "proc.name startswith anyof (l, cc)\n", list);
	assert_true(matches(text, "proc.name=clang-14"));
	assert_true(matches(text, "proc.name=cc1"));
	assert_false(matches(text, "proc.name=ld"));
	assert_non_null(strstr(kit_problems(RULE "proc.name in anyof (a)\n"), "expected"));
	assert_non_null(strstr(kit_problems(RULE "proc.pid > anyof (1)\n"), "expected"));
	/* Exceptions: one field with all values, lists of lists, and a tuple. */
	assert_false(matches(RULE
			     "proc.pid=1\n  exceptions:\n    - {name: e, fields: proc.name, comps: startswith anyof, "
			     "values: [kube-, etcd-]}\n",
			     "proc.pid=1 proc.name=etcd-x"));
	assert_true(matches(RULE "proc.pid=1\n  exceptions:\n    - {name: e, fields: proc.name, comps: contains allof, "
				 "values: [a, b]}\n",
			    "proc.pid=1 proc.name=a"));
	assert_false(matches(
		RULE "proc.pid=1\n  exceptions:\n    - {name: e, fields: [proc.name], comps: [startswith oneof], "
		     "values: [[[gcc, clang]]]}\n",
		"proc.pid=1 proc.name=gcc-12"));
	assert_false(matches(RULE
			     "proc.pid=1\n  exceptions:\n    - {name: e, fields: [proc.name], comps: [endswith oneof], "
			     "values: [[d]]}\n",
			     "proc.pid=1 proc.name=sshd"));
}

static void captures_may_be_overridden(void **state)
{
	const char *text = RULE "proc.name=a\n- rule: r\n  capture: true\n  override: {capture: replace}\n";

	assert_true(matches(text, "proc.name=a"));
	assert_string_equal(kit_problems(text), "");
}

static void other_sources_are_left_out_whole(void **state)
{
	const char *text =
		"- macro: m\n  condition: ka.verb = create\n"
		"- rule: f\n  source: k8s_audit\n  desc: d\n  output: o\n  priority: INFO\n  condition: m\n"
		"- rule: f\n  condition: and ka.verb = x\n  override: {condition: append}\n" RULE "proc.name=a\n";

	assert_true(matches(text, "proc.name=a"));
	assert_non_null(strstr(kit_problems(text), "this rule is left out"));
	assert_non_null(strstr(kit_problems(text), "unknown field 'ka.verb' in a macro that no rule uses"));
	/* A macro that a rule uses is none of that. */
	assert_non_null(strstr(kit_problems("- macro: m\n  condition: ka.verb = create\n" RULE "m\n"),
			       "unknown field 'ka.verb'"));
}

static void the_broken_is_skipped_on_request(void **state)
{
	const char *text = "- macro: bad\n  condition: no.field = 1\n"
			   "- rule: a\n  desc: d\n  output: o\n  priority: INFO\n  condition: proc.name=a and not bad\n"
			   "- rule: b\n  desc: d\n  output: o\n  priority: INFO\n  condition: proc.name=a and not bad\n"
			   "- rule: c\n  desc: d\n  priority: INFO\n  condition: proc.name=a\n"
			   "- rule: e\n  desc: d\n  output: o\n  priority: INFO\n  condition: proc.name=a and\n" RULE
			   "proc.name=a\n";
	SCOPED(rule_problems) struct rule_problems problems = RULE_PROBLEMS_INIT;
	SCOPED_PTR(rule_set) struct rule_set *set = NULL;
	struct rule_file file = {"rules.yaml", text, strlen(text)};
	struct rule_options options = RULE_OPTIONS_DEFAULT;

	assert_int_equal(rule_load(&kit_schema, &file, 1, &options, &problems, &set), -EINVAL);
	options.skip_broken = true;
	size_t warnings = problems.warnings;
	assert_int_equal(rule_load(&kit_schema, &file, 1, &options, &problems, &set), 0);
	/* Each of the four is named; the second user of the broken macro as well. */
	assert_int_equal(problems.warnings - warnings, 4);
	for (size_t i = 0; i < rule_set_count(set); i++)
		assert_int_equal(rule_set_info(set, i)->enabled, strcmp(rule_set_info(set, i)->name, "r") == 0);
	assert_true(rule_set_find(set, "r") >= 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_and_macros),
		cmocka_unit_test(the_last_definition_wins),
		cmocka_unit_test(appending),
		cmocka_unit_test(exceptions),
		cmocka_unit_test(mistakes_are_shown_where_they_are),
		cmocka_unit_test(wrong_conditions),
		cmocka_unit_test(cycles),
		cmocka_unit_test(versions_and_sources),
		cmocka_unit_test(texts_of_every_kind),
		cmocka_unit_test(a_parenthesis_behind_a_field_is_text),
		cmocka_unit_test(words_for_lists),
		cmocka_unit_test(captures_may_be_overridden),
		cmocka_unit_test(other_sources_are_left_out_whole),
		cmocka_unit_test(the_broken_is_skipped_on_request),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
