/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A container or a process in the foreground: our terminal joined to its one, our signals passed on, until it ends.
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <termios.h>

#include "base/path.h"
#include "base/terminal.h"
#include "command.h"

int foreground_console(int *ret_ours, int *ret_theirs, struct err *e)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return err_sys(e, -errno, "cannot make a socket pair for the terminal");
	*ret_ours = pair[0];
	*ret_theirs = pair[1];
	return 0;
}

/* The terminal's master, when one was sent; -1 when the container has no terminal. */
static int receive_master(int socket)
{
	char name[64];
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec iov = {.iov_base = name, .iov_len = sizeof(name)};
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof(control)};
	int fd = -1;

	if (socket < 0 || recvmsg(socket, &msg, MSG_CMSG_CLOEXEC | MSG_DONTWAIT) <= 0)
		return -1;
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
		memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	return fd;
}

struct session {
	int master;
	bool input; /* standard input is still read */
	bool raw;
	struct termios saved;
};

static void copy_size(int master)
{
	struct winsize size;
	if (master >= 0 && ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0)
		ioctl(master, TIOCSWINSZ, &size);
}

static void begin(struct session *s)
{
	if (s->master < 0)
		return;
	s->input = true;
	copy_size(s->master);
	s->raw = terminal_raw(STDIN_FILENO, &s->saved);
}

static void end(struct session *s)
{
	if (s->raw)
		tcsetattr(STDIN_FILENO, TCSANOW, &s->saved);
	close_keep_errno(s->master);
}

/* Moves what is there from one to the other; false when the source has ended. */
static bool pump(int from, int to)
{
	char data[16384];
	ssize_t got = read(from, data, sizeof(data));

	if (got < 0 && (errno == EINTR || errno == EAGAIN))
		return true;
	return got > 0 && fd_write_all(to, data, (size_t)got) == 0;
}

static void drain(int master)
{
	fcntl(master, F_SETFL, O_NONBLOCK);
	char data[16384];
	ssize_t got;
	while ((got = read(master, data, sizeof(data))) > 0)
		if (fd_write_all(STDOUT_FILENO, data, (size_t)got) < 0)
			break;
}

/* Takes one signal: passes it on, or looks for dead children. True when PID has ended, with its exit code. */
static bool take_signal(int signals, pid_t pid, int master, int *ret_code)
{
	struct signalfd_siginfo info;

	if (read(signals, &info, sizeof(info)) != (ssize_t)sizeof(info))
		return false;
	if (info.ssi_signo == SIGWINCH)
		copy_size(master);
	else if (info.ssi_signo != SIGCHLD)
		kill(pid, (int)info.ssi_signo);
	bool ended = false;
	for (;;) {
		int status;
		pid_t dead = waitpid(-1, &status, WNOHANG);
		if (dead <= 0)
			return ended;
		if (dead != pid)
			continue;
		ended = true;
		*ret_code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	}
}

static int serve(struct session *s, int signals, pid_t pid)
{
	int code = 0;

	for (;;) {
		struct pollfd fds[] = {
			{.fd = signals, .events = POLLIN},
			{.fd = s->master, .events = POLLIN},
			{.fd = s->input ? STDIN_FILENO : -1, .events = POLLIN},
		};
		if (poll(fds, 3, -1) < 0 && errno != EINTR)
			return -errno;
		if (fds[1].revents && !pump(s->master, STDOUT_FILENO)) {
			close(s->master);
			s->master = -1;
			s->input = false;
		}
		if (fds[2].revents && s->input && !pump(STDIN_FILENO, s->master))
			s->input = false;
		if (fds[0].revents && take_signal(signals, pid, s->master, &code))
			break;
	}
	if (s->master >= 0)
		drain(s->master);
	return code;
}

int foreground_wait(pid_t pid, int master_socket, struct err *e)
{
	struct session s = {.master = receive_master(master_socket)};
	sigset_t all;

	sigfillset(&all);
	/* These mean something is wrong with this very process. */
	sigdelset(&all, SIGSEGV);
	sigdelset(&all, SIGBUS);
	sigdelset(&all, SIGILL);
	sigdelset(&all, SIGFPE);
	sigdelset(&all, SIGURG);
	sigprocmask(SIG_BLOCK, &all, NULL);
	scoped_fd int signals = signalfd(-1, &all, SFD_CLOEXEC);
	if (signals < 0)
		return err_sys(e, -errno, "cannot wait for signals");
	begin(&s);
	/* It may have ended before its signal could be taken: ask once by raising the question ourselves. */
	raise(SIGCHLD);
	int code = serve(&s, signals, pid);
	end(&s);
	return code < 0 ? err_sys(e, code, "cannot wait for the container") : code;
}
