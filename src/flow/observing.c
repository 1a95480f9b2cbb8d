/* SPDX-License-Identifier: Apache-2.0 */
/* A container run to be watched, and what it did as a profile. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "flow/behaviour.h"
#include "flow/watch-one.h"
#include "observe.h"
#include "place.h"

enum { STOP_SECONDS = 5 };

struct watching {
	struct observation seen;
	struct noted noted;
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

/* Until its end, or for its time. */
static int run_to_end(struct flow_place *p, struct flow_record *r, int for_ms, int *ret_code, struct err *e)
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
	int waited = flow_wait(p, &running, for_ms, e);
	bad = flow_place_open(p, e);
	if (bad == 0 && waited == -ETIMEDOUT)
		return flow_stop(p, &running, STOP_SECONDS, e);
	bad = bad < 0 ? bad : waited;
	if (bad == 0)
		bad = flow_find(p, r->id, &after, e);
	if (bad == 0)
		*ret_code = after.exit_code;
	return bad;
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
	return bad < 0 ? err_set(e, bad, "out of memory") : 0;
}

int flow_behaviour_observe(struct flow_place *p, const struct flow_run_options *o, int for_ms,
			   struct flow_observed *ret, struct err *e)
{
	static struct watching w;
	SCOPED(flow_record) struct flow_record record = {.pid = 0};
	struct flow_run_options options = *o;
	struct flow_watch_one *watch = NULL;
	struct err removing = {0};

	w = (struct watching){.seen = {.range = 0}};
	options.profile = "observe";
	const struct flow_watch_options what = {.types = observation_types, .noted = &w.noted};
	const struct flow_watch_handlers handlers = {.event = on_event, .loss = on_loss, .ctx = &w};
	int r = flow_create(p, &options, &record, e);
	if (r < 0)
		return r;
	w.seen.range = record.range;
	r = flow_watch_one(&record, &what, &handlers, &watch, e);
	if (r == 0)
		r = run_to_end(p, &record, for_ms, &ret->code, e);
	flow_watch_one_end(watch);
	if (r == 0)
		r = make_profile(p, &w, &record, ret, e);
	observation_done(&w.seen);
	int removed = flow_remove(p, &record, true, &removing);
	return r < 0 ? r : removed < 0 ? err_set(e, removed, "%s", err_text(&removing)) : 0;
}
