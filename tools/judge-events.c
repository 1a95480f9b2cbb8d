/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For ./dev bench rules: judges a trace of a mixed workload, again and again, for a given time in a given number of threads. The
 * trace is made up (judge-made.c) or recorded (judge-recorded.c); it is held in memory with the values of its fields, so
 * that what is measured is judging.
 *
 *   judge-events SECONDS THREADS -|RECORDING FILE...   prints events per second, events per second of processor time, matches per
 *   second, rules, milliseconds to load them, bytes they take, and records per second of processor time through detection
 *   and the rules (0 for a made-up trace, and for more than one thread)
 */
#include "judge-events.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rule/load.h"

struct worker {
	pthread_t thread;
	struct rule_judge *judge;
	const struct trace *trace;
	size_t start;
	const atomic_bool *stop;
	uint64_t judged, matched;
	double cpu_s;
};

double now(clockid_t clock)
{
	struct timespec t;
	clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void *work(void *data)
{
	struct worker *w = data;
	const struct trace *t = w->trace;
	uint64_t judged = 0, matched = 0, begin = 0;
	size_t at = w->start;

	while (!atomic_load_explicit(w->stop, memory_order_relaxed)) {
		for (int i = 0; i < 256; i++) {
			const struct judged *e = &t->events[at];
			const uint32_t *rules;
			matched += rule_judge_event(w->judge, e->type, begin + e->time, t->get, e->values, &rules);
			if (++at == t->count) {
				at = 0;
				begin += t->span;
			}
		}
		judged += 256;
	}
	w->judged = judged;
	w->matched = matched;
	w->cpu_s = now(CLOCK_THREAD_CPUTIME_ID);
	return NULL;
}

static char *slurp(const char *path, size_t *len)
{
	FILE *f = fopen(path, "re");
	size_t capacity = 1 << 20;
	char *data = malloc(capacity);

	*len = 0;
	while (f && data) {
		size_t got = fread(data + *len, 1, capacity - *len, f);
		*len += got;
		if (!got)
			break;
		if (*len == capacity)
			data = realloc(data, capacity *= 2);
	}
	if (f)
		fclose(f);
	return data;
}

static struct rule_set *load(char **paths, size_t count)
{
	struct rule_problems problems = RULE_PROBLEMS_INIT;
	struct rule_options options = RULE_OPTIONS_DEFAULT;
	struct rule_file files[16];
	struct rule_set *set = NULL;

	for (size_t i = 0; i < count && i < ARRAY_LEN(files); i++) {
		files[i].name = paths[i];
		files[i].text = slurp(paths[i], &files[i].len);
	}
	if (rule_load(&detect_schema, files, count, &options, &problems, &set) < 0) {
		for (size_t i = 0; i < problems.count; i++)
			fprintf(stderr, "%s:%u: %s\n", problems.items[i].place.file, problems.items[i].place.line,
				problems.items[i].text);
		exit(1);
	}
	rule_problems_done(&problems);
	return set;
}

int main(int argc, char **argv)
{
	if (argc < 5)
		return 2;
	double seconds = strtod(argv[1], NULL), start = now(CLOCK_MONOTONIC), load_ms, cpu_s = 0;
	size_t threads = strtoul(argv[2], NULL, 10);
	struct worker workers[16] = {0};
	atomic_bool stop = false;
	uint64_t judged = 0, matched = 0;
	struct rule_set *set = load(argv + 4, (size_t)argc - 4);

	load_ms = (now(CLOCK_MONOTONIC) - start) * 1e3;
	bool made = strcmp(argv[3], "-") == 0;
	struct trace trace = made ? trace_made() : trace_recorded(argv[3], set);
	if (!trace.events || !trace.count)
		return 1;
	for (size_t i = 0; i < threads && i < ARRAY_LEN(workers); i++) {
		workers[i] = (struct worker){.trace = &trace, .start = i * trace.count / threads, .stop = &stop};
		if (rule_judge_new(set, &workers[i].judge) < 0)
			return 1;
	}
	start = now(CLOCK_MONOTONIC);
	for (size_t i = 0; i < threads; i++)
		pthread_create(&workers[i].thread, NULL, work, &workers[i]);
	struct timespec left = {(time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9)};
	nanosleep(&left, NULL);
	atomic_store(&stop, true);
	for (size_t i = 0; i < threads; i++) {
		pthread_join(workers[i].thread, NULL);
		judged += workers[i].judged;
		matched += workers[i].matched;
		cpu_s += workers[i].cpu_s;
	}
	double took = now(CLOCK_MONOTONIC) - start;
	double whole = made || threads > 1 ? 0 : trace_through_detect(argv[3], set, seconds);
	printf("%.0f %.0f %.0f %zu %.1f %zu %.0f\n", (double)judged / took, (double)judged / cpu_s,
	       (double)matched / took, rule_set_count(set), load_ms, rule_set_bytes(set), whole);
	return 0;
}
