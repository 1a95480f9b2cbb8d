/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The probes. What needs a namespace, a filter or a mount is tried in a child that ends right after.
 */
#include "kern/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/kvm.h>
#include <linux/landlock.h>
#include <linux/mount.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>

#include "base/path.h"
#include "base/str.h"
#include "kern/cgroup.h"
#include "kern/mount.h"
#include "kern/process.h"
#include "kern/release.h"
#include "probe-btf.h"
#include "probe-deny.h"

static void say(struct kern_probe_result *r, int code, const char *good)
{
	r->works = code >= 0;
	snprintf(r->detail, sizeof(r->detail), "%s", code >= 0 ? good : strerror(-code));
}

/* The same of what kernels have since MAJOR.MINOR: an older one's errno says nothing to anybody. */
static void say_since(struct kern_probe_result *r, int code, const char *good, unsigned major, unsigned minor)
{
	say(r, code, good);
	if (code < 0 && !kern_release_is(major, minor))
		snprintf(r->detail, sizeof(r->detail), "needs Linux %u.%u", major, minor);
}

/* Runs FN in a child; its result is 0 or -errno. */
static int in_child(int (*fn)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		int r = fn();
		_exit(r < 0 && r > -255 ? -r : 0);
	}
	if (pid < 0)
		return -errno;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -EFAULT;
}

static void probe_kernel(struct kern_probe_result *r)
{
	struct utsname u;

	uname(&u);
	r->works = true;
	snprintf(r->detail, sizeof(r->detail), "%.80s %.40s", u.release, u.machine);
}

static int try_namespaces(void)
{
	int flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP;
	return unshare(flags) < 0 ? -errno : 0;
}

static void probe_namespaces(struct kern_probe_result *r)
{
	say(r, in_child(try_namespaces), "mount pid network ipc uts cgroup");
}

static int try_time(void)
{
	return unshare(0x80 /* CLONE_NEWTIME */) < 0 ? -errno : 0;
}

static void probe_time(struct kern_probe_result *r)
{
	say(r, in_child(try_time), "time");
}

static int userns_fd(void)
{
	return kern_userns_new("0 100000 65536\n", "0 100000 65536\n");
}

static void probe_users(struct kern_probe_result *r)
{
	scoped_fd int fd = userns_fd();

	say(r, fd, "a range of 65536 users maps");
}

static int try_idmap(void)
{
	scoped_fd int users = userns_fd();
	scoped_fd int mount = kern_mount_clone(AT_FDCWD, "/usr", false);

	if (users < 0 || mount < 0)
		return users < 0 ? users : mount;
	return kern_mount_idmap(mount, false, users);
}

static void probe_idmap(struct kern_probe_result *r)
{
	say(r, in_child(try_idmap), "on the root file system");
}

static int try_overlay(void)
{
	scoped_fd int fs = kern_fs_open("overlay", NULL);
	int r = fs;

	if (r >= 0)
		r = kern_fs_set(fs, "lowerdir", "/usr:/etc", NULL);
	scoped_fd int mount = r < 0 ? r : kern_fs_mount(fs, MOUNT_ATTR_RDONLY, NULL);
	return mount < 0 ? mount : 0;
}

static void probe_overlay(struct kern_probe_result *r)
{
	say(r, in_child(try_overlay), "layers stack");
}

static void probe_cgroups(struct kern_probe_result *r)
{
	struct kern_cgroup_layout layout;
	struct err e = {0};
	int code = kern_cgroup_detect(&layout, &e);

	if (code < 0) {
		say(r, code, "");
		return;
	}
	r->works = layout.count > 0;
	snprintf(r->detail, sizeof(r->detail), "%s, %zu hierarchies",
		 layout.unified	  ? "v2"
		 : layout.v2 >= 0 ? "v1 and v2 (hybrid)"
		 : layout.count	  ? "v1"
				  : "none mounted",
		 layout.count);
}

static int try_seccomp(void)
{
	struct sock_filter program[] = {BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
	struct sock_fprog filter = {.len = 1, .filter = program};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter, 0, 0) < 0)
		return -errno;
	return 0;
}

static void probe_seccomp(struct kern_probe_result *r)
{
	say(r, in_child(try_seccomp), "filters load");
}

static int try_notify(void)
{
	struct sock_filter program[] = {BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
	struct sock_fprog filter = {.len = 1, .filter = program};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	long fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &filter);
	return fd < 0 ? -errno : 0;
}

static void probe_notify(struct kern_probe_result *r)
{
	say(r, in_child(try_notify), "a listener opens");
}

static void probe_landlock(struct kern_probe_result *r)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

	say(r, abi < 0 ? -errno : 0, "");
	if (abi >= 0)
		snprintf(r->detail, sizeof(r->detail), "ABI %ld", abi);
}

