/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What is noted by its time alone: calls, how they ended, what memory they asked for, capabilities. */
#pragma once

#include "record.h"

#include <asm/unistd_64.h>

enum {
	NOTE_EPERM = 1,
	NOTE_EACCES = 13,
	NOTE_PROT_WRITE = 2,
	NOTE_PROT_EXEC = 4,
	NOTE_NOEXEC_SEAL = 8,
};

/* A mapping that becomes executable was written at some time before, or why change it? */
static __always_inline void note_memory(uint64_t number, struct pt_regs *regs, uint64_t now)
{
	uint64_t protection = regs->dx;

	if (number == __NR_memfd_create && !(regs->si & NOTE_NOEXEC_SEAL))
		control.noted.memory[NOTED_MEMFD] = now;
	if ((number == __NR_mprotect || number == __NR_pkey_mprotect) && protection & NOTE_PROT_EXEC)
		control.noted.memory[NOTED_WRITE_EXECUTE] = now;
	if (number == __NR_mmap && protection & NOTE_PROT_EXEC && protection & NOTE_PROT_WRITE)
		control.noted.memory[NOTED_WRITE_EXECUTE] = now;
}

static __always_inline void note_call(uint64_t number, struct pt_regs *regs, long ret)
{
	uint64_t now = bpf_ktime_get_boot_ns();

	BOUND(number, NOTED_CALLS - 1);
	control.noted.calls[number] = now;
	if (ret == -NOTE_EPERM || ret == -NOTE_EACCES)
		control.noted.refused[number] = now;
	else
		note_memory(number, regs, now);
}

SEC("tp_btf/cap_capable")
int BPF_PROG(on_capable, const struct cred *credentials, const void *target, const void *owner, int capability, int ret)
{
	uint64_t number = (uint32_t)capability;

	/* A file system may act with the rights of who mounted it: those are not the task's own. */
	if (credentials->user_ns != bpf_get_current_task_btf()->real_cred->user_ns)
		return 0;
	if (ret != 0 || number >= NOTED_CAPABILITIES || !heard())
		return 0;
	BOUND(number, NOTED_CAPABILITIES - 1);
	control.noted.capabilities[number] = bpf_ktime_get_boot_ns();
	return 0;
}
