/* SPDX-License-Identifier: Apache-2.0 */
/* From lists of a profile to rungs of the host. */
#include "hold.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/json.h"
#include "base/str.h"

/* Rights on files and ports (uapi/linux/landlock.h). */
enum {
	EXECUTE = 1 << 0,
	WRITE_FILE = 1 << 1,
	READ_FILE = 1 << 2,
	READ_DIR = 1 << 3,
	REMOVE = 1 << 4 | 1 << 5,
	MAKE = 1 << 7 | 1 << 8 | 1 << 10 | 1 << 12, /* folders, files, pipes, links */
	MAKE_SOCKET = 1 << 9,
	REFER = 1 << 13,
	TRUNCATE = 1 << 14,
	IOCTL_DEV = 1 << 15,
	ALL_FILES = (1 << 16) - 1,
	BIND_TCP = 1,
	CONNECT_TCP = 2,
	PORTS_MAX = 2000, /* of all ranges together */
	LANDLOCK_BYTES_MAX = 4 << 20,
};

struct planning {
	const struct profile *p;
	const struct hold_host *host;
	struct hold *hold;
	struct remarks *missing;
	struct json_out *o; /* of the rules */
	unsigned ports;
	int bad;
};

static void remark(struct planning *g, enum remark_level level, const char *place, const char *item, const char *why)
{
	if (g->bad == 0)
		g->bad = remark_add(g->missing, level, place, "%s: %s", item, why);
}

/* ---- files ---- */

/* ITSELF: of a folder only that it may be listed. */
static void put_path(struct planning *g, const char *path, uint64_t rights, bool itself)
{
	json_out_object(g->o, NULL);
	json_out_array(g->o, "paths");
	json_out_str(g->o, NULL, path);
	json_out_array_end(g->o);
	json_out_u64(g->o, "allowed_access", rights);
	json_out_bool(g->o, "optional", true);
	if (itself)
		json_out_bool(g->o, "itself", true);
	json_out_object_end(g->o);
}

/* The folder above what a pattern leaves open, and whether that is just what the pattern says. */
static const char *folder_of(struct planning *g, const char *pattern, bool *ret_exact)
{
	const char *star = strchr(pattern, '*');
	size_t len = star ? (size_t)(star - pattern) : strlen(pattern);

	*ret_exact = star && str_eq(star, "**") && star[-1] == '/';
	while (len > 1 && pattern[len - 1] != '/')
		len--;
	while (len > 1 && pattern[len - 1] == '/')
		len--;
	const char *folder = arena_strn(&g->hold->arena, pattern, len);
	if (!folder)
		g->bad = -ENOMEM;
	return folder ? folder : "/";
}

/* Whether the last name alone is a pattern: the names that are there are found when the container starts. */
static bool is_listed(const char *pattern)
{
	const char *star = strchr(pattern, '*');
	return star && !strchr(star, '/') && !strstr(star, "**");
}

/* Landlock allows a file, or everything below a folder. MADE: by the container, when the rules are there already. */
static void hold_path(struct planning *g, const char *place, const char *pattern, uint64_t rights, bool made)
{
	bool exact;
	if (!made && (!strchr(pattern, '*') || is_listed(pattern))) {
		put_path(g, pattern, rights, true);
		return;
	}
	const char *folder = folder_of(g, pattern, &exact);
	put_path(g, folder, rights, false);
	if (!exact)
		remark(g, REMARK_WARNING, place, pattern,
		       arena_printf(&g->hold->arena, "held for everything below %s", folder));
}

/* Whether some of what the pattern means may be made by the container. */
static bool is_made(const struct profile *p, const char *pattern)
{
	const struct profile_items *made = &p->lists[PROFILE_CREATE];
	for (size_t i = 0; i < made->count; i++)
		if (profile_path_covers(made->at[i], pattern) || profile_path_covers(pattern, made->at[i]))
			return true;
	return false;
}

/* What may be made may be written as well: no rule of its own is needed. */
static bool is_made_writable(const struct profile *p, enum profile_list list, const char *item)
{
	return list == PROFILE_WRITE && profile_allows(p, PROFILE_CREATE, item);
}

static void hold_files(struct planning *g)
{
	static const struct {
		enum profile_list list;
		uint64_t rights;
		bool folder; /* names are made in folders */
	} rows[] = {{PROFILE_READ, READ_FILE | READ_DIR | IOCTL_DEV, false},
		    {PROFILE_WRITE, WRITE_FILE | TRUNCATE | IOCTL_DEV, false},
		    {PROFILE_CREATE, MAKE | REMOVE | REFER | WRITE_FILE | TRUNCATE, true},
		    {PROFILE_EXECUTE, EXECUTE | READ_FILE | READ_DIR, false}};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct profile_items *items = &g->p->lists[rows[i].list];
		for (size_t k = 0; k < items->count; k++) {
			/* What the container itself makes is not there yet when the rules are. */
			bool code = rows[i].list == PROFILE_EXECUTE; /* of which none is made */
			bool made = rows[i].folder || (!code && is_made(g->p, items->at[k]));
			if (!is_made_writable(g->p, rows[i].list, items->at[k]))
				hold_path(g, profile_list_key(rows[i].list), items->at[k], rows[i].rights, made);
		}
	}
}

