/* SPDX-License-Identifier: Apache-2.0 */
/* Cgroups to containers, and what is known of each. */
#include "container.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"

enum { SLOTS = 4096, HEX_ID = 64 };

struct cgroup_entry {
	struct cgroup_entry *next;
	uint64_t id;
	bool v2;
	struct container *container;
};

static void container_free(struct container *c)
{
	json_free(c->facts);
	json_free(c->names);
	free(c->mounts);
	free(c->users);
	free(c->groups);
	free(c);
}

struct container *container_get(struct container *c)
{
	c->refs++;
	return c;
}

void container_put(struct container *c)
{
	if (c && --c->refs == 0)
		container_free(c);
}

static struct container *container_new(struct containers *c, const char *id, const char *type)
{
	if (c->count >= CONTAINERS_MAX) {
		c->forgotten++;
		return NULL;
	}
	struct container *made = calloc(1, sizeof(*made));
	if (!made)
		return NULL;
	made->refs = 1;
	snprintf(made->id, sizeof(made->id), "%s", id);
	snprintf(made->type, sizeof(made->type), "%s", type);
	/* Behind the host, which stays first. */
	struct container **at = c->list ? &c->list->next : &c->list;
	made->next = *at;
	*at = made;
	c->count++;
	return made;
}

int containers_init(struct containers *c)
{
	*c = (struct containers){.slots = calloc(SLOTS, sizeof(*c->slots))};
	if (!c->slots || !container_new(c, "", "host")) {
		containers_done(c);
		return -ENOMEM;
	}
	return 0;
}

void containers_done(struct containers *c)
{
	for (unsigned i = 0; c->slots && i < SLOTS; i++)
		while (c->slots[i]) {
			struct cgroup_entry *entry = c->slots[i];
			c->slots[i] = entry->next;
			container_put(entry->container);
			free(entry);
		}
	while (c->list) {
		struct container *first = c->list;
		c->list = first->next;
		container_put(first);
	}
	free(c->slots);
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
	for (struct container *each = c->list; each; each = each->next)
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

static int add_cgroup(struct containers *c, uint64_t id, bool v2, struct container *container)
{
	forget_cgroup(c, id, v2); /* ids are used again */
	if (c->cgroup_count >= CGROUPS_MAX) {
		c->forgotten++;
		return 0;
	}
	struct cgroup_entry *entry = malloc(sizeof(*entry));
	if (!entry)
		return -ENOMEM;
	struct cgroup_entry **at = cgroup_slot(c, id);
	container->lived = true;
	*entry = (struct cgroup_entry){.next = *at, .id = id, .v2 = v2, .container = container_get(container)};
	*at = entry;
	c->cgroup_count++;
	return 0;
}

/* Containers without a cgroup that nobody else holds are over. */
static void sweep(struct containers *c)
{
	for (struct container **at = &c->list->next; *at;)
		if ((*at)->refs == 1 && (*at)->lived) {
			struct container *gone = *at;
			*at = gone->next;
			c->count--;
			container_put(gone);
		} else {
			at = &(*at)->next;
		}
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
		container = container_new(c, id, type);
	return container ? add_cgroup(c, view->event->args[0], view->event->args[1] == 0, container) : -ENOMEM;
}

static int read_text(const struct event_view *view, struct json **ret)
{
	size_t length;
	const char *text = event_bytes(view, EVENT_P_TEXT, &length);
	struct json_limits limits = {.bytes_max = CONTAINER_TEXT_MAX, .depth_max = 8};
	return text ? json_parse(text, length, limits, ret, NULL) : -EPROTO;
}

/* "registry:5000/a/b:tag@digest" into repository, tag and digest. */
static void split_image(struct container *c)
{
	snprintf(c->image_parts, sizeof(c->image_parts), "%s", c->image ? c->image : "");
	char *digest = strchr(c->image_parts, '@'), *slash = strrchr(c->image_parts, '/');
	if (digest) {
		*digest++ = '\0';
		c->digest = digest;
	}
	char *tag = strchr(slash ? slash : c->image_parts, ':');
	c->tag = NULL;
	if (tag) {
		*tag++ = '\0';
		c->tag = tag;
	}
	c->repository = c->image_parts[0] ? c->image_parts : NULL;
}

static int read_mounts(struct container *c)
{
	const struct json *list = json_get(c->facts, "mounts");
	size_t count = json_count(list);
	struct mount_point *mounts = count ? calloc(count, sizeof(*mounts)) : NULL;
	if (count && !mounts)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		const struct json *m = json_at(list, i);
		mounts[i] = (struct mount_point){"", "", "", "", false};
		if (json_get_str(m, "source", &mounts[i].source, NULL) < 0 ||
		    json_get_str(m, "destination", &mounts[i].destination, NULL) < 0 ||
		    json_get_str(m, "mode", &mounts[i].mode, NULL) < 0 ||
		    json_get_str(m, "propagation", &mounts[i].propagation, NULL) < 0 ||
		    json_get_bool(m, "rw", &mounts[i].writable, NULL) < 0) {
			free(mounts);
			return -EPROTO;
		}
	}
	free(c->mounts);
	c->mounts = mounts;
	c->mount_count = count;
	return 0;
}

