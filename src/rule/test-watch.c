/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules over several events: they fire when enough of them came in time, by key, and forget when there is no room.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "test-kit.h"

#define HEAD "- rule: r\n  desc: d\n  output: o\n  priority: INFO\n  warn_evttypes: false\n"
#define SECOND 1000000000ull

struct step {
	unsigned at_s;
	const char *event;
	bool fires;
};

static void check(const char *rules, const struct step *steps, size_t count)
{
	SCOPED_PTR(rule_set) struct rule_set *set = kit_load(rules);
	SCOPED_PTR(rule_judge) struct rule_judge *judge = NULL;

	assert_int_equal(rule_judge_new(set, &judge), 0);
	for (size_t i = 0; i < count; i++) {
		struct kit_event e = {steps[i].event};
		const uint32_t *matched;
		size_t n = rule_judge_event(judge, 0, 1000 * SECOND + steps[i].at_s * SECOND, kit_get, &e, &matched);
		if ((n == 1) == steps[i].fires)
			continue;
		print_error("step %zu: %s\n", i, steps[i].event);
		fail();
	}
}

static void counts(void **state)
{
	static const struct step steps[] = {
		{0, "proc.name=a container.id=x", false},  {1, "proc.name=a container.id=x", false},
		{2, "proc.name=a container.id=y", false},  {3, "proc.name=b container.id=x", false},
		{4, "proc.name=a container.id=x", true},   {5, "proc.name=a container.id=x", false},
		{30, "proc.name=a container.id=y", false}, {31, "proc.name=a container.id=y", false},
		{40, "proc.name=a container.id=y", true},
	};
	check(HEAD "  condition: proc.name=a\n  count: {by: container.id, within: 10s, at_least: 3}\n", steps,
	      ARRAY_LEN(steps));
}

static void distinct_values(void **state)
{
	static const struct step steps[] = {
		{0, "proc.pid=1 fd.port=1", false}, {1, "proc.pid=1 fd.port=1", false},
		{2, "proc.pid=1 fd.port=2", false}, {2, "proc.pid=2 fd.port=3", false},
		{3, "proc.pid=1", false},	    {4, "proc.pid=1 fd.port=3", true},
		{5, "proc.pid=1 fd.port=4", false},
	};
	check(HEAD "  condition: proc.pid exists\n  distinct: {of: fd.port, by: [proc.pid], within: 1m, at_least: 3}\n",
	      steps, ARRAY_LEN(steps));
}

static void sequences(void **state)
{
	static const struct step steps[] = {
		{0, "proc.name=b proc.pid=1", false}, {1, "proc.name=a proc.pid=1", false},
		{2, "proc.name=c proc.pid=1", false}, {3, "proc.name=b proc.pid=2", false},
		{4, "proc.name=b proc.pid=1", false}, {5, "proc.name=c proc.pid=1", true},
		{6, "proc.name=c proc.pid=1", false}, {7, "proc.name=a proc.pid=1", false},
		{8, "proc.name=b proc.pid=1", false}, {40, "proc.name=c proc.pid=1", false},
	};
	check(HEAD "  sequence: {by: proc.pid, within: 30s, steps: [proc.name=a, proc.name=b, proc.name=c]}\n", steps,
	      ARRAY_LEN(steps));
}

static void one_event_is_one_step(void **state)
{
	static const struct step steps[] = {
		{0, "proc.name=a", false}, {1, "proc.name=a", true}, {2, "proc.name=a", false}};

	check(HEAD "  sequence: {within: 30s, steps: [proc.name=a, proc.name startswith a]}\n", steps,
	      ARRAY_LEN(steps));
}

static void what_does_not_fit_is_forgotten_and_counted(void **state)
{
	SCOPED_PTR(rule_set)
	struct rule_set *set =
		kit_load(HEAD "  condition: proc.pid exists\n  count: {by: proc.pid, within: 1h, at_least: 2}\n");
	SCOPED_PTR(rule_judge) struct rule_judge *judge = NULL;
	SCOPED_PTR(rule_judge) struct rule_judge *beside = NULL;
	const uint32_t *matched;
	char text[64];
	struct kit_event e = {text};

	assert_int_equal(rule_judge_new(set, &judge), 0);
	assert_int_equal(rule_judge_new_beside(judge, &beside), 0);
	for (uint64_t i = 0; i < 60000; i++) {
		snprintf(text, sizeof(text), "proc.pid=%llu", (unsigned long long)i);
		assert_int_equal(rule_judge_event(judge, 0, i, kit_get, &e, &matched), 0);
	}
	assert_true(rule_judge_stats(judge).forgotten > 20000);
	/* The same key again, judged by another thread's judge. */
	assert_int_equal(rule_judge_event(beside, 0, 60000, kit_get, &e, &matched), 1);
}

static void mistakes(void **state)
{
	static const char *const rows[][2] = {
		{HEAD "  condition: proc.pid=1\n  count: {within: 10, at_least: 3}\n", "7:19: expected a time such as"},
		{HEAD "  condition: proc.pid=1\n  count: {within: 10s, at_least: 1}\n", "a number from 2 to 1000"},
		{HEAD "  condition: proc.pid=1\n  distinct: {within: 10s, at_least: 3}\n", "expected 'of'"},
		{HEAD "  condition: proc.pid=1\n  count: {within: 10s, at_least: 3, by: proc.pidd}\n",
		 "unknown field 'proc.pidd'"},
		{HEAD "  sequence: {within: 10s, steps: [proc.pid=1]}\n", "expected 'steps' with 2 to 8"},
		{HEAD "  sequence: {within: 10s, steps: [proc.pid=1, proc.pod=2]}\n", "6:47: unknown field 'proc.pod'"},
		{HEAD "  condition: proc.pid=1\n  count: {within: 1s, at_least: 2}\n  distinct: {}\n",
		 "only one of count"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const char *found = kit_problems(rows[i][0]);
		if (strstr(found, rows[i][1]))
			continue;
		print_error("found \"%s\", expected \"%s\"\n", found, rows[i][1]);
		fail();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts),
		cmocka_unit_test(distinct_values),
		cmocka_unit_test(sequences),
		cmocka_unit_test(one_event_is_one_step),
		cmocka_unit_test(what_does_not_fit_is_forgotten_and_counted),
		cmocka_unit_test(mistakes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
