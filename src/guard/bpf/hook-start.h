/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Who starts which program, and with which arguments. A file is known by its inode, by which ever name it is called; the parent is the program
 * that the caller is at that moment. Parents are decided before the old program is gone; arguments when the kernel has copied them and
 * nobody else has the new memory, before the new program's first instruction.
 *
 * What is executed as a script is two programs, the script and its interpreter, of the same parent; where there are no security hooks, only
 * the interpreter is seen.
 */
#pragma once

#include "glob.h"
#include "policies.h"

/* Who started what the task is about to become. */
struct starter {
	uint64_t parent; /* 0: none of the root's file system */
	bool outside;
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct starter);
} starters SEC(".maps");

/*
 * What is compared, and how far that has come. In a map, because the verifier follows each value that it knows, and of values in maps it
 * knows none.
 */
struct text {
	char bytes[GUARD_TEXT_MAX];
	struct glob glob;
};

/* Tracepoints are not interrupted by each other on one processor. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, uint32_t);
	__type(value, struct text);
} arguments SEC(".maps");

struct starting {
	const struct guard_starts *s;
	struct text *text; /* NULL: arguments are not compared yet */
	struct starter by;
	uint64_t inode;
	uint32_t row, pattern;
	bool named, fathered, called, unreadable;
};

static long compare_letter(uint32_t i, struct starting *c)
{
	struct text *text = c->text;
	if (!text)
		return 1;
	struct glob *g = &text->glob;
	uint64_t pattern = c->pattern, at = g->at, to = g->to, part_to = g->part_to;
	BOUND(pattern, GUARD_PATTERNS_MAX - 1);
	BOUND(at, GUARD_PATTERN_MAX - 1);
	BOUND(to, GUARD_TEXT_MAX - 1);
	BOUND(part_to, GUARD_TEXT_MAX - 1);
	int token = g->at < g->pattern_len ? c->s->patterns[pattern].tokens[at] : GUARD_END;
	int letter = g->to < g->text_len ? (uint8_t)text->bytes[to] : -1;
	int next = g->part_to < g->text_len ? (uint8_t)text->bytes[part_to] : -1;
	return ends(glob_step(g, token, letter, next));
}

static long compare_arguments(uint32_t i, struct starting *c)
{
	uint64_t row = c->row;
	if (!c->text)
		return 1;
	BOUND(row, GUARD_STARTS_MAX - 1);
	uint64_t pattern = c->s->starts[row].pattern_first + i;
	c->pattern = pattern;
	BOUND(pattern, GUARD_PATTERNS_MAX - 1);
	glob_begin(&c->text->glob, c->s->patterns[pattern].len, c->text->glob.text_len);
	bpf_loop(GUARD_STEPS_MAX, compare_letter, c, 0);
	c->called = c->text->glob.found;
	return ends(c->called);
}

static long compare_parent(uint32_t i, struct starting *c)
{
	uint64_t row = c->row;
	BOUND(row, GUARD_STARTS_MAX - 1);
	uint64_t parent = c->s->starts[row].parent_first + i;
	BOUND(parent, GUARD_PARENTS_MAX - 1);
	c->fathered = c->s->parents[parent] == c->by.parent;
	return ends(c->fathered);
}

/* One way in which the file may be started; ends with the first that is this one. */
static long compare_start(uint32_t i, struct starting *c)
{
	uint64_t row = i;
	BOUND(row, GUARD_STARTS_MAX - 1);
	const struct guard_start *start = &c->s->starts[row];
	if (start->inode != c->inode)
		return 0;
	uint32_t flags = start->flags, parents = start->parent_end - start->parent_first,
		 patterns = start->pattern_end - start->pattern_first;
	c->named = true;
	c->row = i;
	bool before = c->fathered;
	c->fathered = !(flags & GUARD_HAS_PARENTS) || c->by.outside;
	if (!c->fathered && c->by.parent)
		bpf_loop(parents, compare_parent, c, 0);
	if (!c->fathered) {
		c->fathered = before;
		return 0;
	}
	c->called = !(flags & GUARD_HAS_ARGUMENTS) || !c->text;
	if (!c->called && !c->unreadable)
		bpf_loop(patterns, compare_arguments, c, 0);
	return ends(c->called);
}

static __always_inline enum guard_start_why judge_start(struct starting *c)
{
	uint32_t count = c->s->start_count;
	bpf_loop(count, compare_start, c, 0);
	return !c->named ? START_UNNAMED : !c->fathered ? START_PARENT : !c->called ? START_ARGUMENTS : START_GOOD;
}

static __always_inline bool note_start(const struct guard_policy *p, uint64_t cgroup, uint64_t inode,
				       enum guard_start_why why, const char *name)
{
	bool refused = mode_now(p->mode[GUARD_START], p->relaxed_until[GUARD_START]) == GUARD_ENFORCE;
	struct guard_denial_key key = {.cgroup = cgroup, .what = {inode, why}, .kind = GUARD_START, .refused = refused};
	count_denial(&key, name);
	return refused;
}

static __always_inline bool is_of_root(struct file *file, const struct guard_policy *p)
{
	return BPF_CORE_READ(file, f_inode, i_sb, s_dev) == p->root_device;
}

/* The program that the task is. The first to start one in a container is the runtime. */
static __always_inline void find_starter(struct task_struct *task, const struct guard_policy *p, struct guard_starts *s,
					 struct starter *ret)
{
	struct file *exe = BPF_CORE_READ(task, mm, exe_file);
	uint64_t inode = BPF_CORE_READ(exe, f_inode, i_ino);
	uint32_t device = BPF_CORE_READ(exe, f_inode, i_sb, s_dev);

	if (!s->outside && device != p->root_device) {
		s->outside_device = device;
		s->outside = inode;
	}
	ret->outside = inode && inode == s->outside && device == s->outside_device;
	ret->parent = exe && is_of_root(exe, p) ? inode : 0;
}

/* True when PROGRAM must not be started by the task. */
static __always_inline bool refuses_start(struct linux_binprm *program)
{
	uint64_t cgroup;
	const struct guard_policy *p = policy_of_task(&cgroup);
	struct file *file = BPF_CORE_READ(program, file);
	struct task_struct *task = bpf_get_current_task_btf();

	if (!p || p->mode[GUARD_START] == GUARD_OFF || !file)
		return false;
	struct guard_starts *s = bpf_map_lookup_elem(&starts, &cgroup);
	if (!s)
		return p->mode[GUARD_START] == GUARD_ENFORCE;
	struct starting c = {.s = s};
	find_starter(task, p, s, &c.by);
	if (!is_of_root(file, p))
		return false;
	c.inode = BPF_CORE_READ(file, f_inode, i_ino);
	enum guard_start_why why = judge_start(&c);
	if (why != START_GOOD && note_start(p, cgroup, c.inode, why, BPF_CORE_READ(program, filename)))
		return true;
	struct starter *known = bpf_task_storage_get(&starters, task, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!known)
		return p->mode[GUARD_START] == GUARD_ENFORCE;
	*known = c.by;
	return false;
}

SEC("tp_btf/sched_prepare_exec")
int on_prepare_start(uint64_t *ctx)
{
	if (refuses_start((void *)ctx[1]))
		bpf_send_signal(SIGKILL);
	return 0;
}

SEC("lsm_cgroup/bprm_check_security")
int on_start(uint64_t *ctx)
{
	return !refuses_start((void *)ctx[0]);
}
