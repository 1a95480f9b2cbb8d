/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Limits on whichever cgroup version this host has, and device rules: files on v1, a BPF program on v2.
 */
#include "limits.h"

#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

#include "base/path.h"
#include "base/str.h"

bool limits_any(const struct oci_resources *r)
{
	static const struct oci_resources none;
	struct oci_resources without = *r;

	memset(&without.devices, 0, sizeof(without.devices));
	return memcmp(&without, &none, sizeof(none)) != 0;
}

int limits_check_usage(int dir, const char *file, int64_t limit, struct err *e)
{
	SCOPED(buf) struct buf text = BUF_INIT(64);
	uint64_t usage = 0;
	int r = path_read_file(dir, file, &text);

	if (r == 0)
		text.data[strcspn(text.data, "\n")] = '\0';
	if (r < 0 || (r = str_to_u64(text.data, UINT64_MAX, &usage)) < 0)
		return err_sys(e, r, "linux.resources.memory.checkBeforeUpdate: cannot read %s", file);
	if (usage > (uint64_t)limit)
		return err_set(e, -EBUSY, "linux.resources.memory.limit: %lld is below the present usage of %llu",
			       (long long)limit, (unsigned long long)usage);
	return 0;
}

int limits_apply(const struct kern_cgroup *c, const struct oci_resources *r, struct err *e)
{
	bool has_v1 = c->count > 1 || c->v2 < 0;
	int rc = 0;

	if (!limits_any(r))
		return 0;
	if (has_v1 && c->v2 < 0 && (r->unified.count || r->rdma.count))
		return err_set(e, -EOPNOTSUPP,
			       "linux.resources: unified and rdma need cgroup v2, which is not mounted here");
	if (has_v1)
		rc = limits_apply_v1(c, r, e);
	if (rc == 0 && c->v2 >= 0)
		rc = limits_apply_v2(c, r, e);
	return rc;
}

#define ANY                                                                                                            \
	{                                                                                                              \
		false, 0                                                                                               \
	}
#define NUMBER(n)                                                                                                      \
	{                                                                                                              \
		true, n                                                                                                \
	}
#define ALLOW(t, major, minor, r, w, m)                                                                                \
	{                                                                                                              \
		true, t, major, minor, r, w, m                                                                         \
	}

/* What every container may use (config-linux.md, "Default Devices"), and making nodes, which gives no access. */
static const struct oci_device_rule standard[] = {
	ALLOW('c', ANY, ANY, false, false, true),	    ALLOW('b', ANY, ANY, false, false, true),
	ALLOW('c', NUMBER(1), NUMBER(3), true, true, true), ALLOW('c', NUMBER(1), NUMBER(8), true, true, true),
	ALLOW('c', NUMBER(1), NUMBER(7), true, true, true), ALLOW('c', NUMBER(5), NUMBER(0), true, true, true),
	ALLOW('c', NUMBER(1), NUMBER(5), true, true, true), ALLOW('c', NUMBER(1), NUMBER(9), true, true, true),
	ALLOW('c', NUMBER(136), ANY, true, true, true),	    ALLOW('c', NUMBER(5), NUMBER(2), true, true, true),
};

static bool is_any(struct opt_i64 n)
{
	return !n.set || n.value < 0;
}

static bool allows_everything(const struct oci_device_rule *r)
{
	return r->allow && r->type == 'a' && is_any(r->major) && is_any(r->minor) && r->read && r->write && r->mknod;
}

bool limits_devices_open(const struct oci_resources *res)
{
	return res->devices.count && allows_everything(&res->devices.at[res->devices.count - 1]);
}

const struct oci_device_rule *limits_standard_devices(size_t *ret_count)
{
	*ret_count = sizeof(standard) / sizeof(standard[0]);
	return standard;
}