/* A program that returns 0, of TYPE for ATTACH on the kernel function BTF_ID (0: none); its descriptor. */
static int load_bpf_at(unsigned type, unsigned attach, unsigned btf_id)
{
	struct bpf_insn program[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 0},
		{.code = BPF_JMP | BPF_EXIT},
	};
	union bpf_attr attr = {0};

	attr.prog_type = type;
	attr.expected_attach_type = attach;
	attr.attach_btf_id = btf_id;
	attr.insns = (uint64_t)(uintptr_t)program;
	attr.insn_cnt = 2;
	attr.license = (uint64_t)(uintptr_t) "GPL";
	long fd = syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
	return fd < 0 ? -errno : (int)fd;
}

static int load_bpf(unsigned type, unsigned attach)
{
	scoped_fd int fd = load_bpf_at(type, attach, 0);

	return fd < 0 ? fd : 0;
}

static void probe_bpf(struct kern_probe_result *r)
{
	say(r, load_bpf(BPF_PROG_TYPE_RAW_TRACEPOINT, 0), "tracing programs load");
}

static void probe_bpf_device(struct kern_probe_result *r)
{
	say(r, load_bpf(BPF_PROG_TYPE_CGROUP_DEVICE, BPF_CGROUP_DEVICE), "device programs load");
}

static void probe_bpf_lsm(struct kern_probe_result *r)
{
	int id = probe_btf_function("bpf_lsm_file_open");
	int program = id < 0 ? id : load_bpf_at(BPF_PROG_TYPE_LSM, BPF_LSM_MAC, (unsigned)id);
	union bpf_attr attr = {.raw_tracepoint = {.prog_fd = (uint32_t)program}};
	/* For a moment a program that permits everything sits on every open. */
	long link = program < 0 ? program : syscall(SYS_bpf, BPF_RAW_TRACEPOINT_OPEN, &attr, sizeof(attr));

	say(r, program < 0 ? program : link < 0 ? -errno : 0, "a program attaches to a security hook");
	if (program >= 0)
		close(program);
	if (program >= 0 && link >= 0)
		close((int)link);
}

static void probe_mac(struct kern_probe_result *r)
{
	SCOPED(buf) struct buf list = BUF_INIT(1024);
	scoped_fd int fs = kern_fs_open("securityfs", NULL);
	scoped_fd int mount = fs < 0 ? fs : kern_fs_mount(fs, MOUNT_ATTR_RDONLY, NULL);

	if (mount >= 0)
		ignore(path_read_file(mount, "lsm", &list)); /* empty: none */
	r->works = strstr(buf_str(&list), "apparmor") || strstr(buf_str(&list), "selinux");
	snprintf(r->detail, sizeof(r->detail), "%.120s", list.len ? buf_str(&list) : "no list of security modules");
}

/* The first line of a file, without its end. */
static int read_line(const char *path, char *text, size_t size)
{
	SCOPED(buf) struct buf b = BUF_INIT(4096);
	int r = path_read_file(AT_FDCWD, path, &b);

	if (r == 0)
		snprintf(text, size, "%.*s", (int)strcspn(buf_str(&b), "\n"), buf_str(&b));
	return r;
}

/* Where the stack of a program begins that is stopped before its first instruction: field 28 of its stat. */
static int stack_of(pid_t pid, uint64_t *ret)
{
	char path[64], text[2048] = "";
	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	int r = read_line(path, text, sizeof(text));
	const char *at = strrchr(text, ')');

	for (int field = 2; r == 0 && at && field < 28; field++)
		at = strchr(at + 1, ' ');
	if (r == 0 && at)
		*ret = strtoull(at + 1, NULL, 10);
	return r < 0 ? r : at ? 0 : -EPROTO;
}

static int run_once(uint64_t *ret)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		char *const args[] = {(char *)"skep", NULL}, *const none[] = {NULL};
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0)
			execve("/proc/self/exe", args, none);
		_exit(errno);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -errno;
	if (!WIFSTOPPED(status))
		return -EPERM;
	int r = stack_of(pid, ret);
	kill(pid, SIGKILL);
	return waitpid(pid, &status, 0) == pid ? r : -errno;
}

static void probe_randomization(struct kern_probe_result *r)
{
	char mode[16] = "";
	uint64_t first = 0, second = 0;
	int code = read_line("/proc/sys/kernel/randomize_va_space", mode, sizeof(mode));

	if (code == 0)
		code = run_once(&first);
	if (code == 0)
		code = run_once(&second);
	say(r, code, "");
	if (code < 0)
		return;
	r->works = str_eq(mode, "2") && first != second;
	snprintf(r->detail, sizeof(r->detail), "randomize_va_space is %s, the stacks of two runs %s", mode,
		 first != second ? "differ" : "are the same");
}

