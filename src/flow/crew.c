/* SPDX-License-Identifier: Apache-2.0 */
/* Threads, the records they go through together, and their alerts put in order. */
#include "crew.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "judging.h"

enum {
	RECORDS_MAX = 4096,
	BYTES_MAX = 2 << 20,
	TOGETHER_MIN = 256, /* events that are worth waking the others */
	SHARE = 64,	    /* events in a row that one thread judges */
	WAITS_MAX = 16,	    /* shares of a batch that waited for others: more, and the threads hinder each other */
	ALONE_FOR = 32,	    /* batches that one thread then judges alone */
	CACHE_LINE = 64,
};

/* An alert that waits for those of earlier events. */
struct held {
	struct flow_alert alert;
	char *words, *json;
};

struct member {
	struct crew *crew;
	struct judging judging;
	struct held *held;
	size_t held_count, held_room;
	unsigned index;
	int result;
	pthread_t thread;
	_Alignas(CACHE_LINE) size_t position; /* records of the batch behind it */
};

struct crew {
	const struct crew_config *config;
	struct member *members[FLOW_THREADS_MAX];
	unsigned count, started;
	uint64_t alerts;
	/* The batch. Records before FRESH were judged by the first member alone, and have yet to be followed by the others. */
	uint8_t *bytes;
	size_t used;
	struct {
		uint32_t offset;
		bool told;
	} records[RECORDS_MAX];
	size_t record_count, fresh;
	unsigned waits, alone_for;
	/* The others work while TURN is ahead of what they did. */
	pthread_mutex_t lock;
	pthread_cond_t begun, done;
	uint64_t turn;
	unsigned working;
	bool over;
};

/* ---- one member ---- */

static int hold(void *ctx, const struct flow_alert *alert)
{
	struct member *m = ctx;
	if (m->held_count == m->held_room) {
		size_t room = m->held_room ? 2 * m->held_room : 64;
		void *held = reallocarray(m->held, room, sizeof(*m->held));
		if (!held)
			return -ENOMEM;
		m->held = held;
		m->held_room = room;
	}
	struct held h = {*alert, strdup(alert->words), strdup(alert->json)};
	if (!h.words || !h.json) {
		free(h.words);
		free(h.json);
		return -ENOMEM;
	}
	h.alert.words = h.words;
	h.alert.json = h.json;
	m->held[m->held_count++] = h;
	return 0;
}

/* Rules that count see events in their order: this one waits until all before it are behind every member. */
static void wait_for_turn(void *ctx)
{
	struct member *m = ctx;
	struct crew *c = m->crew;
	bool waited = false;
	for (unsigned i = 0; __atomic_load_n(&c->working, __ATOMIC_ACQUIRE) && i < c->count; i++)
		while (i != m->index && __atomic_load_n(&c->members[i]->position, __ATOMIC_ACQUIRE) < m->position) {
			waited = true;
			sched_yield();
		}
	if (waited)
		__atomic_add_fetch(&c->waits, 1, __ATOMIC_RELAXED);
}

static bool is_mine(const struct crew *c, const struct member *m, size_t record)
{
	return record >= c->fresh && (record - c->fresh) / SHARE % c->count == m->index;
}

static void go_through(struct member *m, size_t from, bool alone)
{
	struct crew *c = m->crew;
	for (size_t i = from; i < c->record_count; i++) {
		const struct event *event = (const void *)(c->bytes + c->records[i].offset);
		int r = 0;
		if (c->records[i].told)
			r = judging_tell(&m->judging, event);
		else if (alone || is_mine(c, m, i))
			r = m->result < 0 ? 0 : judging_event(&m->judging, event);
		else
			detect_follow(m->judging.detect, event);
		if (r < 0 && m->result == 0)
			m->result = r;
		__atomic_store_n(&m->position, i + 1, __ATOMIC_RELEASE);
	}
}

static void *help(void *ctx)
{
	struct member *m = ctx;
	struct crew *c = m->crew;
	uint64_t done = 0;

	pthread_mutex_lock(&c->lock);
	while (!c->over) {
		if (c->turn == done) {
			pthread_cond_wait(&c->begun, &c->lock);
			continue;
		}
		done = c->turn;
		pthread_mutex_unlock(&c->lock);
		go_through(m, 0, false);
		pthread_mutex_lock(&c->lock);
		if (__atomic_sub_fetch(&c->working, 1, __ATOMIC_RELEASE) == 0)
			pthread_cond_signal(&c->done);
	}
	pthread_mutex_unlock(&c->lock);
	return NULL;
}

