/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Watching: sensors, what is there already, then events until the end; and the same from a recording.
 */
#include "flow/watch.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "crew.h"
#include "gap.h"
#include "known.h"
#include "known-ask.h"
#include "recording.h"
#include "sense/sense.h"

enum { COUNT_EVERY_MS = 1000, STOP_LOOK_MS = 20, DRAIN_MS = 5000 };

struct watch {
	const struct flow_watch_options *options;
	const struct flow_watch_handlers *handlers;
	struct flow_place *place;
	struct sense *sense;
	struct crew *crew;
	struct recording *recording;
	struct known_asking asking;
	struct gap *gap; /* NULL: without a state folder */
	struct flow_watch_stats *stats;
	int64_t counted; /* when the kernel's counters were last read, boot-time ns */
	struct err *e;
};

const char *const flow_watch_types[] = {
	"execve",  "execveat", "openat",      "openat2",      "open",	      "creat",	  "connect",   "accept",
	"accept4", "bind",     "listen",      "unlink",	      "unlinkat",     "rename",	  "renameat",  "renameat2",
	"mkdir",   "mkdirat",  "rmdir",	      "link",	      "linkat",	      "symlink",  "symlinkat", "chmod",
	"fchmod",  "fchmodat", "chroot",      "mount",	      "umount2",      "setns",	  "unshare",   "ptrace",
	"bpf",	   "setuid",   "init_module", "finit_module", "memfd_create", "procexit", NULL};

static volatile sig_atomic_t stopped, renewal;

static void on_signal(int number)
{
	if (number == SIGHUP)
		renewal = 1;
	else
		stopped = number;
}

static int want(struct sense_config *c, const char *name, struct err *e)
{
	int type = rule_schema_event(&detect_schema, name, strlen(name)),
	    call = type < 0 ? -1 : detect_call_of((unsigned)type);
	if (type < 0)
		return err_set(e, -EINVAL,
			       "there is no event type \"%s\"; types are named like system calls (openat, execve), or "
			       "procexit",
			       name);
	if (call >= 0)
		c->wanted[call] = SENSE_ALL;
	return 0;
}

static int configure(const struct flow_watch_options *o, const struct rule_set *rules, struct sense_config *c,
		     struct err *e)
{
	*c = (struct sense_config){0};
	int r = want(c, "chdir", e); /* working folders are state */
	for (size_t i = 0; r == 0 && o->types && o->types[i]; i++)
		r = want(c, o->types[i], e);
	if (r == 0)
		r = want(c, "fchdir", e);
	for (unsigned type = 0; r == 0 && rules && type < DETECT_EVENT_COUNT; type++)
		if (rule_set_wants_event(rules, type))
			r = want(c, detect_schema.events[type], e);
	for (int call = 0; o->noted && call < SENSE_CALLS; call++)
		c->wanted[call] |= SENSE_NOTED;
	c->environment =
		rules && (rule_set_wants_field(rules, FIELD_PROC_ENV) || rule_set_wants_field(rules, FIELD_PROC_AENV));
	c->only_cgroup = o->only_cgroup;
	c->only_level = o->only_level;
	c->only_name = o->only_name;
	return r;
}

/* A record of our own making: state, and kept in the recording. */
static int record(void *ctx, const struct event *event)
{
	struct watch *w = ctx;
	return w->recording ? recording_add(w->recording, event, w->e) : 0;
}

/* That a container was made is an event as well (evt.type=container). */
static int tell(void *ctx, const struct event *event)
{
	struct watch *w = ctx;
	if (event->type != WATCH_CONTAINER)
		return crew_tell(w->crew, event);
	int r = crew_event(w->crew, event);
	return r < 0 ? r : record(w, event);
}

static int take(void *ctx, const struct event *event)
{
	struct watch *w = ctx;
	/* Its name and image before the cgroup itself, so that no event sees the container without them. */
	int r = event->type == WATCH_CGROUP_NEW ? known_cgroup(&w->asking, w->place, event, tell, w) : 0;
	if (r >= 0)
		r = crew_event(w->crew, event);
	return r < 0 ? r : record(w, event);
}

static int take_sent(void *ctx, const struct event *event)
{
	struct watch *w = ctx;
	if (event->type < WATCH_TYPES)
		w->stats->seen[event->type]++;
	return take(ctx, event);
}

/* Reads what is there and has it judged. A negative result of the reading does not keep what was read from being judged. */
static int read_events(struct watch *w, int timeout_ms)
{
	int r = sense_read(w->sense, timeout_ms, take_sent, w), judged = crew_work(w->crew);
	if (judged >= 0 && r != 0 && w->gap)
		gap_note(w->gap, w->stats->seen, w->stats->lost);
	return judged < 0 ? judged : r;
}