static int write_v1_rule(int fd, const struct oci_device_rule *r)
{
	char text[64], major[24] = "*", minor[24] = "*";

	if (!is_any(r->major))
		snprintf(major, sizeof(major), "%lld", (long long)r->major.value);
	if (!is_any(r->minor))
		snprintf(minor, sizeof(minor), "%lld", (long long)r->minor.value);
	if (r->type == 'a' && is_any(r->major) && is_any(r->minor))
		snprintf(text, sizeof(text), "a");
	else
		snprintf(text, sizeof(text), "%c %s:%s %s%s%s", r->type, major, minor, r->read ? "r" : "",
			 r->write ? "w" : "", r->mknod ? "m" : "");
	return path_write_kernel(fd, r->allow ? "devices.allow" : "devices.deny", text);
}

static int devices_v1(int fd, const struct oci_resources *res)
{
	static const struct oci_device_rule nothing = {.type = 'a'};
	int r = write_v1_rule(fd, &nothing);

	for (size_t i = 0; r == 0 && i < res->devices.count; i++) {
		const struct oci_device_rule *rule = &res->devices.at[i];
		/* The kernel takes "a" only for everything; a rule for both kinds with numbers is two rules. */
		if (rule->type == 'a' && !(is_any(rule->major) && is_any(rule->minor))) {
			struct oci_device_rule one = *rule;
			one.type = 'c';
			r = write_v1_rule(fd, &one);
			one.type = 'b';
			if (r == 0)
				r = write_v1_rule(fd, &one);
			continue;
		}
		r = write_v1_rule(fd, rule);
	}
	for (size_t i = 0; r == 0 && i < sizeof(standard) / sizeof(standard[0]); i++)
		r = write_v1_rule(fd, &standard[i]);
	return r;
}

/* Instructions of BPF, as much as this needs. */
#define INSN(c, d, s, o, i) ((struct bpf_insn){.code = (c), .dst_reg = (d), .src_reg = (s), .off = (o), .imm = (i)})
#define DEVICE_INSNS_MAX 8192
#define RULE_INSNS_MAX 8

struct program {
	struct bpf_insn at[DEVICE_INSNS_MAX];
	size_t count;
};

static void emit(struct program *p, struct bpf_insn insn)
{
	p->at[p->count++] = insn;
}

/*
 * r2 type, r3 access, r4 major, r5 minor. Falls through to the next rule when it does not match. True when it always
 * matches: what came after it could not be reached, and the kernel refuses a program with such a part.
 */
static bool emit_rule(struct program *p, const struct oci_device_rule *r)
{
	int32_t access = (r->mknod ? BPF_DEVCG_ACC_MKNOD : 0) | (r->read ? BPF_DEVCG_ACC_READ : 0) |
			 (r->write ? BPF_DEVCG_ACC_WRITE : 0);
	size_t first = p->count;

	if (r->type != 'a')
		emit(p, INSN(BPF_JMP | BPF_JNE | BPF_K, 2, 0, 0,
			     r->type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR));
	if (access != 7 && r->allow) {
		/* Allowed only when nothing is asked beyond the rule. */
		emit(p, INSN(BPF_ALU64 | BPF_MOV | BPF_X, 1, 3, 0, 0));
		emit(p, INSN(BPF_ALU64 | BPF_AND | BPF_K, 1, 0, 0, ~access));
		emit(p, INSN(BPF_JMP | BPF_JNE | BPF_K, 1, 0, 0, 0));
	} else if (access != 7) {
		/* Denied when anything is asked that the rule denies. */
		emit(p, INSN(BPF_ALU64 | BPF_MOV | BPF_X, 1, 3, 0, 0));
		emit(p, INSN(BPF_ALU64 | BPF_AND | BPF_K, 1, 0, 0, access));
		emit(p, INSN(BPF_JMP | BPF_JEQ | BPF_K, 1, 0, 0, 0));
	}
	if (!is_any(r->major))
		emit(p, INSN(BPF_JMP | BPF_JNE | BPF_K, 4, 0, 0, (int32_t)r->major.value));
	if (!is_any(r->minor))
		emit(p, INSN(BPF_JMP | BPF_JNE | BPF_K, 5, 0, 0, (int32_t)r->minor.value));
	size_t end = p->count + 2;
	for (size_t i = first; i < p->count; i++)
		if (BPF_CLASS(p->at[i].code) == BPF_JMP)
			p->at[i].off = (int16_t)(end - i - 1);
	bool always = p->count == first;
	emit(p, INSN(BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, r->allow));
	emit(p, INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0));
	return always;
}