static void member_free(struct member *m)
{
	if (!m)
		return;
	for (size_t i = 0; i < m->held_count; i++) {
		free(m->held[i].words);
		free(m->held[i].json);
	}
	free(m->held);
	judging_done(&m->judging);
	free(m);
}

static int member_new(struct crew *c, unsigned index, struct err *e)
{
	const struct crew_config *config = c->config;
	struct member *m = aligned_alloc(CACHE_LINE, sizeof(*m));
	if (!m)
		return err_set(e, -ENOMEM, "out of memory");
	*m = (struct member){.crew = c, .index = index};
	m->judging = (struct judging){.options = config->options, .alert = hold, .ctx = m, .live = config->live};
	c->members[index] = m;
	c->count = index + 1;
	int r = judging_begin(&m->judging, config->boot, config->hostname, index ? &c->members[0]->judging : NULL, e);
	if (r == 0 && m->judging.judge && config->threads > 1)
		rule_judge_in_turn(m->judging.judge, wait_for_turn, m);
	return r;
}

/* ---- all of them ---- */

/* One thread needs no batch: what comes is judged, and shown, at once. */
static int show_at_once(void *ctx, const struct flow_alert *alert)
{
	struct crew *c = ctx;
	c->alerts++;
	return c->config->handlers->alert ? c->config->handlers->alert(c->config->handlers->ctx, alert) : 0;
}

static int pass_event(void *ctx, struct detect *d, const struct event *event)
{
	struct crew *c = ctx;
	return c->config->handlers->event ? c->config->handlers->event(c->config->handlers->ctx, d, event) : 0;
}

static int pass_told(void *ctx, const struct event *event)
{
	struct crew *c = ctx;
	return c->config->told ? c->config->told(c->config->ctx, event) : 0;
}

static void be_alone(struct crew *c)
{
	struct judging *j = &c->members[0]->judging;
	j->alert = show_at_once;
	j->event = pass_event;
	j->told = pass_told;
	j->ctx = c;
}

static int start_threads(struct crew *c, struct err *e)
{
	sigset_t all, old;
	int r = 0;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	for (unsigned i = 1; r == 0 && i < c->count; i++) {
		r = pthread_create(&c->members[i]->thread, NULL, help, c->members[i]);
		c->started += r == 0;
	}
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return r ? err_sys(e, -r, "starting a thread") : 0;
}

int crew_new(struct crew **ret, const struct crew_config *config, struct err *e)
{
	*ret = NULL;
	SCOPED_PTR(crew) struct crew *c = calloc(1, sizeof(*c));
	if (!c)
		return err_set(e, -ENOMEM, "out of memory");
	c->config = config;
	pthread_mutex_init(&c->lock, NULL);
	pthread_cond_init(&c->begun, NULL);
	pthread_cond_init(&c->done, NULL);
	int r = 0;
	for (unsigned i = 0; r == 0 && i < config->threads; i++)
		r = member_new(c, i, e);
	if (r == 0 && c->count == 1)
		be_alone(c);
	if (r == 0 && c->count > 1) {
		c->bytes = aligned_alloc(CACHE_LINE, BYTES_MAX);
		r = c->bytes ? start_threads(c, e) : err_set(e, -ENOMEM, "out of memory");
	}
	if (r < 0)
		return r;
	*ret = c;
	c = NULL;
	return 0;
}

void crew_free(struct crew *c)
{
	if (!c)
		return;
	pthread_mutex_lock(&c->lock);
	c->over = true;
	pthread_cond_broadcast(&c->begun);
	pthread_mutex_unlock(&c->lock);
	for (unsigned i = 1; i <= c->started; i++)
		pthread_join(c->members[i]->thread, NULL);
	for (unsigned i = 0; i < c->count; i++)
		member_free(c->members[i]);
	pthread_mutex_destroy(&c->lock);
	pthread_cond_destroy(&c->begun);
	pthread_cond_destroy(&c->done);
	free(c->bytes);
	free(c);
}

