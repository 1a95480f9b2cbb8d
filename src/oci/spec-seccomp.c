/* SPDX-License-Identifier: Apache-2.0 */
/*
 * linux.seccomp of the runtime configuration (config-linux.md, "Seccomp").
 */
#include "base/str.h"
#include "decode.h"
#include "oci/spec.h"
#include "spec-parts.h"

static const char *const action_names[] = {
	[OCI_SECCOMP_KILL_THREAD] = "SCMP_ACT_KILL_THREAD",
	[OCI_SECCOMP_KILL_PROCESS] = "SCMP_ACT_KILL_PROCESS",
	[OCI_SECCOMP_TRAP] = "SCMP_ACT_TRAP",
	[OCI_SECCOMP_ERRNO] = "SCMP_ACT_ERRNO",
	[OCI_SECCOMP_TRACE] = "SCMP_ACT_TRACE",
	[OCI_SECCOMP_ALLOW] = "SCMP_ACT_ALLOW",
	[OCI_SECCOMP_LOG] = "SCMP_ACT_LOG",
	[OCI_SECCOMP_NOTIFY] = "SCMP_ACT_NOTIFY",
};

const char *oci_seccomp_action_name(enum oci_seccomp_action action)
{
	return action_names[action];
}

static int decode_action(const struct decode *d, const struct json *v, void *out)
{
	const char *name = NULL;

	if (json_str(v, &name, NULL) == 0 && str_eq(name, "SCMP_ACT_KILL")) {
		*(int *)out = OCI_SECCOMP_KILL_THREAD;
		return 0;
	}
	return decode_name(d, v, action_names, ARRAY_LEN(action_names), out);
}

static int decode_op(const struct decode *d, const struct json *v, void *out)
{
	static const char *const names[] = {
		[OCI_SECCOMP_NE] = "SCMP_CMP_NE",
		[OCI_SECCOMP_LT] = "SCMP_CMP_LT",
		[OCI_SECCOMP_LE] = "SCMP_CMP_LE",
		[OCI_SECCOMP_EQ] = "SCMP_CMP_EQ",
		[OCI_SECCOMP_GE] = "SCMP_CMP_GE",
		[OCI_SECCOMP_GT] = "SCMP_CMP_GT",
		[OCI_SECCOMP_MASKED_EQ] = "SCMP_CMP_MASKED_EQ",
	};
	return decode_name(d, v, names, ARRAY_LEN(names), out);
}

static int decode_flags(const struct decode *d, const struct json *v, void *out)
{
	static const char *const names[] = {"SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_LOG",
					    "SECCOMP_FILTER_FLAG_SPEC_ALLOW", "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"};
	uint64_t bits = 0;
	int r = decode_name_bits(d, v, names, ARRAY_LEN(names), &bits);
	*(unsigned *)out |= (unsigned)bits;
	return r;
}

static const struct decode_field arg_fields[] = {
	{"index", offsetof(struct oci_seccomp_arg, index), decode_u32, true},
	{"value", offsetof(struct oci_seccomp_arg, value), decode_u64, true},
	{"valueTwo", offsetof(struct oci_seccomp_arg, value_two), decode_u64},
	{"op", offsetof(struct oci_seccomp_arg, op), decode_op, true},
	{NULL},
};

#define RULE(member) offsetof(struct oci_seccomp_rule, member)
static int decode_rule_errno(const struct decode *d, const struct json *v, void *out)
{
	struct oci_seccomp_rule *rule = out;
	rule->has_errno = true;
	return json_u32(v, &rule->errno_ret, d->e);
}

static const struct decode_field rule_fields[] = {
	{"names", RULE(names), decode_strs, true},
	{"action", RULE(action), decode_action, true},
	{"errnoRet", 0, decode_rule_errno},
	{"args", RULE(args), .fields = arg_fields, .item = sizeof(struct oci_seccomp_arg)},
	{NULL},
};

static int decode_default_errno(const struct decode *d, const struct json *v, void *out)
{
	struct oci_seccomp *s = out;
	s->has_default_errno = true;
	return json_u32(v, &s->default_errno, d->e);
}

#define SECCOMP(member) offsetof(struct oci_seccomp, member)
static const struct decode_field seccomp_fields[] = {
	{"defaultAction", SECCOMP(default_action), decode_action, true},
	{"defaultErrnoRet", 0, decode_default_errno},
	{"flags", SECCOMP(flags), decode_flags},
	{"listenerPath", SECCOMP(listener_path), decode_str},
	{"listenerMetadata", SECCOMP(listener_metadata), decode_str},
	{"architectures", SECCOMP(architectures), decode_strs},
	{"syscalls", SECCOMP(rules), .fields = rule_fields, .item = sizeof(struct oci_seccomp_rule)},
	{NULL},
};

int oci_decode_seccomp(const struct decode *d, const struct json *v, void *out)
{
	struct oci_seccomp *s = out;
	int r = decode_fields(d, v, seccomp_fields, s);

	if (r < 0)
		return r;
	if (s->default_action == OCI_SECCOMP_NOTIFY)
		return err_set(d->e, -EINVAL, "defaultAction: SCMP_ACT_NOTIFY cannot be the default");
	if (s->listener_metadata && !s->listener_path)
		return err_set(d->e, -EINVAL, "listenerMetadata: needs listenerPath");
	for (size_t i = 0; i < s->rules.count; i++) {
		const struct oci_seccomp_rule *rule = &s->rules.at[i];
		if (rule->names.count == 0)
			return err_set(d->e, -EINVAL, "syscalls[%zu].names: must not be empty", i);
		if (rule->action == OCI_SECCOMP_NOTIFY && !s->listener_path)
			return err_set(d->e, -EINVAL, "syscalls[%zu].action: SCMP_ACT_NOTIFY needs listenerPath", i);
		for (size_t j = 0; j < rule->args.count; j++)
			if (rule->args.at[j].index > 5)
				return err_set(d->e, -ERANGE, "syscalls[%zu].args[%zu].index: over 5", i, j);
	}
	return 0;
}