static int build_program(struct program *p, const struct oci_resources *res)
{
	p->count = 0;
	if ((res->devices.count + sizeof(standard) / sizeof(standard[0]) + 1) * RULE_INSNS_MAX > DEVICE_INSNS_MAX - 16)
		return -E2BIG;
	emit(p, INSN(BPF_LDX | BPF_MEM | BPF_W, 2, 1, offsetof(struct bpf_cgroup_dev_ctx, access_type), 0));
	emit(p, INSN(BPF_ALU64 | BPF_MOV | BPF_X, 3, 2, 0, 0));
	emit(p, INSN(BPF_ALU64 | BPF_AND | BPF_K, 2, 0, 0, 0xffff));
	emit(p, INSN(BPF_ALU64 | BPF_RSH | BPF_K, 3, 0, 0, 16));
	emit(p, INSN(BPF_LDX | BPF_MEM | BPF_W, 4, 1, offsetof(struct bpf_cgroup_dev_ctx, major), 0));
	emit(p, INSN(BPF_LDX | BPF_MEM | BPF_W, 5, 1, offsetof(struct bpf_cgroup_dev_ctx, minor), 0));
	/* The last rule that matches decides, so they are asked from the end. */
	for (size_t i = sizeof(standard) / sizeof(standard[0]); i-- > 0;)
		ignore(emit_rule(p, &standard[i])); /* each names a kind of device */
	for (size_t i = res->devices.count; i-- > 0;)
		if (emit_rule(p, &res->devices.at[i]))
			return 0;
	emit(p, INSN(BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 0));
	emit(p, INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0));
	return 0;
}

static int devices_v2(int cgroup, const struct oci_resources *res)
{
	struct program *p = malloc(sizeof(*p));
	int r = p ? build_program(p, res) : -ENOMEM;
	union bpf_attr load = {.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE};

	if (r < 0) {
		free(p);
		return r;
	}
	static const char licence[] = "Dual BSD/GPL";
	load.insns = (uint64_t)(uintptr_t)p->at;
	load.insn_cnt = (uint32_t)p->count;
	load.license = (uint64_t)(uintptr_t)licence;
	memcpy(load.prog_name, "skep_devices", sizeof("skep_devices"));
	scoped_fd int program = (int)syscall(SYS_bpf, BPF_PROG_LOAD, &load, sizeof(load));
	r = program < 0 ? -errno : 0;
	free(p);
	if (r < 0)
		return r;
	union bpf_attr attach = {.target_fd = (uint32_t)cgroup,
				 .attach_bpf_fd = (uint32_t)program,
				 .attach_type = BPF_CGROUP_DEVICE,
				 .attach_flags = BPF_F_ALLOW_MULTI};
	return syscall(SYS_bpf, BPF_PROG_ATTACH, &attach, sizeof(attach)) < 0 ? -errno : 0;
}

int limits_devices(const struct kern_cgroup *c, const struct oci_resources *res, struct err *e)
{
	int v1 = kern_cgroup_controller(c, "devices");
	int r = 0;

	if (limits_devices_open(res))
		return 0;
	if (v1 >= 0)
		r = devices_v1(c->at[v1].fd, res);
	else if (c->v2 >= 0)
		r = devices_v2(c->at[c->v2].fd, res);
	else
		return err_set(e, -EOPNOTSUPP, "linux.resources.devices: no cgroup here can hold device rules");
	return r < 0 ? err_sys(e, r, "linux.resources.devices: cannot set the device rules") : 0;
}
