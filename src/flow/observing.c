/* SPDX-License-Identifier: Apache-2.0 */
/* A container run to be watched, and what it did as a profile. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "flow/behaviour.h"
#include "flow/watch-one.h"
#include "measure.h"
#include "observe.h"
#include "place.h"

enum { STOP_SECONDS = 5, LOOK_MS = 250 };

struct watching {
	struct observation seen;
	struct noted noted;
	struct measured measured;
	int for_ms, code; /* how long, and how it ended; -1: until its end, and that it was stopped */
};

void flow_observed_done(struct flow_observed *o)
{
	profile_done(&o->profile);
	remarks_done(&o->notes);
}

static int on_event(void *ctx, struct detect *d, const struct event *event)
{
	struct watching *w = ctx;
	return observation_event(&w->seen, d, event);
}

static int on_loss(void *ctx, const struct flow_loss *loss)
{
	struct watching *w = ctx;
	w->seen.lost += loss->lost;
	return 0;
}

/* Until its end, or for its time (-ETIMEDOUT), with a look at it now and then. */
static int wait_and_look(struct flow_place *p, const struct flow_record *running, int for_ms, struct measured *m,
			 struct err *e)
{
	for (int left = for_ms; for_ms < 0 || left > 0; left -= LOOK_MS) {
		int r = flow_wait(p, running, for_ms < 0 ? LOOK_MS : MIN_OF(left, (int)LOOK_MS), e);
		if (r != -ETIMEDOUT)
			return r;
		measure_files(p, running, m);
	}
	return -ETIMEDOUT;
}

static int run_to_end(struct flow_place *p, struct flow_record *r, struct watching *w, struct err *e)
{
	SCOPED(flow_record) struct flow_record running = {.pid = 0};
	SCOPED(flow_record) struct flow_record after = {.pid = 0};
	int channel = -1;
	int bad = flow_start(p, r, false, &channel, e);

	if (bad < 0)
		return bad;
	close(channel);
	bad = flow_find(p, r->id, &running, e);
	if (bad < 0)
		return bad;
	/* The store's lock is not kept while the container runs: its monitor needs it at the end. */
	flow_place_done(p);
	int waited = wait_and_look(p, &running, w->for_ms, &w->measured, e);
	bad = flow_place_open(p, e);
	bool stopped = bad == 0 && waited == -ETIMEDOUT;
	bad = bad < 0 ? bad : stopped ? flow_stop(p, &running, STOP_SECONDS, e) : waited;
	if (bad == 0)
		bad = flow_find(p, r->id, &after, e);
	if (bad < 0)
		return bad;
	w->code = stopped ? -1 : after.exit_code;
	w->measured.memory_bytes = after.peak_memory;
	w->measured.processes = after.peak_processes;
	return 0;
}

static int check_whole(const struct observation *o, struct err *e)
{
	if (o->lost)
		return err_set(e, -ENOBUFS,
			       "%llu events were lost: the profile would have holes; observe on a quieter machine",
			       (unsigned long long)o->lost);
	if (o->full)
		return err_set(e, -E2BIG,
			       "more than %d different things of one kind: no profile would be read by anybody",
			       OBSERVE_ITEMS_MAX);
	if (!o->began)
		return err_set(e, -ENODATA, "its first program was not seen to start");
	return 0;
}

/* What was seen can be held here, always: where not as it is written, the profile accepts that, and says of what and why. */
static int accept_wider(struct flow_observed *o)
{
	SCOPED(remarks) struct remarks wider = REMARKS_INIT;
	int r = flow_behaviour_ladder(&o->profile, &wider);

	for (size_t i = 0; r == 0 && i < wider.count; i++)
		r = remark_add(&o->notes, REMARK_WARNING, "allowDegraded", "%s: %s", wider.items[i].place,
			       wider.items[i].text);
	o->profile.allow_degraded = wider.count > 0;
	return r;
}

