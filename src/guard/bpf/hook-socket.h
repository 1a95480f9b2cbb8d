/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Names of unix sockets that are connected or sent to: as the caller writes them, copied into the kernel once. A name that is not absolute, or
 * that is looked up from another root than the container's, is none that a profile has.
 */
#pragma once

#include "glob.h"
#include "policies.h"

enum { SOCKET_NAME_MAX = 108, SOCKET_NAME_WORDS = 14 };

void *bpf_cast_to_kern_ctx(void *ctx) __attribute__((section(".ksyms"), weak));

struct naming {
	const struct guard_sockets *s;
	union {
		char name[SOCKET_NAME_WORDS * 8];
		uint64_t words[SOCKET_NAME_WORDS];
	};
	uint32_t pattern, part;
	bool odd;
	struct glob glob;
};

static long compare_name(uint32_t i, struct naming *c)
{
	uint64_t pattern = c->pattern, at = c->glob.at, to = c->glob.to, part_to = c->glob.part_to;
	BOUND(pattern, GUARD_PATTERNS_MAX - 1);
	BOUND(at, GUARD_PATTERN_MAX - 1);
	BOUND(to, 127);
	BOUND(part_to, 127);
	if (to >= SOCKET_NAME_MAX || part_to >= SOCKET_NAME_MAX)
		return 1;
	int token = c->glob.at < c->glob.pattern_len ? c->s->patterns[pattern].tokens[at] : GUARD_END;
	int letter = c->glob.to < c->glob.text_len ? (uint8_t)c->name[to] : -1;
	int next = c->glob.part_to < c->glob.text_len ? (uint8_t)c->name[part_to] : -1;
	return ends(glob_step(&c->glob, token, letter, next));
}

static long compare_socket(uint32_t i, struct naming *c)
{
	uint64_t pattern = i;
	BOUND(pattern, GUARD_PATTERNS_MAX - 1);
	c->pattern = i;
	glob_begin(&c->glob, c->s->patterns[pattern].len, c->glob.text_len);
	bpf_loop(GUARD_STEPS_MAX, compare_name, c, 0);
	return ends(c->glob.found);
}

/* Of a name's last part, as far as it was looked at. */
enum part { PART_EMPTY, PART_DOT, PART_DOTS, PART_NAME };

static long look_at_part(uint32_t i, struct naming *c)
{
	uint64_t at = i;
	BOUND(at, 127);
	if (at >= SOCKET_NAME_MAX)
		return 1;
	char letter = c->name[at];
	uint32_t part = c->part;
	c->odd |= (letter == '/' || !letter) && part != PART_NAME;
	c->part = letter == '/' ? PART_EMPTY : letter != '.' || part >= PART_DOTS ? PART_NAME : part + 1;
	return !letter;
}

/* A name with "..", "." or nothing between two slashes is another one than it seems. */
static __always_inline bool is_plain(struct naming *c)
{
	c->part = PART_NAME;
	c->odd = false;
	bpf_loop(SOCKET_NAME_MAX, look_at_part, c, 0);
	return !c->odd && c->part == PART_NAME;
}

/*
 * Paths are looked up from the task's root, which chroot(2) changes. The root of a container, as pivot_root(2) leaves it, lies on the one mount
 * that nobody inside sees.
 */
static __always_inline bool is_at_home(void)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct mount *top = BPF_CORE_READ(task, nsproxy, mnt_ns, root);
	struct vfsmount *mnt = BPF_CORE_READ(task, fs, root.mnt);
	struct mount *mount = (void *)mnt - bpf_core_field_offset(struct mount, mnt);

	return (mount == top || BPF_CORE_READ(mount, mnt_parent) == top) &&
	       BPF_CORE_READ(task, fs, root.dentry) == BPF_CORE_READ(mnt, mnt_root);
}

/* Into C: "/run/x", or "@" and the name for one that is in no folder. */
static __always_inline void read_name(struct bpf_sock_addr_kern *address, struct naming *c)
{
	struct sockaddr_un *name = BPF_CORE_READ(address, uaddr);
	uint32_t head = bpf_core_field_offset(struct sockaddr_un, sun_path), len = BPF_CORE_READ(address, uaddrlen);

	len = len > head ? len - head : 0;
	if (len > SOCKET_NAME_MAX)
		len = SOCKET_NAME_MAX;
	long end = bpf_probe_read_kernel_str(c->name, len + 1, (void *)name + head) - 1;
	c->glob.text_len = end;
	if (end > 0)
		return;
	bpf_probe_read_kernel(c->name, len, (void *)name + head);
	c->name[0] = '@';
	c->glob.text_len = len;
}

static __always_inline uint64_t digits_of(const struct naming *c)
{
	uint64_t digits = 14695981039346656037ull;
	for (int i = 0; i < SOCKET_NAME_WORDS; i++)
		digits = (digits ^ c->words[i]) * 1099511628211ull;
	return digits;
}

static __always_inline int decide_socket(struct bpf_sock_addr *ctx)
{
	uint64_t cgroup;
	const struct guard_policy *p = policy_of_task(&cgroup);

	if (!p || p->mode[GUARD_SOCKET] == GUARD_OFF)
		return 1;
	struct naming c = {.s = bpf_map_lookup_elem(&sockets, &cgroup), .glob = {.separator = '/'}};
	read_name(bpf_cast_to_kern_ctx(ctx), &c);
	if (c.s && (c.name[0] == '@' || (c.name[0] == '/' && is_plain(&c) && is_at_home())))
		bpf_loop(c.s->count, compare_socket, &c, 0);
	if (c.glob.found)
		return 1;
	bool refused = mode_now(p->mode[GUARD_SOCKET], p->relaxed_until[GUARD_SOCKET]) == GUARD_ENFORCE;
	struct guard_denial_key key = {
		.cgroup = cgroup, .what = {digits_of(&c)}, .kind = GUARD_SOCKET, .refused = refused};
	count_denial(&key, c.name);
	return !refused;
}

/* Sections of these names are known to newer libraries than the one that loads this: load.c says what they are. */
SEC("guard/connect_unix")
int on_connect_unix(struct bpf_sock_addr *ctx)
{
	return decide_socket(ctx);
}

SEC("guard/sendmsg_unix")
int on_sendmsg_unix(struct bpf_sock_addr *ctx)
{
	return decide_socket(ctx);
}
