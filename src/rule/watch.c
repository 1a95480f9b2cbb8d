/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules over several events: count, distinct, sequence. What is remembered lies in a table of fixed size, in groups of
 * eight places; when a group is full, what was touched longest ago is forgotten, and counted. Judges of several threads
 * may share one table, since a container's processes are judged by different threads.
 */
#include "watch.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/buf.h"

#define GROUPS 4096
#define GROUP_PLACES 8
#define TABLE_BYTES_MAX (32u << 20) /* of what places point to */
#define KEY_TEXT_MAX 4096

struct seen {
	uint64_t value; /* DISTINCT: hash of the value */
	uint64_t time_ns;
};

struct place {
	uint64_t key; /* 0: empty */
	uint64_t touched_ns;
	struct seen *seen; /* COUNT, DISTINCT: within the time */
	uint32_t count, capacity;
	uint32_t step; /* SEQUENCE: the one waited for; count is not used */
	uint64_t start_ns;
};

struct watch_table {
	pthread_mutex_t lock;
	unsigned users;
	size_t bytes;
	struct place places[GROUPS * GROUP_PLACES];
};

int watch_new(const struct rule_set *set, struct watch_table **ret)
{
	bool wanted = false;

	for (size_t i = 0; i < set->rule_count; i++)
		wanted |= set->rules[i].info.enabled && set->rules[i].watch.kind != WATCH_NONE;
	*ret = NULL;
	if (!wanted)
		return 0;
	struct watch_table *w = calloc(1, sizeof(*w));
	if (!w)
		return -ENOMEM;
	pthread_mutex_init(&w->lock, NULL);
	w->users = 1;
	*ret = w;
	return 0;
}

struct watch_table *watch_share(struct watch_table *w)
{
	if (!w)
		return NULL;
	pthread_mutex_lock(&w->lock);
	w->users++;
	pthread_mutex_unlock(&w->lock);
	return w;
}

void watch_free(struct watch_table *w)
{
	if (!w)
		return;
	pthread_mutex_lock(&w->lock);
	bool last = --w->users == 0;
	pthread_mutex_unlock(&w->lock);
	if (!last)
		return;
	pthread_mutex_destroy(&w->lock);
	for (size_t i = 0; i < ARRAY_LEN(w->places); i++)
		free(w->places[i].seen);
	free(w);
}

static uint64_t hash_text(const char *text, size_t len, uint64_t start)
{
	uint64_t h = start ^ 0xcbf29ce484222325ull;

	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)text[i]) * 0x100000001b3ull;
	h ^= h >> 32;
	h *= 0x9e3779b97f4a7c15ull;
	return h ^ h >> 29;
}

/* The value of a slot as part of a key; absent is a value of its own. */
static uint64_t hash_slot(struct rule_judge *j, uint32_t slot, uint64_t start)
{
	const struct cell *c = cell_of(j, slot);
	SCOPED(buf) struct buf text = BUF_INIT(KEY_TEXT_MAX);

	if (!c->present)
		return hash_text("<NA>", 5, start);
	render_value(&text, &c->value);
	return hash_text(buf_str(&text), text.len, start);
}

static uint64_t key_of(struct rule_judge *j, const struct watcher *w, uint32_t rule)
{
	uint64_t key = hash_text((const char *)&rule, sizeof(rule), 1);

	for (size_t i = 0; i < w->by_count; i++)
		key = hash_slot(j, w->by[i], key);
	return key ? key : 1;
}

static void forget(struct watch_table *t, struct place *p)
{
	t->bytes -= p->capacity * sizeof(*p->seen);
	free(p->seen);
	*p = (struct place){0};
}

static struct place *find(struct rule_judge *j, uint64_t key)
{
	struct watch_table *t = j->watch;
	struct place *group = &t->places[key % GROUPS * GROUP_PLACES], *oldest = group;

	for (size_t i = 0; i < GROUP_PLACES; i++) {
		if (group[i].key == key)
			return &group[i];
		if (!group[i].key || (oldest->key && group[i].touched_ns < oldest->touched_ns))
			oldest = oldest->key ? &group[i] : oldest;
	}
	if (oldest->key) {
		j->stats.forgotten++;
		forget(t, oldest);
	}
	oldest->key = key;
	return oldest;
}

static bool make_room(struct rule_judge *j, struct place *p, uint32_t most)
{
	struct watch_table *t = j->watch;
	uint32_t capacity = p->capacity ? MIN_OF(2 * p->capacity, most) : MIN_OF(8u, most);
	size_t more = (capacity - p->capacity) * sizeof(*p->seen);

	if (p->count < p->capacity)
		return true;
	void *seen = t->bytes + more > TABLE_BYTES_MAX ? NULL : reallocarray(p->seen, capacity, sizeof(*p->seen));
	if (!seen) {
		j->stats.forgotten++;
		return false;
	}
	p->seen = seen;
	p->capacity = capacity;
	t->bytes += more;
	return true;
}

static void drop_old(struct place *p, uint64_t within_ns, uint64_t now)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < p->count; i++) {
		if (p->seen[i].time_ns + within_ns >= now)
			p->seen[kept++] = p->seen[i];
	}
	p->count = kept;
}

/* Counts up, or refreshes a value that was there; fires and starts anew when there are enough. */
static bool feed_count(struct rule_judge *j, const struct watcher *w, struct place *p, uint64_t value, uint64_t now)
{
	drop_old(p, w->within_ns, now);
	for (uint32_t i = 0; w->kind == WATCH_DISTINCT && i < p->count; i++) {
		if (p->seen[i].value == value) {
			p->seen[i].time_ns = now;
			return false;
		}
	}
	if (!make_room(j, p, w->at_least))
		return false;
	p->seen[p->count++] = (struct seen){value, now};
	if (p->count < w->at_least)
		return false;
	p->count = 0;
	return true;
}

static bool feed_sequence(const struct watcher *w, struct place *p, uint32_t step, uint64_t now)
{
	bool late = p->step && p->start_ns + w->within_ns < now;

	if (late)
		p->step = 0;
	if (step == 0 && p->step <= 1) {
		p->step = 1;
		p->start_ns = now;
		return false;
	}
	if (!p->step || step != p->step)
		return false;
	p->step++;
	if (p->step < w->step_count)
		return false;
	p->step = 0;
	return true;
}

bool watch_feed(struct rule_judge *j, const struct pattern *pattern, uint64_t time_ns)
{
	const struct watcher *w = &j->set->rules[pattern->rule].watch;
	uint64_t key = key_of(j, w, pattern->rule), value = 0;

	if (w->kind == WATCH_DISTINCT) {
		if (!cell_of(j, w->of)->present)
			return false;
		value = hash_slot(j, w->of, 2);
	}
	pthread_mutex_lock(&j->watch->lock);
	struct place *p = find(j, key);
	p->touched_ns = time_ns;
	bool fires = w->kind == WATCH_SEQUENCE ? feed_sequence(w, p, pattern->step, time_ns)
					       : feed_count(j, w, p, value, time_ns);
	pthread_mutex_unlock(&j->watch->lock);
	return fires;
}
