/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a container was refused by its profile, or would have been in the mode "alert"; and the modes themselves, which change while it
 * runs as far as what holds them can.
 */
#pragma once

#include "flow/container.h"
#include "model/profile.h"

/* Text is borrowed, valid during the call. */
struct flow_denial {
	const char *part;    /* "network", "files", "drift" */
	const char *verb;    /* "connect to" */
	const char *what;    /* "tcp 10.0.0.1 443", "/etc/passwd" */
	const char *command; /* the task's name; "" when not known */
	bool refused;	     /* false: would have been */
	uint64_t count;
	int64_t first, last; /* ns since 1970; 0: not known */
};
typedef int flow_denial_fn(const struct flow_denial *d, void *data, struct err *e);
/* Those of a running or ended container, in no order. */
int flow_denials(struct flow_place *p, const struct flow_record *r, flow_denial_fn *fn, void *data,
		 struct err *e) must_check;

/* One change of mode, as it was written down: who, what, why. */
struct flow_change {
	const char *time, *what, *reason, *user;
};
typedef int flow_audit_fn(const struct flow_change *c, void *data, struct err *e);
int flow_audit(struct flow_place *p, const struct flow_record *r, flow_audit_fn *fn, void *data,
	       struct err *e) must_check;

/* How a part of a running container is held. */
struct flow_held {
	const char *part; /* "network", "drift", ... */
	const char *mode;
	const char *rung;      /* what holds it: "guard (BPF)", "Landlock", "seccomp"; "sensors" for what only counts */
	bool changes;	       /* while it runs */
	int64_t relaxed_until; /* ns since 1970: till then it only counts; 0: it does not */
};
typedef int flow_held_fn(const struct flow_held *h, void *data, struct err *e);
int flow_held(struct flow_place *p, const struct flow_record *r, flow_held_fn *fn, void *data,
	      struct err *e) must_check;

struct flow_mode_change {
	const char *part; /* "network", "starts" or "drift" */
	enum profile_mode mode;
	unsigned after_seconds; /* till then it only counts */
	const char *reason;
};
/*
 * Changes a running container, and writes it down. -ENOTSUP for what was set at its start and cannot be taken off or put on
 * afterwards.
 */
int flow_set_mode(struct flow_place *p, const struct flow_record *r, const struct flow_mode_change *c,
		  struct err *e) must_check;
/* For SECONDS from now, what can change only counts; written down. 0 ends it. */
int flow_break_glass(struct flow_place *p, const struct flow_record *r, const char *reason, unsigned seconds,
		     struct err *e) must_check;
