/* SPDX-License-Identifier: Apache-2.0 */
/* Policies and denials as elements of maps. */
#include "guard/guard.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "load.h"

void guard_done(struct guard *g)
{
	close_keep_errno(g->policies);
	close_keep_errno(g->starts);
	close_keep_errno(g->sockets);
	close_keep_errno(g->denials);
	close_keep_errno(g->lock);
	*g = GUARD_INIT;
}

static int set_paths(struct guard *g, const char *root, const char *name)
{
	*g = GUARD_INIT;
	int n = snprintf(g->root, sizeof(g->root), "%s", root);
	int m = snprintf(g->group, sizeof(g->group), "%s/%s", root, name);
	return n >= (int)sizeof(g->root) || m >= (int)sizeof(g->group) ? -ENAMETOOLONG : 0;
}

int guard_open(const char *root, const char *name, struct guard *ret, struct err *e)
{
	int r = set_paths(ret, root, name);
	if (r == 0 && mkdir(ret->group, 0755) < 0 && errno != EEXIST)
		r = -errno;
	if (r < 0)
		return err_sys(e, r, "%s/%s", root, name);
	r = load_open(ret, e);
	if (r < 0)
		guard_done(ret);
	return r;
}

/* The id of the cgroup NAME; 0 when it is gone. */
static uint64_t cgroup_id(const struct guard *g, const char *name)
{
	char path[sizeof(g->group) + GUARD_NAME_MAX + 16];
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s", g->group, name);
	return stat(path, &st) == 0 ? st.st_ino : 0;
}

int guard_put(struct guard *g, const char *name, struct guard_policy *policy, struct err *e)
{
	uint64_t id = cgroup_id(g, name);

	if (!id || strlen(name) >= sizeof(policy->name))
		return err_set(e, -ENOENT, "container %s has no cgroup below %s", name, g->group);
	snprintf(policy->name, sizeof(policy->name), "%s", name);
	int r = bpf_map_update_elem(g->policies, &id, policy, BPF_ANY);
	return r == -E2BIG ? err_set(e, r, "%d containers have a policy already; more are not guarded",
				     GUARD_CONTAINERS_MAX)
	       : r < 0	   ? err_sys(e, r, "giving container %s its policy", name)
			   : 0;
}

static int put_more(struct guard *g, int map, const char *name, const void *value, struct err *e)
{
	uint64_t id = cgroup_id(g, name);
	int r = id ? bpf_map_update_elem(map, &id, value, BPF_ANY) : -ENOENT;
	return r < 0 ? err_sys(e, r, "giving container %s its policy", name) : 0;
}

int guard_put_starts(struct guard *g, const char *name, const struct guard_starts *s, struct err *e)
{
	return put_more(g, g->starts, name, s, e);
}

int guard_put_sockets(struct guard *g, const char *name, const struct guard_sockets *s, struct err *e)
{
	return put_more(g, g->sockets, name, s, e);
}

int guard_get(const struct guard *g, const char *name, struct guard_policy *ret)
{
	uint64_t id = cgroup_id(g, name);
	return id ? bpf_map_lookup_elem(g->policies, &id, ret) : -ENOENT;
}

/* Forgets those of cgroups without a policy. */
static void sweep_denials(struct guard *g)
{
	static struct guard_policy unused;
	struct guard_denial_key key, next;
	bool more = bpf_map_get_next_key(g->denials, NULL, &next) == 0;

	while (more) {
		key = next;
		more = bpf_map_get_next_key(g->denials, &key, &next) == 0;
		if (bpf_map_lookup_elem(g->policies, &key.cgroup, &unused) < 0)
			bpf_map_delete_elem(g->denials, &key);
	}
}

static bool forget(struct guard *g, uint64_t id)
{
	bool gone = bpf_map_delete_elem(g->policies, &id) == 0;
	bpf_map_delete_elem(g->starts, &id);
	bpf_map_delete_elem(g->sockets, &id);
	return gone;
}

void guard_sweep(struct guard *g)
{
	static struct guard_policy policy;
	uint64_t key, next;
	bool more = bpf_map_get_next_key(g->policies, NULL, &next) == 0, gone = false;

	while (more) {
		key = next;
		more = bpf_map_get_next_key(g->policies, &key, &next) == 0;
		if (bpf_map_lookup_elem(g->policies, &key, &policy) < 0 || cgroup_id(g, policy.name) == key)
			continue;
		gone = forget(g, key) || gone;
	}
	if (gone)
		sweep_denials(g);
}

void guard_forget(struct guard *g, const char *name)
{
	uint64_t id = cgroup_id(g, name);

	if (id && forget(g, id))
		sweep_denials(g);
	guard_sweep(g);
}

int guard_denials(const struct guard *g, const char *name, guard_denial_fn *each, void *ctx)
{
	uint64_t id = cgroup_id(g, name);
	struct guard_denial_key key, next;
	struct guard_denial denial;
	int r = id ? 0 : -ENOENT;
	bool more = r == 0 && bpf_map_get_next_key(g->denials, NULL, &next) == 0;

	while (r == 0 && more) {
		key = next;
		if (key.cgroup == id && bpf_map_lookup_elem(g->denials, &key, &denial) == 0)
			r = each(ctx, &key, &denial);
		more = bpf_map_get_next_key(g->denials, &key, &next) == 0;
	}
	return r;
}
