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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_name_leads_to_its_place),
		cmocka_unit_test(fields_with_arguments),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
