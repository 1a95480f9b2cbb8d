/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a container may ask of the kernel: the system calls of its profile, by name and where it matters by argument.
 */
#include <linux/netlink.h>
#include <linux/sched.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/json.h"
#include "config.h"
#include "mounts.h"
#include "priv/sandbox.h"

#define NEW_NAMESPACES                                                                                                 \
	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET)

enum { ARG_MAX_COUNT = 3, SOCKET_TYPE_MASK = 0xf, NOEXEC_SEAL = 8, NO_SUCH_CALL = 38, SET_MM = 35 };

/* Permits NAME when argument INDEX compares to VALUE by OP; masked, VALUE is the mask and SECOND what it leaves. */
struct argument {
	unsigned index;
	uint64_t value, second;
	const char *op;
};

static void put_rule(struct json_out *o, const char *name, const struct argument *args, size_t count)
{
	json_out_object(o, NULL);
	json_out_array(o, "names");
	json_out_str(o, NULL, name);
	json_out_array_end(o);
	json_out_str(o, "action", "SCMP_ACT_ALLOW");
	json_out_array(o, "args");
	for (size_t i = 0; i < count; i++) {
		json_out_object(o, NULL);
		json_out_u64(o, "index", args[i].index);
		json_out_u64(o, "value", args[i].value);
		if (args[i].second)
			json_out_u64(o, "valueTwo", args[i].second);
		json_out_str(o, "op", args[i].op);
		json_out_object_end(o);
	}
	json_out_array_end(o);
	json_out_object_end(o);
}

/* The flags of clone3 lie in memory, where no filter sees them: libraries fall back to clone(2). */
static void hide_clone3(struct json_out *o)
{
	json_out_object(o, NULL);
	json_out_array(o, "names");
	json_out_str(o, NULL, "clone3");
	json_out_array_end(o);
	json_out_str(o, "action", "SCMP_ACT_ERRNO");
	json_out_u64(o, "errnoRet", NO_SUCH_CALL);
	json_out_object_end(o);
}

/* They wait for the process that does them; its newer pieces are not there, so that libraries come back to these. */
static void put_mounts(const struct hold *h, struct json_out *o)
{
	static const char *const pieces[] = {"fsopen",	  "fsconfig",	"fsmount",	"fspick",
					     "open_tree", "move_mount", "mount_setattr"};

	json_out_object(o, NULL);
	json_out_array(o, "names");
	json_out_str(o, NULL, "mount");
	if (h->unmounts)
		json_out_str(o, NULL, "umount2");
	json_out_array_end(o);
	json_out_str(o, "action", "SCMP_ACT_NOTIFY");
	json_out_object_end(o);
	json_out_object(o, NULL);
	json_out_array(o, "names");
	for (size_t i = 0; i < ARRAY_LEN(pieces); i++)
		json_out_str(o, NULL, pieces[i]);
	json_out_array_end(o);
	json_out_str(o, "action", "SCMP_ACT_ERRNO");
	json_out_u64(o, "errnoRet", NO_SUCH_CALL);
	json_out_object_end(o);
}

/* All but what reaches the kernel's crypto or the hypervisor. */
static void put_most_families(struct json_out *o)
{
	put_rule(o, "socket", &(struct argument){0, AF_ALG, 0, "SCMP_CMP_LT"}, 1);
	put_rule(o, "socket", &(struct argument){0, AF_ALG + 1, 0, "SCMP_CMP_EQ"}, 1);
	put_rule(o, "socket", &(struct argument){0, AF_VSOCK, 0, "SCMP_CMP_GT"}, 1);
}

/*
 * Of connections between hosts only protocols that IP itself numbers (below 256): MPTCP is none to what holds ports. The kernel reads
 * 32 bits of each argument, so no more are compared. Of netlink what ordinary programs ask for (addresses
 * and routes, families by their name) and no packet filter, no IPsec, no audit.
 */
