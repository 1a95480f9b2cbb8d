/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Carries bytes between a container's process and whoever is attached to it: through pipes or a terminal of its own,
 * so that no descriptor of the host, least of all its terminal, ever reaches the process. Inside the room only.
 */
#pragma once

#include <poll.h>
#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"
#include "log.h"

#define FLOW_RELAY_FDS 4

struct flow_relay {
	struct flow_log *log; /* NULL: none */
	int outside[3];	      /* input, output, error of whoever is attached; -1: nobody. Owned */
	int inside[3];	      /* our ends; with a terminal [0] and [1] are its master. Owned */
	int theirs[3];	      /* the process's ends until it has them. Owned */
	int console[2];	      /* socket pair a terminal's master comes through; [1] is for the runtime */
	bool tty;
	char pending[8192]; /* input the process has not taken yet */
	size_t pending_len;
};
#define FLOW_RELAY_INIT                                                                                                \
	((struct flow_relay){                                                                                          \
		.outside = {-1, -1, -1}, .inside = {-1, -1, -1}, .theirs = {-1, -1, -1}, .console = {-1, -1}})
void flow_relay_done(struct flow_relay *r);
DEFINE_SCOPED(flow_relay)

/* Makes pipes (INPUT: one for input too), readable by OWNER, or the way for a terminal. */
int flow_relay_prepare(struct flow_relay *r, bool tty, bool input, uid_t owner, struct err *e) must_check;
/* Puts the process's ends on our own 0, 1, 2 for the time the process is made; restore puts back what was there. */
int flow_relay_enter(struct flow_relay *r, int saved[3], struct err *e) must_check;
void flow_relay_leave(struct flow_relay *r, const int saved[3]);
/* The process has its ends: closes ours of them, takes the terminal's master. */
int flow_relay_begin(struct flow_relay *r, struct err *e) must_check;
/* What to poll for, and what to do about it. */
void flow_relay_fds(const struct flow_relay *r, struct pollfd fds[FLOW_RELAY_FDS]);
void flow_relay_move(struct flow_relay *r, const struct pollfd fds[FLOW_RELAY_FDS]);
/* Everything the process still left in its pipes, once it has ended. */
void flow_relay_drain(struct flow_relay *r);
void flow_relay_resize(const struct flow_relay *r, unsigned short rows, unsigned short columns);
