/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A recorded trace for judge-events (skep record). Its records are read into memory once. For the rules alone they go through
 * detection once, and what the rules ask of each event is kept; then only judging is left to measure.
 */
#include "judge-events.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "detect/detect.h"
#include "recording.h"

enum { JUDGED_MAX = 50000, ASKED_MAX = 64 };

struct records {
	struct event **at;
	size_t count, room;
	int64_t boot;
};

struct answer {
	unsigned field;
	struct rule_arg arg;
	bool present;
	struct rule_value value;
};

struct answers {
	unsigned char
		plain[DETECT_FIELD_COUNT]; /* of a field without argument: its place from 1, 0 when it was not asked */
	unsigned count;
	struct answer *at;
};

/* While they are collected. */
struct asked {
	struct answers answers;
	struct detect *detect;
	struct answer room[ASKED_MAX];
};

static void *keep(const void *bytes, size_t size)
{
	void *kept = malloc(size ? size : 1);

	if (!kept)
		exit(1);
	memcpy(kept, bytes, size);
	return kept;
}

static int begin(void *ctx, const struct recording_head *head)
{
	struct records *r = ctx;
	r->boot = head->boot;
	return 0;
}

static int each(void *ctx, const struct event *event)
{
	struct records *r = ctx;

	if (r->count == r->room) {
		r->room = r->room ? r->room * 2 : 4096;
		r->at = realloc(r->at, r->room * sizeof(struct event *));
		if (!r->at)
			exit(1);
	}
	r->at[r->count++] = keep(event, event->size);
	return 0;
}

static struct records read_records(const char *path)
{
	struct records r = {0};
	struct err e = {0};

	if (recording_read(path, begin, each, &r, &e) < 0) {
		fprintf(stderr, "judge-events: %s\n", err_text(&e));
		exit(1);
	}
	return r;
}

static struct rule_value keep_value(const struct rule_value *v)
{
	struct rule_value kept = *v;

	if (v->list_count && v->type == RULE_STRING) {
		struct rule_str *strs = keep(v->strs, v->list_count * sizeof(*strs));
		for (uint32_t i = 0; i < v->list_count; i++)
			strs[i].at = keep(strs[i].at, strs[i].len);
		kept.strs = strs;
	} else if (v->list_count && (v->type == RULE_IP || v->type == RULE_NET)) {
		kept.ips = keep(v->ips, v->list_count * sizeof(*v->ips));
	} else if (v->list_count) {
		kept.numbers = keep(v->numbers, v->list_count * sizeof(*v->numbers));
	} else if (v->type == RULE_STRING) {
		kept.str.at = keep(v->str.at, v->str.len);
	}
	return kept;
}

static bool same_arg(const struct rule_arg *a, const struct rule_arg *b)
{
	return a->form == b->form && a->index == b->index && a->id == b->id && a->key.len == b->key.len &&
	       (a->key.at == b->key.at || memcmp(a->key.at, b->key.at, a->key.len) == 0);
}

static const struct answer *find(const struct answers *a, unsigned field, const struct rule_arg *arg)
{
	if (arg->form == RULE_ARG_ABSENT)
		return a->plain[field] ? &a->at[a->plain[field] - 1] : NULL;
	for (unsigned i = 0; i < a->count; i++) {
		if (a->at[i].field == field && same_arg(&a->at[i].arg, arg))
			return &a->at[i];
	}
	return NULL;
}

static int get(void *ctx, unsigned field, const struct rule_arg *arg, struct rule_value *out)
{
	const struct answer *found = find(ctx, field, arg);

	if (!found || !found->present)
		return 0;
	*out = found->value;
	return 1;
}

/* Asks detection, and keeps the answer. */
static int get_and_keep(void *ctx, unsigned field, const struct rule_arg *arg, struct rule_value *out)
{
	struct asked *asked = ctx;
	struct answers *a = &asked->answers;
	int present = detect_get(asked->detect, field, arg, out);

	if (a->count < ASKED_MAX && !find(a, field, arg)) {
		struct answer *next = &a->at[a->count++];
		*next = (struct answer){.field = field, .arg = *arg, .present = present > 0};
		if (present > 0)
			next->value = keep_value(out);
		if (arg->form == RULE_ARG_ABSENT)
			a->plain[field] = (unsigned char)a->count;
	}
	return present;
}

static struct judged judge_and_keep(struct rule_judge *judge, struct detect *d)
{
	static struct asked asked;
	struct judged e = {.type = detect_type(d), .time = (uint64_t)detect_time(d)};
	const uint32_t *rules;

	asked = (struct asked){.detect = d, .answers.at = asked.room};
	rule_judge_event(judge, e.type, e.time, get_and_keep, &asked, &rules);
	struct answers *kept = keep(&asked.answers, sizeof(*kept));
	kept->at = keep(asked.room, kept->count * sizeof(*kept->at));
	e.values = kept;
	return e;
}

static struct detect *new_detect(const struct records *r)
{
	struct detect *d = NULL;

	if (detect_new(&d, r->boot, "bench") < 0)
		exit(1);
	return d;
}

struct trace trace_recorded(const char *path, const struct rule_set *set)
{
	struct records r = read_records(path);
	struct trace t = {.get = get, .events = calloc(JUDGED_MAX, sizeof(*t.events))};
	struct detect *d = new_detect(&r);
	struct rule_judge *judge = NULL;
	size_t every = r.count / JUDGED_MAX + 1, seen = 0;
	bool judged;

	if (!t.events || rule_judge_new(set, &judge) < 0)
		exit(1);
	for (size_t i = 0; i < r.count; i++) {
		if (detect_begin(d, r.at[i], &judged) == 0 && judged && seen++ % every == 0 && t.count < JUDGED_MAX)
			t.events[t.count++] = judge_and_keep(judge, d);
		detect_end(d);
		free(r.at[i]);
	}
	uint64_t first = t.count ? t.events[0].time : 0;
	for (size_t i = 0; i < t.count; i++)
		t.events[i].time -= first;
	t.span = t.count ? t.events[t.count - 1].time + 1 : 0;
	free(r.at);
	rule_judge_free(judge);
	detect_free(d);
	return t;
}

static void pass(const struct records *r, const struct rule_set *set)
{
	struct detect *d = new_detect(r);
	struct rule_judge *judge = NULL;
	const uint32_t *rules;
	bool judged;

	if (rule_judge_new(set, &judge) < 0)
		exit(1);
	for (size_t i = 0; i < r->count; i++) {
		if (detect_begin(d, r->at[i], &judged) == 0 && judged)
			rule_judge_event(judge, detect_type(d), (uint64_t)detect_time(d), detect_get, d, &rules);
		detect_end(d);
	}
	rule_judge_free(judge);
	detect_free(d);
}

double trace_through_detect(const char *path, const struct rule_set *set, double seconds)
{
	struct records r = read_records(path);
	double start = now(CLOCK_THREAD_CPUTIME_ID), took = 0;
	size_t passes = 0;

	while (took < seconds || !passes) {
		pass(&r, set);
		passes++;
		took = now(CLOCK_THREAD_CPUTIME_ID) - start;
	}
	return (double)(passes * r.count) / took;
}
