/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A scope while a container is made. systemd wants a process in it from the start, before the container has one, so a
 * process of ours holds the place; it ends with its parent, whatever ends that. Inside the room only.
 */
#pragma once

#include "systemd.h"

struct scope {
	struct bus bus;
	struct systemd_names names;
	bool started, user;
	pid_t holder;
};
#define SCOPE_INIT ((struct scope){.bus = BUS_INIT})

/* Connects, and appends where the group will be. */
int scope_plan(struct scope *s, const char *path, const char *id, bool user, struct buf *group,
	       struct err *e) must_check;
/* Starts it, and closes the connection: the container's process must not inherit one. */
int scope_start(struct scope *s, const char *id, const struct oci_spec *spec, bool unified, struct err *e) must_check;
/* Once the container's own process is in the group. */
void scope_release(struct scope *s);
/* Closes what S holds; where the container was not made (KEEP false), the scope is stopped. */
void scope_done(struct scope *s, bool keep);
