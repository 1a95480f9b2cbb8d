/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a container may use and ask: cgroup limits out of the options, and the system calls of its profile.
 */
#include <linux/sched.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "config.h"

#define CPU_PERIOD_US 100000
#define NEW_NAMESPACES                                                                                                 \
	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET)
#define AF_ALG_NUMBER 38
#define AF_VSOCK_NUMBER 40

/* "1.5" as thousandths; no signs, no exponents. */
static int parse_cpus(const char *text, uint64_t *ret_milli, struct err *e)
{
	uint64_t whole = 0, part = 0;
	const char *dot = strchr(text, '.');
	scoped_free char *left = dot ? str_printf("%.*s", (int)MIN_OF(dot - text, 8), text) : str_dup(text);
	char digits[4] = "000";
	size_t n = dot ? strlen(dot + 1) : 0;

	memcpy(digits, dot ? dot + 1 : "", MIN_OF(n, (size_t)3));
	if (!left || str_to_u64(left[0] ? left : "0", 4096, &whole) < 0 || str_to_u64(digits, 999, &part) < 0 ||
	    n > 3 || whole + part == 0)
		return err_set(e, -EINVAL, "--cpus %.40s: expected a number such as 1.5", text);
	*ret_milli = whole * 1000 + part;
	return 0;
}

static int put_memory(const struct flow_config *c, struct json_out *o, struct err *e)
{
	uint64_t bytes;

	if (!c->options->memory)
		return 0;
	if (str_to_size(c->options->memory, &bytes) < 0 || bytes < 512 << 10)
		return err_set(e, -EINVAL, "--memory %.40s: expected a size of at least 512k, such as 64m or 1g",
			       c->options->memory);
	json_out_object(o, "memory");
	json_out_u64(o, "limit", bytes);
	json_out_object_end(o);
	return 0;
}

static int put_cpu(const struct flow_config *c, struct json_out *o, struct err *e)
{
	uint64_t milli = 0;
	int r = c->options->cpus ? parse_cpus(c->options->cpus, &milli, e) : 1;

	if (r != 0)
		return r < 0 ? r : 0;
	json_out_object(o, "cpu");
	json_out_u64(o, "quota", milli * CPU_PERIOD_US / 1000);
	json_out_u64(o, "period", CPU_PERIOD_US);
	json_out_object_end(o);
	return 0;
}

static int put_io(const struct flow_config *c, struct json_out *o, struct err *e)
{
	uint64_t weight;

	if (!c->options->io)
		return 0;
	if (str_to_u64(c->options->io, 1000, &weight) < 0 || weight < 10)
		return err_set(e, -EINVAL, "--io %.40s: expected a weight from 10 to 1000", c->options->io);
	json_out_object(o, "blockIO");
	json_out_u64(o, "weight", weight);
	json_out_object_end(o);
	return 0;
}

int flow_config_resources(const struct flow_config *c, struct json_out *o, struct err *e)
{
	uint64_t pids = c->profile->pids;
	int r = 0;

	if (c->options->pids && (str_to_u64(c->options->pids, 1u << 22, &pids) < 0 || !pids))
		return err_set(e, -EINVAL, "--pids %.40s: expected a number of processes", c->options->pids);
	json_out_object(o, "resources");
	json_out_array(o, "devices");
	json_out_object(o, NULL);
	json_out_bool(o, "allow", false);
	json_out_str(o, "access", "rwm");
	json_out_object_end(o);
	json_out_array_end(o);
	json_out_object(o, "pids");
	json_out_u64(o, "limit", pids);
	json_out_object_end(o);
	r = put_memory(c, o, e);
	if (r == 0)
		r = put_cpu(c, o, e);
	if (r == 0)
		r = put_io(c, o, e);
	json_out_object_end(o);
	return r;
}

/* Permits NAME when argument INDEX compares to VALUE by OP; MASK counts for masked comparison. */
struct argument {
	unsigned index;
	uint64_t value, mask;
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
		if (args[i].mask)
			json_out_u64(o, "valueTwo", args[i].mask);
		json_out_str(o, "op", args[i].op);
		json_out_object_end(o);
	}
	json_out_array_end(o);
	json_out_object_end(o);
}

static void put_argument_rules(struct json_out *o)
{
	static const uint64_t personalities[] = {0, 8, 0x20000, 0x20008, 0xffffffff};
	/* Libraries fall back to clone(2), whose flags a filter can see. */
	struct argument no_namespaces = {0, NEW_NAMESPACES, 0, "SCMP_CMP_MASKED_EQ"};

	put_rule(o, "clone", &no_namespaces, 1);
	for (size_t i = 0; i < ARRAY_LEN(personalities); i++)
		put_rule(o, "personality", &(struct argument){0, personalities[i], 0, "SCMP_CMP_EQ"}, 1);
	/* Sockets of families that reach the kernel's crypto or the hypervisor are left out. */
	put_rule(o, "socket", &(struct argument){0, AF_ALG_NUMBER, 0, "SCMP_CMP_LT"}, 1);
	put_rule(o, "socket", &(struct argument){0, AF_ALG_NUMBER + 1, 0, "SCMP_CMP_EQ"}, 1);
	put_rule(o, "socket", &(struct argument){0, AF_VSOCK_NUMBER, 0, "SCMP_CMP_GT"}, 1);
	json_out_object(o, NULL);
	json_out_array(o, "names");
	json_out_str(o, NULL, "clone3");
	json_out_array_end(o);
	json_out_str(o, "action", "SCMP_ACT_ERRNO");
	json_out_u64(o, "errnoRet", 38);
	json_out_object_end(o);
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
	for (size_t i = 0; i < count; i++)
		if (!str_eq(flow_syscalls[i], "socket"))
			json_out_str(o, NULL, flow_syscalls[i]);
	json_out_array_end(o);
	json_out_str(o, "action", "SCMP_ACT_ALLOW");
	json_out_object_end(o);
	put_argument_rules(o);
	json_out_array_end(o);
	json_out_object_end(o);
}
