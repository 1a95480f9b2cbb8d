/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The relay. Output is written as it comes; input waits in a small buffer until the process takes it, because a
 * process that is busy writing must not be able to stop us by not reading.
 */
#include "relay.h"

#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <termios.h>

#include "base/path.h"

static void close_at(int *fd)
{
	close_keep_errno(*fd);
	*fd = -1;
}

void flow_relay_done(struct flow_relay *r)
{
	for (int i = 0; i < 3; i++) {
		close_at(&r->outside[i]);
		close_at(&r->inside[i]);
		close_at(&r->theirs[i]);
	}
	close_at(&r->console[0]);
	close_at(&r->console[1]);
}

/* A pipe of which the process has one end; it may open it again through /proc, as shells do with /dev/stdout. */
static int make_pipe(int *ours, int *theirs, bool input, uid_t owner)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	*ours = ends[input ? 1 : 0];
	*theirs = ends[input ? 0 : 1];
	if (fchown(*theirs, owner, (gid_t)-1) < 0 || fcntl(*ours, F_SETFL, O_NONBLOCK) < 0)
		return -errno;
	return 0;
}

int flow_relay_prepare(struct flow_relay *r, bool tty, bool input, uid_t owner, struct err *e)
{
	int bad = 0;

	r->tty = tty;
	if (tty) {
		if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, r->console) < 0)
			return err_sys(e, -errno, "making a way for the terminal");
		return 0;
	}
	if (input)
		bad = make_pipe(&r->inside[0], &r->theirs[0], true, owner);
	for (int i = 1; i < 3 && bad == 0; i++)
		bad = make_pipe(&r->inside[i], &r->theirs[i], false, owner);
	if (bad == 0 && !input) {
		r->theirs[0] = open("/dev/null", O_RDONLY | O_CLOEXEC);
		bad = r->theirs[0] < 0 ? -errno : 0;
	}
	return bad < 0 ? err_sys(e, bad, "making pipes") : 0;
}

int flow_relay_enter(struct flow_relay *r, int saved[3], struct err *e)
{
	scoped_fd int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int i = 0; i < 3; i++) {
		saved[i] = fcntl(i, F_DUPFD_CLOEXEC, 10);
		if (null < 0 || dup2(r->theirs[i] >= 0 ? r->theirs[i] : null, i) < 0)
			return err_sys(e, -errno, "handing over standard input and output");
	}
	return 0;
}

void flow_relay_leave(struct flow_relay *r, const int saved[3])
{
	for (int i = 0; i < 3; i++) {
		if (saved[i] >= 0)
			ignore(dup2(saved[i], i)); /* a valid descriptor onto a valid number cannot fail */
		close_keep_errno(saved[i]);
		close_at(&r->theirs[i]);
	}
}

static int receive_master(int socket)
{
	char name[64];
	union {
		struct cmsghdr head;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec part = {name, sizeof(name)};
	struct msghdr m = {
		.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
	int fd = -1;

	if (recvmsg(socket, &m, MSG_CMSG_CLOEXEC | MSG_DONTWAIT) <= 0)
		return -1;
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
		memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	return fd;
}

int flow_relay_begin(struct flow_relay *r, struct err *e)
{
	close_at(&r->console[1]);
	if (!r->tty)
		return 0;
	int master = receive_master(r->console[0]);
	close_at(&r->console[0]);
	if (master < 0)
		return err_set(e, -EPROTO, "the terminal did not come");
	r->inside[1] = master;
	r->inside[0] = fcntl(master, F_DUPFD_CLOEXEC, 3);
	if (r->inside[0] < 0 || fcntl(master, F_SETFL, O_NONBLOCK) < 0)
		return err_sys(e, -errno, "the terminal");
	return 0;
}

void flow_relay_fds(const struct flow_relay *r, struct pollfd fds[FLOW_RELAY_FDS])
{
	bool takes = r->inside[0] >= 0 && r->outside[0] >= 0;

	fds[0] = (struct pollfd){.fd = takes && !r->pending_len ? r->outside[0] : -1, .events = POLLIN};
	fds[1] = (struct pollfd){.fd = r->inside[1], .events = POLLIN};
	fds[2] = (struct pollfd){.fd = r->inside[2], .events = POLLIN};
	fds[3] = (struct pollfd){.fd = r->pending_len ? r->inside[0] : -1, .events = POLLOUT};
}

static void take_input(struct flow_relay *r)
{
	ssize_t got = read(r->outside[0], r->pending, sizeof(r->pending));

	if (got > 0) {
		r->pending_len = (size_t)got;
		return;
	}
	if (got < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	close_at(&r->outside[0]);
	/* The end of input is the end of the pipe; a terminal stays open for its output. */
	if (!r->tty)
		close_at(&r->inside[0]);
}

static void give_input(struct flow_relay *r)
{
	ssize_t wrote = write(r->inside[0], r->pending, r->pending_len);

	if (wrote < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (wrote < 0) {
		r->pending_len = 0;
		close_at(&r->inside[0]);
		return;
	}
	r->pending_len -= (size_t)wrote;
	memmove(r->pending, r->pending + wrote, r->pending_len);
}

/* Moves output once; false when there is none (now, or ever). */
static bool take_output(struct flow_relay *r, int i)
{
	char data[16384];
	ssize_t got = r->inside[i] < 0 ? -1 : read(r->inside[i], data, sizeof(data));

	if (got <= 0) {
		if (r->inside[i] >= 0 && (got == 0 || (errno != EAGAIN && errno != EINTR)))
			close_at(&r->inside[i]);
		return false;
	}
	if (r->log)
		flow_log_add(r->log, i == 2 ? FLOW_STDERR : FLOW_STDOUT, data, (size_t)got);
	if (r->outside[i] >= 0 && fd_write_all(r->outside[i], data, (size_t)got) < 0)
		close_at(&r->outside[i]); /* whoever was attached is gone; the log goes on */
	return true;
}

void flow_relay_move(struct flow_relay *r, const struct pollfd fds[FLOW_RELAY_FDS])
{
	if (fds[0].revents)
		take_input(r);
	if (fds[1].revents)
		take_output(r, 1);
	if (fds[2].revents)
		take_output(r, 2);
	if (fds[3].revents && r->inside[0] >= 0)
		give_input(r);
}

void flow_relay_drain(struct flow_relay *r)
{
	for (int i = 1; i < 3; i++)
		while (take_output(r, i))
			;
}

void flow_relay_resize(const struct flow_relay *r, unsigned short rows, unsigned short columns)
{
	struct winsize size = {.ws_row = rows, .ws_col = columns};

	if (r->tty && r->inside[1] >= 0)
		ioctl(r->inside[1], TIOCSWINSZ, &size);
}
