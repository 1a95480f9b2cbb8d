/* SPDX-License-Identifier: Apache-2.0 */
/* A cgroup of our own gets a policy that allows nothing; a child in it tries. */
#include "flow/probe.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/path.h"
#include "guarding.h"

enum { DIED = 1000, PROGRAM_MAX = 16 << 20, DISCARD_PORT = 9 };

/* What a child of ours tries: with a program of the host's that is in no file, so that its identity is told by nobody's file system. */
struct trial {
	struct guard_policy policy;
	struct guard_starts starts;
	int program;
	int (*act)(const struct trial *t);
};

static int try_connect(const struct trial *t)
{
	scoped_fd int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(DISCARD_PORT)};

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0 ? errno : 0;
}

static int try_socket(const struct trial *t)
{
	scoped_fd int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	const struct sockaddr_un to = {.sun_family = AF_UNIX, .sun_path = "/nobody/listens/there"};

	return fd < 0 || connect(fd, (const struct sockaddr *)&to, sizeof(to)) < 0 ? errno : 0;
}

static int try_program(const struct trial *t)
{
	char *const arguments[] = {(char *)"true", (char *)"refused", NULL}, *const none[] = {NULL};

	fexecve(t->program, arguments, none);
	return errno;
}

static int open_program(void)
{
	scoped_fd int fd = memfd_create("skep", MFD_CLOEXEC), program = open("/bin/true", O_RDONLY | O_CLOEXEC);

	if (fd < 0 || program < 0 || sendfile(fd, program, NULL, PROGRAM_MAX) <= 0)
		return -errno;
	return take_fd(&fd);
}

/* The result of ACT in the cgroup: 0, an errno, or DIED and a signal. */
static int run_in(const char *group, const struct trial *t)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		char path[512];
		snprintf(path, sizeof(path), "%s/cgroup.procs", group);
		scoped_fd int fd = open(path, O_WRONLY | O_CLOEXEC);
		_exit(fd < 0 || fd_write_all(fd, "0", 1) < 0 ? ENOTSUP : t->act(t));
	}
	if (pid < 0)
		return errno;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return errno;
	return WIFSIGNALED(status) ? DIED + WTERMSIG(status) : WEXITSTATUS(status);
}

static int put(struct guard *guard, const char *name, struct trial *t, struct err *e)
{
	int r = guard_put(guard, name, &t->policy, e);
	return r < 0 || !t->starts.start_count ? r : guard_put_starts(guard, name, &t->starts, e);
}

static void run_trial(struct kern_probe_result *ret, struct trial *t)
{
	SCOPED(guard) struct guard guard = GUARD_INIT;
	char name[32], group[sizeof(guard.group) + sizeof(name) + 2];
	struct err e = {0};

	*ret = (struct kern_probe_result){.works = false};
	snprintf(name, sizeof(name), "probe-%d", getpid());
	if (guarding_open(&guard, &e) < 0) {
		snprintf(ret->detail, sizeof(ret->detail), "%.150s", err_text(&e));
		return;
	}
	snprintf(group, sizeof(group), "%s/%s", guard.group, name);
	int r = mkdir(group, 0755) < 0 ? -errno : put(&guard, name, t, &e);
	int code = r < 0 ? -r : run_in(group, t);
	rmdir(group);
	guard_sweep(&guard);
	ret->works = code == EPERM || code == DIED + SIGKILL;
	snprintf(ret->detail, sizeof(ret->detail), "%s",
		 code == EPERM		  ? "BPF refused it"
		 : code == DIED + SIGKILL ? "BPF killed who tried, before its first instruction"
		 : code			  ? strerror(code)
					  : "it was not refused");
}

/* With KIND enforced alone; START: how the program may be started, but for its inode. */
static void try(struct kern_probe_result *ret, enum guard_kind kind, int (*act)(const struct trial *t),
		const struct guard_start *start)
{
	scoped_free struct trial *t = calloc(1, sizeof(*t));
	scoped_fd int program = open_program();
	struct stat st;

	*ret = (struct kern_probe_result){.works = false};
	if (!t || program < 0 || fstat(program, &st) < 0) {
		snprintf(ret->detail, sizeof(ret->detail), "%s", strerror(t ? errno : ENOMEM));
		return;
	}
	t->act = act;
	t->program = program;
	t->policy.mode[kind] = GUARD_ENFORCE;
	t->policy.root_device = (uint32_t)(major(st.st_dev) << 20 | minor(st.st_dev));
	if (start) {
		t->starts.start_count = 1;
		t->starts.starts[0] = *start;
		t->starts.starts[0].inode = st.st_ino;
		t->starts.outside = UINT64_MAX; /* we are not the runtime, which may start anything */
	}
	run_trial(ret, t);
}

static void probe_addresses(struct kern_probe_result *r)
{
	try(r, GUARD_CONNECT, try_connect, NULL);
}

static void probe_sockets(struct kern_probe_result *r)
{
	try(r, GUARD_SOCKET, try_socket, NULL);
}

static void probe_drift(struct kern_probe_result *r)
{
	try(r, GUARD_PROGRAM, try_program, NULL);
}

static void probe_parents(struct kern_probe_result *r)
{
	try(r, GUARD_START, try_program, &(struct guard_start){.flags = GUARD_HAS_PARENTS});
}

static void probe_arguments(struct kern_probe_result *r)
{
	try(r, GUARD_START, try_program, &(struct guard_start){.flags = GUARD_HAS_ARGUMENTS});
}

const struct kern_probe flow_probes[] = {
	{"deny: addresses", "profiles: addresses, datagrams, modes that change", probe_addresses},
	{"deny: unix sockets", "profiles: which unix sockets are connected to", probe_sockets},
	{"deny: drift", "programs that a container with a writable root wrote itself", probe_drift},
	{"deny: parents", "profiles: by whom a program is started", probe_parents},
	{"deny: arguments", "profiles: the arguments of programs", probe_arguments},
	{NULL, NULL, NULL},
};
