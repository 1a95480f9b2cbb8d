/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compiling linux.seccomp (config-linux.md, "Seccomp") by libseccomp, with the compiled program cached under a hash of
 * everything it was made from. The whole source is kept beside the program and compared, so a collision is only a miss.
 *
 * A profile that answers unlisted calls with EPERM breaks C libraries that probe for newer system calls and expect
 * ENOSYS. Calls with numbers above the highest one that the profile names get ENOSYS instead.
 */
#include "filter.h"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/path.h"
#include "base/str.h"

#define CACHE_MAGIC 0x31504353u /* "SCP1" */
#define SOURCE_MAX (4u << 20)
#define PROGRAM_MAX 32768
#define X32_BIT 0x40000000u

struct cache_header {
	uint32_t magic, flags, notifies, code_count;
	uint64_t source_len;
};

void filter_done(struct seccomp_program *p)
{
	if (p->owned)
		free(p->code);
	*p = (struct seccomp_program){0};
}

/* Everything the program depends on, as bytes. */
static void write_source(const struct oci_seccomp *s, struct buf *b)
{
	const struct scmp_version *v = seccomp_version();

	buf_printf(b, "skep " SKEP_VERSION " %u.%u.%u\n%d %d %u %u\n", v->major, v->minor, v->micro, s->default_action,
		   s->has_default_errno, s->default_errno, s->flags);
	for (size_t i = 0; i < s->architectures.count; i++)
		buf_printf(b, "%s\n", s->architectures.at[i]);
	for (size_t i = 0; i < s->rules.count; i++) {
		const struct oci_seccomp_rule *r = &s->rules.at[i];
		buf_printf(b, "r %d %d %u\n", r->action, r->has_errno, r->errno_ret);
		for (size_t j = 0; j < r->args.count; j++)
			buf_printf(b, "a %u %d %llu %llu\n", r->args.at[j].index, r->args.at[j].op,
				   (unsigned long long)r->args.at[j].value,
				   (unsigned long long)r->args.at[j].value_two);
		for (size_t j = 0; j < r->names.count; j++) {
			buf_add_str(b, r->names.at[j]);
			buf_add_char(b, '\n');
		}
	}
}

/* FNV-1a, 64 bits: a name for the cache file, nothing more. */
static uint64_t hash_of(const struct buf *b)
{
	uint64_t h = 0xcbf29ce484222325u;
	for (size_t i = 0; i < b->len; i++)
		h = (h ^ (unsigned char)b->data[i]) * 0x100000001b3u;
	return h;
}

static int load_cached(int cache, const char *name, const struct buf *source, struct seccomp_program *ret)
{
	struct cache_header h;
	SCOPED(buf) struct buf file = BUF_INIT(SOURCE_MAX + sizeof(h) + PROGRAM_MAX * sizeof(struct sock_filter));
	int r = path_read_file(cache, name, &file);

	if (r < 0)
		return r;
	if (file.len < sizeof(h))
		return -EBADMSG;
	memcpy(&h, file.data, sizeof(h));
	size_t code_len = (size_t)h.code_count * sizeof(struct sock_filter);
	if (h.magic != CACHE_MAGIC || h.code_count == 0 || h.code_count > PROGRAM_MAX || h.source_len != source->len ||
	    file.len != sizeof(h) + source->len + code_len ||
	    memcmp(file.data + sizeof(h), source->data, source->len) != 0)
		return -EBADMSG;
	struct sock_filter *code = malloc(code_len);
	if (!code)
		return -ENOMEM;
	memcpy(code, file.data + sizeof(h) + source->len, code_len);
	*ret = (struct seccomp_program){code, h.code_count, h.flags, h.notifies != 0, true};
	return 0;
}

static void save_cached(int cache, const char *name, const struct buf *source, const struct seccomp_program *p)
{
	struct cache_header h = {CACHE_MAGIC, p->flags, p->notifies, (uint32_t)p->count, source->len};
	SCOPED(buf) struct buf file = BUF_INIT(SOURCE_MAX + sizeof(h) + PROGRAM_MAX * sizeof(struct sock_filter));

	buf_add(&file, &h, sizeof(h));
	buf_add(&file, source->data, source->len);
	buf_add(&file, p->code, p->count * sizeof(*p->code));
	if (!buf_error(&file))
		ignore(path_write_file(cache, name, file.data, file.len, 0600, false)); /* only a cache */
}

