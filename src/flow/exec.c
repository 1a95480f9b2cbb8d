/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A further process in a running container, joined to our own standard input and output by a relay until it ends.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <termios.h>

#include "base/terminal.h"
#include "flow/container.h"
#include "place.h"
#include "relay.h"
#include "runtime/container.h"

struct session {
	struct flow_relay relay;
	pid_t pid;
	int signals;
	bool raw;
	struct termios saved;
	int code;
};

static void copy_size(const struct session *s)
{
	struct winsize size;

	if (ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0)
		flow_relay_resize(&s->relay, size.ws_row, size.ws_col);
}

static void begin_terminal(struct session *s)
{
	if (!s->relay.tty)
		return;
	copy_size(s);
	s->raw = terminal_raw(STDIN_FILENO, &s->saved);
}

static void take_signal(const struct session *s)
{
	struct signalfd_siginfo info;

	if (read(s->signals, &info, sizeof(info)) != (ssize_t)sizeof(info))
		return;
	if (info.ssi_signo == SIGWINCH)
		copy_size(s);
	else if (info.ssi_signo != SIGCHLD)
		kill(s->pid, (int)info.ssi_signo);
}

static bool has_ended(struct session *s)
{
	int status;

	if (waitpid(s->pid, &status, WNOHANG) != s->pid)
		return false;
	s->code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	return true;
}

static void serve(struct session *s)
{
	while (!has_ended(s)) {
		struct pollfd fds[FLOW_RELAY_FDS + 1];
		flow_relay_fds(&s->relay, fds);
		fds[FLOW_RELAY_FDS] = (struct pollfd){.fd = s->signals, .events = POLLIN};
		if (poll(fds, FLOW_RELAY_FDS + 1, -1) < 0)
			continue;
		flow_relay_move(&s->relay, fds);
		if (fds[FLOW_RELAY_FDS].revents)
			take_signal(s);
	}
	flow_relay_drain(&s->relay);
	if (s->raw)
		tcsetattr(STDIN_FILENO, TCSANOW, &s->saved);
}

static int start(struct container *c, const struct flow_record *r, const struct flow_exec_options *o, struct session *s,
		 struct err *e)
{
	struct container_exec x = {.args = (const char *const *)o->command,
				   .args_count = o->command_count,
				   .cwd = o->workdir,
				   .user = o->user,
				   .env = (const char *const *)o->env.items,
				   .env_count = o->env.count,
				   .tty = o->tty,
				   .detach = o->detach};
	int saved[3];
	int bad = flow_relay_prepare(&s->relay, o->tty, o->input, r->range + r->uid, e);

	if (bad < 0)
		return bad;
	x.console_fd = s->relay.console[1];
	bad = flow_relay_enter(&s->relay, saved, e);
	if (bad == 0)
		bad = container_exec(c, &x, &s->pid, e);
	flow_relay_leave(&s->relay, saved);
	return bad == 0 ? flow_relay_begin(&s->relay, e) : bad;
}

static int signals_open(void)
{
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < 8; i++)
		sigaddset(&set, (int[]){SIGCHLD, SIGWINCH, SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2}[i]);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

int flow_exec(struct flow_place *p, const struct flow_record *r, const struct flow_exec_options *o, struct err *e)
{
	SCOPED(container) struct container c = {.dir = -1, .cgroup = KERN_CGROUP_INIT};
	struct session s = {.relay = FLOW_RELAY_INIT, .signals = -1};
	char root[4200];
	int bad = place_runtime_root(p, root, sizeof(root), e);

	if (r->status == FLOW_PAUSED)
		return err_set(e, -EBUSY, "container %s is paused; unpause it first", r->name);
	if (r->status != FLOW_RUNNING)
		return err_set(e, -ESRCH, "container %s is not running (%s)", r->name, flow_status_name(r->status));
	if (bad == 0)
		bad = container_load(root, r->id, &c, e);
	if (bad == 0)
		bad = start(&c, r, o, &s, e);
	if (bad == 0 && !o->detach) {
		for (int i = o->input || o->tty ? 0 : 1; i < 3; i++)
			s.relay.outside[i] = fcntl(i, F_DUPFD_CLOEXEC, 10);
		s.signals = signals_open();
		begin_terminal(&s);
		serve(&s);
		bad = s.code;
	}
	flow_relay_done(&s.relay);
	close_keep_errno(s.signals);
	return bad;
}
