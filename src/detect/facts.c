/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What records tell of a container: its name, image and mounts, its users. Each record becomes one block of memory with
 * the texts in it, since a tree of JSON takes ten times as much, and the blocks of all containers are bounded: a container
 * whose passwd is full of users does not take the room of the others.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "container.h"

/* A block that is filled from its front. */
struct block {
	char *at, *end;
};

static int read_text(const struct event_view *view, struct json **ret, size_t *ret_length)
{
	const char *text = event_bytes(view, EVENT_P_TEXT, ret_length);
	struct json_limits limits = {.bytes_max = CONTAINER_TEXT_MAX, .depth_max = 8};
	return text ? json_parse(text, *ret_length, limits, ret, NULL) : -EPROTO;
}

/* A copy in the block; a text of JSON is never longer than it was there, with its quotes. */
static const char *keep(struct block *b, const char *text)
{
	size_t size = text ? strlen(text) + 1 : 0;
	if (!text || size > (size_t)(b->end - b->at))
		return text ? "" : NULL;
	char *to = b->at;
	memcpy(to, text, size);
	b->at += size;
	return to;
}

static int get_text(const struct json *from, const char *key, struct block *b, const char **ret)
{
	const char *text = *ret;
	int r = json_get_str(from, key, &text, NULL);
	if (r == 0 && text != *ret)
		*ret = keep(b, text);
	return r < 0 ? -EPROTO : 0;
}

/* "registry:5000/a/b:tag@digest" into repository, tag and digest. */
static void split_image(struct container *c, struct block *b)
{
	const char *copied = c->image ? keep(b, c->image) : NULL;
	char *parts = copied && copied[0] ? b->at - strlen(copied) - 1 : NULL;
	if (!parts)
		return;
	char *digest = strchr(parts, '@'), *slash = strrchr(parts, '/');
	if (digest) {
		*digest++ = '\0';
		c->digest = digest;
	}
	char *tag = strchr(slash ? slash : parts, ':');
	if (tag) {
		*tag++ = '\0';
		c->tag = tag;
	}
	c->repository = parts[0] ? parts : NULL;
}

static int read_mounts(struct container *c, const struct json *list, struct block *b)
{
	for (size_t i = 0; i < json_count(list); i++) {
		const struct json *from = json_at(list, i);
		struct mount_point *m = &c->mounts[i];
		*m = (struct mount_point){"", "", "", "", false};
		if (get_text(from, "source", b, &m->source) < 0 ||
		    get_text(from, "destination", b, &m->destination) < 0 || get_text(from, "mode", b, &m->mode) < 0 ||
		    get_text(from, "propagation", b, &m->propagation) < 0 ||
		    json_get_bool(from, "rw", &m->writable, NULL) < 0)
			return -EPROTO;
	}
	c->mount_count = json_count(list);
	return 0;
}

static int count_label(const char *key, const struct json *value, void *data, struct err *e)
{
	++*(size_t *)data;
	return 0;
}

struct labels {
	struct container *container;
	struct block *block;
};

static int read_label(const char *key, const struct json *value, void *data, struct err *e)
{
	struct labels *l = data;
	const char *text = "";
	int r = json_str(value, &text, NULL);
	if (r == 0)
		l->container->labels[l->container->label_count++] =
			(struct label){keep(l->block, key), keep(l->block, text)};
	return r;
}

const char *container_label(const struct container *c, const char *key, size_t length)
{
	for (size_t i = 0; c && i < c->label_count; i++)
		if (strlen(c->labels[i].key) == length && memcmp(c->labels[i].key, key, length) == 0)
			return c->labels[i].value;
	return NULL;
}

static int read_facts(struct container *c, const struct json *facts, struct block *b)
{
	const char *type = c->type;
	if (json_get_str(facts, "type", &type, NULL) < 0 || get_text(facts, "name", b, &c->name) < 0 ||
	    get_text(facts, "image", b, &c->image) < 0 || get_text(facts, "imageId", b, &c->image_id) < 0 ||
	    get_text(facts, "imageDigest", b, &c->digest) < 0 ||
	    json_get_bool(facts, "privileged", &c->privileged, NULL) < 0 ||
	    json_get_bool(facts, "hostPid", &c->host_pid, NULL) < 0 ||
	    json_get_bool(facts, "hostNetwork", &c->host_network, NULL) < 0 ||
	    json_get_bool(facts, "hostIpc", &c->host_ipc, NULL) < 0 ||
	    json_get_i64(facts, "started", &c->started, NULL) < 0)
		return -EPROTO;
	if (type != c->type)
		snprintf(c->type, sizeof(c->type), "%s", type);
	split_image(c, b);
	struct labels labels = {c, b};
	if (json_get(facts, "labels") && json_each(json_get(facts, "labels"), read_label, &labels, NULL) < 0)
		return -EPROTO;
	return read_mounts(c, json_get(facts, "mounts"), b);
}

