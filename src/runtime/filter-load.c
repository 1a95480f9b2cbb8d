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

#define STATE_JSON_MAX (4u << 20)
#define LISTENER_PENDING -1
#define LISTENER_FAILED -2

int filter_connect(struct launch *l, struct err *e)
{
	if (!l->seccomp.notifies)
		return 0;
	l->listener_socket = kern_socket_connect(l->spec->linux_.seccomp->listener_path);
	return l->listener_socket < 0 ? err_sys(e, l->listener_socket,
						"failed to connect with seccomp agent: linux.seccomp.listenerPath %s",
						l->spec->linux_.seccomp->listener_path)
				      : 0;
}

int filter_describe(struct launch *l, pid_t pid, struct err *e)
{
	SCOPED(buf) struct buf b = BUF_INIT(STATE_JSON_MAX);
	SCOPED(buf) struct buf state = BUF_INIT(STATE_JSON_MAX);
	SCOPED_PTR(json) struct json *doc = NULL;
	struct json_out o = JSON_OUT(&b);
	int r = l->is_exec ? container_state_json(l->container, "running", l->container->pid, false, &state)
			   : container_state_json(l->container, "creating", pid, false, &state);

	if (r == 0)
		r = json_parse(buf_str(&state), state.len, JSON_LIMITS_CONFIG, &doc, e);
	if (r < 0)
		return r;
	json_out_object(&o, NULL);
	json_out_str(&o, "ociVersion", OCI_SPEC_VERSION);
	json_out_array(&o, "fds");
	json_out_str(&o, NULL, "seccompFd");
	json_out_array_end(&o);
	json_out_i64(&o, "pid", pid);
	if (l->spec->linux_.seccomp->listener_metadata)
		json_out_str(&o, "metadata", l->spec->linux_.seccomp->listener_metadata);
	json_out_value(&o, "state", doc);
	json_out_object_end(&o);
	l->state_json = buf_error(&b) ? NULL : arena_strn(l->arena, buf_str(&b), b.len);
	return l->state_json ? 0 : err_set(e, -ENOMEM, "out of memory");
}

static _Noreturn void send_listener(const struct launch *l, const _Atomic int *word)
{
	struct timespec pause = {.tv_nsec = 50000};
	/* Often 1, the first process of the container, so it is compared and not tested. */
	pid_t parent = getppid();

	prctl(PR_SET_PDEATHSIG, 0);
	while (atomic_load(word) == LISTENER_PENDING && getppid() == parent)
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