static uint32_t action_of(int action, bool has_errno, uint32_t errno_ret)
{
	switch ((enum oci_seccomp_action)action) {
	case OCI_SECCOMP_KILL_THREAD:
		return SCMP_ACT_KILL_THREAD;
	case OCI_SECCOMP_KILL_PROCESS:
		return SCMP_ACT_KILL_PROCESS;
	case OCI_SECCOMP_TRAP:
		return SCMP_ACT_TRAP;
	case OCI_SECCOMP_ERRNO:
		return SCMP_ACT_ERRNO(has_errno ? errno_ret : EPERM);
	case OCI_SECCOMP_TRACE:
		return SCMP_ACT_TRACE(has_errno ? errno_ret : EPERM);
	case OCI_SECCOMP_ALLOW:
		return SCMP_ACT_ALLOW;
	case OCI_SECCOMP_LOG:
		return SCMP_ACT_LOG;
	case OCI_SECCOMP_NOTIFY:
		return SCMP_ACT_NOTIFY;
	}
	return SCMP_ACT_KILL_PROCESS;
}

static struct scmp_arg_cmp compare_of(const struct oci_seccomp_arg *a)
{
	static const enum scmp_compare ops[] = {
		[OCI_SECCOMP_NE] = SCMP_CMP_NE,
		[OCI_SECCOMP_LT] = SCMP_CMP_LT,
		[OCI_SECCOMP_LE] = SCMP_CMP_LE,
		[OCI_SECCOMP_EQ] = SCMP_CMP_EQ,
		[OCI_SECCOMP_GE] = SCMP_CMP_GE,
		[OCI_SECCOMP_GT] = SCMP_CMP_GT,
		[OCI_SECCOMP_MASKED_EQ] = SCMP_CMP_MASKED_EQ,
	};
	return (struct scmp_arg_cmp){a->index, ops[a->op], a->value, a->value_two};
}

/* Conditions on different arguments must all hold; two on the same argument are alternatives. */
static bool repeats_an_argument(const struct oci_seccomp_rule *rule)
{
	unsigned seen = 0;

	for (size_t i = 0; i < rule->args.count; i++) {
		if (seen & 1u << rule->args.at[i].index)
			return true;
		seen |= 1u << rule->args.at[i].index;
	}
	return false;
}

static int add_call(scmp_filter_ctx ctx, const struct oci_seccomp_rule *rule, uint32_t action, int nr)
{
	struct scmp_arg_cmp all[6];
	int r = 0;

	if (!repeats_an_argument(rule)) {
		for (size_t i = 0; i < rule->args.count; i++)
			all[i] = compare_of(&rule->args.at[i]);
		return seccomp_rule_add_array(ctx, action, nr, (unsigned)rule->args.count, all);
	}
	for (size_t i = 0; r == 0 && i < rule->args.count; i++) {
		all[0] = compare_of(&rule->args.at[i]);
		r = seccomp_rule_add_array(ctx, action, nr, 1, all);
	}
	return r;
}

static int add_rules(scmp_filter_ctx ctx, const struct oci_seccomp *s, uint32_t *ret_highest, bool *ret_notifies,
		     struct err *e)
{
	uint32_t standard = action_of(s->default_action, s->has_default_errno, s->default_errno);

	for (size_t i = 0; i < s->rules.count; i++) {
		const struct oci_seccomp_rule *rule = &s->rules.at[i];
		uint32_t action = action_of(rule->action, rule->has_errno, rule->errno_ret);
		for (size_t j = 0; j < rule->names.count; j++) {
			int nr = seccomp_syscall_resolve_name(rule->names.at[j]);
			if (nr == __NR_SCMP_ERROR)
				continue; /* of another architecture or a newer kernel; the default holds */
			if (nr > 0 && (uint32_t)nr > *ret_highest)
				*ret_highest = (uint32_t)nr;
			if (action == standard)
				continue;
			if (rule->action == OCI_SECCOMP_NOTIFY && str_eq(rule->names.at[j], "write"))
				return err_set(e, -EINVAL,
					       "linux.seccomp.syscalls[%zu]: SCMP_ACT_NOTIFY cannot be used for the "
					       "write syscall: "
					       "the agent's answer would wait for itself",
					       i);
			*ret_notifies |= rule->action == OCI_SECCOMP_NOTIFY;
			int r = add_call(ctx, rule, action, nr);
			if (r < 0 && r != -EEXIST)
				return err_sys(e, r, "linux.seccomp.syscalls[%zu]: %s", i, rule->names.at[j]);
		}
	}
	return 0;
}