/* What the kernel could not hand over since the last look. */
static int count(struct watch *w)
{
	static struct sense_count counts[WATCH_TYPES];
	uint64_t by_type[WATCH_TYPES], lost = 0;
	int64_t present = clock_boot();
	int r = sense_counts(w->sense, counts);
	if (r < 0)
		return 0;
	for (unsigned i = 0; i < WATCH_TYPES; i++) {
		by_type[i] = counts[i].lost - w->stats->lost[i];
		lost += by_type[i];
		w->stats->lost[i] = counts[i].lost;
	}
	int64_t boot = clock_wall() - present;
	struct flow_loss loss = {
		.lost = lost, .by_type = by_type, .from = boot + w->counted, .until = boot + present, .counted = true};
	w->counted = present;
	r = lost && w->handlers->loss ? w->handlers->loss(w->handlers->ctx, &loss) : 0;
	if (w->gap)
		gap_note(w->gap, w->stats->seen, w->stats->lost);
	return r;
}

/* Other rules: the sensors record for both until the judging has changed. */
static int renew(struct watch *w)
{
	static struct sense_config config;
	renewal = 0;
	const struct rule_set *rules = w->handlers->renew(w->handlers->ctx);
	if (!rules)
		return 0;
	int r = configure(w->options, rules, &config, w->e);
	if (r < 0)
		return r;
	sense_want(w->sense, &config);
	r = crew_rules(w->crew, rules);
	return r < 0 ? err_sys(w->e, r, "the new rules") : 0;
}

/* What was due while nothing had to be read. */
static int housekeeping(struct watch *w)
{
	int r = known_answers(&w->asking, tell, w);
	if (r >= 0 && renewal)
		r = renew(w);
	if (r >= 0 && clock_boot() - w->counted >= (int64_t)COUNT_EVERY_MS * CLOCK_NS_PER_MS) {
		r = count(w);
		if (r == 0 && w->options->noted)
			*w->options->noted = *sense_noted(w->sense);
		if (r == 0 && w->options->noted && w->handlers->noted)
			r = w->handlers->noted(w->handlers->ctx);
		if (r == 0 && w->recording)
			r = recording_flush(w->recording, w->e);
	}
	return r;
}

/* What the kernel recorded and nobody read, as a loss. */
static int tell_unread(struct watch *w)
{
	static struct sense_count counts[WATCH_TYPES];
	uint64_t by_type[WATCH_TYPES], unread = 0;
	struct flow_loss loss = {.by_type = by_type, .from = clock_wall(), .counted = true};
	int r = sense_counts(w->sense, counts);
	if (r < 0 || !w->handlers->loss)
		return 0;
	for (unsigned i = 0; i < WATCH_TYPES; i++) {
		by_type[i] = counts[i].sent > w->stats->seen[i] ? counts[i].sent - w->stats->seen[i] : 0;
		unread += by_type[i];
		w->stats->unread[i] = by_type[i];
	}
	loss.lost = unread;
	loss.until = loss.from;
	return w->handlers->loss(w->handlers->ctx, &loss);
}

static bool has_read(const struct watch *w, const struct sense_count counts[WATCH_TYPES])
{
	for (unsigned i = 0; i < WATCH_TYPES; i++)
		if (w->stats->seen[i] < counts[i].sent)
			return false;
	return true;
}

/* What happened before the end is judged as well; what others do for ever does not keep us. */
static int drain(struct watch *w)
{
	static struct sense_count before[WATCH_TYPES];
	int64_t end = clock_boot() + (int64_t)DRAIN_MS * CLOCK_NS_PER_MS;
	bool counted = sense_counts(w->sense, before) == 0;
	for (;;) {
		int r = read_events(w, 0);
		if (r < SENSE_READ_MAX || (counted && has_read(w, before)))
			return r < 0 ? r : 0;
		if (clock_boot() > end)
			return tell_unread(w);
	}
}

static int loop(struct watch *w)
{
	const struct flow_watch_options *o = w->options;
	int64_t end = o->for_ms < 0 ? INT64_MAX : clock_boot() + (int64_t)o->for_ms * CLOCK_NS_PER_MS;
	int r = 0;
	while (r >= 0 && !stopped && !(o->stop && __atomic_load_n(o->stop, __ATOMIC_SEQ_CST))) {
		int64_t left = end - clock_boot();
		if (left <= 0)
			break;
		int longest = o->stop ? STOP_LOOK_MS : COUNT_EVERY_MS;
		int timeout = left / CLOCK_NS_PER_MS < longest ? (int)(left / CLOCK_NS_PER_MS) + 1 : longest;
		r = read_events(w, timeout);
		if (r >= 0)
			r = housekeeping(w);
	}
	if (r >= 0)
		r = drain(w);
	return r < 0 ? r : count(w);
}