/* The member whose next alert is the earliest; NULL when all were shown. NEXT: how many of each were. */
static struct member *earliest(const struct crew *c, const size_t next[FLOW_THREADS_MAX])
{
	struct member *first = NULL;
	for (unsigned i = 0; i < c->count; i++) {
		struct member *m = c->members[i];
		if (next[i] < m->held_count &&
		    (!first || m->held[next[i]].alert.event < first->held[next[first->index]].alert.event))
			first = m;
	}
	return first;
}

static int show_held(struct crew *c)
{
	size_t next[FLOW_THREADS_MAX] = {0};
	int r = 0;
	for (struct member *m; (m = earliest(c, next));) {
		struct held *h = &m->held[next[m->index]++];
		if (r >= 0) {
			c->alerts++;
			r = c->config->handlers->alert ? c->config->handlers->alert(c->config->handlers->ctx, &h->alert)
						       : 0;
		}
		free(h->words);
		free(h->json);
	}
	for (unsigned i = 0; i < c->count; i++) {
		struct member *m = c->members[i];
		m->held_count = 0;
		if (r >= 0)
			r = m->result;
		m->result = 0;
	}
	return r;
}

/* All go through what they have not: the batch is empty then. */
static void work_together(struct crew *c)
{
	for (unsigned i = 1; i < c->count; i++)
		c->members[i]->position = 0;
	c->members[0]->position = c->fresh;
	c->waits = 0;
	pthread_mutex_lock(&c->lock);
	c->working = c->count - 1;
	c->turn++;
	pthread_cond_broadcast(&c->begun);
	pthread_mutex_unlock(&c->lock);
	go_through(c->members[0], c->fresh, false);
	pthread_mutex_lock(&c->lock);
	while (c->working)
		pthread_cond_wait(&c->done, &c->lock);
	pthread_mutex_unlock(&c->lock);
	if (c->waits > WAITS_MAX)
		c->alone_for = ALONE_FOR;
	c->record_count = 0;
	c->used = 0;
	c->fresh = 0;
}

int crew_work(struct crew *c)
{
	size_t waiting = c->record_count - c->fresh;
	if (c->count == 1 || !waiting)
		return 0;
	if (waiting >= TOGETHER_MIN && !c->alone_for) {
		work_together(c);
		return show_held(c);
	}
	c->alone_for -= c->alone_for > 0;
	go_through(c->members[0], c->fresh, true);
	c->fresh = c->record_count;
	int r = show_held(c);
	if (c->record_count > RECORDS_MAX / 2 || c->used > BYTES_MAX / 2)
		work_together(c);
	return r;
}

static int add(struct crew *c, const struct event *event, bool told)
{
	if (c->record_count == RECORDS_MAX || c->used + event->size > BYTES_MAX) {
		int r = crew_work(c);
		if (r < 0)
			return r;
	}
	memcpy(c->bytes + c->used, event, event->size);
	c->records[c->record_count].offset = (uint32_t)c->used;
	c->records[c->record_count++].told = told;
	c->used += event->size;
	return 0;
}

/* Records are copied and walked by their size. */
static bool has_size(const struct event *event)
{
	return event->size >= sizeof(*event) && event->size <= EVENT_SIZE_MAX && event->size % 8 == 0;
}

int crew_event(struct crew *c, const struct event *event)
{
	return c->count == 1 || !has_size(event) ? judging_event(&c->members[0]->judging, event) : add(c, event, false);
}

int crew_tell(struct crew *c, const struct event *event)
{
	return c->count == 1 ? judging_tell(&c->members[0]->judging, event) : add(c, event, true);
}

int crew_rules(struct crew *c, const struct rule_set *rules)
{
	int r = crew_work(c);
	for (unsigned i = 0; r >= 0 && i < c->count; i++) {
		struct judging *j = &c->members[i]->judging;
		r = judging_rules(j, rules, i ? &c->members[0]->judging : NULL);
		if (r == 0 && c->count > 1)
			rule_judge_in_turn(j->judge, wait_for_turn, c->members[i]);
	}
	return r;
}

void crew_stats(const struct crew *c, struct flow_watch_stats *ret)
{
	ret->alerts = c->alerts;
	ret->detect = detect_stats(c->members[0]->judging.detect);
	for (unsigned i = 1; i < c->count; i++)
		ret->detect.refused += detect_stats(c->members[i]->judging.detect).refused;
}