static int read_facts(struct container *c)
{
	const char *type = c->type;
	if (json_get_str(c->facts, "type", &type, NULL) < 0 || json_get_str(c->facts, "name", &c->name, NULL) < 0 ||
	    json_get_str(c->facts, "image", &c->image, NULL) < 0 ||
	    json_get_str(c->facts, "imageId", &c->image_id, NULL) < 0 ||
	    json_get_str(c->facts, "imageDigest", &c->digest, NULL) < 0 ||
	    json_get_bool(c->facts, "privileged", &c->privileged, NULL) < 0 ||
	    json_get_bool(c->facts, "hostPid", &c->host_pid, NULL) < 0 ||
	    json_get_bool(c->facts, "hostNetwork", &c->host_network, NULL) < 0 ||
	    json_get_bool(c->facts, "hostIpc", &c->host_ipc, NULL) < 0 ||
	    json_get_i64(c->facts, "started", &c->started, NULL) < 0)
		return -EPROTO;
	if (type != c->type)
		snprintf(c->type, sizeof(c->type), "%s", type);
	split_image(c);
	return read_mounts(c);
}

/* Nothing of an earlier record outlives it: the texts are its. */
static void forget_facts(struct container *c)
{
	free(c->mounts);
	json_free(c->facts);
	c->mounts = NULL;
	c->mount_count = 0;
	c->facts = NULL;
	c->name = c->image = c->image_id = c->repository = c->tag = c->digest = NULL;
	c->privileged = c->host_pid = c->host_network = c->host_ipc = false;
	c->started = 0;
}

/* {"id", "type", "name", "image", ..., "cgroups": [{"id", "v2"}]}; the last record of a container holds. */
static int told_container(struct containers *c, const struct event_view *view)
{
	struct json *facts;
	const char *id = NULL;
	int r = read_text(view, &facts);
	if (r < 0)
		return r;
	struct container *container = NULL;
	if (json_get_str(facts, "id", &id, NULL) == 0 && id && id[0] && strlen(id) < CONTAINER_ID_MAX) {
		container = containers_by_id(c, id);
		if (!container)
			container = container_new(c, id, "");
	}
	if (!container) {
		json_free(facts);
		return -EPROTO;
	}
	forget_facts(container);
	container->facts = facts;
	r = read_facts(container);
	const struct json *cgroups = json_get(facts, "cgroups");
	for (size_t i = 0; r == 0 && i < json_count(cgroups); i++) {
		uint64_t cgroup = 0;
		bool v2 = false;
		r = json_get_u64(json_at(cgroups, i), "id", &cgroup, NULL);
		if (r == 0)
			r = json_get_bool(json_at(cgroups, i), "v2", &v2, NULL);
		if (r == 0)
			r = add_cgroup(c, cgroup, v2, container);
	}
	return r;
}

/* [[id, "name", "home", "shell"], ...] */
static int read_names(const struct json *list, struct name **ret, size_t *ret_count)
{
	size_t count = json_count(list);
	struct name *names = count ? calloc(count, sizeof(*names)) : NULL;
	if (count && !names)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		const struct json *row = json_at(list, i);
		if (json_count(row) < 2 || json_u32(json_at(row, 0), &names[i].id, NULL) < 0 ||
		    json_str(json_at(row, 1), &names[i].text, NULL) < 0 ||
		    (json_count(row) > 2 && json_str(json_at(row, 2), &names[i].home, NULL) < 0) ||
		    (json_count(row) > 3 && json_str(json_at(row, 3), &names[i].shell, NULL) < 0)) {
			free(names);
			return -EPROTO;
		}
	}
	free(*ret);
	*ret = names;
	*ret_count = count;
	return 0;
}

static int told_users(struct containers *c, const struct event_view *view)
{
	struct json *names;
	const char *id = "";
	int r = read_text(view, &names);
	if (r < 0)
		return r;
	struct container *container = json_get_str(names, "id", &id, NULL) == 0 ? containers_by_id(c, id) : NULL;
	if (!container) {
		json_free(names);
		return -ENOENT;
	}
	struct json *old = container->names;
	container->names = names;
	r = read_names(json_get(names, "users"), &container->users, &container->user_count);
	if (r == 0)
		r = read_names(json_get(names, "groups"), &container->groups, &container->group_count);
	if (r < 0) {
		/* Neither list may point into a document that goes. */
		free(container->users);
		free(container->groups);
		container->users = container->groups = NULL;
		container->user_count = container->group_count = 0;
	}
	json_free(old);
	return r;
}

int containers_event(struct containers *c, const struct event_view *view)
{
	switch (view->event->type) {
	case WATCH_CGROUP_NEW:
		return new_cgroup(c, view);
	case WATCH_CGROUP_GONE:
		forget_cgroup(c, view->event->args[0], view->event->args[1] == 0);
		sweep(c);
		return 0;
	case WATCH_CONTAINER:
		return told_container(c, view);
	case WATCH_USERS:
		return told_users(c, view);
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
	const struct container *from = container && container->names ? container : c->list;
	return find_name(from->users, from->user_count, id);
}

const struct name *containers_group(const struct containers *c, const struct container *container, uint32_t id)
{
	const struct container *from = container && container->names ? container : c->list;
	return find_name(from->groups, from->group_count, id);
}