/* "/srv" is above "/srv/a", and "/" above everything. */
static bool is_below(const char *path, const char *place)
{
	size_t len = strlen(place);
	while (len && place[len - 1] == '/')
		len--;
	return strncmp(path, place, len) == 0 && (path[len] == '/' || !path[len] || path[len] == '*');
}

static bool touches(const struct profile_items *items, const char *place, const char *part)
{
	char all[PROFILE_TEXT_MAX + 4];
	snprintf(all, sizeof(all), "%s/**", place);
	for (size_t i = 0; i < items->count; i++)
		if ((is_below(items->at[i], place) || profile_path_covers(items->at[i], all)) &&
		    (!part || strstr(items->at[i], part)))
			return true;
	return false;
}

bool hold_runs_below(const struct profile *p, const char *place)
{
	for (size_t i = 0; i < p->program_count; i++)
		if (is_below(p->programs[i].path, place))
			return true;
	return touches(&p->lists[PROFILE_EXECUTE], place, NULL) || touches(&p->lists[PROFILE_READ], place, ".so");
}

/* The loader is a program that may be run: what it can read, and map as code, is as good as one. */
static void remark_loadable(struct planning *g)
{
	for (size_t i = 0; g->host->places && i < g->host->places->count; i++) {
		const char *place = g->host->places->items[i];
		if (hold_runs_below(g->p, place) && (touches(&g->p->lists[PROFILE_WRITE], place, NULL) ||
						     touches(&g->p->lists[PROFILE_CREATE], place, NULL)))
			remark(g, REMARK_DANGER, "programs", place,
			       "code is run from there, and what the container writes there can be run as well");
	}
}

static void hold_programs(struct planning *g)
{
	for (size_t i = 0; i < g->p->program_count; i++) {
		const struct profile_program *program = &g->p->programs[i];
		hold_path(g, "programs", program->path, EXECUTE | READ_FILE, false);
		if (program->digest)
			remark(g, REMARK_DANGER, "programs", program->path, "its digest is not held");
		if (program->parents.count)
			remark(g, REMARK_DANGER, "programs", program->path, "its parents are not held");
		if (program->arguments.count)
			remark(g, REMARK_DANGER, "programs", program->path, "its arguments are not held");
	}
	if (g->host->writable)
		remark(g, REMARK_DANGER, "programs", "a writable root",
		       "what the container writes and may read can be run by the dynamic loader");
	remark_loadable(g);
}

/* ---- the network ---- */

/* To listen is to make a name in a folder. */
static void hold_socket(struct planning *g, enum profile_list list, const char *item, const char *path)
{
	bool exact;
	if (list == PROFILE_LISTEN && path[0] == '/')
		put_path(g, folder_of(g, path, &exact), MAKE_SOCKET, false);
	else
		remark(g, REMARK_WARNING, profile_list_key(list), item,
		       "sockets of the unix family are not told apart");
}

static void hold_ports(struct planning *g, enum profile_list list, const char *item, uint64_t right)
{
	struct profile_endpoint endpoint;
	const char *place = profile_list_key(list);

	if (profile_endpoint_read(item, &endpoint, NULL) < 0)
		return;
	if (str_eq(endpoint.protocol, "unix")) {
		hold_socket(g, list, item, endpoint.host);
		return;
	}
	if (!str_eq(endpoint.protocol, "tcp")) {
		g->hold->datagrams = true;
		remark(g, REMARK_DANGER, place, item, "datagrams are allowed to and from any address and port");
		if (str_eq(endpoint.protocol, "udp"))
			return;
	}
	if (!endpoint.any)
		remark(g, REMARK_WARNING, place, item, "held by its port, for any address");
	g->ports += endpoint.last - endpoint.first + 1u;
	if (g->ports > PORTS_MAX) {
		remark(g, REMARK_DANGER, place, item, "more ports than a ruleset takes: none of these may be used");
		return;
	}
	json_out_object(g->o, NULL);
	json_out_array(g->o, "ports");
	for (unsigned port = endpoint.first; port <= endpoint.last; port++)
		json_out_u64(g->o, NULL, port);
	json_out_array_end(g->o);
	json_out_u64(g->o, "allowed_access", right);
	json_out_object_end(g->o);
}

