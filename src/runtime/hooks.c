/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Running hooks: a process each, the state on its standard input, its output kept for the error, its time limited.
 */
#include "hooks.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/path.h"
#include "kern/process.h"

#define HOOK_OUTPUT_MAX 4096

static void set_pipe_signal(void (*handler)(int))
{
	const struct sigaction action = {.sa_handler = handler};
	sigaction(SIGPIPE, &action, NULL);
}

static _Noreturn void exec_hook(const struct oci_hook *hook, char *const *env, int in, int out)
{
	char *only_path[] = {hook->path, NULL}, *no_env[] = {NULL};
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	set_pipe_signal(SIG_DFL);
	setsid();
	if (dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0)
		_exit(126);
	if (hook->env.count || !env)
		env = hook->env.count ? hook->env.at : no_env;
	execve(hook->path, hook->args.count ? hook->args.at : only_path, env);
	dprintf(2, "%s", strerror(errno));
	_exit(127);
}

static int64_t now_ms(void)
{
	return clock_ns(CLOCK_MONOTONIC) / CLOCK_NS_PER_MS;
}

/* Reads what is there; keeps the first HOOK_OUTPUT_MAX bytes. False at the end of the stream. */
static bool take_output(int fd, struct buf *output)
{
	char text[1024];
	ssize_t got = read(fd, text, sizeof(text));

	if (got > 0)
		buf_add(output, text, MIN_OF((size_t)got, output->max - output->len));
	return got > 0 || (got < 0 && (errno == EINTR || errno == EAGAIN));
}

/* Waits for the hook's end, collecting its output. -ETIMEDOUT after the deadline. */
static int watch(int pidfd, int out, int64_t deadline_ms, struct buf *output)
{
	struct pollfd fds[] = {{.fd = pidfd, .events = POLLIN}, {.fd = out, .events = POLLIN}};

	for (;;) {
		int64_t left = deadline_ms < 0 ? -1 : deadline_ms - now_ms();
		if (deadline_ms >= 0 && left <= 0)
			return -ETIMEDOUT;
		int n = poll(fds, 2, left > INT32_MAX ? INT32_MAX : (int)left);
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0 && fds[1].revents && !take_output(out, output))
			fds[1].fd = -1;
		if (n > 0 && fds[0].revents)
			break;
	}
	/* What it wrote last; processes it left behind may still hold the pipe, so nobody waits for its end. */
	fcntl(out, F_SETFL, O_NONBLOCK);
	while (fds[1].fd >= 0 && take_output(out, output) && errno != EAGAIN)
		;
	return 0;
}

static int write_state(int fd, const char *state)
{
	/* The state is far smaller than a pipe, so this cannot block on a hook that does not read. */
	int r = fd_write_all(fd, state, strlen(state));
	return r == -EPIPE ? 0 : r;
}

static int run_hook(const struct oci_hook *hook, const char *state, char *const *env, struct buf *output, struct err *e)
{
	int in[2] = {-1, -1}, out[2] = {-1, -1}, pidfd = -1;

	if (pipe2(in, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0)
		return err_sys(e, -errno, "cannot make a pipe");
	pid_t pid = kern_clone(0, -1, &pidfd);
	if (pid == 0)
		exec_hook(hook, env, in[0], out[1]);
	close(in[0]);
	close(out[1]);
	int r = pid < 0 ? pid : write_state(in[1], state);
	close(in[1]);
	if (pid > 0) {
		int64_t deadline = hook->timeout.set ? now_ms() + MIN_OF(hook->timeout.value, 86400) * 1000 : -1;
		if (r == 0)
			r = watch(pidfd, out[0], deadline, output);
		if (r < 0)
			kill(-pid, SIGKILL); /* its session, with whatever it started */
		if (r < 0)
			ignore(kern_pidfd_signal(pidfd, SIGKILL)); /* it may be gone already */
		int code = kern_wait_exit_code(pid);
		close(pidfd);
		if (r == -ETIMEDOUT)
			err_set(e, r, "took longer than its timeout of %lld s and was killed",
				(long long)hook->timeout.value);
		else if (r == 0 && code != 0)
			r = err_set(e, -ECANCELED, "exit status %d, output: %.512s", code, buf_str(output));
	}
	close(out[0]);
	return r < 0 && e && e->code == 0 ? err_sys(e, r, "cannot run it") : r;
}

/* REPORT NULL: the first that fails ends it, and is the error. Else each failure is a warning, and the next one runs. */
static int run_each(const struct oci_spec *spec, enum oci_hook_kind kind, const char *state, char *const *env,
		    const struct report *to, struct err *e)
{
	const struct oci_hooks *hooks = &spec->hooks[kind];
	struct sigaction old;
	int r = 0;

	if (!hooks->count)
		return 0;
	sigaction(SIGPIPE, NULL, &old);
	set_pipe_signal(SIG_IGN);
	for (size_t i = 0; r == 0 && i < hooks->count; i++) {
		SCOPED(buf) struct buf output = BUF_INIT(HOOK_OUTPUT_MAX);
		r = run_hook(&hooks->at[i], state, env, &output, e);
		if (r < 0)
			err_wrap(e, r, "error running %s hook #%zu (%s)", oci_hook_name(kind), i, hooks->at[i].path);
		if (r < 0 && to) {
			report(to, LOG_WARN, "%s", err_text(e));
			*e = (struct err){0};
			r = 0;
		}
	}
	sigaction(SIGPIPE, &old, NULL);
	return r;
}

int hooks_run(const struct oci_spec *spec, enum oci_hook_kind kind, const char *state, struct err *e)
{
	return run_each(spec, kind, state, NULL, NULL, e);
}

int hooks_run_with(const struct oci_spec *spec, enum oci_hook_kind kind, const char *state, char *const *env,
		   struct err *e)
{
	return run_each(spec, kind, state, env, NULL, e);
}

void hooks_run_all(const struct oci_spec *spec, enum oci_hook_kind kind, const char *state, const struct report *to)
{
	struct err e = {0};
	ignore(run_each(spec, kind, state, NULL, to, &e)); /* each failure was reported */
}