static int add_architectures(scmp_filter_ctx ctx, const struct oci_seccomp *s, struct err *e)
{
	for (size_t i = 0; i < s->architectures.count; i++) {
		const char *name = s->architectures.at[i];
		char lower[32] = "";
		for (size_t at = 0; str_starts_with(name, "SCMP_ARCH_") && name[10 + at] && at < sizeof(lower) - 1;
		     at++)
			lower[at] = (char)(name[10 + at] | (name[10 + at] >= 'A' && name[10 + at] <= 'Z' ? 0x20 : 0));
		uint32_t arch = seccomp_arch_resolve_name(lower);
		if (!arch)
			return err_set(e, -EINVAL, "linux.seccomp.architectures[%zu]: unknown architecture \"%.64s\"",
				       i, name);
		int r = seccomp_arch_add(ctx, arch);
		if (r < 0 && r != -EEXIST)
			return err_sys(e, r, "linux.seccomp.architectures[%zu]", i);
	}
	return 0;
}

/* The program of CTX behind room for EXTRA instructions. */
static int export_program(scmp_filter_ctx ctx, size_t extra, struct seccomp_program *ret)
{
	struct stat st;
	scoped_fd int fd = memfd_create("seccomp", MFD_CLOEXEC);
	int r = fd < 0 ? -errno : seccomp_export_bpf(ctx, fd);

	if (r < 0 || fstat(fd, &st) < 0)
		return r < 0 ? r : -errno;
	size_t len = (size_t)st.st_size, count = len / sizeof(struct sock_filter) + extra;
	if (count > BPF_MAXINSNS)
		return -E2BIG;
	struct sock_filter *code = calloc(count, sizeof(*code));
	if (!code)
		return -ENOMEM;
	r = lseek(fd, 0, SEEK_SET) < 0 ? -errno : fd_read_all(fd, code + extra, len);
	if (r < 0) {
		free(code);
		return r;
	}
	ret->code = code;
	ret->count = count;
	ret->owned = true;
	return 0;
}

/*
 * ENOSYS for native calls above HIGHEST, put before the program. x32 calls have numbers above every native one; they
 * stay with the profile.
 */
#define PROLOGUE 6
static void write_prologue(struct sock_filter *code, uint32_t highest)
{
	const struct sock_filter prologue[PROLOGUE] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 0, 4),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, X32_BIT, 2, 0),
		BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, highest, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
	};
	memcpy(code, prologue, sizeof(prologue));
}

static int compile(const struct oci_seccomp *s, struct seccomp_program *ret, struct err *e)
{
	uint32_t standard = action_of(s->default_action, s->has_default_errno, s->default_errno);
	uint32_t highest = 0;
	scmp_filter_ctx ctx = seccomp_init(standard);
	struct seccomp_program p = {0};

	if (!ctx)
		return err_set(e, -EINVAL, "linux.seccomp.defaultAction: refused by libseccomp");
	int r = add_architectures(ctx, s, e);
	if (r == 0)
		r = add_rules(ctx, s, &highest, &p.notifies, e);
	if (r == 0) {
		bool soft = s->default_action == OCI_SECCOMP_ERRNO && (standard & SECCOMP_RET_DATA) == EPERM && highest;
		ignore(seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE,
					2)); /* an older library has no tree; correct anyway */
		r = export_program(ctx, soft ? PROLOGUE : 0, &p);
		if (r < 0)
			err_sys(e, r, "cannot compile linux.seccomp");
		else if (soft)
			write_prologue(p.code, highest);
	}
	seccomp_release(ctx);
	if (r < 0)
		return r;
	*ret = p;
	return 0;
}

static unsigned kernel_flags(unsigned flags)
{
	return (flags & OCI_SECCOMP_FLAG_TSYNC ? SECCOMP_FILTER_FLAG_TSYNC : 0) |
	       (flags & OCI_SECCOMP_FLAG_LOG ? SECCOMP_FILTER_FLAG_LOG : 0) |
	       (flags & OCI_SECCOMP_FLAG_SPEC_ALLOW ? SECCOMP_FILTER_FLAG_SPEC_ALLOW : 0) |
	       (flags & OCI_SECCOMP_FLAG_WAIT_KILLABLE_RECV ? FILTER_WAIT_KILLABLE : 0);
}

int filter_compile(const struct oci_seccomp *s, int cache, struct seccomp_program *ret, struct err *e)
{
	SCOPED(buf) struct buf source = BUF_INIT(SOURCE_MAX);
	char name[32];

	write_source(s, &source);
	if (buf_error(&source))
		return err_sys(e, buf_error(&source), "linux.seccomp is larger than %u bytes", SOURCE_MAX);
	snprintf(name, sizeof(name), "%016llx", (unsigned long long)hash_of(&source));
	if (cache >= 0 && load_cached(cache, name, &source, ret) == 0)
		return 0;
	struct seccomp_program p = {0};
	int r = compile(s, &p, e);
	if (r < 0)
		return r;
	p.flags = kernel_flags(s->flags);
	if (cache >= 0)
		save_cached(cache, name, &source, &p);
	*ret = p;
	return 0;
}
