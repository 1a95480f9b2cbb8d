/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The process object of the runtime configuration (config.md, "Process").
 */
#include <linux/ioprio.h>
#include <linux/sched.h>
#include <string.h>

#include "base/str.h"
#include "decode.h"
#include "oci/spec.h"
#include "spec-parts.h"

#define PROCESS(member) offsetof(struct oci_process, member)

/* Sets the bit of each capability that has a name here. */
static int decode_capability_set(const struct decode *d, const struct json *v, void *out)
{
	struct oci_strs names = {0};
	uint64_t set = 0;
	int r = decode_strs(d, v, &names);

	for (size_t i = 0; r == 0 && i < names.count; i++) {
		int number = 0;
		if (oci_capability_from(names.at[i], &number) == 0)
			set |= (uint64_t)1 << number;
	}
	if (r == 0)
		memcpy(out, &set, sizeof(set));
	return r;
}

#define CAPS(member) offsetof(struct oci_capabilities, member)
static const struct decode_field capability_fields[] = {
	{"bounding", CAPS(bounding), decode_capability_set},
	{"effective", CAPS(effective), decode_capability_set},
	{"inheritable", CAPS(inheritable), decode_capability_set},
	{"permitted", CAPS(permitted), decode_capability_set},
	{"ambient", CAPS(ambient), decode_capability_set},
	{NULL},
};

/* Each name once, from whichever set has it. */
static int note_unknown(const struct decode *d, const struct json *v, struct oci_capabilities *caps)
{
	SCOPED(strv) struct strv unknown = {0};
	int number;

	for (const struct decode_field *f = capability_fields; f->key; f++) {
		struct oci_strs names = {0};
		const struct json *set = json_get(v, f->key);
		int r = set ? decode_strs(d, set, &names) : 0;
		for (size_t i = 0; r == 0 && i < names.count; i++)
			if (oci_capability_from(names.at[i], &number) < 0 && !strv_has(&unknown, names.at[i]))
				r = strv_add(&unknown, names.at[i]);
		if (r < 0)
			return r;
	}
	caps->unknown.at = ARENA_ARRAY(d->arena, unknown.count + 1, char *);
	if (!caps->unknown.at)
		return err_set(d->e, -ENOMEM, "out of memory");
	for (size_t i = 0; i < unknown.count; i++)
		caps->unknown.at[caps->unknown.count++] = arena_str(d->arena, unknown.items[i]);
	return arena_failed(d->arena) ? err_set(d->e, -ENOMEM, "out of memory") : 0;
}

static int decode_capabilities(const struct decode *d, const struct json *v, void *out)
{
	struct oci_capabilities *caps = out;
	caps->set = true;
	int r = decode_fields(d, v, capability_fields, out);
	return r < 0 ? r : note_unknown(d, v, caps);
}

static int decode_rlimit_type(const struct decode *d, const struct json *v, void *out)
{
	const char *name = NULL;
	int r = json_str(v, &name, d->e);

	if (r == 0 && oci_rlimit_from(name, out) < 0)
		return err_set(d->e, -EINVAL, "unknown resource limit \"%.64s\"", name);
	return r;
}

/* -1 (RLIM_INFINITY) is written by some generators though the specification says uint64. */
static int decode_limit(const struct decode *d, const struct json *v, void *out)
{
	int64_t value = 0;

	if (json_i64(v, &value, NULL) == 0 && value == -1) {
		*(uint64_t *)out = UINT64_MAX;
		return 0;
	}
	return json_u64(v, out, d->e);
}

static const struct decode_field rlimit_fields[] = {
	{"type", offsetof(struct oci_rlimit, resource), decode_rlimit_type, true},
	{"soft", offsetof(struct oci_rlimit, soft), decode_limit, true},
	{"hard", offsetof(struct oci_rlimit, hard), decode_limit, true},
	{NULL},
};

static int decode_policy(const struct decode *d, const struct json *v, void *out)
{
	static const char *const names[] = {"SCHED_OTHER", "SCHED_FIFO", "SCHED_RR",	  "SCHED_BATCH",
					    "SCHED_ISO",   "SCHED_IDLE", "SCHED_DEADLINE"};
	return decode_name(d, v, names, ARRAY_LEN(names), out);
}

static int decode_scheduler_flags(const struct decode *d, const struct json *v, void *out)
{
	static const char *const names[] = {
		"SCHED_FLAG_RESET_ON_FORK",  "SCHED_FLAG_RECLAIM",     "SCHED_FLAG_DL_OVERRUN",
		"SCHED_FLAG_KEEP_POLICY",    "SCHED_FLAG_KEEP_PARAMS", "SCHED_FLAG_UTIL_CLAMP_MIN",
		"SCHED_FLAG_UTIL_CLAMP_MAX",
	};
	return decode_name_bits(d, v, names, ARRAY_LEN(names), out);
}

