/* SPDX-License-Identifier: Apache-2.0 */
/* Cgroups to containers, and what is known of each. */
#include "container.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

enum { SLOTS = 4096, ID_SLOTS = 1024, HEX_ID = 64, UNSEEN_MAX = 256 };

struct cgroup_entry {
	struct cgroup_entry *next;
	uint64_t id;
	bool v2;
	struct container *container;
};

static struct container **id_slot(const struct containers *c, const char *id)
{
	uint32_t hash = 2166136261u;
	for (; *id; id++)
		hash = (hash ^ (unsigned char)*id) * 16777619u;
	return &c->by_id[hash % ID_SLOTS];
}

static void container_free(struct container *c)
{
	free(c->facts);
	free(c->names);
	free(c);
}

/* Out of the table, and gone. */
static void forget(struct container *gone)
{
	struct containers *c = gone->owner;
	struct container **at = id_slot(c, gone->id);
	while (*at != gone)
		at = &(*at)->next;
	*at = gone->next;
	c->count--;
	c->unseen -= !gone->lived;
	c->bytes -= gone->facts_size + gone->names_size;
	container_free(gone);
}

struct container *container_get(struct container *c)
{
	c->refs++;
	return c;
}

/* One that had a cgroup, and is held by no cgroup and no process any more, is over. */
void container_put(struct container *c)
{
	if (c && --c->refs == 0 && c->lived)
		forget(c);
}

/* Told of, but never seen with a cgroup: only so many may wait for one, and the oldest goes. */
static void forget_unseen(struct containers *c)
{
	struct container *oldest = NULL;
	for (unsigned i = 0; i < ID_SLOTS; i++)
		for (struct container *each = c->by_id[i]; each; each = each->next)
			if (!each->lived && (!oldest || each->serial < oldest->serial))
				oldest = each;
	if (oldest) {
		c->forgotten++;
		forget(oldest);
	}
}

struct container *containers_add(struct containers *c, const char *id, const char *type)
{
	if (c->unseen >= UNSEEN_MAX)
		forget_unseen(c);
	if (c->count >= CONTAINERS_MAX) {
		c->forgotten++;
		return NULL;
	}
	struct container *made = calloc(1, sizeof(*made));
	if (!made)
		return NULL;
	snprintf(made->id, sizeof(made->id), "%s", id);
	snprintf(made->type, sizeof(made->type), "%s", type);
	made->owner = c;
	made->serial = ++c->serial;
	struct container **at = id_slot(c, id);
	made->next = *at;
	*at = made;
	c->count++;
	c->unseen++;
	return made;
}

int containers_init(struct containers *c)
{
	*c = (struct containers){.slots = calloc(SLOTS, sizeof(*c->slots)),
				 .by_id = calloc(ID_SLOTS, sizeof(struct container *))};
	c->host = c->slots && c->by_id ? containers_add(c, "", "host") : NULL;
	if (!c->host) {
		containers_done(c);
		return -ENOMEM;
	}
	container_get(c->host);
	c->host->lived = true;
	c->unseen = 0;
	return 0;
}

void containers_done(struct containers *c)
{
	for (unsigned i = 0; c->slots && i < SLOTS; i++)
		while (c->slots[i]) {
			struct cgroup_entry *entry = c->slots[i];
			c->slots[i] = entry->next;
			free(entry);
		}
	for (unsigned i = 0; c->by_id && i < ID_SLOTS; i++)
		while (c->by_id[i]) {
			struct container *first = c->by_id[i];
			c->by_id[i] = first->next;
			container_free(first);
		}
	free(c->slots);
	free(c->by_id);
	*c = (struct containers){0};
}

static bool is_hex(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!isxdigit((unsigned char)s[i]))
			return false;
	return true;
}

/* One component of a path: PREFIX, 64 hexadecimal digits, and nothing or ".scope" after them. */
static bool engine_id(const char *part, size_t length, const char *prefix, char id[CONTAINER_ID_MAX])
{
	size_t skip = strlen(prefix);
	if (length < skip + HEX_ID || strncmp(part, prefix, skip) != 0 || !is_hex(part + skip, HEX_ID))
		return false;
	part += skip + HEX_ID;
	length -= skip + HEX_ID;
	if (length && !(length == 6 && strncmp(part, ".scope", 6) == 0))
		return false;
	snprintf(id, CONTAINER_ID_MAX, "%.*s", HEX_ID, part - HEX_ID);
	return true;
}

