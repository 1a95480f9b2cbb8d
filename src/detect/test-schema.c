/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tables name everything once, and every name leads back to its place.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "detect/schema.h"
#include "rule/judge.h"
#include "rule/load.h"

static void every_name_leads_to_its_place(void **state)
{
	const struct rule_schema *s = &detect_schema;

	for (size_t i = 0; i < s->field_count; i++) {
		assert_int_equal(rule_schema_field(s, s->fields[i].name, strlen(s->fields[i].name)), i);
		assert_true(strlen(s->fields[i].about) > 0);
	}
	for (size_t i = 0; i < s->event_count; i++)
		assert_int_equal(rule_schema_event(s, s->events[i], strlen(s->events[i])), i);
	for (size_t i = 0; i < s->arg_count; i++)
		assert_int_equal(rule_schema_arg(s, s->args[i], strlen(s->args[i])), i);
	assert_string_equal(s->fields[s->evt_type].name, "evt.type");
	assert_string_equal(s->fields[s->evt_num].name, "evt.num");
	assert_string_equal(s->events[EVENT_OPENAT], "openat");
	assert_string_equal(s->args[ARG_FLAGS], "flags");
}

static void fields_with_arguments(void **state)
{
	static const char *const good[] = {"proc.aname[2]",    "proc.aname",
					   "evt.arg.flags",    "evt.arg[0]",
					   "evt.rawarg.fd",    "container.mount.dest[/proc*]",
					   "proc.env[PATH]",   "thread.cgroup.cpuacct",
					   "evt.type.is.open", "container.label.a.b",
					   "fd.types[1]"};
	static const char *const bad[] = {"proc.aname[a]", "evt.arg",  "container.mount.dest",
					  "proc.name[1]",  "proc.nam", "evt.arg.nonsense"};
	struct rule_arg arg;

	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		assert_true(rule_schema_parse(&detect_schema, good[i], strlen(good[i]), &arg) >= 0);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_true(rule_schema_parse(&detect_schema, bad[i], strlen(bad[i]), &arg) < 0);
}

/* Names of other engines and of 32-bit programs are the events that are seen; what is never seen is told apart. */
static void other_names(void **state)
{
	static const struct rule_alias rows[] = {
		{"pread", "pread64"}, {"pwrite", "pwrite64"}, {"prlimit", "prlimit64"}, {"stat64", "stat"}};
	static const char *const seen[] = {"open",     "fchmodat2", "mseal", "file_setattr", "rseq_slice_yield",
					   "procexit", "container"};
	static const char *const unseen[] = {"useradded", "socketcall", "switch", "page_fault_user"};
	const struct rule_schema *s = &detect_schema;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_int_equal(rule_schema_event(s, rows[i].name, strlen(rows[i].name)),
				 rule_schema_event(s, rows[i].event, strlen(rows[i].event)));
	for (size_t i = 0; i < ARRAY_LEN(seen); i++)
		assert_true(s->has_event((unsigned)rule_schema_event(s, seen[i], strlen(seen[i]))));
	for (size_t i = 0; i < ARRAY_LEN(unseen); i++)
		assert_false(s->has_event((unsigned)rule_schema_event(s, unseen[i], strlen(unseen[i]))));
	assert_true(s->has_field(FIELD_PROC_AARGS));
	assert_false(s->has_field(FIELD_FDLIST_NAMES));
}

static int around(void *ctx, unsigned field, const struct rule_arg *arg, struct rule_value *out)
{
	*out = rule_value_number(field == FIELD_EVT_AROUND ? *(int64_t *)ctx : 0);
	return field == FIELD_EVT_AROUND;
}

static void around_means_at_most(void **state)
{
	const char *text = "- rule: r\n  desc: d\n  output: o\n  priority: INFO\n  condition: evt.type = open and "
			   "evt.around[1] = 5\n";
	SCOPED(rule_problems) struct rule_problems problems = RULE_PROBLEMS_INIT;
	SCOPED_PTR(rule_set) struct rule_set *set = NULL;
	SCOPED_PTR(rule_judge) struct rule_judge *judge = NULL;
	struct rule_file file = {"r", text, strlen(text)};
	const uint32_t *rules;

	assert_int_equal(rule_load(&detect_schema, &file, 1, &RULE_OPTIONS_DEFAULT, &problems, &set), 0);
	assert_int_equal(rule_judge_new(set, &judge), 0);
	for (int64_t apart = 4; apart < 8; apart++)
		assert_int_equal(rule_judge_event(judge, EVENT_OPEN, 0, around, &apart, &rules), apart <= 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_name_leads_to_its_place),
		cmocka_unit_test(fields_with_arguments),
		cmocka_unit_test(other_names),
		cmocka_unit_test(around_means_at_most),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