static void put_family_rules(const struct flow_profile *p, struct json_out *o)
{
	static const struct {
		enum flow_family family;
		uint64_t number, mask, protocol; /* what the mask leaves of it */
	} rows[] = {
		{FLOW_UNIX, AF_UNIX, 0, 0},
		{FLOW_INET, AF_INET, UINT32_MAX & ~255u, 0},
		{FLOW_INET, AF_INET6, UINT32_MAX & ~255u, 0},
		{FLOW_NETLINK, AF_NETLINK, UINT32_MAX, NETLINK_ROUTE},
		{FLOW_NETLINK, AF_NETLINK, UINT32_MAX, NETLINK_GENERIC},
		{FLOW_PACKET, AF_PACKET, 0, 0},
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct argument args[ARG_MAX_COUNT] = {{0, UINT32_MAX, rows[i].number, "SCMP_CMP_MASKED_EQ"}};
		size_t count = 1;
		if (rows[i].mask)
			args[count++] = (struct argument){2, rows[i].mask, rows[i].protocol, "SCMP_CMP_MASKED_EQ"};
		if (p->streams && rows[i].family == FLOW_INET)
			args[count++] = (struct argument){1, SOCKET_TYPE_MASK, SOCK_STREAM, "SCMP_CMP_MASKED_EQ"};
		if (p->families & rows[i].family)
			put_rule(o, "socket", args, count);
	}
}

static void put_argument_rules(const struct flow_profile *p, const struct hold *h, struct json_out *o)
{
	static const uint64_t personalities[] = {0, 8, 0x20000, 0x20008, 0xffffffff};
	struct argument no_namespaces = {0, NEW_NAMESPACES, 0, "SCMP_CMP_MASKED_EQ"};

	put_rule(o, "clone", &no_namespaces, 1);
	for (size_t i = 0; i < ARRAY_LEN(personalities); i++)
		put_rule(o, "personality", &(struct argument){0, personalities[i], 0, "SCMP_CMP_EQ"}, 1);
	hide_clone3(o);
	if (h && h->sockets)
		return;
	if (p->families)
		put_family_rules(p, o);
	else
		put_most_families(o);
}

/*
 * Streams are TCP and nothing else: what other protocols (MPTCP, SCTP) connect to is not seen by all that holds ports. Datagrams
 * only where some endpoint is one.
 */
static void put_families(const struct hold *h, struct json_out *o)
{
	static const struct {
		uint64_t type, protocol;
		bool datagram;
	} kinds[] = {{SOCK_STREAM, 0, false},
		     {SOCK_STREAM, IPPROTO_TCP, false},
		     {SOCK_DGRAM, 0, true},
		     {SOCK_DGRAM, IPPROTO_UDP, true}};

	for (size_t i = 0; i < h->family_count; i++) {
		bool inet = h->families[i] == AF_INET || h->families[i] == AF_INET6;
		struct argument args[ARG_MAX_COUNT] = {{0, h->families[i], 0, "SCMP_CMP_EQ"}};
		if (!inet)
			put_rule(o, "socket", args, 1);
		for (size_t k = 0; inet && k < ARRAY_LEN(kinds); k++) {
			args[1] = (struct argument){1, SOCKET_TYPE_MASK, kinds[k].type, "SCMP_CMP_MASKED_EQ"};
			args[2] = (struct argument){2, kinds[k].protocol, 0, "SCMP_CMP_EQ"};
			if (!kinds[k].datagram || h->datagrams)
				put_rule(o, "socket", args, 3);
		}
	}
}

/* A call with these users as its first COUNT arguments, in every order; -1 changes nothing. */
static void put_user_rules(const struct hold *h, struct json_out *o, const char *call, unsigned count)
{
	size_t choices = h->user_count + 1, all = 1;

	for (unsigned i = 0; i < count; i++)
		all *= choices;
	for (size_t n = 0; n < all; n++) {
		struct argument args[ARG_MAX_COUNT];
		size_t rest = n;
		for (unsigned i = 0; i < count; i++, rest /= choices) {
			uint64_t user = rest % choices < h->user_count ? h->users[rest % choices] : UINT32_MAX;
			args[i] = (struct argument){i, UINT32_MAX, user, "SCMP_CMP_MASKED_EQ"};
		}
		put_rule(o, call, args, count);
	}
}

/* Calls whose arguments the profile decides, whichever list of calls is used. */
static bool is_decided(const struct hold *h, const char *call)
{
	for (size_t i = 0; h->user_count && hold_user_calls[i]; i++)
		if (str_eq(call, hold_user_calls[i]))
			return true;
	return (!h->memfd_execute && str_eq(call, "memfd_create")) || (h->starts && str_eq(call, "prctl"));
}

/* All but PR_SET_MM, by which a process with a user namespace of its own says which program it is. The kernel reads 32 bits: one of them differs. */
static void put_prctl(struct json_out *o)
{
	for (uint64_t bit = 1; bit <= UINT32_MAX; bit <<= 1) {
		const struct argument other = {0, bit, ~(uint64_t)SET_MM & bit, "SCMP_CMP_MASKED_EQ"};
		put_rule(o, "prctl", &other, 1);
	}
}

