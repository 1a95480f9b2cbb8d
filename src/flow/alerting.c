/* SPDX-License-Identifier: Apache-2.0 */
/* The lists that an observation would write down, held against those of a profile. */
#include "alerting.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "behaviour-file.h"
#include "denial-file.h"
#include "flow/watch-one.h"
#include "guarding.h"
#include "hold.h"
#include "observe.h"

enum { ITEMS_MAX = 4000 };

struct alerted {
	enum profile_list list;
	bool program;
	char *what;
	uint64_t count;
	int64_t first, last;
};

struct alerting {
	struct profile profile;
	struct flow_record record; /* borrowed text: the monitor's */
	struct observation seen;
	struct flow_watch_one *watch;
	struct noted noted;
	uint64_t looked; /* the latest time that was looked at */
	struct alerted *items;
	size_t count;
	int64_t written;
	int dir;
	bool addresses; /* are counted by the guard */
};

static void write_all(struct alerting *a)
{
	SCOPED(buf) struct buf text = BUF_INIT(DENIALS_BYTES_MAX);
	struct denial_writer writer = {&text, 0};
	struct err ignored = {0};

	for (size_t i = 0; i < a->count; i++) {
		const struct alerted *t = &a->items[i];
		const char *part = profile_part_name(t->program ? PROFILE_PROGRAMS : profile_part_of(t->list));
		denial_write(&writer, &(struct flow_denial){.part = part,
							    .verb = t->program ? "start" : profile_list_verb(t->list),
							    .what = t->what,
							    .command = "",
							    .count = t->count,
							    .first = t->first,
							    .last = t->last});
	}
	/* The next change writes it again. */
	ignore(denial_save(&writer, a->dir, ALERTED_FILE, &ignored));
	a->written = clock_wall();
}

static struct alerted *find(struct alerting *a, enum profile_list list, bool program, const char *what)
{
	for (size_t i = 0; i < a->count; i++)
		if (a->items[i].list == list && a->items[i].program == program && str_eq(a->items[i].what, what))
			return &a->items[i];
	if (a->count == ITEMS_MAX)
		return NULL;
	struct alerted *t = &a->items[a->count];
	*t = (struct alerted){.list = list, .program = program, .what = str_dup(what), .first = clock_wall()};
	a->count += t->what != NULL;
	return t->what ? t : NULL;
}

static void outside(void *ctx, enum profile_list list, bool program, const char *what)
{
	struct alerting *a = ctx;
	enum profile_part part = program ? PROFILE_PROGRAMS : profile_part_of(list);

	/* The guard counts addresses itself. */
	bool counted =
		a->addresses && (list == PROFILE_CONNECT || list == PROFILE_LISTEN) && !str_starts_with(what, "unix ");
	if (a->profile.modes[part] == PROFILE_ENFORCE || counted)
		return;
	struct alerted *t = find(a, list, program, what);
	if (!t)
		return;
	t->last = clock_wall();
	if (t->count++ == 0 || t->last - a->written > CLOCK_NS_PER_S)
		write_all(a);
}

static int on_event(void *ctx, struct detect *d, const struct event *event)
{
	struct alerting *a = ctx;
	return observation_event(&a->seen, d, event);
}

/* Leaves what came after LOOKED; the latest of all into LATEST. */
static void leave_new(uint64_t *times, size_t count, uint64_t looked, uint64_t *latest)
{
	for (size_t i = 0; i < count; i++) {
		*latest = *latest > times[i] ? *latest : times[i];
		times[i] = times[i] > looked ? times[i] : 0;
	}
}

/* Of a call only the last time is known: it counts once in a look. */
static int on_noted(void *ctx)
{
	struct alerting *a = ctx;
	struct noted since = a->noted;
	uint64_t latest = a->looked;

	leave_new(since.calls, ARRAY_LEN(since.calls), a->looked, &latest);
	leave_new(since.capabilities, ARRAY_LEN(since.capabilities), a->looked, &latest);
	leave_new(since.memory, ARRAY_LEN(since.memory), a->looked, &latest);
	a->looked = latest;
	observation_noted(&a->seen, &since);
	return 0;
}

static bool has_to_look(const struct profile *p)
{
	for (int i = 0; i < PROFILE_PARTS; i++)
		if (p->modes[i] != PROFILE_ENFORCE)
			return true;
	return false;
}

static void free_all(struct alerting *a)
{
	for (size_t i = 0; i < a->count; i++)
		free(a->items[i].what);
	free(a->items);
	observation_done(&a->seen);
	profile_done(&a->profile);
	free(a);
}

int alerting_begin(const struct flow_record *r, int dir, struct alerting **ret, struct err *e)
{
	struct alerting *a;

	*ret = NULL;
	if (!r->behaves)
		return 0;
	a = calloc(1, sizeof(*a));
	if (!a || !(a->items = calloc(ITEMS_MAX, sizeof(*a->items)))) {
		free(a);
		return err_set(e, -ENOMEM, "out of memory");
	}
	a->profile = PROFILE_INIT;
	a->dir = dir;
	a->record = *r;
	a->addresses = guarding_offers().addresses;
	a->seen = (struct observation){.range = r->range, .held = &a->profile, .outside = outside, .ctx = a};
	int bad = behaviour_load(dir, &a->profile, e);
	if (bad < 0 || !has_to_look(&a->profile)) {
		free_all(a);
		return bad;
	}
	const struct flow_watch_options what = {.types = observation_types, .noted = &a->noted};
	const struct flow_watch_handlers handlers = {.event = on_event, .noted = on_noted, .ctx = a};
	bad = flow_watch_one(&a->record, &what, &handlers, &a->watch, e);
	if (bad < 0) {
		free_all(a);
		return err_wrap(e, bad, "the mode \"alert\" needs the sensors");
	}
	write_all(a);
	*ret = a;
	return 0;
}

void alerting_end(struct alerting *a)
{
	if (!a)
		return;
	flow_watch_one_end(a->watch);
	ignore(on_noted(a));
	write_all(a);
	free_all(a);
}
