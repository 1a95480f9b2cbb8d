/* SPDX-License-Identifier: Apache-2.0 */
/* The table of named arguments: one row a call, in the order in which rules number them. */
#include <asm/unistd.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>

#include "args.h"

enum { NR_FCHMODAT2 = 452, NR_SETXATTRAT = 463 }; /* newer than the header */

/* clang-format off */
static const struct look_flag open_flags[] = {
	{O_RDWR, "O_RDWR"}, {O_WRONLY, "O_WRONLY"}, {O_APPEND, "O_APPEND"}, {O_CREAT, "O_CREAT"}, {O_DIRECTORY, "O_DIRECTORY"},
	{O_EXCL, "O_EXCL"}, {O_NONBLOCK, "O_NONBLOCK"}, {O_SYNC, "O_SYNC"}, {O_TRUNC, "O_TRUNC"}, {O_CLOEXEC, "O_CLOEXEC"},
	{O_DIRECT, "O_DIRECT"}, {O_NOFOLLOW, "O_NOFOLLOW"}, {O_PATH, "O_PATH"}, {__O_TMPFILE, "O_TMPFILE"}, {0},
};
static const struct look_flag at_flags[] = {
	{AT_SYMLINK_NOFOLLOW, "AT_SYMLINK_NOFOLLOW"}, {AT_REMOVEDIR, "AT_REMOVEDIR"}, {AT_SYMLINK_FOLLOW, "AT_SYMLINK_FOLLOW"},
	{AT_EMPTY_PATH, "AT_EMPTY_PATH"}, {0},
};
static const struct look_flag clone_flags[] = {
	{CLONE_FILES, "CLONE_FILES"}, {CLONE_FS, "CLONE_FS"}, {CLONE_NEWIPC, "CLONE_NEWIPC"}, {CLONE_NEWNET, "CLONE_NEWNET"},
	{CLONE_NEWNS, "CLONE_NEWNS"}, {CLONE_NEWPID, "CLONE_NEWPID"}, {CLONE_NEWUTS, "CLONE_NEWUTS"}, {CLONE_SYSVSEM, "CLONE_SYSVSEM"},
	{CLONE_THREAD, "CLONE_THREAD"}, {CLONE_VM, "CLONE_VM"}, {CLONE_NEWUSER, "CLONE_NEWUSER"}, {CLONE_NEWCGROUP, "CLONE_NEWCGROUP"},
	{CLONE_NEWTIME, "CLONE_NEWTIME"}, {CLONE_VFORK, "CLONE_VFORK"}, {0},
};
static const struct look_flag requests[] = {
	{PTRACE_TRACEME, "PTRACE_TRACEME"}, {PTRACE_PEEKTEXT, "PTRACE_PEEKTEXT"}, {PTRACE_PEEKDATA, "PTRACE_PEEKDATA"},
	{PTRACE_PEEKUSER, "PTRACE_PEEKUSR"}, {PTRACE_POKETEXT, "PTRACE_POKETEXT"}, {PTRACE_POKEDATA, "PTRACE_POKEDATA"},
	{PTRACE_POKEUSER, "PTRACE_POKEUSR"}, {PTRACE_CONT, "PTRACE_CONT"}, {PTRACE_KILL, "PTRACE_KILL"},
	{PTRACE_SINGLESTEP, "PTRACE_SINGLESTEP"}, {12, "PTRACE_GETREGS"}, {13, "PTRACE_SETREGS"}, {14, "PTRACE_GETFPREGS"},
	{15, "PTRACE_SETFPREGS"}, {PTRACE_ATTACH, "PTRACE_ATTACH"}, {PTRACE_DETACH, "PTRACE_DETACH"}, {PTRACE_SYSCALL, "PTRACE_SYSCALL"},
	{0x4200, "PTRACE_SETOPTIONS"}, {0x4204, "PTRACE_GETREGSET"}, {0x4205, "PTRACE_SETREGSET"}, {0x4206, "PTRACE_SEIZE"},
	{0x4207, "PTRACE_INTERRUPT"}, {0x4208, "PTRACE_LISTEN"}, {0},
};
static const struct look_flag domains[] = {
	{AF_UNSPEC, "AF_UNSPEC"}, {AF_UNIX, "AF_UNIX"}, {AF_INET, "AF_INET"}, {AF_INET6, "AF_INET6"}, {AF_NETLINK, "AF_NETLINK"},
	{AF_PACKET, "AF_PACKET"}, {AF_KEY, "AF_KEY"}, {AF_BLUETOOTH, "AF_BLUETOOTH"}, {AF_ALG, "AF_ALG"}, {AF_VSOCK, "AF_VSOCK"},
	{44, "AF_XDP"}, {0},
};
static const struct look_flag bpf_commands[] = {
	{0, "BPF_MAP_CREATE"}, {1, "BPF_MAP_LOOKUP_ELEM"}, {2, "BPF_MAP_UPDATE_ELEM"}, {3, "BPF_MAP_DELETE_ELEM"}, {5, "BPF_PROG_LOAD"},
	{6, "BPF_OBJ_PIN"}, {7, "BPF_OBJ_GET"}, {8, "BPF_PROG_ATTACH"}, {9, "BPF_PROG_DETACH"}, {18, "BPF_BTF_LOAD"},
	{28, "BPF_LINK_CREATE"}, {0},
};
static const struct look_flag rename_flags[] = {{1, "RENAME_NOREPLACE"}, {2, "RENAME_EXCHANGE"}, {4, "RENAME_WHITEOUT"}, {0}};
static const struct look_flag prctl_options[] = {
	{PR_SET_PDEATHSIG, "PR_SET_PDEATHSIG"}, {PR_GET_DUMPABLE, "PR_GET_DUMPABLE"}, {PR_SET_DUMPABLE, "PR_SET_DUMPABLE"},
	{PR_GET_KEEPCAPS, "PR_GET_KEEPCAPS"}, {PR_SET_KEEPCAPS, "PR_SET_KEEPCAPS"}, {PR_SET_NAME, "PR_SET_NAME"},
	{PR_GET_NAME, "PR_GET_NAME"}, {PR_GET_SECCOMP, "PR_GET_SECCOMP"}, {PR_SET_SECCOMP, "PR_SET_SECCOMP"},
	{PR_CAPBSET_READ, "PR_CAPBSET_READ"}, {PR_CAPBSET_DROP, "PR_CAPBSET_DROP"}, {PR_SET_SECUREBITS, "PR_SET_SECUREBITS"},
	{PR_SET_MM, "PR_SET_MM"}, {PR_SET_CHILD_SUBREAPER, "PR_SET_CHILD_SUBREAPER"},
	{PR_SET_NO_NEW_PRIVS, "PR_SET_NO_NEW_PRIVS"}, {PR_CAP_AMBIENT, "PR_CAP_AMBIENT"}, {PR_SET_PTRACER, "PR_SET_PTRACER"}, {0},
};
static const struct look_flag fcntl_commands[] = {
	{F_GETFD, "F_GETFD"}, {F_SETFD, "F_SETFD"}, {F_GETFL, "F_GETFL"}, {F_SETFL, "F_SETFL"}, {F_SETOWN, "F_SETOWN"},
	{1030, "F_DUPFD_CLOEXEC"}, {1031, "F_SETPIPE_SZ"}, {1033, "F_ADD_SEALS"}, {F_DUPFD, "F_DUPFD"}, {0},
};
static const struct look_flag keyctl_commands[] = {
	{KEYCTL_GET_KEYRING_ID, "KEYCTL_GET_KEYRING_ID"}, {KEYCTL_JOIN_SESSION_KEYRING, "KEYCTL_JOIN_SESSION_KEYRING"},
	{KEYCTL_UPDATE, "KEYCTL_UPDATE"}, {KEYCTL_REVOKE, "KEYCTL_REVOKE"}, {KEYCTL_CHOWN, "KEYCTL_CHOWN"},
	{KEYCTL_SETPERM, "KEYCTL_SETPERM"}, {KEYCTL_DESCRIBE, "KEYCTL_DESCRIBE"}, {KEYCTL_CLEAR, "KEYCTL_CLEAR"},
	{KEYCTL_LINK, "KEYCTL_LINK"}, {KEYCTL_UNLINK, "KEYCTL_UNLINK"}, {KEYCTL_SEARCH, "KEYCTL_SEARCH"}, {KEYCTL_READ, "KEYCTL_READ"},
	{KEYCTL_INSTANTIATE, "KEYCTL_INSTANTIATE"}, {0},
};
static const struct look_flag signals[] = {
	{SIGHUP, "SIGHUP"}, {SIGINT, "SIGINT"}, {SIGQUIT, "SIGQUIT"}, {SIGILL, "SIGILL"}, {SIGTRAP, "SIGTRAP"}, {SIGABRT, "SIGABRT"},
	{SIGBUS, "SIGBUS"}, {SIGFPE, "SIGFPE"}, {SIGKILL, "SIGKILL"}, {SIGUSR1, "SIGUSR1"}, {SIGSEGV, "SIGSEGV"}, {SIGUSR2, "SIGUSR2"},
	{SIGPIPE, "SIGPIPE"}, {SIGALRM, "SIGALRM"}, {SIGTERM, "SIGTERM"}, {SIGCHLD, "SIGCHLD"}, {SIGCONT, "SIGCONT"},
	{SIGSTOP, "SIGSTOP"}, {SIGTSTP, "SIGTSTP"}, {SIGTTIN, "SIGTTIN"}, {SIGTTOU, "SIGTTOU"}, {0},
};
const struct look_flag args_exe_flags[] = {
	{1, "EXE_WRITABLE"}, {2, "EXE_UPPER_LAYER"}, {4, "EXE_FROM_MEMFD"}, {8, "EXE_LOWER_LAYER"}, {0},
};