int container_id_of(const char *path, char id[CONTAINER_ID_MAX], const char **ret_type)
{
	static const struct {
		const char *parent, *prefix, *type; /* PARENT: the component before it, NULL for any */
	} kinds[] = {
		{"skep", "", "skep"},
		{"docker", "", "docker"},
		{NULL, "docker-", "docker"},
		{"libpod_parent", "libpod-", "podman"},
		{NULL, "libpod-", "podman"},
		{NULL, "crio-", "cri-o"},
		{NULL, "cri-containerd-", "containerd"},
		{NULL, "nerdctl-", "containerd"},
	};
	const char *parent = "";
	size_t parent_length = 0;
	bool kubernetes = false;

	for (const char *part = path; *part;) {
		while (*part == '/')
			part++;
		size_t length = strcspn(part, "/");
		for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
			if (kinds[i].parent && (strlen(kinds[i].parent) != parent_length ||
						strncmp(parent, kinds[i].parent, parent_length) != 0))
				continue;
			if (engine_id(part, length, kinds[i].prefix, id)) {
				*ret_type = kinds[i].type;
				return 0;
			}
		}
		kubernetes |= length >= 8 && strncmp(part, "kubepods", 8) == 0;
		if (kubernetes && engine_id(part, length, "", id)) {
			*ret_type = "containerd";
			return 0;
		}
		parent = part;
		parent_length = length;
		part += length;
	}
	return -ENOENT;
}

static struct cgroup_entry **cgroup_slot(const struct containers *c, uint64_t id)
{
	return &c->slots[(id * 0x9e3779b97f4a7c15u >> 32) % SLOTS];
}

struct container *containers_by_id(const struct containers *c, const char *id)
{
	for (struct container *each = *id_slot(c, id); each; each = each->next)
		if (strcmp(each->id, id) == 0)
			return each;
	return NULL;
}

static void forget_cgroup(struct containers *c, uint64_t id, bool v2)
{
	for (struct cgroup_entry **at = cgroup_slot(c, id); *at; at = &(*at)->next)
		if ((*at)->id == id && (*at)->v2 == v2) {
			struct cgroup_entry *gone = *at;
			*at = gone->next;
			container_put(gone->container);
			free(gone);
			c->cgroup_count--;
			return;
		}
}

int containers_add_cgroup(struct containers *c, uint64_t id, bool v2, struct container *container)
{
	container_get(container); /* the entry that goes may be its last */
	forget_cgroup(c, id, v2); /* ids are used again */
	c->unseen -= !container->lived;
	container->lived = true;
	struct cgroup_entry *entry = c->cgroup_count < CGROUPS_MAX ? malloc(sizeof(*entry)) : NULL;
	if (!entry) {
		c->forgotten++;
		container_put(container);
		return 0;
	}
	struct cgroup_entry **at = cgroup_slot(c, id);
	*entry = (struct cgroup_entry){.next = *at, .id = id, .v2 = v2, .container = container};
	*at = entry;
	c->cgroup_count++;
	return 0;
}

static struct container *lookup(const struct containers *c, uint64_t id, bool v2)
{
	for (struct cgroup_entry *entry = *cgroup_slot(c, id); entry; entry = entry->next)
		if (entry->id == id && entry->v2 == v2)
			return entry->container;
	return NULL;
}

struct container *containers_find(const struct containers *c, uint64_t v2, uint64_t v1)
{
	struct container *found = lookup(c, v2, true);
	return found || v1 == v2 ? found : lookup(c, v1, false);
}

static int new_cgroup(struct containers *c, const struct event_view *view)
{
	char id[CONTAINER_ID_MAX];
	const char *path = event_text(view, EVENT_P_CGROUP), *type;
	if (!path || container_id_of(path, id, &type) < 0)
		return 0;
	struct container *container = containers_by_id(c, id);
	if (!container)
		container = containers_add(c, id, type);
	return container ? containers_add_cgroup(c, view->event->args[0], view->event->args[1] == 0, container) : 0;
}

int containers_event(struct containers *c, const struct event_view *view)
{
	c->told = NULL;
	switch (view->event->type) {
	case WATCH_CGROUP_NEW:
		return new_cgroup(c, view);
	case WATCH_CGROUP_GONE:
		forget_cgroup(c, view->event->args[0], view->event->args[1] == 0);
		return 0;
	case WATCH_CONTAINER:
		return facts_container(c, view);
	case WATCH_USERS:
		return facts_users(c, view);
	default:
		return 0;
	}
}

static const struct name *find_name(const struct name *names, size_t count, uint32_t id)
{
	for (size_t i = 0; i < count; i++)
		if (names[i].id == id)
			return &names[i];
	return NULL;
}

const struct name *containers_user(const struct containers *c, const struct container *container, uint32_t id)
{
	const struct container *from = container ? container : c->host;
	return find_name(from->users, from->user_count, id);
}

const struct name *containers_group(const struct containers *c, const struct container *container, uint32_t id)
{
	const struct container *from = container ? container : c->host;
	return find_name(from->groups, from->group_count, id);
}