static void put_decided(const struct hold *h, struct json_out *o)
{
	static const struct argument sealed = {1, NOEXEC_SEAL, NOEXEC_SEAL, "SCMP_CMP_MASKED_EQ"};

	for (unsigned i = 0; h->user_count && hold_user_calls[i]; i++)
		if (!h->syscalls || profile_allows(h->profile, PROFILE_SYSCALLS, hold_user_calls[i]))
			put_user_rules(h, o, hold_user_calls[i], i == 1 ? 2 : i == 2 ? 3 : 1);
	if (!h->memfd_execute && (h->memfd || !h->syscalls))
		put_rule(o, "memfd_create", &sealed, 1);
	if (h->starts && (!h->syscalls || profile_allows(h->profile, PROFILE_SYSCALLS, "prctl")))
		put_prctl(o);
}

/* A behaviour profile's calls whose arguments decide. */
static void put_held_rules(const struct hold *h, struct json_out *o)
{
	const struct argument kinds = {0, (NEW_NAMESPACES | CLONE_NEWTIME) & ~h->namespaces, 0, "SCMP_CMP_MASKED_EQ"};
	const struct argument of_clone = {0, NEW_NAMESPACES & ~h->namespaces, 0, "SCMP_CMP_MASKED_EQ"};

	hide_clone3(o);
	if (h->clones)
		put_rule(o, "clone", &of_clone, 1);
	if (h->unshares)
		put_rule(o, "unshare", &kinds, 1);
	/* The kind may be left out (0), which is none of them. */
	for (uint64_t bit = 1; h->joins && bit <= h->namespaces; bit <<= 1)
		if (h->namespaces & bit)
			put_rule(o, "setns", &(struct argument){1, bit, 0, "SCMP_CMP_EQ"}, 1);
	if (h->memfd && h->memfd_execute)
		put_rule(o, "memfd_create", NULL, 0);
	if (!h->sockets)
		put_rule(o, "socket", NULL, 0);
}

/* Where Landlock knows no ports, a profile without connections has no call for them either. */
static bool has_call(const struct flow_profile *p, const char *call)
{
	if (p->no_connect && str_eq(call, "connect") && priv_landlock_abi() < HOLD_ABI_OF_PORTS)
		return false;
	/* It hides socket(2) from a filter of arguments. */
	return flow_profile_has_call(p, call) && !(p->families && str_eq(call, "socketcall"));
}

static void put_listener(const struct flow_config *c, struct json_out *o)
{
	scoped_free char *path = str_printf("%s/" MOUNTS_SOCKET, c->dir);
	/* Without the path, the configuration is refused where it is read. */
	json_out_str(o, "listenerPath", path ? path : "");
}

void flow_config_seccomp(const struct flow_config *c, struct json_out *o)
{
	size_t count = c->profile->all_syscalls_of_docker ? flow_syscalls_count : flow_syscalls_strict;

	json_out_object(o, "seccomp");
	json_out_str(o, "defaultAction", c->profile->deny_logged ? "SCMP_ACT_LOG" : "SCMP_ACT_ERRNO");
	if (!c->profile->deny_logged)
		json_out_u64(o, "defaultErrnoRet", 1);
#if defined(__x86_64__)
	json_out_array(o, "architectures");
	json_out_str(o, NULL, "SCMP_ARCH_X86_64");
	json_out_array_end(o);
#endif
	json_out_array(o, "syscalls");
	json_out_object(o, NULL);
	json_out_array(o, "names");
	const char **held = c->hold ? c->hold->syscalls : NULL;
	for (size_t i = 0; !held && i < count; i++)
		if (!str_eq(flow_syscalls[i], "socket") && has_call(c->profile, flow_syscalls[i]) &&
		    !(c->hold && is_decided(c->hold, flow_syscalls[i])))
			json_out_str(o, NULL, flow_syscalls[i]);
	for (size_t i = 0; held && held[i]; i++)
		json_out_str(o, NULL, held[i]);
	json_out_array_end(o);
	json_out_str(o, "action", "SCMP_ACT_ALLOW");
	json_out_object_end(o);
	if (held)
		put_held_rules(c->hold, o);
	else
		put_argument_rules(c->profile, c->hold, o);
	if (c->hold && c->hold->sockets)
		put_families(c->hold, o);
	if (c->hold)
		put_decided(c->hold, o);
	if (c->hold && c->hold->mounts)
		put_mounts(c->hold, o);
	json_out_array_end(o);
	if (c->hold && c->hold->mounts)
		put_listener(c, o);
	json_out_object_end(o);
}