static int begin(struct watch *w, const struct sense_config *config)
{
	struct err *e = w->e;
	const struct flow_watch_options *o = w->options;

	if (w->place && w->handlers->loss) {
		int r = gap_begin(&w->gap, w->place->state, w->handlers->loss, w->handlers->ctx, e);
		if (r < 0)
			return r;
	}
	int r = sense_open(&w->sense, config, e);
	if (r == 0 && w->gap)
		r = gap_keep(w->gap, w->sense, e);
	if (r == 0)
		r = known_host_users(tell, w);
	if (r == 0 && o->known)
		r = known_record(o->known, tell, w);
	if (r == 0)
		r = sense_present(w->sense, take, w, e);
	if (r >= 0)
		r = crew_work(w->crew);
	w->counted = clock_boot();
	if (r == 0 && w->handlers->ready)
		r = w->handlers->ready(w->handlers->ctx);
	return r;
}

static void handle_signals(void (*handler)(int), bool renewed)
{
	const struct sigaction action = {.sa_handler = handler};
	stopped = 0;
	renewal = 0;
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	if (renewed)
		sigaction(SIGHUP, &action, NULL);
}

static void close_watch(struct watch *w)
{
	w->stats->passed_over = w->asking.passed_over;
	known_asking_done(&w->asking);
	if (w->sense && w->options->noted)
		*w->options->noted = *sense_noted(w->sense);
	sense_close(w->sense);
	gap_end(w->gap);
	if (w->crew)
		crew_stats(w->crew, w->stats);
	crew_free(w->crew);
}

/* Events are shown and recorded in one line, which one thread does best. */
static unsigned threads(const struct flow_watch_options *o, const struct flow_watch_handlers *h)
{
	bool alone = h->event || o->record_file || !o->rules || !o->threads;
	return alone ? 1 : MIN_OF(o->threads, (unsigned)FLOW_THREADS_MAX);
}

static int watch(struct watch *w)
{
	static struct sense_config config;
	const struct flow_watch_options *o = w->options;
	const struct flow_watch_handlers *h = w->handlers;
	char hostname[256] = "";
	int64_t boot = clock_wall() - clock_boot();
	struct err closing = {0};

	gethostname(hostname, sizeof(hostname) - 1);
	const struct crew_config crew = {.options = o,
					 .handlers = h,
					 .boot = boot,
					 .hostname = hostname,
					 .threads = threads(o, h),
					 .live = true,
					 .told = record,
					 .ctx = w};
	int r = configure(o, o->rules, &config, w->e);
	if (r == 0)
		r = crew_new(&w->crew, &crew, w->e);
	if (r == 0 && o->record_file)
		r = recording_create(o->record_file, boot, hostname, &w->recording, w->e);
	if (r == 0)
		r = begin(w, &config);
	if (r >= 0)
		r = loop(w);
	close_watch(w);
	int closed = recording_close(w->recording, &closing);
	if (closed < 0 && r >= 0)
		return err_set(w->e, closed, "%s", err_text(&closing));
	return r > 0 ? 0 : r;
}

int flow_watch(struct flow_place *p, const struct flow_watch_options *o, const struct flow_watch_handlers *h,
	       struct flow_watch_stats *ret, struct err *e)
{
	struct watch w = {.options = o, .handlers = h, .place = p, .stats = ret, .e = e};

	*ret = (struct flow_watch_stats){0};
	if (!o->stop)
		handle_signals(on_signal, h->renew);
	int r = watch(&w);
	if (!o->stop)
		handle_signals(SIG_DFL, h->renew);
	return r;
}

struct replay {
	struct crew_config config;
	struct crew *crew;
};

static int replay_begin(void *ctx, const struct recording_head *head)
{
	struct replay *r = ctx;
	r->config.boot = head->boot;
	r->config.hostname = head->hostname;
	return crew_new(&r->crew, &r->config, NULL);
}

static int replay_event(void *ctx, const struct event *event)
{
	struct replay *r = ctx;
	return crew_event(r->crew, event);
}

int flow_replay(const char *file, const struct flow_watch_options *o, const struct flow_watch_handlers *h,
		struct flow_watch_stats *ret, struct err *e)
{
	struct replay replay = {.config = {.options = o, .handlers = h, .threads = threads(o, h)}};
	*ret = (struct flow_watch_stats){0};
	int r = recording_read(file, replay_begin, replay_event, &replay, e);
	int judged = replay.crew ? crew_work(replay.crew) : 0;
	if (r >= 0 && judged < 0)
		r = judged;
	if (replay.crew)
		crew_stats(replay.crew, ret);
	crew_free(replay.crew);
	return r;
}
