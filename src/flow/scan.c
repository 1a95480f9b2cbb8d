/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The crew of scanning workers. Each gets a layer, a file for its report and a scratch file, and dies with it; a layer
 * that cannot be read is an error about that layer. A report is kept only after the layer's digest was found right.
 */
#include "flow/scan.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/path.h"
#include "base/str.h"
#include "priv/worker.h"
#include "scan-cache.h"
#include "scan-clamd.h"
#include "scan-plan.h"
#include "scan-rules.h"

#define WORKERS_MAX 16
#define CONNECTIONS_MAX 10000 /* to clamd, for one layer */

struct slot {
	struct priv_worker worker;
	int report; /* owned; -1: idle */
	size_t layer, connections;
};

struct crew {
	const struct flow_scan_options *options;
	const struct scan_plan *plan;
	struct flow_scan *scan;
	struct scan_rules rules;
	struct slot slots[WORKERS_MAX];
	size_t slot_count, next, done;
};

void flow_scan_done(struct flow_scan *s)
{
	for (size_t i = 0; s->layers && i < s->layer_count + s->config_searched; i++)
		if (s->layers[i].mapped)
			munmap(s->layers[i].mapped, s->layers[i].mapped_bytes);
	arena_done(&s->arena);
}

static void fail_layer(struct crew *c, size_t n, const struct err *e)
{
	struct flow_scan_layer *l = &c->scan->layers[n];

	snprintf(l->error, sizeof(l->error), "%s", err_text(e));
	l->part = (struct model_part){0};
	c->scan->failed++;
}

/* The report in FD becomes the layer's. */
static int take_report(struct crew *c, size_t n, int fd, struct err *e)
{
	struct flow_scan_layer *l = &c->scan->layers[n];
	struct stat st;

	if (fstat(fd, &st) < 0 || st.st_size <= 0 || st.st_size > MODEL_PART_BYTES_MAX)
		return err_set(e, -EPROTO, "the worker's report is empty or too large");
	/* Private: nobody who still has the file can change what was checked. */
	void *p = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_POPULATE, fd, 0);
	if (p == MAP_FAILED)
		return err_sys(e, -errno, "the worker's report");
	l->mapped = p;
	l->mapped_bytes = (size_t)st.st_size;
	return model_part_decode(p, (size_t)st.st_size, &c->scan->arena, &l->part, e);
}

/* What is looked for in source N. */
static uint32_t flags_of(const struct crew *c, size_t n)
{
	const struct scan_source *source = &c->plan->sources[n];
	uint32_t flags = c->options->flags | (source->unpacked ? MODEL_SCAN_HASH_OUTPUT : 0) |
			 (source->rootfs ? MODEL_SCAN_ROOTFS : 0);

	if (flags & MODEL_SCAN_SECRETS && c->rules.secrets >= 0)
		flags |= MODEL_SCAN_OWN_SECRETS;
	if (source->text)
		return flags & (MODEL_SCAN_SECRETS | MODEL_SCAN_OWN_SECRETS);
	if (source->sbom)
		flags &= ~(uint32_t)MODEL_SCAN_MALWARE;
	if (flags & MODEL_SCAN_MALWARE && c->options->clamd)
		flags |= MODEL_SCAN_CLAMD;
	return flags;
}

static int start_layer(struct crew *c, struct slot *slot, size_t n, struct err *e)
{
	const struct scan_source *source = &c->plan->sources[n];
	struct model_scan_job job = {.kind = source->folder ? MODEL_SCAN_FOLDER
					     : source->sbom ? MODEL_SCAN_SBOM
					     : source->text ? MODEL_SCAN_TEXT
							    : MODEL_SCAN_LAYER,
				     .flags = flags_of(c, n),
				     .offset = source->offset,
				     .bytes = source->bytes};
	scoped_fd int scratch = scan_unnamed_file(c->options->root);
	scoped_fd int report = scan_unnamed_file(c->options->root);

	snprintf(job.algorithm, sizeof(job.algorithm), "%s",
		 str_starts_with(source->digest, "sha512:") ? "sha512" : "sha256");
	if (report < 0)
		return err_sys(e, report, "a file for the worker's report");
	int r = priv_worker_start_program("skep-scan", "scan", &slot->worker, e);
	if (r < 0)
		return r;
	int fds[5] = {source->fd, report, scratch}, count = 3;
	if (job.flags & MODEL_SCAN_MALWARE)
		fds[count++] = c->rules.made;
	if (job.flags & MODEL_SCAN_OWN_SECRETS)
		fds[count++] = c->rules.secrets;
	r = priv_send(slot->worker.channel, MODEL_WORKER_SCAN, &job, sizeof(job), fds, (size_t)count);
	if (r < 0) {
		priv_worker_done(&slot->worker);
		return err_sys(e, r, "giving the worker its job");
	}
	slot->report = take_fd(&report);
	slot->layer = n;
	slot->connections = 0;
	return 0;
}

