/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names and arguments of fields, as rules write them.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rule/schema.h"

enum { TYPE, NUM, ANAME, ARG, ENV, MOUNT, NAME, CGROUP };
static const struct rule_field fields[] = {
	[TYPE] = {"evt.type", "", RULE_STRING, RULE_ARG_NONE},
	[NUM] = {"evt.num", "", RULE_NUMBER, RULE_ARG_NONE},
	[ANAME] = {"proc.aname", "", RULE_STRING, RULE_ARG_INDEX_OR_ALL},
	[ARG] = {"evt.arg", "", RULE_STRING, RULE_ARG_EVENT},
	[ENV] = {"proc.env", "", RULE_STRING, RULE_ARG_KEY_OR_ALL},
	[MOUNT] = {"container.mount.dest", "", RULE_STRING, RULE_ARG_PLACE},
	[NAME] = {"proc.name", "", RULE_STRING, RULE_ARG_NONE},
	[CGROUP] = {"thread.cgroup", "", RULE_STRING, RULE_ARG_KEY},
};
static const char *const events[] = {"open", "openat"};
static const char *const args[] = {"fd", "flags"};
static const struct rule_schema schema = {fields, 8, events, 2, args, 2, TYPE, NUM};

static int parse(const char *text, struct rule_arg *arg)
{
	return rule_schema_parse(&schema, text, strlen(text), arg);
}

static void plain_names_and_indexes(void **state)
{
	struct rule_arg arg;

	assert_int_equal(parse("proc.name", &arg), NAME);
	assert_int_equal(arg.form, RULE_ARG_ABSENT);
	assert_int_equal(parse("proc.aname", &arg), ANAME);
	assert_int_equal(arg.form, RULE_ARG_ABSENT);
	assert_int_equal(parse("proc.aname[12]", &arg), ANAME);
	assert_int_equal(arg.form, RULE_ARG_IS_INDEX);
	assert_int_equal(arg.index, 12);
	assert_int_equal(parse("proc.aname[x]", &arg), -EINVAL);
	assert_int_equal(parse("proc.aname[99999999999]", &arg), -EINVAL);
	assert_int_equal(parse("proc.aname[]", &arg), -EINVAL);
	assert_int_equal(parse("proc.aname[1", &arg), -EINVAL);
	assert_int_equal(parse("proc.name[1]", &arg), -EINVAL);
	assert_int_equal(parse("proc.nam", &arg), -ENOENT);
	assert_int_equal(parse("", &arg), -ENOENT);
}

static void keys(void **state)
{
	struct rule_arg arg;

	assert_int_equal(parse("evt.arg.flags", &arg), ARG);
	assert_int_equal(arg.form, RULE_ARG_IS_KEY);
	assert_int_equal(arg.id, 1);
	assert_int_equal(parse("evt.arg[flags]", &arg), ARG);
	assert_int_equal(arg.id, 1);
	assert_int_equal(parse("evt.arg[0]", &arg), ARG);
	assert_int_equal(arg.form, RULE_ARG_IS_INDEX);
	assert_int_equal(parse("evt.arg", &arg), -EINVAL);
	assert_int_equal(parse("evt.arg.nothing", &arg), -EINVAL);
	assert_int_equal(parse("proc.env[PATH]", &arg), ENV);
	assert_int_equal(arg.key.len, 4);
	assert_int_equal(parse("proc.env", &arg), ENV);
	assert_int_equal(parse("thread.cgroup.cpu,cpuacct", &arg), CGROUP);
	assert_int_equal(parse("thread.cgroup", &arg), -EINVAL);
	assert_int_equal(parse("container.mount.dest[/etc*]", &arg), MOUNT);
	assert_memory_equal(arg.key.at, "/etc*", 5);
	assert_int_equal(parse("container.mount.dest[3]", &arg), MOUNT);
	assert_int_equal(arg.index, 3);
	assert_int_equal(parse("container.mount.dest", &arg), -EINVAL);
}

static void names_of_events(void **state)
{
	assert_int_equal(rule_schema_event(&schema, "openat", 6), 1);
	assert_int_equal(rule_schema_event(&schema, "opena", 5), -1);
	assert_int_equal(rule_schema_arg(&schema, "fd", 2), 0);
	assert_string_equal(rule_type_name(RULE_IP), "IP address");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_names_and_indexes),
		cmocka_unit_test(keys),
		cmocka_unit_test(names_of_events),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
