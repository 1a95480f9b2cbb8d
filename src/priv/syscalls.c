/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a worker may ask the kernel: files below the descriptors it has, memory that is never executable, messages on
 * its channel. Anything else kills it at once, for honest code of ours never gets there. Written as a filter by hand:
 * the list is short, and a library would be one more thing to trust.
 */
#include "syscalls.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#if defined(__x86_64__)
#define OWN_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define OWN_ARCH AUDIT_ARCH_AARCH64
#elif defined(__riscv)
#define OWN_ARCH AUDIT_ARCH_RISCV64
#else
#error "add this architecture's AUDIT_ARCH_ value"
#endif
#define SYS_FCHMODAT2 452

static const unsigned short allowed[] = {
	SYS_read,	   SYS_write,
	SYS_writev,	   SYS_pread64,
	SYS_lseek,	   SYS_close,
	SYS_fstat,	   SYS_newfstatat,
	SYS_statx,	   SYS_openat,
	SYS_openat2,	   SYS_mkdirat,
	SYS_mknodat,	   SYS_symlinkat,
	SYS_linkat,	   SYS_unlinkat,
	SYS_renameat,	   SYS_renameat2,
	SYS_readlinkat,	   SYS_fchown,
	SYS_fchownat,	   SYS_fchmod,
	SYS_fchmodat,	   SYS_FCHMODAT2,
	SYS_utimensat,	   SYS_fsetxattr,
	SYS_ftruncate,	   SYS_getdents64,
	SYS_fcntl,	   SYS_dup,
	SYS_fsync,	   SYS_umask,
	SYS_sendmsg,	   SYS_recvmsg,
	SYS_munmap,	   SYS_mremap,
	SYS_madvise,	   SYS_brk,
	SYS_rt_sigreturn,  SYS_rt_sigprocmask,
	SYS_rt_sigaction,  SYS_sigaltstack,
	SYS_exit,	   SYS_exit_group,
	SYS_clock_gettime, SYS_gettimeofday,
	SYS_getrandom,	   SYS_futex,
	SYS_getpid,	   SYS_gettid,
	SYS_sched_yield,   SYS_restart_syscall,
	SYS_pwrite64,	   SYS_sysinfo, /* qsort(3) asks how much memory there is */
#ifdef SYS_readlink
	SYS_readlink,	   SYS_open,
	SYS_stat,	   SYS_time, /* older names that libraries still use; the same walls hold for them */
#endif
};
/* Permitted unless they ask for executable memory (third argument). */
static const unsigned short memory_calls[] = {SYS_mmap, SYS_mprotect};

#define ALLOWED_COUNT (sizeof(allowed) / sizeof(allowed[0]))
#define MEMORY_COUNT (sizeof(memory_calls) / sizeof(memory_calls[0]))
#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define RETURN(action) BPF_STMT(BPF_RET | BPF_K, action)

int priv_confine_syscalls(struct err *e)
{
	struct sock_filter program[8 + 2 * ALLOWED_COUNT + 5 * MEMORY_COUNT];
	struct sock_fprog filter = {.filter = program};
	size_t n = 0;

	program[n++] = (struct sock_filter)LOAD(arch);
	program[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, OWN_ARCH, 1, 0);
	program[n++] = (struct sock_filter)RETURN(SECCOMP_RET_KILL_PROCESS);
	program[n++] = (struct sock_filter)LOAD(nr);
	/* Numbers with the x32 bit equal none of the list and end at the last line. */
	for (size_t i = 0; i < ALLOWED_COUNT; i++) {
		program[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, allowed[i], 0, 1);
		program[n++] = (struct sock_filter)RETURN(SECCOMP_RET_ALLOW);
	}
	for (size_t i = 0; i < MEMORY_COUNT; i++) {
		program[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, memory_calls[i], 0, 4);
		program[n++] = (struct sock_filter)LOAD(args[2]);
		program[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 1, 0);
		program[n++] = (struct sock_filter)RETURN(SECCOMP_RET_ALLOW);
		program[n++] = (struct sock_filter)RETURN(SECCOMP_RET_KILL_PROCESS);
	}
	program[n++] = (struct sock_filter)RETURN(SECCOMP_RET_KILL_PROCESS);
	filter.len = (unsigned short)n;
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter, 0, 0) < 0)
		return err_sys(e, -errno, "installing the system call filter");
	return 0;
}
