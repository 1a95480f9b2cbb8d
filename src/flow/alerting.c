/* SPDX-License-Identifier: Apache-2.0 */
/* The lists that an observation would write down, held against those of a profile. */
#include "alerting.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "behaviour-file.h"
#include "beside.h"
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

/* Of the process, once. */
struct alerting_answer {
	int code;
	char words[200];
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
	struct guard_offers counted; /* by the guard */
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

	/* The guard counts itself. */
	bool is_unix = str_starts_with(what, "unix ");
	bool counted = (list == PROFILE_CONNECT && (is_unix ? a->counted.sockets : a->counted.addresses)) ||
		       (list == PROFILE_LISTEN && !is_unix && a->counted.addresses);
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

/* ---- in a process of its own ---- */

static int watch(struct alerting *a, struct err *e)
{
	const struct flow_watch_options what = {.types = observation_types, .noted = &a->noted};
	const struct flow_watch_handlers handlers = {.event = on_event, .noted = on_noted, .ctx = a};

	int bad = flow_watch_one(&a->record, &what, &handlers, &a->watch, e);
	if (bad == 0)
		write_all(a);
	return bad;
}

/* Says that it watches, then waits for the other end of the line to go, with the monitor or before it. */
static int serve(struct alerting *a, int line)
{
	struct alerting_answer answer = {.code = beside_keep(&a->dir, &line)};
	struct err e = {0};
	char byte;

	prctl(PR_SET_NAME, "skep-alerting", 0, 0, 0);
	if (answer.code == 0)
		answer.code = watch(a, &e);
	snprintf(answer.words, sizeof(answer.words), "%s", e.code ? err_text(&e) : "it cannot be started");
	bool said = write(line, &answer, sizeof(answer)) == sizeof(answer);
	while (said && answer.code == 0 && read(line, &byte, 1) < 0 && errno == EINTR)
		;
	flow_watch_one_end(a->watch);
	ignore(on_noted(a));
	write_all(a);
	return answer.code ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int prepare(const struct flow_record *r, int dir, struct alerting *a, struct err *e)
{
	a->profile = PROFILE_INIT;
	a->dir = dir;
	a->record = *r;
	a->counted = guarding_offers();
	a->seen = (struct observation){.range = r->range, .held = &a->profile, .outside = outside, .ctx = a};
	a->items = calloc(ITEMS_MAX, sizeof(*a->items));
	return a->items ? behaviour_load(dir, &a->profile, e) : err_set(e, -ENOMEM, "out of memory");
}

static int start(struct alerting *a, struct alerting_process *ret, struct err *e)
{
	struct alerting_answer answer;
	int line[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, line) < 0)
		return err_sys(e, -errno, "starting what watches in the mode \"alert\"");
	ret->pid = fork();
	if (ret->pid == 0) {
		close(line[0]);
		_exit(serve(a, line[1]));
	}
	int bad = ret->pid < 0 ? -errno : 0;
	close(line[1]);
	ret->line = line[0];
	if (bad == 0 && read(ret->line, &answer, sizeof(answer)) != sizeof(answer))
		bad = -EPROTO;
	if (bad < 0)
		return err_sys(e, bad, "starting what watches in the mode \"alert\"");
	return answer.code < 0 ? err_set(e, answer.code, "the mode \"alert\" needs the sensors: %s", answer.words) : 0;
}

int alerting_begin(const struct flow_record *r, int dir, struct alerting_process *ret, struct err *e)
{
	*ret = ALERTING_INIT;
	if (!r->behaves)
		return 0;
	struct alerting *a = calloc(1, sizeof(*a));
	if (!a)
		return err_set(e, -ENOMEM, "out of memory");
	int bad = prepare(r, dir, a, e);
	if (bad == 0 && has_to_look(&a->profile))
		bad = start(a, ret, e);
	if (bad < 0)
		alerting_end(ret);
	free_all(a);
	return bad;
}

void alerting_end(struct alerting_process *p)
{
	close_keep_errno(p->line);
	/* The monitor may have reaped it already. */
	while (p->pid > 0 && waitpid(p->pid, NULL, 0) < 0 && errno == EINTR)
		;
	*p = ALERTING_INIT;
}
