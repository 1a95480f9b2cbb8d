/* SPDX-License-Identifier: Apache-2.0 */
/* From lists of a profile to rungs of the host. */
#include "hold.h"

#include <errno.h>
#include <linux/sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/json.h"
#include "base/str.h"
#include "hosts.h"
#include "mounts.h"

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
	struct json_out *o;	    /* of the rules */
	uint64_t handled, ports_in; /* rights that the ruleset handles */
	unsigned ports, endpoints;
	int bad;
};

static bool enforces(const struct planning *g, enum profile_part part)
{
	return g->p->modes[part] == PROFILE_ENFORCE;
}

static void remark(struct planning *g, enum remark_level level, const char *place, const char *item, const char *why)
{
	if (g->bad == 0)
		g->bad = remark_add(g->missing, level, place, "%s: %s", item, why);
}

/* ---- files ---- */

/* ITSELF: of a folder only that it may be listed. */
static void put_path(struct planning *g, const char *path, uint64_t rights, bool itself)
{
	rights &= g->handled;
	if (!rights)
		return;
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
	if (!(rights & g->handled))
		return;
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

static bool can_be_written(const struct planning *g, const char *path)
{
	return strchr(path, '*') ||
	       (g->host->writable && (!enforces(g, PROFILE_FILES) || profile_allows(g->p, PROFILE_WRITE, path) ||
				      profile_allows(g->p, PROFILE_CREATE, path)));
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

/* Whether what the pattern means reaches below PLACE. */
static bool touches_text(const char *pattern, const char *place)
{
	const struct profile_items one = {.at = &pattern, .count = 1};
	return touches(&one, place, NULL);
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
	if (!enforces(g, PROFILE_PROGRAMS))
		return;
	for (size_t i = 0; i < g->p->program_count; i++) {
		const struct profile_program *program = &g->p->programs[i];
		hold_path(g, "programs", program->path, EXECUTE | READ_FILE, false);
		if (program->digest && can_be_written(g, program->path))
			remark(g, REMARK_DANGER, "programs", program->path,
			       "its digest is compared at the start, but it may be written afterwards");
		bool held = g->host->guard.programs != GUARD_RUNG_NONE;
		if (program->parents.count && !held)
			remark(g, REMARK_DANGER, "programs", program->path, "its parents are not held");
		if (program->arguments.count && !held)
			remark(g, REMARK_DANGER, "programs", program->path, "its arguments are not held");
	}
	if (g->host->writable && g->host->guard.programs != GUARD_RUNG_REFUSE)
		remark(g, REMARK_DANGER, "programs", "a writable root",
		       "what the container writes and may read can be run by the dynamic loader");
	remark_loadable(g);
}

/* ---- the network ---- */

/* Whether PATH lies below one of PLACES, or some of what it means does. */
static bool is_in(const struct strv *places, const char *path)
{
	for (size_t i = 0; places && i < places->count; i++)
		if (is_below(path, places->items[i]) || (strchr(path, '*') && touches_text(path, places->items[i])))
			return true;
	return false;
}

/* Whether PATH, or a folder on the way to it, may be made, removed or renamed. */
static bool is_made_on_the_way(const struct profile *p, const char *path)
{
	char part[PROFILE_TEXT_MAX];
	for (const char *end = path + 1; *end; end++) {
		end += strcspn(end, "/");
		snprintf(part, sizeof(part), "%.*s", (int)(end - path), path);
		if (is_made(p, part))
			return true;
		if (!*end)
			break;
	}
	return false;
}

/*
 * The name that the caller writes is compared. It means what it says unless something is put in its way: a link, wherever the container
 * may make one; another socket of the same file system, where others can make theirs.
 */
static bool can_be_diverted(const struct planning *g, const char *path)
{
	bool files = enforces(g, PROFILE_FILES), calls = enforces(g, PROFILE_CALLS);
	bool links = !calls || profile_allows(g->p, PROFILE_SYSCALLS, "symlink") ||
		     profile_allows(g->p, PROFILE_SYSCALLS, "symlinkat") ||
		     profile_allows(g->p, PROFILE_SYSCALLS, "io_uring_setup");

	if (path[0] != '/' || (!g->host->writable && g->host->places && !is_in(g->host->places, path)))
		return false;
	return (!files || is_made_on_the_way(g->p, path)) &&
	       (links || g->host->writable || !g->host->volumes || is_in(g->host->volumes, path));
}

/* To listen is to make a name in a folder. */
static void hold_socket(struct planning *g, enum profile_list list, const char *item, const char *path)
{
	bool exact;
	if (list == PROFILE_LISTEN && path[0] == '/')
		put_path(g, folder_of(g, path, &exact), MAKE_SOCKET, false);
	else if (list == PROFILE_LISTEN || !g->host->guard.sockets)
		remark(g, REMARK_WARNING, profile_list_key(list), item,
		       "sockets of the unix family are not told apart");
	else if (can_be_diverted(g, path))
		remark(g, REMARK_WARNING, profile_list_key(list), item,
		       "held by its name, and another socket can be put there where the container makes files");
}

/* By port, for any address: all that Landlock knows. */
static void put_ports(struct planning *g, const char *place, const char *item, const struct profile_endpoint *e,
		      uint64_t right)
{
	g->ports += e->last - e->first + 1u;
	if (g->ports > PORTS_MAX) {
		remark(g, REMARK_DANGER, place, item, "more ports than a ruleset takes: none of these may be used");
		return;
	}
	json_out_object(g->o, NULL);
	json_out_array(g->o, "ports");
	for (unsigned port = e->first; port <= e->last; port++)
		json_out_u64(g->o, NULL, port);
	json_out_array_end(g->o);
	json_out_u64(g->o, "allowed_access", right);
	json_out_object_end(g->o);
}

static void hold_endpoint(struct planning *g, enum profile_list list, const char *item)
{
	uint64_t right = list == PROFILE_CONNECT ? CONNECT_TCP : BIND_TCP;
	const char *place = profile_list_key(list);
	struct profile_endpoint e;

	if (profile_endpoint_read(item, &e, NULL) < 0)
		return;
	if (str_eq(e.protocol, "unix")) {
		hold_socket(g, list, item, e.host);
		return;
	}
	g->hold->datagrams |= profile_endpoint_speaks(&e, "udp");
	bool name = hosts_is_name(&e);
	if (!e.any && !e.is_net && !(name && g->hold->addresses))
		remark(g, REMARK_WARNING, place, item, "names are not looked up: held by its port, for any address");
	else if (!e.any && !g->hold->addresses)
		remark(g, REMARK_WARNING, place, item, "held by its port, for any address");
	g->endpoints += name ? RESOLVE_ADDRESSES_MAX : 1;
	if (g->hold->addresses && g->endpoints > GUARD_RULES_MAX)
		remark(g, REMARK_DANGER, place, item, "more endpoints than the guard takes: this one may not be used");
	if (!g->hold->addresses && profile_endpoint_speaks(&e, "udp"))
		remark(g, REMARK_DANGER, place, item, "datagrams are allowed to and from any address and port");
	if (profile_endpoint_speaks(&e, "tcp") && (g->ports_in & right))
		put_ports(g, place, item, &e, right);
}

/* The rights on ports that Landlock has to hold: none where the guard does, which can change its mind; none that is all of them. */
static uint64_t handled_ports(const struct planning *g, enum profile_list list, uint64_t right)
{
	const struct profile_items *items = &g->p->lists[list];
	struct profile_endpoint e;

	if (!enforces(g, PROFILE_NETWORK) || g->hold->addresses)
		return 0;
	for (size_t i = 0; i < items->count; i++)
		if (profile_endpoint_read(items->at[i], &e, NULL) == 0 && profile_endpoint_speaks(&e, "tcp") && e.any &&
		    e.first == 0 && e.last == UINT16_MAX)
			return 0;
	return right;
}

static void hold_network(struct planning *g)
{
	static const enum profile_list ways[] = {PROFILE_LISTEN, PROFILE_CONNECT};

	if (!enforces(g, PROFILE_NETWORK))
		return;
	for (size_t w = 0; w < ARRAY_LEN(ways); w++)
		for (size_t i = 0; i < g->p->lists[ways[w]].count; i++)
			hold_endpoint(g, ways[w], g->p->lists[ways[w]].at[i]);
}

static void plan_handled(struct planning *g)
{
	if (enforces(g, PROFILE_FILES))
		g->handled |= ALL_FILES & ~(uint64_t)EXECUTE;
	if (enforces(g, PROFILE_PROGRAMS))
		g->handled |= EXECUTE;
	g->ports_in = handled_ports(g, PROFILE_LISTEN, BIND_TCP) | handled_ports(g, PROFILE_CONNECT, CONNECT_TCP);
}

static void plan_landlock(struct planning *g)
{
	SCOPED(buf) struct buf text = BUF_INIT(LANDLOCK_BYTES_MAX);
	struct json_out o = JSON_OUT(&text);

	g->hold->addresses = g->host->guard.addresses && enforces(g, PROFILE_NETWORK);
	plan_handled(g);
	if (!g->handled && !g->ports_in && !enforces(g, PROFILE_NETWORK))
		return;
	if (g->host->landlock_abi <= 0) {
		remark(g, REMARK_DANGER, "files", "this kernel has no Landlock", "no file and no port is held");
		return;
	}
	if (g->host->landlock_abi < HOLD_ABI_OF_PORTS && g->ports_in)
		remark(g, REMARK_DANGER, "network", "this kernel's Landlock knows no ports", "no port is held");
	g->o = &o;
	json_out_object(&o, NULL);
	if (g->handled)
		json_out_u64(&o, "handled_access_fs", g->handled);
	if (g->ports_in)
		json_out_u64(&o, "handled_access_net", g->ports_in);
	json_out_u64(&o, "scoped", 3);
	json_out_bool(&o, "best_effort", true);
	json_out_array(&o, "rules");
	hold_files(g);
	hold_programs(g);
	hold_network(g);
	json_out_array_end(&o);
	json_out_object_end(&o);
	if (g->bad == 0)
		g->bad = buf_error(&text);
	g->hold->landlock = arena_str(&g->hold->arena, buf_str(&text));
}

/* ---- calls, capabilities, the rest ---- */

bool hold_traces(const char *call)
{
	return str_eq(call, "ptrace") || str_eq(call, "process_vm_readv") || str_eq(call, "process_vm_writev");
}

/* By its newer pieces, mounting cannot be told from what it prepares. */
static bool is_mounting(const char *call)
{
	static const char *const calls[] = {"mount",  "umount2",   "fsopen",	 "fsconfig",	 "fsmount",
					    "fspick", "open_tree", "move_mount", "mount_setattr"};
	for (size_t i = 0; i < ARRAY_LEN(calls); i++)
		if (str_eq(call, calls[i]))
			return true;
	return false;
}

/* Calls with rules on their arguments, or that the kind of thing they do decides. */
static bool has_rule(struct planning *g, const char *call)
{
	struct hold *h = g->hold;

	if (str_eq(call, "clone") || str_eq(call, "clone3") || str_eq(call, "fork") || str_eq(call, "vfork"))
		h->clones = true;
	if (str_eq(call, "memfd_create"))
		h->memfd = true;
	h->unshares |= str_eq(call, "unshare");
	h->joins |= str_eq(call, "setns");
	for (size_t i = 0; h->user_count && hold_user_calls[i]; i++)
		if (str_eq(call, hold_user_calls[i]))
			return true;
	if (h->starts && str_eq(call, "prctl"))
		return true;
	if (hold_traces(call) && !profile_allows(g->p, PROFILE_MEMORY, "ptrace"))
		return true;
	h->unmounts |= str_eq(call, "umount2");
	return is_mounting(call) || str_eq(call, "unshare") || str_eq(call, "setns") || str_eq(call, "clone") ||
	       str_eq(call, "clone3") || str_eq(call, "socket") || str_eq(call, "socketcall") ||
	       str_eq(call, "memfd_create");
}

/* The filter is there before the program is. */
static const char *const always[] = {"execve", "execveat", "exit", "exit_group", "rt_sigreturn", "restart_syscall"};

bool hold_always_allows(const char *call)
{
	for (size_t i = 0; i < ARRAY_LEN(always); i++)
		if (str_eq(call, always[i]))
			return true;
	return false;
}

static void plan_calls(struct planning *g)
{
	const struct profile_items *calls = &g->p->lists[PROFILE_SYSCALLS];
	struct hold *h = g->hold;
	size_t count = 0;

	if (!enforces(g, PROFILE_CALLS))
		return;
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

static void plan_capabilities(struct planning *g)
{
	const struct profile_items *held = &g->p->lists[PROFILE_CAPABILITIES];
	struct hold *h = g->hold;

	if (!enforces(g, PROFILE_PRIVILEGES))
		return;
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

	g->hold->sockets = enforces(g, PROFILE_NETWORK);
	if (!g->hold->sockets)
		return;
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
		else if (!g->host->guard.sockets &&
			 (str_eq(families->at[i], "unix") || str_eq(families->at[i], "local")))
			remark(g, REMARK_WARNING, "network.families", families->at[i],
			       "which of its sockets are connected to is not held");
	}
}

static void plan_namespaces(struct planning *g)
{
	static const struct {
		const char *name;
		uint64_t flag;
	} kinds[] = {{"cgroup", CLONE_NEWCGROUP}, {"ipc", CLONE_NEWIPC}, {"mount", CLONE_NEWNS},
		     {"network", CLONE_NEWNET},	  {"pid", CLONE_NEWPID}, {"time", CLONE_NEWTIME},
		     {"user", CLONE_NEWUSER},	  {"uts", CLONE_NEWUTS}};
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (profile_allows(g->p, PROFILE_NAMESPACES, kinds[i].name))
			g->hold->namespaces |= kinds[i].flag;
}

const char *const hold_user_calls[] = {"setuid", "setreuid", "setresuid", "setfsuid", NULL};

/* A filter compares each user with each argument: more than a few are not told apart. */
static void plan_users(struct planning *g)
{
	const struct profile_items *users = &g->p->lists[PROFILE_USERS];
	uint64_t number;

	if (!enforces(g, PROFILE_PRIVILEGES) || !profile_allows(g->p, PROFILE_CAPABILITIES, "SETUID") ||
	    users->count > HOLD_USERS_MAX)
		return;
	for (size_t i = 0; i < users->count; i++)
		if (str_to_u64(users->at[i], UINT32_MAX - 1, &number) == 0)
			g->hold->users[g->hold->user_count++] = (uint32_t)number;
}

static void plan_rest(struct planning *g)
{
	const struct profile_items *mounts = &g->p->lists[PROFILE_MOUNTS];
	struct hold *h = g->hold;

	plan_namespaces(g);
	plan_users(g);
	h->mounts = mounts_are_told(g->p);
	for (size_t i = 0; enforces(g, PROFILE_CALLS) && i < mounts->count; i++) {
		char kind[64] = "";
		ignore(sscanf(mounts->at[i], "%63s", kind));
		if (!mounts_is_kind(kind))
			remark(g, REMARK_WARNING, "mounts", mounts->at[i],
			       "it is refused: what a mount of this kind shows is not told by its path");
		else if (!h->mounts)
			remark(g, REMARK_WARNING, "mounts", mounts->at[i],
			       "it is refused: mount is none of the syscalls");
	}
	bool memory = enforces(g, PROFILE_MEMORIES);
	h->memfd_execute = !memory || profile_allows(g->p, PROFILE_MEMORY, "memfd-execute");
	h->write_xor_execute = memory && !profile_allows(g->p, PROFILE_MEMORY, "write-execute");
	if (h->write_xor_execute && g->host->no_mdwe) {
		remark(g, REMARK_DANGER, "memory", "this kernel has no PR_SET_MDWE, as Linux 6.3 has",
		       "what is written may be executed");
		h->write_xor_execute = false;
	}
}

static void plan_starts(struct planning *g)
{
	for (size_t i = 0; i < g->p->program_count; i++)
		g->hold->starts |= g->p->programs[i].parents.count && enforces(g, PROFILE_PROGRAMS) &&
				   g->host->guard.programs != GUARD_RUNG_NONE;
}

int hold_plan(const struct profile *p, const struct hold_host *host, struct hold *ret, struct remarks *missing)
{
	struct planning g = {.p = p, .host = host, .hold = ret, .missing = missing};

	*ret = HOLD_INIT;
	ret->profile = p;
	plan_starts(&g);
	plan_rest(&g);
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
