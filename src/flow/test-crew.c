/* SPDX-License-Identifier: Apache-2.0 */
/* Several threads against one: the same alerts in the same order, whatever comes when. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <asm/unistd_64.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crew.h"
#include "rule/load.h"

enum { EVENTS = 30000, PROCESSES = 50, OUTPUT_MAX = 16 << 20 };

static const char rules_text[] = "- rule: Named\n"
				 "  desc: d\n"
				 "  condition: evt.type=openat and proc.name in (p3, p7, p11)\n"
				 "  output: '%evt.num %proc.name %proc.pid %proc.pname'\n"
				 "  priority: INFO\n"
				 "- rule: Often\n"
				 "  desc: d\n"
				 "  condition: evt.type=openat and proc.name startswith p1\n"
				 "  count: {by: proc.name, within: 10s, at_least: 5}\n"
				 "  output: '%evt.num %proc.name'\n"
				 "  priority: INFO\n";

static struct rule_set *load(void)
{
	SCOPED(rule_problems) struct rule_problems problems = RULE_PROBLEMS_INIT;
	struct rule_options options = RULE_OPTIONS_DEFAULT;
	struct rule_file file = {"test.yaml", rules_text, sizeof(rules_text) - 1};
	struct rule_set *set = NULL;
	assert_int_equal(rule_load(&detect_schema, &file, 1, &options, &problems, &set), 0);
	return set;
}

static int collect(void *ctx, const struct flow_alert *alert)
{
	return buf_printf(ctx, "%llu %s\n", (unsigned long long)alert->event, alert->words);
}

/* A process P opens a file, or starts a program of another name. */
static const struct event *next(unsigned number, unsigned *random)
{
	static _Alignas(8) uint8_t bytes[EVENT_SIZE_MAX];
	struct event *event = (void *)bytes;
	char name[16];
	*random = *random * 1103515245 + 12345;
	unsigned process = *random >> 16 & 0xffff, what = process / PROCESSES % 8;
	process %= PROCESSES;
	event_begin(event, what == 0 ? __NR_execve : what == 1 ? (unsigned)WATCH_FORK : __NR_openat);
	event->pid = event->tid = 1000 + process;
	event->start = 1;
	event->time = number * 1000000ull;
	if (what == 0) {
		struct event_exec exec = {.ppid = 1000 + (process + 1) % PROCESSES, .parent_start = 1};
		snprintf(name, sizeof(name), "p%u", (process * 7 + number) % 20);
		struct event_piece pieces[] = {{.kind = EVENT_P_EXEC, .fixed = &exec, .fixed_size = sizeof(exec)},
					       {.kind = EVENT_P_COMM, .bytes = name, .length = strlen(name) + 1}};
		assert_int_equal(event_add(event, sizeof(bytes), &pieces[0]), 0);
		assert_int_equal(event_add(event, sizeof(bytes), &pieces[1]), 0);
	} else if (what == 1) {
		struct event_child child = {.start = number, .pid = 5000 + number % 100, .tid = 5000 + number % 100};
		struct event_piece piece = {.kind = EVENT_P_CHILD, .fixed = &child, .fixed_size = sizeof(child)};
		assert_int_equal(event_add(event, sizeof(bytes), &piece), 0);
	}
	return event;
}

/* All events through so many threads, with crew_work() after bursts of BURST; the alerts as text. */
static void run(unsigned threads, unsigned burst, struct buf *out)
{
	SCOPED_PTR(rule_set) struct rule_set *set = load();
	SCOPED_PTR(rule_set) struct rule_set *other = load();
	const struct flow_watch_options options = {.rules = set};
	const struct flow_watch_handlers handlers = {.alert = collect, .ctx = out};
	const struct crew_config config = {
		.options = &options, .handlers = &handlers, .hostname = "host", .threads = threads};
	struct flow_watch_stats stats;
	struct crew *crew;
	unsigned random = 7;

	assert_int_equal(crew_new(&crew, &config, NULL), 0);
	for (unsigned i = 1; i <= EVENTS; i++) {
		assert_int_equal(crew_event(crew, next(i, &random)), 0);
		if (i % burst == 0)
			assert_int_equal(crew_work(crew), 0);
		if (i == EVENTS / 2)
			assert_int_equal(crew_rules(crew, other), 0);
	}
	assert_int_equal(crew_work(crew), 0);
	crew_stats(crew, &stats);
	assert_int_equal(stats.detect.events, EVENTS);
	assert_int_equal(stats.detect.refused, 0);
	crew_free(crew);
}

static void test_same_alerts(void **state)
{
	SCOPED(buf) struct buf one = BUF_INIT(OUTPUT_MAX);
	run(1, 1000, &one);
	assert_true(one.len > 10000);
	assert_non_null(strstr(buf_str(&one), "Informational"));
	for (unsigned threads = 2; threads <= 4; threads++)
		for (unsigned burst = 10; burst <= 5000; burst = burst * 7 + 1) {
			SCOPED(buf) struct buf several = BUF_INIT(OUTPUT_MAX);
			run(threads, burst, &several);
			assert_int_equal(several.len, one.len);
			assert_memory_equal(several.data, one.data, one.len);
		}
}

static int refuse(void *ctx, const struct flow_alert *alert)
{
	return ++*(int *)ctx < 3 ? 0 : -EPIPE;
}

static void test_a_handler_ends_it(void **state)
{
	SCOPED_PTR(rule_set) struct rule_set *set = load();
	int told = 0;
	unsigned random = 7;
	const struct flow_watch_options options = {.rules = set};
	const struct flow_watch_handlers handlers = {.alert = refuse, .ctx = &told};
	const struct crew_config config = {
		.options = &options, .handlers = &handlers, .hostname = "host", .threads = 2};
	struct crew *crew;
	assert_int_equal(crew_new(&crew, &config, NULL), 0);
	for (unsigned i = 1; i <= 3000; i++)
		assert_int_equal(crew_event(crew, next(i, &random)), 0);
	assert_int_equal(crew_work(crew), -EPIPE);
	assert_int_equal(told, 3);
	crew_free(crew);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_same_alerts),
					   cmocka_unit_test(test_a_handler_ends_it)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