#define ROW(...) {(const struct call_arg[]){__VA_ARGS__}, sizeof((struct call_arg[]){__VA_ARGS__}) / sizeof(struct call_arg)}
#define RES {ARG_RES, ARG_FORM_RESULT, 0, NULL}
#define NUMBER(name, index) {ARG_##name, ARG_FORM_NUMBER, index, NULL}
#define PATH(name) {ARG_##name, ARG_FORM_PATH, 0, NULL}
#define TEXT(name) {ARG_##name, ARG_FORM_TEXT, 0, NULL}
#define TEXT2(name) {ARG_##name, ARG_FORM_TEXT2, 0, NULL}
#define PATH2(name) {ARG_##name, ARG_FORM_PATH2, 0, NULL}
#define DIRFD(name, index) {ARG_##name, ARG_FORM_FD, index, NULL}
#define IN_FD(index) {ARG_FD, ARG_FORM_FD, index, NULL}
#define NEW_FD {ARG_FD, ARG_FORM_NEW_FD, 0, NULL}
#define FLAGS(index, words) {ARG_FLAGS, ARG_FORM_FLAGS, index, words}
#define MODE(index) {ARG_MODE, ARG_FORM_MODE, index, NULL}
#define TUPLE {ARG_TUPLE, ARG_FORM_TUPLE, 0, NULL}
#define ADDRESS {ARG_ADDR, ARG_FORM_ADDRESS, 0, NULL}
#define DATA {ARG_DATA, ARG_FORM_DATA, 0, NULL}
#define UID(name, index) {ARG_##name, ARG_FORM_USER, index, NULL}
#define GID(name, index) {ARG_##name, ARG_FORM_GROUP, index, NULL}
#define OPENED(index) {ARG_MODE, ARG_FORM_OPEN_MODE, index, NULL}
#define EXECUTED {ARG_FILENAME, ARG_FORM_PROGRAM, 0, NULL}, {ARG_EXE, ARG_FORM_ARGV0, 0, NULL}, \
	{ARG_COMM, ARG_FORM_NAME, 0, NULL}, {ARG_ARGS, ARG_FORM_LINE, 0, NULL}, {ARG_CWD, ARG_FORM_CWD, 0, NULL}, \
	{ARG_FLAGS, ARG_FORM_EXE_FLAGS, 0, NULL}

