/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is said about a match, in which order rules match, what a set asks of sensors.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "test-kit.h"

static const char *const rules =
	"- rule: first\n  desc: d\n  priority: error\n  tags: [x, T1059]\n"
	"  output: \"*%proc.name (%proc.pid) at %evt.time: %toupper(proc.name), 100%% %proc.args[1]. %fd.ip "
	"%evt.type.\"\n"
	"  condition: evt.type in (open, execve) and (proc.name = a or proc.name = b) and not proc.pid = 5\n"
	"- rule: off\n  desc: d\n  priority: INFO\n  output: o\n  enabled: false\n  condition: evt.type = connect\n"
	"- rule: second\n  desc: d\n  priority: INFO\n  output: o %container.id %container.id %evt.is_open_read\n"
	"  condition: evt.type = open and proc.name startswith a\n"
	"- rule: third\n  desc: d\n  priority: INFO\n  output: o\n"
	"  condition: evt.type = open and proc.name in (x, y, a) and fd.name exists\n";

struct fixture {
	struct rule_set *set;
	struct rule_judge *judge;
	struct kit_event event;
};

static size_t judge(struct fixture *f, unsigned type, const char *event, const uint32_t **matched)
{
	f->event.text = event;
	return rule_judge_event(f->judge, type, 0, kit_get, &f->event, matched);
}

static void begin(struct fixture *f, const char *text)
{
	f->set = kit_load(text);
	assert_int_equal(rule_judge_new(f->set, &f->judge), 0);
}

static void end(struct fixture *f)
{
	rule_judge_free(f->judge);
	rule_set_free(f->set);
}

static void rules_match_in_their_order(void **state)
{
	struct fixture f;
	const uint32_t *matched;
	char text[4096];

	snprintf(text, sizeof(text), "%s", rules);
	memcpy(strstr(text, "%proc.args[1]"), "%proc.args   ", 13);
	begin(&f, text);
	assert_int_equal(judge(&f, 0, "evt.type=open proc.name=a fd.name=/x", &matched), 3);
	assert_int_equal(matched[0], 0);
	assert_int_equal(matched[1], 2);
	assert_int_equal(matched[2], 3);
	assert_int_equal(judge(&f, 2, "evt.type=execve proc.name=b", &matched), 1);
	assert_int_equal(judge(&f, 0, "evt.type=open proc.name=a proc.pid=5", &matched), 1);
	assert_int_equal(judge(&f, 3, "evt.type=connect", &matched), 0);
	assert_int_equal(judge(&f, 99, "proc.name=a", &matched), 0);
	assert_int_equal(judge(&f, 99, "evt.type=newcall proc.name=a", &matched), 0);
	assert_true(kit_matches("evt.type != open and proc.name = a", "evt.type=close proc.name=a"));
	assert_int_equal(rule_judge_stats(f.judge).matches, 5);
	assert_string_equal(rule_set_info(f.set, 0)->tags[1], "T1059");
	assert_int_equal(rule_set_info(f.set, 0)->priority, RULE_ERROR);
	end(&f);
}

/* A type that no table has is compared by the name the event gives. */
static void unknown_types(void **state)
{
	struct fixture f;
	const uint32_t *matched;

	begin(&f,
	      "- rule: r\n  desc: d\n  output: o\n  priority: INFO\n  condition: evt.type != open and proc.name = a\n");
	assert_int_equal(judge(&f, 99, "evt.type=newcall proc.name=a", &matched), 1);
	assert_int_equal(judge(&f, 99, "proc.name=a", &matched), 0);
	end(&f);
}

static void outputs(void **state)
{
	struct fixture f;
	const uint32_t *matched;
	char text[4096];
	SCOPED(buf) struct buf out = BUF_INIT(4096);
	struct json_out json = JSON_OUT(&out);

	snprintf(text, sizeof(text), "%s", rules);
	memcpy(strstr(text, "%proc.args[1]"), "%proc.args   ", 13);
	begin(&f, text);
	assert_int_equal(judge(&f, 0, "evt.type=open proc.name=a proc.pid=7 evt.time=3723000000004 fd.ip=10.0.0.1|::1",
			       &matched),
			 2);
	assert_int_equal(rule_judge_output(f.judge, 0, &out), 0);
	assert_string_equal(buf_str(&out), "a (7) at 01:02:03.000000004: A, 100% <NA>   . 10.0.0.1,::1 open.");
	buf_reset(&out);
	json_out_object(&json, NULL);
	rule_judge_output_fields(f.judge, 2, &json);
	json_out_object_end(&json);
	assert_string_equal(buf_str(&out), "{\"container.id\":null,\"evt.is_open_read\":null}");
	buf_reset(&out);
	json = JSON_OUT(&out);
	json_out_object(&json, NULL);
	rule_judge_reasons(f.judge, 0, &json);
	json_out_object_end(&json);
	assert_non_null(strstr(buf_str(&out), "\"proc.name\":\"a\""));
	assert_null(strstr(buf_str(&out), "proc.pid"));
	end(&f);
}

static void what_sensors_must_deliver(void **state)
{
	SCOPED_PTR(rule_set)
	struct rule_set *set = kit_load("- rule: r\n  desc: d\n  output: o %fd.name\n  priority: INFO\n"
					"  condition: evt.type in (open, openat) and tolower(proc.name) = x\n");
	long rule = rule_set_find(set, "r");

	assert_int_equal(rule, 0);
	assert_int_equal(rule_set_find(set, "s"), -1);
	assert_true(rule_set_wants_event(set, 0));
	assert_true(rule_set_wants_event(set, 1));
	assert_false(rule_set_wants_event(set, 2));
	assert_true(rule_set_wants_field(set, (unsigned)rule_schema_field(&kit_schema, "fd.name", 7)));
	assert_true(rule_wants_field(set, 0, (unsigned)rule_schema_field(&kit_schema, "proc.name", 9)));
	assert_false(rule_set_wants_field(set, (unsigned)rule_schema_field(&kit_schema, "fd.ip", 5)));
	assert_true(rule_set_bytes(set) > 1000);
}

static void an_explanation(void **state)
{
	SCOPED_PTR(rule_set)
	struct rule_set *set =
		kit_load("- list: l\n  items: [a, 'b c']\n- macro: m\n  condition: proc.name in (l, d) or proc.pid=1\n"
			 "- rule: r\n  desc: d\n  output: o\n  priority: INFO\n"
			 "  condition: evt.type=open and m and not (fd.name startswith /x or m)\n");
	SCOPED(buf) struct buf out = BUF_INIT(4096);

	assert_int_equal(rule_explain(set, 0, &out), 0);
	assert_string_equal(buf_str(&out), "evt.type = open\nand (proc.name in (a, \"b c\", d)\n  or proc.pid = 1)\n"
					   "and not (fd.name startswith /x\n  or proc.name in (a, \"b c\", d)\n"
					   "  or proc.pid = 1)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules_match_in_their_order),
		cmocka_unit_test(unknown_types),
		cmocka_unit_test(outputs),
		cmocka_unit_test(what_sensors_must_deliver),
		cmocka_unit_test(an_explanation),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
