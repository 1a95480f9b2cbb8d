/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Arguments of a program that has taken the place of the one before: what it will see, and what nobody else can change any more. */
#pragma once

#include "hook-start.h"

/* As it lies behind the new program's stack: text and zero bytes. What cannot be read goes with no pattern. */
static __always_inline bool read_arguments(struct task_struct *task, struct starting *c, struct text *text)
{
	uint64_t first = BPF_CORE_READ(task, mm, arg_start), end = BPF_CORE_READ(task, mm, arg_end);
	uint64_t len = end > first ? end - first - 1 : 0;

	text->glob.cut = len >= GUARD_TEXT_MAX;
	if (len >= GUARD_TEXT_MAX)
		len = GUARD_TEXT_MAX - 1;
	BOUND(len, GUARD_TEXT_MAX - 1);
	text->glob.text_len = len;
	text->glob.separator = 0;
	c->text = text;
	return bpf_probe_read_user(text->bytes, len, (void *)first) == 0;
}

/* For those who read what was refused. */
static long show_letter(uint32_t i, struct text **text)
{
	uint64_t at = i;
	BOUND(at, GUARD_TEXT_MAX - 1);
	if (!(*text)->bytes[at])
		(*text)->bytes[at] = ' ';
	return 0;
}

SEC("tp_btf/sched_process_exec")
int on_started(uint64_t *ctx)
{
	uint64_t cgroup;
	uint32_t zero = 0;
	const struct guard_policy *p = policy_of_task(&cgroup);
	struct task_struct *task = bpf_get_current_task_btf();
	struct text *text = bpf_map_lookup_elem(&arguments, &zero);

	if (!p || p->mode[GUARD_START] == GUARD_OFF || !text)
		return 0;
	const struct guard_starts *s = bpf_map_lookup_elem(&starts, &cgroup);
	struct file *file = BPF_CORE_READ(task, mm, exe_file);
	if (!s || !file || !is_of_root(file, p))
		return 0;
	struct starting c = {.s = s, .inode = BPF_CORE_READ(file, f_inode, i_ino)};
	struct starter *known = bpf_task_storage_get(&starters, task, NULL, 0);
	if (known)
		c.by = *known;
	c.unreadable = !read_arguments(task, &c, text);
	if (c.unreadable)
		text->glob.text_len = 0;
	enum guard_start_why why = judge_start(&c);
	/* The others were told when there was still a way back. */
	if (why != START_ARGUMENTS)
		return 0;
	uint64_t last = text->glob.text_len;
	BOUND(last, GUARD_TEXT_MAX - 1);
	text->bytes[last] = '\0';
	bpf_loop(last < GUARD_NAME_MAX ? last : GUARD_NAME_MAX, show_letter, &text, 0);
	if (note_start(p, cgroup, c.inode, why, text->bytes))
		bpf_send_signal(SIGKILL);
	return 0;
}