#define SCHEDULER(member) offsetof(struct oci_scheduler, member)
static const struct decode_field scheduler_fields[] = {
	{"policy", SCHEDULER(policy), decode_policy, true}, {"nice", SCHEDULER(nice), decode_i32},
	{"priority", SCHEDULER(priority), decode_i32},	    {"flags", SCHEDULER(flags), decode_scheduler_flags},
	{"runtime", SCHEDULER(runtime), decode_u64},	    {"deadline", SCHEDULER(deadline), decode_u64},
	{"period", SCHEDULER(period), decode_u64},	    {NULL},
};

static int decode_io_class(const struct decode *d, const struct json *v, void *out)
{
	static const char *const names[] = {[IOPRIO_CLASS_RT] = "IOPRIO_CLASS_RT",
					    [IOPRIO_CLASS_BE] = "IOPRIO_CLASS_BE",
					    [IOPRIO_CLASS_IDLE] = "IOPRIO_CLASS_IDLE"};
	return decode_name(d, v, names, ARRAY_LEN(names), out);
}

static const struct decode_field user_fields[] = {
	{"uid", PROCESS(uid), decode_u32},
	{"gid", PROCESS(gid), decode_u32},
	{"umask", PROCESS(umask), decode_opt_u64},
	{"additionalGids", PROCESS(additional_gids), decode_u32s},
	{NULL},
};
static const struct decode_field io_fields[] = {
	{"class", PROCESS(io_class), decode_io_class, true},
	{"priority", PROCESS(io_priority), decode_i64},
	{NULL},
};
static const struct decode_field console_fields[] = {
	{"height", PROCESS(console_height), decode_u64, true},
	{"width", PROCESS(console_width), decode_u64, true},
	{NULL},
};
/* A list of processors, "0-3,7". Which of them there are is known where it is used. */
static int decode_processors(const struct decode *d, const struct json *v, void *out)
{
	const char *list = NULL;
	int r = json_str(v, &list, d->e);

	if (r == 0 && list[strspn(list, "0123456789,- ")])
		return err_set(d->e, -EINVAL, "\"%.64s\" is not a list of processors", list);
	return r < 0 ? r : decode_str(d, v, out);
}

static const struct decode_field affinity_fields[] = {
	{"initial", PROCESS(cpus_initial), decode_processors},
	{"final", PROCESS(cpus_final), decode_processors},
	{NULL},
};
static const struct decode_field process_fields[] = {
	{"terminal", PROCESS(terminal), decode_bool},
	{"consoleSize", 0, .fields = console_fields},
	{"cwd", PROCESS(cwd), decode_str, true},
	{"env", PROCESS(env), decode_strs},
	{"args", PROCESS(args), decode_strs},
	{"user", 0, .fields = user_fields},
	{"capabilities", PROCESS(capabilities), decode_capabilities},
	{"rlimits", PROCESS(rlimits), .fields = rlimit_fields, .item = sizeof(struct oci_rlimit)},
	{"noNewPrivileges", PROCESS(no_new_privileges), decode_bool},
	{"apparmorProfile", PROCESS(apparmor_profile), decode_str},
	{"selinuxLabel", PROCESS(selinux_label), decode_str},
	{"oomScoreAdj", PROCESS(oom_score_adj), decode_opt_i64},
	{"scheduler", PROCESS(scheduler), .fields = scheduler_fields},
	{"ioPriority", 0, .fields = io_fields},
	{"execCPUAffinity", 0, .fields = affinity_fields},
	{NULL},
};

static int check_process(const struct decode *d, const struct oci_process *p)
{
	if (p->cwd[0] != '/')
		return err_set(d->e, -EINVAL, "cwd: must be an absolute path, not \"%.128s\"", p->cwd);
	if (p->uid == UINT32_MAX || p->gid == UINT32_MAX)
		return err_set(d->e, -ERANGE, "user: 4294967295 is not a valid user or group id");
	if (p->console_width > UINT16_MAX || p->console_height > UINT16_MAX)
		return err_set(d->e, -ERANGE, "consoleSize: over 65535");
	if (p->umask.set && p->umask.value > 0777)
		return err_set(d->e, -ERANGE, "user.umask: over 0777");
	if (p->oom_score_adj.set && (p->oom_score_adj.value < -1000 || p->oom_score_adj.value > 1000))
		return err_set(d->e, -ERANGE, "oomScoreAdj: must be from -1000 to 1000");
	if (p->io_priority < 0 || p->io_priority > 7)
		return err_set(d->e, -ERANGE, "ioPriority.priority: must be from 0 to 7");
	for (size_t i = 0; i < p->rlimits.count; i++)
		for (size_t j = 0; j < i; j++)
			if (p->rlimits.at[i].resource == p->rlimits.at[j].resource)
				return err_set(d->e, -EINVAL, "rlimits[%zu]: the same type twice", i);
	return 0;
}

int oci_decode_process(const struct decode *d, const struct json *v, void *out)
{
	struct oci_process *p = out;
	p->scheduler.policy = -1;
	int r = decode_fields(d, v, process_fields, p);
	return r < 0 ? r : check_process(d, p);
}
