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
#include <time.h>
#include <unistd.h>

#include "judging.h"
#include "known-ask.h"
#include "recording.h"
#include "sense/sense.h"

enum { COUNT_EVERY_MS = 1000, STOP_LOOK_MS = 20, DRAIN_MS = 2000, NS_PER_MS = 1000000, NS_PER_S = 1000000000 };

struct watch {
	struct judging judging;
	struct flow_place *place;
	struct sense *sense;
	struct recording *recording;
	struct known_asking asking;
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

static volatile sig_atomic_t stopped;

static void on_signal(int number)
{
	stopped = number;
}

static int64_t now(clockid_t clock)
{
	struct timespec t;
	clock_gettime(clock, &t);
	return (int64_t)t.tv_sec * NS_PER_S + t.tv_nsec;
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

static int configure(const struct flow_watch_options *o, struct sense_config *c, struct err *e)
{
	int r = want(c, "chdir", e); /* working folders are state */
	for (size_t i = 0; r == 0 && o->types && o->types[i]; i++)
		r = want(c, o->types[i], e);
	if (r == 0)
		r = want(c, "fchdir", e);
	for (unsigned type = 0; r == 0 && o->rules && type < DETECT_EVENT_COUNT; type++)
		if (rule_set_wants_event(o->rules, type))
			r = want(c, detect_schema.events[type], e);
	c->environment = o->rules && (rule_set_wants_field(o->rules, FIELD_PROC_ENV) ||
				      rule_set_wants_field(o->rules, FIELD_PROC_AENV));
	c->only_cgroup = o->only_cgroup;
	c->only_level = o->only_level;
	return r;
}

/* A record of our own making: state, and kept in the recording. */
static int tell(void *ctx, const struct event *event)
{
	struct watch *w = ctx;
	int r = w->recording ? recording_add(w->recording, event, w->e) : 0;
	if (r == 0 && detect_tell(w->judging.detect, event) == -ENOMEM)
		r = err_set(w->e, -ENOMEM, "out of memory");
	return r;
}

/* Users are asked for when a container's first program has started: its root folder is then the one it will have. */
static int name_users(void *ctx, const char *id, uint32_t pid)
{
	return known_users(id, (pid_t)pid, tell, ctx);
}

static int take(void *ctx, const struct event *event)
{
	struct watch *w = ctx;
	/* Its name and image before the cgroup itself, so that no event sees the container without them. */
	struct known_question question = {.id = ""};
	int r = event->type == WATCH_CGROUP_NEW ? known_cgroup(w->place, event, &question, tell, w) : 0;
	if (question.id[0])
		known_ask(&w->asking, &question);
	if (r >= 0)
		r = judging_event(&w->judging, event);
	if (r >= 0 && w->recording)
		r = recording_add(w->recording, event, w->e);
	return r < 0 ? r : stopped ? -ECANCELED : 0;
}

/* What the kernel could not hand over since the last look. */
static int count(struct watch *w)
{
	static struct sense_count counts[WATCH_TYPES];
	uint64_t by_type[WATCH_TYPES], lost = 0;
	int64_t present = now(CLOCK_BOOTTIME);
	int r = sense_counts(w->sense, counts);
	if (r < 0)
		return 0;
	for (unsigned i = 0; i < WATCH_TYPES; i++) {
		by_type[i] = counts[i].lost - w->stats->lost[i];
		lost += by_type[i];
		w->stats->lost[i] = counts[i].lost;
		w->stats->sent[i] = counts[i].sent;
	}
	int64_t boot = now(CLOCK_REALTIME) - present;
	struct flow_loss loss = {lost, by_type, boot + w->counted, boot + present};
	const struct flow_watch_handlers *h = w->judging.handlers;
	w->counted = present;
	return lost && h->loss ? h->loss(h->ctx, &loss) : 0;
}

static int loop(struct watch *w)
{
	const struct flow_watch_options *o = w->judging.options;
	int64_t end = o->for_ms < 0 ? INT64_MAX : now(CLOCK_BOOTTIME) + (int64_t)o->for_ms * NS_PER_MS;
	int r = 0;
	while (r >= 0 && !stopped && !(o->stop && __atomic_load_n(o->stop, __ATOMIC_SEQ_CST))) {
		int64_t left = end - now(CLOCK_BOOTTIME);
		if (left <= 0)
			break;
		int longest = o->stop ? STOP_LOOK_MS : COUNT_EVERY_MS;
		int timeout = left / NS_PER_MS < longest ? (int)(left / NS_PER_MS) + 1 : longest;
		r = sense_read(w->sense, timeout, take, w);
		if (r >= 0)
			r = known_answers(&w->asking, tell, w);
		if (r >= 0 && now(CLOCK_BOOTTIME) - w->counted >= (int64_t)COUNT_EVERY_MS * NS_PER_MS) {
			r = count(w);
			if (r == 0 && w->recording)
				r = recording_flush(w->recording, w->e);
		}
	}
	/* What happened before the stop is judged as well; what others do for ever does not keep us. */
	end = now(CLOCK_BOOTTIME) + (int64_t)DRAIN_MS * NS_PER_MS;
	while (r >= 0 && o->stop && now(CLOCK_BOOTTIME) < end)
		if ((r = sense_read(w->sense, 0, take, w)) < SENSE_READ_MAX)
			break;
	if (r >= 0 || r == -ECANCELED)
		r = count(w);
	return r;
}

static int begin(struct watch *w, const struct sense_config *config)
{
	char hostname[256] = "";
	struct err *e = w->e;
	int64_t boot = now(CLOCK_REALTIME) - now(CLOCK_BOOTTIME);
	const struct flow_watch_options *o = w->judging.options;

	gethostname(hostname, sizeof(hostname) - 1);
	int r = judging_begin(&w->judging, boot, hostname, e);
	if (r == 0 && o->record_file)
		r = recording_create(o->record_file, boot, hostname, &w->recording, e);
	if (r == 0)
		r = sense_open(&w->sense, config, e);
	if (r == 0)
		r = known_host_users(tell, w);
	if (r == 0 && o->known)
		r = known_record(o->known, tell, w);
	if (r == 0)
		r = sense_present(w->sense, take, w, e);
	w->counted = now(CLOCK_BOOTTIME);
	if (r == 0 && w->judging.handlers->ready)
		r = w->judging.handlers->ready(w->judging.handlers->ctx);
	return r;
}

static void handle_signals(void (*handler)(int))
{
	const struct sigaction action = {.sa_handler = handler};
	stopped = 0;
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

int flow_watch(struct flow_place *p, const struct flow_watch_options *o, const struct flow_watch_handlers *h,
	       struct flow_watch_stats *ret, struct err *e)
{
	static struct sense_config config;
	struct watch w = {.judging = {.options = o, .handlers = h}, .place = p, .stats = ret, .e = e};
	struct err closing = {0};

	*ret = (struct flow_watch_stats){0};
	w.judging.name_users = name_users;
	w.judging.ctx = &w;
	config = (struct sense_config){0};
	int r = configure(o, &config, e);
	if (r < 0)
		return r;
	if (!o->stop)
		handle_signals(on_signal);
	r = begin(&w, &config);
	if (r >= 0)
		r = loop(&w);
	if (!o->stop)
		handle_signals(SIG_DFL);
	known_asking_done(&w.asking);
	sense_close(w.sense);
	if (w.judging.detect)
		ret->detect = detect_stats(w.judging.detect);
	ret->alerts = w.judging.alerts;
	int closed = recording_close(w.recording, &closing);
	judging_done(&w.judging);
	if (closed < 0 && (r >= 0 || r == -ECANCELED))
		return err_set(e, closed, "%s", err_text(&closing));
	return r == -ECANCELED || r > 0 ? 0 : r;
}

static int replay_begin(void *ctx, const struct recording_head *head)
{
	struct judging *j = ctx;
	return judging_begin(j, head->boot, head->hostname, NULL);
}

static int replay_event(void *ctx, const struct event *event)
{
	return judging_event(ctx, event);
}

int flow_replay(const char *file, const struct flow_watch_options *o, const struct flow_watch_handlers *h,
		struct flow_watch_stats *ret, struct err *e)
{
	SCOPED(judging) struct judging j = {.options = o, .handlers = h};
	*ret = (struct flow_watch_stats){0};
	int r = recording_read(file, replay_begin, replay_event, &j, e);
	if (j.detect)
		ret->detect = detect_stats(j.detect);
	ret->alerts = j.alerts;
	return r;
}
