/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loading the filter, and handing its listener to the agent that waits for it (config-linux.md, "The Container
 * Process State").
 *
 * Once the filter is loaded, any call of this process may wait for the agent, sendmsg(2) with the listener included.
 * So a helper that shares the descriptor table but not the filter is forked before, and sends the listener as soon as
 * it appears in a word of shared memory.
 */
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>

#include "kern/process.h"
#include "kern/socket.h"
#include "process.h"

#define LISTENER_PENDING -1
#define LISTENER_FAILED -2

static _Noreturn void send_listener(const struct launch *l, const _Atomic int *word)
{
	struct timespec pause = {.tv_nsec = 50000};

	prctl(PR_SET_PDEATHSIG, 0);
	while (atomic_load(word) == LISTENER_PENDING && getppid() != 1)
		nanosleep(&pause, NULL);
	int fd = atomic_load(word);
	if (fd < 0)
		_exit(1);
	_exit(kern_socket_send_fds(l->listener_socket, l->state_json, strlen(l->state_json), &fd, 1) < 0);
}

static int load(const struct seccomp_program *p, unsigned flags)
{
	struct sock_fprog program = {.len = (unsigned short)p->count, .filter = p->code};
	long r = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, p->flags | flags, &program);
	return r < 0 ? -errno : (int)r;
}

static int load_with_listener(const struct launch *l, struct err *e)
{
	_Atomic int *word = mmap(NULL, sizeof(*word), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (word == MAP_FAILED)
		return err_sys(e, -errno, "cannot share memory with the helper that sends the seccomp listener");
	atomic_store(word, LISTENER_PENDING);
	pid_t helper = kern_clone(CLONE_FILES, -1, NULL);
	if (helper < 0)
		return err_sys(e, helper, "cannot fork the helper that sends the seccomp listener");
	if (helper == 0)
		send_listener(l, word);
	int fd = load(&l->seccomp, SECCOMP_FILTER_FLAG_NEW_LISTENER);
	atomic_store(word, fd < 0 ? LISTENER_FAILED : fd);
	return fd < 0 ? err_sys(e, fd, "cannot load the seccomp filter") : 0;
}

int filter_load(const struct launch *l, struct err *e)
{
	if (l->seccomp.notifies)
		return load_with_listener(l, e);
	int r = load(&l->seccomp, 0);
	return r < 0 ? err_sys(e, r, "cannot load the seccomp filter") : 0;
}
