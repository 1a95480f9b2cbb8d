/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which calls a program makes in a run is in part a matter of timing and load: who finds a lock taken sleeps, who is interrupted begins
 * again, a longer answer goes out in pieces, an allocator returns what it took. A run that saw one of such calls may not have seen the
 * others, and the program hangs or fails without them. None of a group can do what the others cannot: which files, which sockets and
 * which processes they reach is decided elsewhere.
 */
#include "kin.h"

#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"

enum { KIN_MAX = 24, KIN_TEXT_MAX = 1024 };

struct kin {
	const char *why;
	bool always;		    /* whether or not one of them was seen */
	const char *names[KIN_MAX]; /* "+lseek": it comes along, and brings nothing by itself */
};

static const struct kin groups[] = {
	{"waiting, locks, clocks and the end of a thread depend on timing",
	 true,
	 {"futex", "restart_syscall", "sched_yield", "nanosleep", "clock_nanosleep", "clock_gettime", "clock_getres",
	  "gettimeofday", "time", "times", "getcpu", "exit", "exit_group"}},
	{"signals that come in between",
	 true,
	 {"rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "rt_sigpending", "rt_sigsuspend", "rt_sigtimedwait",
	  "sigaltstack", "pause"}},
	{"a process's own memory, which an allocator takes and returns by load",
	 true,
	 {"brk", "mmap", "munmap", "mremap", "mprotect", "madvise"}},
	{"what a process asks about itself and its machine",
	 true,
	 {"getpid",    "getppid",	    "gettid",	 "getuid",    "geteuid",
	  "getgid",    "getegid",	    "getresuid", "getresgid", "getgroups",
	  "getpgid",   "getpgrp",	    "getsid",	 "getrlimit", "getrusage",
	  "getrandom", "sched_getaffinity", "sysinfo",	 "uname",     "close"}},
	{"waiting for the same descriptors",
	 false,
	 {"poll", "ppoll", "select", "pselect6", "epoll_wait", "epoll_pwait", "epoll_pwait2"}},
	{"reading what is open", false, {"read", "readv", "pread64", "preadv", "preadv2", "+lseek"}},
	{"writing to what is open", false, {"write", "writev", "pwrite64", "pwritev", "pwritev2", "+lseek"}},
	{"receiving from a socket", false, {"recvfrom", "recvmsg", "recvmmsg"}},
	{"sending to a socket", false, {"sendto", "sendmsg", "sendmmsg"}},
	{"what is asked of a connection, and its end",
	 false,
	 {"getsockopt", "setsockopt", "getsockname", "getpeername", "shutdown"}},
	{"accepting a connection, by the older or newer call", false, {"accept", "accept4"}},
	{"threads of a process",
	 false,
	 {"clone", "clone3", "set_robust_list", "get_robust_list", "rseq", "set_tid_address", "tgkill", "membarrier"}},
	{"a child process, its end and its being ended", false, {"fork", "vfork", "wait4", "waitid", "+kill"}},
	{"descriptors of its own", false, {"dup", "dup2", "dup3", "fcntl", "close_range"}},
	{"a pipe, by the older or newer call", false, {"pipe", "pipe2"}},
	{"an event queue, by the older or newer call", false, {"epoll_create", "epoll_create1", "epoll_ctl"}},
	{"an event counter, by the older or newer call", false, {"eventfd", "eventfd2"}},
	{"timers of its own",
	 false,
	 {"setitimer", "getitimer", "alarm", "timer_settime", "timer_gettime", "timer_getoverrun"}},
	{"timers as descriptors", false, {"timerfd_create", "timerfd_settime", "timerfd_gettime"}},
	{"what a file is, by the older or newer call", false, {"stat", "lstat", "fstat", "newfstatat", "statx"}},
	{"whether a file may be used, by the older or newer call", false, {"access", "faccessat", "faccessat2"}},
	{"where a link leads, by the older or newer call", false, {"readlink", "readlinkat"}},
	{"opening a file, by the older or newer call", false, {"open", "openat", "creat"}},
	{"listing a folder, by the older or newer call", false, {"getdents", "getdents64"}},
	{"removing a file, by the older or newer call", false, {"unlink", "unlinkat"}},
	{"renaming a file, by the older or newer call", false, {"rename", "renameat", "renameat2"}},
	{"making a folder, by the older or newer call", false, {"mkdir", "mkdirat"}},
	{"the mode of a file that it may write, by the older or newer call", false, {"chmod", "fchmod", "fchmodat"}},
	{"that what was written is kept", false, {"fsync", "fdatasync", "msync", "sync_file_range"}},
	{"the size of a file that is open for writing", false, {"ftruncate", "fallocate"}},
};

static bool has(const struct profile *p, const char *name)
{
	const struct profile_items *calls = &p->lists[PROFILE_SYSCALLS];
	for (size_t i = 0; i < calls->count; i++)
		if (str_eq(calls->at[i], name))
			return true;
	return false;
}

static bool is_seen(const struct profile *p, const struct kin *kin)
{
	bool seen = kin->always;
	for (size_t i = 0; i < KIN_MAX && kin->names[i] && !seen; i++)
		seen = has(p, kin->names[i]); /* no call has a name with a plus */
	return seen;
}

/* The list with those of the group, in an array that has room for them; their names as text. */
static int add_group(struct profile *p, const struct kin *kin, struct remarks *notes)
{
	SCOPED(buf) struct buf text = BUF_INIT(KIN_TEXT_MAX);
	struct profile_items *calls = &p->lists[PROFILE_SYSCALLS];
	const char **at = ARENA_ARRAY(&p->arena, calls->count + KIN_MAX, const char *);
	size_t count = calls->count;

	if (!at)
		return -ENOMEM;
	if (count)
		memcpy(at, calls->at, count * sizeof(*at));
	for (size_t i = 0; i < KIN_MAX && kin->names[i]; i++) {
		const char *name = kin->names[i] + (kin->names[i][0] == '+');
		if (has(p, name))
			continue;
		buf_printf(&text, "%s%s", text.len ? ", " : "", name);
		at[count++] = name;
	}
	if (count == calls->count)
		return 0;
	calls->at = at;
	calls->count = count;
	return buf_error(&text) < 0 ? -ENOMEM
				    : remark_add(notes, REMARK_NOTE, profile_list_key(PROFILE_SYSCALLS), "%s added: %s",
						 buf_str(&text), kin->why);
}

int kin_add(struct profile *p, struct remarks *notes)
{
	int r = 0;
	/* A profile without a list of calls says nothing about them. */
	for (size_t i = 0; r == 0 && i < ARRAY_LEN(groups) && p->lists[PROFILE_SYSCALLS].count; i++)
		if (is_seen(p, &groups[i]))
			r = add_group(p, &groups[i], notes);
	profile_items_sort(&p->lists[PROFILE_SYSCALLS]);
	return r;
}