static int make_profile(struct flow_place *p, struct watching *w, const struct flow_record *r,
			struct flow_observed *ret, struct err *e)
{
	SCOPED(flow_lowers) struct flow_lowers lowers = {0};
	int found = place_lowers(p, r, &lowers, e);
	if (found < 0)
		return found;
	observation_loaders(&w->seen, lowers.fds, lowers.count);
	observation_noted(&w->seen, &w->noted);
	int bad = check_whole(&w->seen, e);
	if (bad < 0)
		return bad;
	bad = observation_profile(&w->seen, r->name, r->image, &ret->profile);
	if (bad == 0)
		bad = profile_generalize(&ret->profile, &ret->notes);
	if (bad == 0)
		bad = measure_limits(&w->measured, &ret->profile.limits, &ret->notes);
	if (bad == 0)
		bad = accept_wider(ret);
	return bad < 0 ? err_set(e, bad, "out of memory") : 0;
}

/* Runs it under the sensors; what they saw is in W, what it was in RECORD. */
static int run_watched(struct flow_place *p, const struct flow_run_options *o, struct watching *w,
		       struct flow_record *record, struct err *e)
{
	struct flow_watch_one *watch = NULL;
	const struct flow_watch_options what = {.types = observation_types, .noted = &w->noted};
	const struct flow_watch_handlers handlers = {.event = on_event, .loss = on_loss, .ctx = w};
	int r = flow_create(p, o, record, e);

	if (r < 0)
		return r;
	w->seen.range = record->range;
	r = flow_watch_one(record, &what, &handlers, &watch, e);
	if (r == 0)
		r = run_to_end(p, record, w, e);
	flow_watch_one_end(watch);
	return r;
}

/* R, or why the container could not be removed. */
static int removed(struct flow_place *p, const struct flow_record *record, int r, struct err *e)
{
	struct err removing = {0};
	int bad = record->id[0] ? flow_remove(p, record, true, &removing) : 0;
	return r < 0 || bad == 0 ? r : err_set(e, bad, "%s", err_text(&removing));
}

int flow_behaviour_observe(struct flow_place *p, const struct flow_run_options *o, int for_ms,
			   struct flow_observed *ret, struct err *e)
{
	static struct watching w;
	SCOPED(flow_record) struct flow_record record = {.pid = 0};
	struct flow_run_options options = *o;

	w = (struct watching){.for_ms = for_ms, .code = -1};
	options.profile = "observe";
	int r = run_watched(p, &options, &w, &record, e);
	ret->code = w.code;
	if (r == 0)
		r = make_profile(p, &w, &record, ret, e);
	observation_done(&w.seen);
	return removed(p, &record, r, e);
}

void flow_tried_done(struct flow_tried *t)
{
	strv_done(&t->refused);
}

static int compare_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* What events told, each once; a call that none told of by its name. */
static int list_refused(struct watching *w, struct strv *ret)
{
	struct strv *told = &w->seen.refused;
	int r = 0;

	for (unsigned call = 0; call < NOTED_CALLS; call++) {
		const char *name = detect_record_name(call);
		bool known = false;
		for (size_t i = 0; i < told->count && !known; i++)
			known = strncmp(told->items[i], name, strlen(name)) == 0 &&
				strchr(" ", told->items[i][strlen(name)]);
		if (r == 0 && !known && observation_refused(&w->seen, &w->noted, call))
			r = strv_add(told, name);
	}
	if (told->count)
		qsort(told->items, told->count, sizeof(*told->items), compare_text);
	for (size_t i = 0; r == 0 && i < told->count; i++)
		if (!i || strcmp(told->items[i], told->items[i - 1]) != 0)
			r = strv_add(ret, told->items[i]);
	return r;
}

int flow_behaviour_try(struct flow_place *p, const struct flow_run_options *o, int for_ms, struct flow_tried *ret,
		       struct err *e)
{
	static struct watching w;
	SCOPED(flow_record) struct flow_record record = {.pid = 0};

	w = (struct watching){.for_ms = for_ms, .code = -1};
	int r = run_watched(p, o, &w, &record, e);
	ret->code = w.code;
	if (r == 0 && !w.seen.began)
		r = err_set(e, -ENODATA, "its first program was not seen to start");
	if (r == 0 && list_refused(&w, &ret->refused) < 0)
		r = err_set(e, -ENOMEM, "out of memory");
	observation_done(&w.seen);
	return removed(p, &record, r, e);
}