const struct call_args call_args[WATCH_OWN] = {
	[__NR_open] = ROW(NEW_FD, PATH(NAME), FLAGS(2, open_flags), OPENED(3)),
	[__NR_creat] = ROW(NEW_FD, PATH(NAME), OPENED(2)),
	[__NR_openat] = ROW(NEW_FD, DIRFD(DIRFD, 1), PATH(NAME), FLAGS(3, open_flags), OPENED(4)),
	[__NR_openat2] = ROW(NEW_FD, DIRFD(DIRFD, 1), PATH(NAME), FLAGS(3, open_flags), OPENED(4)),
	[__NR_open_by_handle_at] = ROW(NEW_FD, NUMBER(MOUNT_ID, 1), FLAGS(3, open_flags)),
	[__NR_mkdir] = ROW(RES, PATH(PATH), MODE(2)),
	[__NR_mkdirat] = ROW(RES, DIRFD(DIRFD, 1), PATH(PATH), MODE(3)),
	[__NR_rmdir] = ROW(RES, PATH(PATH)),
	[__NR_unlink] = ROW(RES, PATH(PATH)),
	[__NR_unlinkat] = ROW(RES, DIRFD(DIRFD, 1), PATH(NAME), FLAGS(3, at_flags)),
	[__NR_mknod] = ROW(RES, PATH(PATH), MODE(2), NUMBER(DEV, 3)),
	[__NR_mknodat] = ROW(RES, DIRFD(DIRFD, 1), PATH(PATH), MODE(3), NUMBER(DEV, 4)),
	[__NR_chmod] = ROW(RES, PATH(FILENAME), MODE(2)),
	[__NR_fchmod] = ROW(RES, IN_FD(1), MODE(2)),
	[__NR_fchmodat] = ROW(RES, DIRFD(DIRFD, 1), PATH(FILENAME), MODE(3)),
	[NR_FCHMODAT2] = ROW(RES, DIRFD(DIRFD, 1), PATH(FILENAME), MODE(3), FLAGS(4, at_flags)),
	[__NR_chown] = ROW(RES, PATH(PATH), UID(UID, 2), GID(GID, 3)),
	[__NR_lchown] = ROW(RES, PATH(PATH), UID(UID, 2), GID(GID, 3)),
	[__NR_fchown] = ROW(RES, IN_FD(1), UID(UID, 2), GID(GID, 3)),
	[__NR_fchownat] = ROW(RES, DIRFD(DIRFD, 1), PATH(PATHNAME), UID(UID, 3), GID(GID, 4), FLAGS(5, at_flags)),
	[__NR_setxattr] = ROW(RES, PATH(PATH), TEXT2(NAME), NUMBER(SIZE, 4)),
	[__NR_lsetxattr] = ROW(RES, PATH(PATH), TEXT2(NAME), NUMBER(SIZE, 4)),
	[__NR_fsetxattr] = ROW(RES, IN_FD(1), TEXT(NAME), NUMBER(SIZE, 4)),
	[NR_SETXATTRAT] = ROW(RES, DIRFD(DIRFD, 1), PATH(PATH), TEXT2(NAME)),
	[__NR_rename] = ROW(RES, PATH(OLDPATH), PATH2(NEWPATH)),
	[__NR_renameat] = ROW(RES, DIRFD(OLDDIRFD, 1), PATH(OLDPATH), DIRFD(NEWDIRFD, 3), PATH2(NEWPATH)),
	[__NR_renameat2] = ROW(RES, DIRFD(OLDDIRFD, 1), PATH(OLDPATH), DIRFD(NEWDIRFD, 3), PATH2(NEWPATH), FLAGS(5, rename_flags)),
	[__NR_link] = ROW(RES, PATH(OLDPATH), PATH2(NEWPATH)),
	[__NR_linkat] = ROW(RES, DIRFD(OLDDIRFD, 1), PATH(OLDPATH), DIRFD(NEWDIRFD, 3), PATH2(NEWPATH), FLAGS(5, at_flags)),
	[__NR_symlink] = ROW(RES, TEXT(TARGET), PATH2(LINKPATH)),
	[__NR_symlinkat] = ROW(RES, TEXT(TARGET), DIRFD(LINKDIRFD, 2), PATH2(LINKPATH)),
	[__NR_chdir] = ROW(RES, TEXT(PATH)),
	[__NR_fchdir] = ROW(RES, IN_FD(1)),
	[__NR_chroot] = ROW(RES, PATH(PATH)),
	[__NR_pivot_root] = ROW(RES, PATH(NEW_ROOT), PATH2(PUT_OLD)),
	[__NR_mount] = ROW(RES, TEXT(DEV), PATH2(DIR), NUMBER(FLAGS, 4)),
	[__NR_umount2] = ROW(RES, PATH(NAME), NUMBER(FLAGS, 2)),
	[__NR_execve] = ROW(RES, EXECUTED),
	[__NR_execveat] = ROW(RES, EXECUTED),
	[__NR_memfd_create] = ROW(NEW_FD, TEXT(NAME), NUMBER(FLAGS, 2)),
	[__NR_init_module] = ROW(RES, NUMBER(LEN, 2)),
	[__NR_finit_module] = ROW(RES, IN_FD(1), NUMBER(FLAGS, 3)),
	[__NR_setns] = ROW(RES, IN_FD(1), {ARG_NSTYPE, ARG_FORM_FLAGS, 2, clone_flags}),
	[__NR_unshare] = ROW(RES, FLAGS(1, clone_flags)),
	[__NR_ptrace] = ROW(RES, {ARG_REQUEST, ARG_FORM_ONE_OF, 1, requests}, NUMBER(PID, 2)),
	[__NR_bpf] = ROW(RES, {ARG_CMD, ARG_FORM_ONE_OF, 1, bpf_commands}),
	[__NR_userfaultfd] = ROW(NEW_FD, NUMBER(FLAGS, 1)),
	[__NR_setuid] = ROW(RES, UID(UID, 1)),
	[__NR_setgid] = ROW(RES, GID(GID, 1)),
	[__NR_setreuid] = ROW(RES, UID(RUID, 1), UID(EUID, 2)),
	[__NR_setregid] = ROW(RES, GID(RGID, 1), GID(EGID, 2)),
	[__NR_setresuid] = ROW(RES, UID(RUID, 1), UID(EUID, 2), UID(SUID, 3)),
	[__NR_setresgid] = ROW(RES, GID(RGID, 1), GID(EGID, 2), GID(SGID, 3)),
	[__NR_prctl] = ROW(RES, {ARG_OPTION, ARG_FORM_ONE_OF, 1, prctl_options}),
	[__NR_fcntl] = ROW(RES, IN_FD(1), {ARG_CMD, ARG_FORM_ONE_OF, 2, fcntl_commands}),
	[__NR_keyctl] = ROW(RES, {ARG_CMD, ARG_FORM_ONE_OF, 1, keyctl_commands}),
	[__NR_process_vm_readv] = ROW(RES, NUMBER(PID, 1)),
	[__NR_process_vm_writev] = ROW(RES, NUMBER(PID, 1)),
	[__NR_setpgid] = ROW(RES, NUMBER(PID, 1), NUMBER(PGID, 2)),
	[__NR_pidfd_open] = ROW({ARG_RET, ARG_FORM_RESULT, 0, NULL}, NUMBER(PID, 1), NUMBER(FLAGS, 2)),
	[__NR_pidfd_send_signal] = ROW(RES, NUMBER(PIDFD, 1), {ARG_SIG, ARG_FORM_ONE_OF, 2, signals}),
	[__NR_dup] = ROW(RES, {ARG_OLDFD, ARG_FORM_FD, 1, NULL}),
	[__NR_dup2] = ROW(RES, {ARG_OLDFD, ARG_FORM_FD, 1, NULL}, NUMBER(NEWFD, 2)),
	[__NR_dup3] = ROW(RES, {ARG_OLDFD, ARG_FORM_FD, 1, NULL}, NUMBER(NEWFD, 2), FLAGS(3, open_flags)),
	[__NR_pidfd_getfd] = ROW(NEW_FD, NUMBER(PIDFD, 1), NUMBER(TARGET_FD, 2)),
	[__NR_kill] = ROW(RES, NUMBER(PID, 1), {ARG_SIG, ARG_FORM_ONE_OF, 2, signals}),
	[__NR_socket] = ROW(NEW_FD, {ARG_DOMAIN, ARG_FORM_ONE_OF, 1, domains}, NUMBER(TYPE, 2), NUMBER(PROTO, 3)),
	[__NR_connect] = ROW(RES, TUPLE, IN_FD(1), ADDRESS),
	[__NR_bind] = ROW(RES, ADDRESS, IN_FD(1)),
	[__NR_listen] = ROW(RES, IN_FD(1), NUMBER(BACKLOG, 2)),
	[__NR_accept] = ROW(NEW_FD, TUPLE),
	[__NR_accept4] = ROW(NEW_FD, TUPLE, NUMBER(FLAGS, 4)),
	[__NR_shutdown] = ROW(RES, IN_FD(1), NUMBER(HOW, 2)),
	[__NR_sendto] = ROW(RES, DATA, IN_FD(1), NUMBER(SIZE, 3), TUPLE),
	[__NR_sendmsg] = ROW(RES, DATA, IN_FD(1), TUPLE),
	[__NR_recvfrom] = ROW(RES, DATA, TUPLE, IN_FD(1), NUMBER(SIZE, 3)),
	[__NR_recvmsg] = ROW(RES, DATA, TUPLE, IN_FD(1)),
	[__NR_read] = ROW(RES, DATA, IN_FD(1), NUMBER(SIZE, 3)),
	[__NR_write] = ROW(RES, DATA, IN_FD(1), NUMBER(SIZE, 3)),
};