static bool is_any_tcp(const char *item)
{
	struct profile_endpoint endpoint;
	return profile_endpoint_read(item, &endpoint, NULL) == 0 && endpoint.any && endpoint.first == 0 &&
	       endpoint.last == UINT16_MAX && !str_eq(endpoint.protocol, "udp");
}

/* The rights on ports that are handled: those of a list that does not allow all of them. */
static uint64_t handled_ports(const struct profile *p)
{
	uint64_t handled = BIND_TCP | CONNECT_TCP;
	static const enum profile_list lists[] = {PROFILE_LISTEN, PROFILE_CONNECT};
	for (size_t w = 0; w < ARRAY_LEN(lists); w++)
		for (size_t i = 0; i < p->lists[lists[w]].count; i++)
			if (is_any_tcp(p->lists[lists[w]].at[i]))
				handled &= ~(uint64_t)(w ? CONNECT_TCP : BIND_TCP);
	return handled;
}

static void hold_network(struct planning *g, uint64_t handled)
{
	static const enum profile_list lists[] = {PROFILE_LISTEN, PROFILE_CONNECT};
	for (size_t w = 0; w < ARRAY_LEN(lists); w++)
		for (size_t i = 0; i < g->p->lists[lists[w]].count; i++) {
			const char *item = g->p->lists[lists[w]].at[i];
			uint64_t right = w ? CONNECT_TCP : BIND_TCP;
			if (handled & right)
				hold_ports(g, lists[w], item, right);
			else
				g->hold->datagrams |= !str_starts_with(item, "tcp ");
		}
}

static void plan_landlock(struct planning *g)
{
	SCOPED(buf) struct buf text = BUF_INIT(LANDLOCK_BYTES_MAX);
	struct json_out o = JSON_OUT(&text);
	uint64_t ports = handled_ports(g->p);

	if (g->host->landlock_abi <= 0) {
		remark(g, REMARK_DANGER, "files", "this kernel has no Landlock", "no file and no port is held");
		return;
	}
	if (g->host->landlock_abi < HOLD_ABI_OF_PORTS)
		remark(g, REMARK_DANGER, "network", "this kernel's Landlock knows no ports", "no port is held");
	g->o = &o;
	json_out_object(&o, NULL);
	json_out_u64(&o, "handled_access_fs", ALL_FILES);
	json_out_u64(&o, "handled_access_net", ports);
	json_out_u64(&o, "scoped", 3);
	json_out_bool(&o, "best_effort", true);
	json_out_array(&o, "rules");
	hold_files(g);
	hold_programs(g);
	hold_network(g, ports);
	json_out_array_end(&o);
	json_out_object_end(&o);
	if (g->bad == 0)
		g->bad = buf_error(&text);
	g->hold->landlock = arena_str(&g->hold->arena, buf_str(&text));
}

/* ---- calls, capabilities, the rest ---- */

/* Calls with rules on their arguments, or that the kind of thing they do decides. */
static bool has_rule(struct planning *g, const char *call)
{
	static const char *const more_namespaces[] = {"unshare", "setns"}, *const tracing[] = {"ptrace",
											       "process_vm_readv",
											       "process_vm_writev"};
	struct hold *h = g->hold;

	if (str_eq(call, "clone") || str_eq(call, "clone3") || str_eq(call, "fork") || str_eq(call, "vfork"))
		h->clones = true;
	if (str_eq(call, "memfd_create"))
		h->memfd = true;
	for (size_t i = 0; i < ARRAY_LEN(more_namespaces); i++)
		if (str_eq(call, more_namespaces[i]) && !h->namespaces)
			return true;
	for (size_t i = 0; i < ARRAY_LEN(tracing); i++)
		if (str_eq(call, tracing[i]) && !profile_allows(g->p, PROFILE_MEMORY, "ptrace"))
			return true;
	for (int i = 0; i < HOLD_BECOME && h->user_count; i++)
		if (str_eq(call, hold_become_name((enum hold_become)i))) {
			h->become |= 1u << i;
			return true;
		}
	if (str_eq(call, "mount") || str_eq(call, "umount2"))
		return g->p->lists[PROFILE_MOUNTS].count == 0;
	return str_eq(call, "clone") || str_eq(call, "clone3") || str_eq(call, "socket") ||
	       str_eq(call, "socketcall") || str_eq(call, "memfd_create");
}

