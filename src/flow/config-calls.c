/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a container may ask of the kernel: the system calls of its profile, by name and where it matters by argument.
 */
#include <linux/sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/json.h"
#include "config.h"
#include "priv/sandbox.h"

#define NEW_NAMESPACES                                                                                                 \
	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET)
#define AF_ALG_NUMBER 38
#define AF_VSOCK_NUMBER 40

enum { ARG_MAX_COUNT = 3, SOCKET_TYPE_MASK = 0xf, NOEXEC_SEAL = 8, NO_SUCH_CALL = 38 };

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

/* Libraries fall back to clone(2), whose flags a filter can see. */
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

/* Streams alone of the families that are connections between hosts. */
static void put_family_rules(const struct flow_profile *p, struct json_out *o)
{
	static const struct {
		enum flow_family family;
		uint64_t number;
	} rows[] = {{FLOW_UNIX, AF_UNIX}, {FLOW_INET, AF_INET}, {FLOW_INET, AF_INET6}};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct argument args[] = {{0, rows[i].number, 0, "SCMP_CMP_EQ"},
						{1, SOCKET_TYPE_MASK, SOCK_STREAM, "SCMP_CMP_MASKED_EQ"}};
		if (p->families & rows[i].family)
			put_rule(o, "socket", args, rows[i].family == FLOW_INET ? 2 : 1);
	}
}

static void put_argument_rules(const struct flow_profile *p, struct json_out *o)
{
	static const uint64_t personalities[] = {0, 8, 0x20000, 0x20008, 0xffffffff};
	struct argument no_namespaces = {0, NEW_NAMESPACES, 0, "SCMP_CMP_MASKED_EQ"};

	put_rule(o, "clone", &no_namespaces, 1);
	for (size_t i = 0; i < ARRAY_LEN(personalities); i++)
		put_rule(o, "personality", &(struct argument){0, personalities[i], 0, "SCMP_CMP_EQ"}, 1);
	hide_clone3(o);
	if (p->families) {
		put_family_rules(p, o);
		return;
	}
	/* Sockets of families that reach the kernel's crypto or the hypervisor are left out. */
	put_rule(o, "socket", &(struct argument){0, AF_ALG_NUMBER, 0, "SCMP_CMP_LT"}, 1);
	put_rule(o, "socket", &(struct argument){0, AF_ALG_NUMBER + 1, 0, "SCMP_CMP_EQ"}, 1);
	put_rule(o, "socket", &(struct argument){0, AF_VSOCK_NUMBER, 0, "SCMP_CMP_GT"}, 1);
}

/* The next way to give COUNT arguments one of CHOICES values; false after the last. */
static bool next_way(unsigned *chosen, unsigned count, unsigned choices)
{
	for (unsigned i = 0; i < count; i++) {
		if (++chosen[i] < choices)
			return true;
		chosen[i] = 0;
	}
	return false;
}

/* Each of a call's arguments may be one of the users; or, where there are several, none (-1). The kernel looks at 32 bits. */
static void put_user_rules(const struct hold *h, enum hold_become call, struct json_out *o)
{
	static const unsigned counts[] = {
		[HOLD_SETUID] = 1, [HOLD_SETREUID] = 2, [HOLD_SETRESUID] = 3, [HOLD_SETFSUID] = 1};
	unsigned count = counts[call], choices = (unsigned)h->user_count + (count > 1), chosen[ARG_MAX_COUNT] = {0};

	do {
		struct argument args[ARG_MAX_COUNT];
		for (unsigned i = 0; i < count; i++)
			args[i] = (struct argument){i, UINT32_MAX,
						    chosen[i] < h->user_count ? h->users[chosen[i]] : UINT32_MAX,
						    "SCMP_CMP_MASKED_EQ"};
		put_rule(o, hold_become_name(call), args, count);
	} while (next_way(chosen, count, choices));
}

/* A behaviour profile's calls whose arguments decide. */
static void put_held_rules(const struct hold *h, struct json_out *o)
{
	static const struct argument no_namespaces = {0, NEW_NAMESPACES, 0, "SCMP_CMP_MASKED_EQ"};
	static const struct argument sealed = {1, NOEXEC_SEAL, NOEXEC_SEAL, "SCMP_CMP_MASKED_EQ"};

	if (h->clones)
		put_rule(o, "clone", &no_namespaces, !h->namespaces);
	if (h->clones && h->namespaces)
		put_rule(o, "clone3", NULL, 0);
	else
		hide_clone3(o);
	if (h->memfd)
		put_rule(o, "memfd_create", &sealed, !h->memfd_execute);
	for (int i = 0; i < HOLD_BECOME; i++)
		if (h->become >> i & 1)
			put_user_rules(h, (enum hold_become)i, o);
	for (size_t i = 0; i < h->family_count; i++) {
		bool inet = h->families[i] == AF_INET || h->families[i] == AF_INET6;
		const struct argument args[ARG_MAX_COUNT] = {{0, h->families[i], 0, "SCMP_CMP_EQ"},
							     {1, SOCKET_TYPE_MASK, SOCK_STREAM, "SCMP_CMP_MASKED_EQ"}};
		put_rule(o, "socket", args, inet && !h->datagrams ? 2 : 1);
	}
}

/* Where Landlock knows no ports, a profile without connections has no call for them either. */
static bool has_call(const struct flow_profile *p, const char *call)
{
	if (p->no_connect && str_eq(call, "connect") && priv_landlock_abi() < HOLD_ABI_OF_PORTS)
		return false;
	/* It hides socket(2) from a filter of arguments. */
	return flow_profile_has_call(p, call) && !(p->families && str_eq(call, "socketcall"));
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
	for (size_t i = 0; !c->hold && i < count; i++)
		if (!str_eq(flow_syscalls[i], "socket") && has_call(c->profile, flow_syscalls[i]))
			json_out_str(o, NULL, flow_syscalls[i]);
	for (size_t i = 0; c->hold && c->hold->syscalls[i]; i++)
		json_out_str(o, NULL, c->hold->syscalls[i]);
	json_out_array_end(o);
	json_out_str(o, "action", "SCMP_ACT_ALLOW");
	json_out_object_end(o);
	if (c->hold)
		put_held_rules(c->hold, o);
	else
		put_argument_rules(c->profile, o);
	json_out_array_end(o);
	json_out_object_end(o);
}