static int read_answer(const struct priv_message *m, struct model_scan_result *ret, struct err *e)
{
	if (m->type == MODEL_WORKER_SCANNED && m->len == sizeof(*ret)) {
		memcpy(ret, m->body, sizeof(*ret));
		ret->digest[sizeof(ret->digest) - 1] = '\0';
		return 0;
	}
	return scan_worker_failed(m, e);
}

/*
 * The same bytes can be read packed and unpacked, and be another thing each time. False for what is not kept: what clamd
 * says depends on what it knows that day.
 */
static bool cache_key(const struct crew *c, size_t n, struct scan_cache_key *ret)
{
	uint32_t flags = flags_of(c, n);

	*ret = (struct scan_cache_key){.layer = c->plan->sources[n].digest, .rules = c->rules.key.text, .flags = flags};
	return *ret->layer && !(flags & MODEL_SCAN_CLAMD);
}

/* What was short at that time, space or memory, may be there the next time. */
static bool is_lasting(const struct model_part *p)
{
	for (size_t i = 0; i < p->remark_count; i++)
		if (p->remarks[i].kind == MODEL_REMARK_UNREAD &&
		    (strstr(p->remarks[i].text, "scratch") || strstr(p->remarks[i].text, "memory")))
			return false;
	return true;
}

/* A connection to clamd, or why there is none. */
static void give_connection(struct crew *c, struct slot *slot)
{
	struct model_worker_failure failure = {0};
	struct err e = {0};
	scoped_fd int fd = -1;

	if (++slot->connections > CONNECTIONS_MAX)
		err_set(&e, -EMFILE, "more than %d connections to clamd for one layer", CONNECTIONS_MAX);
	else
		fd = scan_clamd_connect(c->options->clamd, &e);
	failure.code = e.code;
	snprintf(failure.text, sizeof(failure.text), "%s", err_text(&e));
	/* A worker that is gone is noticed when it is heard. */
	ignore(fd >= 0 ? priv_send(slot->worker.channel, MODEL_WORKER_SOCKET, NULL, 0, &fd, 1)
		       : priv_send(slot->worker.channel, MODEL_WORKER_SOCKET, &failure, sizeof(failure), NULL, 0));
}

/* M is its answer; NULL: there is none, and E says why. */
static void finish_layer(struct crew *c, struct slot *slot, const struct priv_message *m, struct err *e)
{
	const struct scan_source *source = &c->plan->sources[slot->layer];
	struct model_scan_result result = {0};
	struct scan_cache_key key;
	int r = m ? read_answer(m, &result, e) : e->code;

	/* It is gone before what it wrote is looked at. */
	priv_worker_done(&slot->worker);
	if (r == 0 && source->digest[0] && !str_eq(result.digest, source->digest))
		r = err_set(e, -EBADMSG, "its content has the digest %s, the image says %s", result.digest,
			    source->digest);
	if (r == 0)
		r = take_report(c, slot->layer, slot->report, e);
	if (r == 0 && cache_key(c, slot->layer, &key) && is_lasting(&c->scan->layers[slot->layer].part))
		scan_cache_keep(c->options->root, &key, slot->report);
	close(slot->report);
	slot->report = -1;
	if (r < 0)
		fail_layer(c, slot->layer, e);
	c->done++;
}

static void hear(struct crew *c, struct slot *slot)
{
	scoped_free struct priv_message *m = malloc(sizeof(*m));
	struct err e = {0};
	int r = m ? scan_worker_hear(&slot->worker, m, &e) : err_set(&e, -ENOMEM, "out of memory");

	if (r == 0)
		priv_message_done(m);
	if (r == 0 && m->type == MODEL_WORKER_ASK && flags_of(c, slot->layer) & MODEL_SCAN_CLAMD)
		give_connection(c, slot);
	else
		finish_layer(c, slot, r == 0 ? m : NULL, &e);
}

static bool take_cached(struct crew *c, size_t n)
{
	struct flow_scan_layer *l = &c->scan->layers[n];
	struct scan_cache_key key;

	if (c->options->fresh || !cache_key(c, n, &key))
		return false;
	scoped_fd int fd = scan_cache_open(c->options->root, &key);
	if (fd < 0)
		return false;
	if (take_report(c, n, fd, NULL) == 0)
		return true;
	if (l->mapped)
		munmap(l->mapped, l->mapped_bytes);
	l->mapped = NULL;
	l->part = (struct model_part){0};
	return false;
}

