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
#include <sys/wait.h>
#include <unistd.h>

#include "base/path.h"
#include "guarding.h"

enum { DIED = 1000, PROGRAM_MAX = 16 << 20, DISCARD_PORT = 9 };

static int try_connect(void)
{
	scoped_fd int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(DISCARD_PORT)};

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0 ? errno : 0;
}

/* A program of the host's, in no file. */
static int try_memfd(void)
{
	char *const none[] = {NULL};
	scoped_fd int fd = memfd_create("skep", MFD_CLOEXEC), program = open("/bin/true", O_RDONLY | O_CLOEXEC);

	if (fd < 0 || program < 0 || sendfile(fd, program, NULL, PROGRAM_MAX) <= 0)
		return errno;
	fexecve(fd, none, none);
	return errno;
}

/* The result of ACT in the cgroup: 0, an errno, or DIED and a signal. */
static int run_in(const char *group, int (*act)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		char path[512];
		snprintf(path, sizeof(path), "%s/cgroup.procs", group);
		scoped_fd int fd = open(path, O_WRONLY | O_CLOEXEC);
		_exit(fd < 0 || fd_write_all(fd, "0", 1) < 0 ? ENOTSUP : act());
	}
	if (pid < 0)
		return errno;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return errno;
	return WIFSIGNALED(status) ? DIED + WTERMSIG(status) : WEXITSTATUS(status);
}

static void try(struct kern_probe_result *ret, int (*act)(void))
{
	SCOPED(guard) struct guard guard = GUARD_INIT;
	scoped_free struct guard_policy *policy = calloc(1, sizeof(*policy));
	char name[32], group[sizeof(guard.group) + sizeof(name) + 2];
	struct err e = {0};

	*ret = (struct kern_probe_result){.works = false};
	snprintf(name, sizeof(name), "probe-%d", getpid());
	if (!policy || guarding_open(&guard, &e) < 0) {
		snprintf(ret->detail, sizeof(ret->detail), "%.150s", policy ? err_text(&e) : "out of memory");
		return;
	}
	snprintf(group, sizeof(group), "%s/%s", guard.group, name);
	memset(policy->mode, GUARD_ENFORCE, sizeof(policy->mode));
	int r = mkdir(group, 0755) < 0 ? -errno : guard_put(&guard, name, policy, &e);
	int code = r < 0 ? -r : run_in(group, act);
	rmdir(group);
	guard_sweep(&guard);
	ret->works = code == EPERM || code == DIED + SIGKILL;
	snprintf(ret->detail, sizeof(ret->detail), "%s",
		 code == EPERM		  ? "BPF refused it"
		 : code == DIED + SIGKILL ? "BPF killed who tried, before its first instruction"
		 : code			  ? strerror(code)
					  : "it was not refused");
}

static void probe_addresses(struct kern_probe_result *r)
{
	try(r, try_connect);
}

static void probe_drift(struct kern_probe_result *r)
{
	try(r, try_memfd);
}

const struct kern_probe flow_probes[] = {
	{"deny: addresses", "profiles: addresses, datagrams, modes that change", probe_addresses},
	{"deny: drift", "programs that a container with a writable root wrote itself", probe_drift},
	{NULL, NULL, NULL},
};