/* Nothing of an earlier record outlives it. */
static void forget_facts(struct container *c)
{
	c->owner->bytes -= c->facts_size;
	free(c->facts);
	c->facts = NULL;
	c->facts_size = 0;
	c->mounts = NULL;
	c->mount_count = 0;
	c->labels = NULL;
	c->label_count = 0;
	c->name = c->image = c->image_id = c->repository = c->tag = c->digest = NULL;
	c->privileged = c->host_pid = c->host_network = c->host_ipc = false;
	c->started = 0;
}

/* Room of SIZE within the bound; NULL, and counted, when it would be exceeded. */
static char *block_new(struct containers *c, size_t size)
{
	char *made = size <= CONTAINER_BYTES_MAX - c->bytes ? malloc(size) : NULL;
	if (made)
		c->bytes += size;
	else
		c->forgotten++;
	return made;
}

static int keep_facts(struct container *container, const struct json *facts, size_t length)
{
	size_t mounts = json_count(json_get(facts, "mounts")), labels = 0;
	if (json_get(facts, "labels") && json_each(json_get(facts, "labels"), count_label, &labels, NULL) < 0)
		return -EPROTO;
	size_t tables = mounts * sizeof(struct mount_point) + labels * sizeof(struct label);
	forget_facts(container);
	container->facts = block_new(container->owner, tables + 2 * length); /* the image is there twice */
	if (!container->facts)
		return 0;
	container->facts_size = tables + 2 * length;
	container->mounts = (void *)container->facts;
	container->labels = (void *)(container->mounts + mounts);
	struct block b = {container->facts + tables, container->facts + container->facts_size};
	return read_facts(container, facts, &b);
}

/* {"id", "type", "name", "image", ..., "cgroups": [{"id", "v2"}]}; the last record of a container holds. */
int facts_container(struct containers *c, const struct event_view *view)
{
	SCOPED_PTR(json) struct json *facts = NULL;
	size_t length;
	const char *id = NULL;
	int r = read_text(view, &facts, &length);
	if (r < 0)
		return r;
	if (json_get_str(facts, "id", &id, NULL) < 0 || !id || !id[0] || strlen(id) >= CONTAINER_ID_MAX)
		return -EPROTO;
	struct container *container = containers_by_id(c, id);
	if (!container && !(container = containers_add(c, id, "")))
		return 0;
	container_get(container); /* while cgroups come and go */
	bool known = container->facts;
	r = keep_facts(container, facts, length);
	if (r == 0 && !known && container->facts)
		c->told = container;
	const struct json *cgroups = json_get(facts, "cgroups");
	for (size_t i = 0; r == 0 && i < json_count(cgroups); i++) {
		uint64_t cgroup = 0;
		bool v2 = false;
		if (json_get_u64(json_at(cgroups, i), "id", &cgroup, NULL) < 0 ||
		    json_get_bool(json_at(cgroups, i), "v2", &v2, NULL) < 0)
			r = -EPROTO;
		else
			r = containers_add_cgroup(c, cgroup, v2, container);
	}
	container_put(container);
	return r;
}

/* [[id, "name", "home", "shell"], ...] */
static int read_names(const struct json *list, struct name *names, struct block *b)
{
	for (size_t i = 0; i < json_count(list); i++) {
		const struct json *row = json_at(list, i);
		const char *texts[3] = {NULL};
		if (json_count(row) < 2 || json_u32(json_at(row, 0), &names[i].id, NULL) < 0)
			return -EPROTO;
		for (size_t k = 0; k < ARRAY_LEN(texts) && k + 1 < json_count(row); k++) {
			if (json_str(json_at(row, k + 1), &texts[k], NULL) < 0)
				return -EPROTO;
			texts[k] = keep(b, texts[k]);
		}
		names[i].text = texts[0];
		names[i].home = texts[1];
		names[i].shell = texts[2];
	}
	return 0;
}

static void forget_names(struct container *c)
{
	c->owner->bytes -= c->names_size;
	free(c->names);
	c->names = NULL;
	c->names_size = 0;
	c->users = c->groups = NULL;
	c->user_count = c->group_count = 0;
}

int facts_users(struct containers *c, const struct event_view *view)
{
	SCOPED_PTR(json) struct json *names = NULL;
	size_t length;
	const char *id = "";
	int r = read_text(view, &names, &length);
	if (r < 0)
		return r;
	struct container *container = json_get_str(names, "id", &id, NULL) == 0 && id ? containers_by_id(c, id) : NULL;
	if (!container)
		return -ENOENT;
	const struct json *users = json_get(names, "users"), *groups = json_get(names, "groups");
	size_t count = json_count(users) + json_count(groups), size = count * sizeof(struct name) + length;
	forget_names(container);
	container->named = true;
	container->names = block_new(c, size);
	if (!container->names)
		return 0;
	container->names_size = size;
	container->users = (void *)container->names;
	container->groups = container->users + json_count(users);
	struct block b = {container->names + count * sizeof(struct name), container->names + size};
	r = read_names(users, container->users, &b);
	if (r == 0)
		r = read_names(groups, container->groups, &b);
	if (r < 0) {
		forget_names(container);
		return r;
	}
	container->user_count = json_count(users);
	container->group_count = json_count(groups);
	return 0;
}