/* Negative: none can be started, whatever the layer. */
static int start_next(struct crew *c, struct slot *slot, struct err *fatal)
{
	struct err e = {0};

	while (c->next < c->plan->count) {
		size_t n = c->next++;
		if (take_cached(c, n)) {
			c->done++;
			continue;
		}
		bool ruled = flags_of(c, n) & (MODEL_SCAN_MALWARE | MODEL_SCAN_OWN_SECRETS);
		int r = ruled ? scan_rules_make(&c->rules, fatal) : 0;
		if (r < 0)
			return r;
		if (start_layer(c, slot, n, &e) == 0)
			return 0;
		fail_layer(c, n, &e);
		c->done++;
	}
	return 0;
}

static int work(struct crew *c, struct err *e)
{
	struct pollfd polls[WORKERS_MAX];

	for (;;) {
		size_t busy = 0;
		for (size_t i = 0; i < c->slot_count; i++) {
			int r = c->slots[i].report < 0 ? start_next(c, &c->slots[i], e) : 0;
			if (r < 0)
				return r;
			polls[i] = (struct pollfd){.fd = c->slots[i].report < 0 ? -1 : c->slots[i].worker.channel,
						   .events = POLLIN};
			busy += c->slots[i].report >= 0;
		}
		if (c->options->progress)
			c->options->progress(c->options->data, MIN_OF(c->done, c->scan->layer_count),
					     c->scan->layer_count);
		if (!busy)
			return 0;
		if (poll(polls, c->slot_count, -1) < 0 && errno != EINTR)
			return err_sys(e, -errno, "waiting for workers");
		for (size_t i = 0; i < c->slot_count; i++)
			if (polls[i].fd >= 0 && polls[i].revents)
				hear(c, &c->slots[i]);
	}
}

/* The steps of the build that made layers, in their order. */
static void name_steps(struct flow_scan *s)
{
	size_t layer = 0;

	for (size_t i = 0; i < s->config.history_count && layer < s->layer_count; i++)
		if (!s->config.history[i].empty_layer)
			s->layers[layer++].step = &s->config.history[i];
}

static int read_all(struct crew *c, struct err *e)
{
	struct flow_scan *s = c->scan;

	s->layer_count = c->plan->count - s->config_searched;
	s->layers = ARENA_ARRAY(&s->arena, c->plan->count + 1, struct flow_scan_layer);
	if (!s->layers)
		return err_set(e, -ENOMEM, "out of memory");
	for (size_t i = 0; i < s->layer_count; i++) {
		memcpy(s->layers[i].digest, c->plan->sources[i].digest, sizeof(s->layers[i].digest));
		s->layers[i].bytes = c->plan->sources[i].bytes;
	}
	name_steps(s);
	for (size_t i = 0; i < WORKERS_MAX; i++)
		c->slots[i] = (struct slot){.worker = PRIV_WORKER_INIT, .report = -1};
	int r = work(c, e);
	for (size_t i = 0; i < WORKERS_MAX; i++) {
		priv_worker_done(&c->slots[i].worker);
		close_keep_errno(c->slots[i].report);
	}
	return r;
}

int flow_scan_read(const struct flow_scan_options *o, struct flow_scan *ret, struct err *e)
{
	SCOPED(scan_plan) struct scan_plan plan = {0};
	struct flow_scan s = {.arena = ARENA_INIT(1ull << 30)};
	struct crew c = {.options = o, .plan = &plan, .scan = &s, .rules = SCAN_RULES_INIT};
	long processors = sysconf(_SC_NPROCESSORS_ONLN);

	c.slot_count = o->workers ? o->workers : processors > 0 ? (size_t)processors : 1;
	c.slot_count = MIN_OF(c.slot_count, (size_t)WORKERS_MAX);
	int r = o->clamd ? scan_clamd_check(o->clamd, e) : 0;
	if (r == 0)
		r = scan_rules_open(o, &c.rules, e);
	if (r == 0)
		r = scan_plan_make(o, &s, &plan, e);
	if (r == 0 && o->flags & MODEL_SCAN_SECRETS)
		r = scan_plan_add_config(&s, &plan, e);
	if (r == 0)
		r = read_all(&c, e);
	scan_rules_done(&c.rules);
	if (r == 0 && arena_failed(&s.arena))
		r = err_set(e, -ENOMEM, "out of memory");
	if (r < 0)
		flow_scan_done(&s);
	else
		*ret = s;
	return r;
}