static void probe_page_tables(struct kern_probe_result *r)
{
	char text[128] = "";
	int code = read_line("/sys/devices/system/cpu/vulnerabilities/meltdown", text, sizeof(text));

	r->works = code == 0 && strncmp(text, "Vulnerable", strlen("Vulnerable")) != 0;
	snprintf(r->detail, sizeof(r->detail), "%s", code < 0 ? strerror(-code) : text);
}

static void probe_fanotify(struct kern_probe_result *r)
{
	int fd = fanotify_init(FAN_CLASS_CONTENT | FAN_CLOEXEC, O_RDONLY | O_CLOEXEC);
	int code = fd < 0 ? -errno : 0;

	if (fd >= 0 && fanotify_mark(fd, FAN_MARK_ADD | FAN_MARK_FILESYSTEM, FAN_CLOSE_WRITE, AT_FDCWD, "/usr") < 0)
		code = -errno;
	if (fd >= 0)
		close(fd);
	say(r, code, "whole file systems can be watched");
}

static void probe_kvm(struct kern_probe_result *r)
{
	scoped_fd int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	scoped_fd int vm = kvm < 0 ? -1 : ioctl(kvm, KVM_CREATE_VM, 0);

	say(r, vm < 0 ? -errno : 0, "a machine can be made; whether it is fast shows only by running one");
}

static int try_pidfd(void)
{
	scoped_fd int fd = kern_pidfd_open(getpid());

	return fd < 0 ? fd : 0;
}

static void probe_pidfd(struct kern_probe_result *r)
{
	say(r, try_pidfd(), "processes can be held");
}

static void probe_deny_file(struct kern_probe_result *r)
{
	say(r, in_child(deny_file), "Landlock refused a file");
}

static void probe_deny_port(struct kern_probe_result *r)
{
	say_since(r, in_child(deny_port), "Landlock refused a TCP port", 6, 7);
}

static void probe_deny_call(struct kern_probe_result *r)
{
	say(r, in_child(deny_call), "seccomp refused a call by its argument");
}

static void probe_deny_asked(struct kern_probe_result *r)
{
	say(r, in_child(deny_asked), "a process that was asked refused a call");
}

static void probe_deny_write_execute(struct kern_probe_result *r)
{
	say_since(r, in_child(deny_write_execute), "PR_SET_MDWE refused a mapping", 6, 3);
}

static void probe_deny_memfd(struct kern_probe_result *r)
{
	say_since(r, in_child(deny_memfd_execute), "a sealed memfd was not executed", 6, 3);
}

static void probe_deny_privileges(struct kern_probe_result *r)
{
	say(r, in_child(deny_new_privileges), "no_new_privs could not be taken off");
}

const struct kern_probe kern_probes[] = {
	{"kernel", "", probe_kernel},
	{"namespaces", "containers at all", probe_namespaces},
	{"time namespace", "own clocks of containers", probe_time},
	{"user namespaces", "root in a container that is nobody outside", probe_users},
	{"idmapped mounts", "layers shared by containers with users of their own", probe_idmap},
	{"overlayfs", "skep run", probe_overlay},
	{"cgroups", "limits, stats, pause", probe_cgroups},
	{"pidfd", "signals that cannot hit another process", probe_pidfd},
	{"seccomp filter", "refusal of system calls", probe_seccomp},
	{"seccomp notify", "decisions about system calls outside the container", probe_notify},
	{"landlock", "paths closed to workers by the kernel as well as by a moved root", probe_landlock},
	{"bpf tracing", "detection by eBPF sensors", probe_bpf},
	{"bpf devices", "device rules on cgroup v2", probe_bpf_device},
	{"deny: files", "profiles: files and programs", probe_deny_file},
	{"deny: ports", "profiles: TCP ports", probe_deny_port},
	{"deny: calls", "profiles: system calls, socket families, namespaces", probe_deny_call},
	{"deny: mounts", "profiles: mounts by kind and path", probe_deny_asked},
	{"deny: write-execute", "profiles: memory that is written, then executed", probe_deny_write_execute},
	{"deny: memfd", "profiles: programs that lie in no file", probe_deny_memfd},
	{"deny: privileges", "setuid programs that do nothing", probe_deny_privileges},
	{"bpf lsm", "prevention in the kernel before the act", probe_bpf_lsm},
	{"mac labels", "AppArmor or SELinux confinement", probe_mac},
	{"address randomization", "programs whose addresses an attacker has to guess", probe_randomization},
	{"page table isolation", "kernel memory that a container cannot read past the processor", probe_page_tables},
	{"fanotify", "watching and refusing file access", probe_fanotify},
	{"kvm", "containers in microVMs at full speed", probe_kvm},
	{NULL, NULL, NULL},
};