static void plan_calls(struct planning *g)
{
	/* What starting a program and ending it take; the filter is there before the program is. */
	static const char *const always[] = {"execve",	   "execveat",	   "exit",
					     "exit_group", "rt_sigreturn", "restart_syscall"};
	const struct profile_items *calls = &g->p->lists[PROFILE_SYSCALLS];
	struct hold *h = g->hold;
	size_t count = 0;

	h->syscalls = ARENA_ARRAY(&h->arena, calls->count + ARRAY_LEN(always) + 1, const char *);
	if (!h->syscalls) {
		g->bad = -ENOMEM;
		return;
	}
	for (size_t i = 0; i < calls->count; i++)
		if (!has_rule(g, calls->at[i]))
			h->syscalls[count++] = calls->at[i];
	for (size_t i = 0; i < ARRAY_LEN(always); i++)
		if (!profile_allows(g->p, PROFILE_SYSCALLS, always[i]))
			h->syscalls[count++] = always[i];
}

const char *hold_become_name(enum hold_become call)
{
	static const char *const names[] = {"setuid", "setreuid", "setresuid", "setfsuid"};
	return names[call];
}

/* Who can become any user is held to those of the profile by the arguments of the calls that do it. */
static void plan_users(struct planning *g)
{
	const struct profile_items *users = &g->p->lists[PROFILE_USERS];
	uint64_t number;

	if (!profile_allows(g->p, PROFILE_CAPABILITIES, "SETUID") || users->count > HOLD_USERS_MAX)
		return;
	for (size_t i = 0; i < users->count; i++) {
		if (str_to_u64(users->at[i], UINT32_MAX - 1, &number) < 0) {
			g->hold->user_count = 0;
			return;
		}
		g->hold->users[g->hold->user_count++] = (uint32_t)number;
	}
}

static void plan_capabilities(struct planning *g)
{
	const struct profile_items *held = &g->p->lists[PROFILE_CAPABILITIES];
	struct hold *h = g->hold;

	h->capabilities = ARENA_ARRAY(&h->arena, held->count + 1, const char *);
	for (size_t i = 0; h->capabilities && i < held->count; i++) {
		h->capabilities[i] = arena_printf(&h->arena, "CAP_%s", held->at[i]);
		if (!h->capabilities[i])
			g->bad = -ENOMEM;
		if (str_eq(held->at[i], "SETUID") && !h->user_count)
			remark(g, REMARK_DANGER, "users", held->at[i],
			       "whoever has this capability becomes any user of the container");
	}
	if (!h->capabilities)
		g->bad = -ENOMEM;
}

static void plan_families(struct planning *g)
{
	static const struct {
		const char *name;
		uint32_t number;
	} known[] = {{"unix", AF_UNIX},		  {"local", AF_UNIX},	 {"inet", AF_INET},   {"inet6", AF_INET6},
		     {"netlink", AF_NETLINK},	  {"packet", AF_PACKET}, {"vsock", AF_VSOCK}, {"alg", AF_ALG},
		     {"bluetooth", AF_BLUETOOTH}, {"can", AF_CAN}};
	const struct profile_items *families = &g->p->lists[PROFILE_FAMILIES];

	for (size_t i = 0; i < families->count; i++) {
		bool found = false;
		for (size_t k = 0; k < ARRAY_LEN(known); k++)
			if (str_eq(families->at[i], known[k].name) &&
			    g->hold->family_count < ARRAY_LEN(g->hold->families)) {
				g->hold->families[g->hold->family_count++] = known[k].number;
				found = true;
			}
		if (!found)
			remark(g, REMARK_WARNING, "network.families", families->at[i],
			       "no family of this name is known: refused");
	}
}

static void plan_rest(struct planning *g)
{
	const struct profile_items *mounts = &g->p->lists[PROFILE_MOUNTS], *spaces = &g->p->lists[PROFILE_NAMESPACES];
	struct hold *h = g->hold;

	h->namespaces = spaces->count > 0;
	if (spaces->count)
		remark(g, REMARK_WARNING, "namespaces", spaces->at[0], "kinds of namespaces are not told apart");
	for (size_t i = 0; i < mounts->count; i++)
		remark(g, REMARK_DANGER, "mounts", mounts->at[i], "mounts are not told apart");
	h->memfd_execute = profile_allows(g->p, PROFILE_MEMORY, "memfd-execute");
	h->write_xor_execute = !profile_allows(g->p, PROFILE_MEMORY, "write-execute");
}

int hold_plan(const struct profile *p, const struct hold_host *host, struct hold *ret, struct remarks *missing)
{
	struct planning g = {.p = p, .host = host, .hold = ret, .missing = missing};

	*ret = HOLD_INIT;
	ret->profile = p;
	plan_rest(&g);
	plan_users(&g);
	plan_calls(&g);
	plan_capabilities(&g);
	plan_families(&g);
	plan_landlock(&g);
	remarks_sort(missing);
	return g.bad < 0 || arena_failed(&ret->arena) ? -ENOMEM : 0;
}

void hold_done(struct hold *h)
{
	arena_done(&h->arena);
	*h = HOLD_INIT;
}
