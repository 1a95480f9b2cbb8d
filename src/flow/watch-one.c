/* SPDX-License-Identifier: Apache-2.0 */
/* The watch of one container, in a thread. */
#include "flow/watch-one.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>

#include "default-rules.h"
#include "detect/schema.h"
#include "flow/rules.h"
#include "kern/cgroup.h"
#include "sense/sense.h"

struct flow_watch_one {
	pthread_t thread;
	struct flow_watch_options options;
	struct flow_watch_handlers handlers; /* the caller's */
	struct flow_watch_stats stats;
	struct err error;
	int result, ready; /* READY: an eventfd */
	bool stop;
};

static int forward_alert(void *ctx, const struct flow_alert *alert)
{
	struct flow_watch_one *w = ctx;
	return w->handlers.alert ? w->handlers.alert(w->handlers.ctx, alert) : 0;
}

static int forward_event(void *ctx, struct detect *d, const struct event *event)
{
	struct flow_watch_one *w = ctx;
	return w->handlers.event(w->handlers.ctx, d, event);
}

static int forward_loss(void *ctx, const struct flow_loss *loss)
{
	struct flow_watch_one *w = ctx;
	return w->handlers.loss ? w->handlers.loss(w->handlers.ctx, loss) : 0;
}

static int forward_noted(void *ctx)
{
	struct flow_watch_one *w = ctx;
	return w->handlers.noted ? w->handlers.noted(w->handlers.ctx) : 0;
}

static int say_ready(void *ctx)
{
	struct flow_watch_one *w = ctx;
	eventfd_write(w->ready, 1);
	return 0;
}

static void *watch(void *ctx)
{
	struct flow_watch_one *w = ctx;
	const struct flow_watch_handlers handlers = {.event = w->handlers.event ? forward_event : NULL,
						     .alert = forward_alert,
						     .loss = forward_loss,
						     .noted = forward_noted,
						     .ready = say_ready,
						     .ctx = w};
	w->result = flow_watch(NULL, &w->options, &handlers, &w->stats, &w->error);
	eventfd_write(w->ready, 2);
	return NULL;
}

/* Only tasks below skep's own cgroup are recorded, when it is there; the container's are told apart afterwards. */
static void narrow(struct flow_watch_options *o)
{
	struct kern_cgroup_layout layout;
	char folder[256];
	if (kern_cgroup_detect(&layout, NULL) < 0 || layout.v2 < 0)
		return;
	snprintf(folder, sizeof(folder), "%s/skep", layout.at[layout.v2].mount);
	o->only_cgroup = sense_cgroup_id(folder);
	o->only_level = 1;
}

int flow_watch_one(const struct flow_record *container, const struct flow_watch_options *what,
		   const struct flow_watch_handlers *handlers, struct flow_watch_one **ret, struct err *e)
{
	eventfd_t said = 0;
	sigset_t all, old;
	struct flow_watch_one *w = calloc(1, sizeof(*w));
	*ret = NULL;
	if (!w)
		return err_set(e, -ENOMEM, "out of memory");
	w->handlers = *handlers;
	w->options = (struct flow_watch_options){.rules = what->rules,
						 .types = what->types,
						 .noted = what->noted,
						 .container = container->id,
						 .known = container,
						 .for_ms = -1,
						 .stop = &w->stop};
	narrow(&w->options);
	/* What is noted has no container's name on it. */
	w->options.only_name = what->noted ? container->id : NULL;
	w->ready = eventfd(0, EFD_CLOEXEC);
	/* Signals are for the thread that stays with the container. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	int r = w->ready < 0 ? -errno : -pthread_create(&w->thread, NULL, watch, w);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (r < 0) {
		close_keep_errno(w->ready);
		free(w);
		return err_sys(e, r, "the watch cannot start");
	}
	while (eventfd_read(w->ready, &said) < 0 && errno == EINTR)
		;
	if (said == 1) {
		*ret = w;
		return 0;
	}
	pthread_join(w->thread, NULL);
	r = w->result < 0 ? err_set(e, w->result, "%s", err_text(&w->error))
			  : err_set(e, -EIO, "the watch ended at once");
	close(w->ready);
	free(w);
	return r;
}

void flow_watch_one_end(struct flow_watch_one *w)
{
	if (!w)
		return;
	__atomic_store_n(&w->stop, true, __ATOMIC_SEQ_CST);
	pthread_join(w->thread, NULL);
	close(w->ready);
	free(w);
}

int flow_rules_default(struct rule_set **ret, struct err *e)
{
	SCOPED(rule_problems) struct rule_problems problems = RULE_PROBLEMS_INIT;
	struct rule_options options = RULE_OPTIONS_DEFAULT;
	struct rule_file file = {"skep.yaml", (const char *)default_rules, default_rules_size};
	int r = rule_load(&detect_schema, &file, 1, &options, &problems, ret);
	return r < 0 ? err_set(e, r, "skep's own rules cannot be loaded: %s",
			       problems.count ? problems.items[0].text : "out of memory")
		     : 0;
}
