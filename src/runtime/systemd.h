/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The systemd cgroup driver: a container's group is a scope that systemd makes, accounts for and removes. What the
 * kernel is told beyond that goes through the group's files as with the other driver. Inside the room only.
 */
#pragma once

#include "bus.h"
#include "kern/cgroup.h"
#include "oci/spec.h"
#include "systemd-property.h"

#define SYSTEMD_NAME_MAX 255

struct systemd_names {
	char unit[SYSTEMD_NAME_MAX + 1];  /* skep-ID.scope */
	char slice[SYSTEMD_NAME_MAX + 1]; /* system.slice, or what the specification names */
};

/*
 * linux.cgroupsPath as this driver reads it, "slice:prefix:name"; empty parts and an empty path have defaults. -EINVAL
 * with words. Pure.
 */
int systemd_read_path(const char *path, const char *id, bool user, struct systemd_names *ret, struct err *e) must_check;
/* "a-b.slice" is below "a.slice": appends "/a.slice/a-b.slice". -EINVAL for what is no name of a slice. Pure. */
int systemd_expand_slice(const char *slice, struct buf *b) must_check;

/* Connects to the system's manager, or to the caller's own (USER). */
int systemd_connect(struct bus *b, bool user, struct err *e) must_check;
/* The group that the scope will have, absolute from each hierarchy's root, appended to PATH. */
int systemd_group_path(struct bus *b, const struct systemd_names *names, struct buf *path, struct err *e) must_check;
struct systemd_scope {
	const char *id; /* of the container */
	const struct oci_spec *spec;
	pid_t pid;    /* a process to begin with */
	bool unified; /* cgroup v2 alone */
};
/* Starts the scope, and waits until it is there. */
int systemd_start(struct bus *b, const struct systemd_names *names, const struct systemd_scope *s,
		  struct err *e) must_check;
/* Tells systemd of changed limits, so that it does not write the old ones again. */
int systemd_update(struct bus *b, const char *unit, const struct oci_resources *r, bool unified,
		   struct err *e) must_check;
/* Stops the scope and waits for its end. A scope that is gone is success. */
int systemd_stop(struct bus *b, const char *unit, struct err *e) must_check;
