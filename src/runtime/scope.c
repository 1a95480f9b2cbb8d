/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The scope of a container in the making.
 */
#include "scope.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kern/process.h"

int scope_plan(struct scope *s, const char *path, const char *id, bool user, struct buf *group, struct err *e)
{
	int r = systemd_read_path(path, id, user, &s->names, e);

	s->user = user;
	if (r == 0)
		r = systemd_connect(&s->bus, user, e);
	return r < 0 ? r : systemd_group_path(&s->bus, &s->names, group, e);
}

/* Holds the place and nothing else, for as long as PARENT lives. */
static _Noreturn void hold(pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent || syscall(SYS_close_range, 0, ~0u, 0) < 0)
		_exit(1);
	for (;;)
		pause();
}

int scope_start(struct scope *s, const char *id, const struct oci_spec *spec, bool unified, struct err *e)
{
	pid_t parent = getpid();
	int r = systemd_check_annotations(spec, e);

	if (r < 0)
		return r;
	s->holder = kern_clone(0, -1, NULL);
	if (s->holder == 0)
		hold(parent);
	if (s->holder < 0)
		return err_sys(e, s->holder, "cannot clone a process for the scope");
	const struct systemd_scope scope = {.id = id, .spec = spec, .pid = s->holder, .unified = unified};
	r = systemd_start(&s->bus, &s->names, &scope, e);
	s->started = r == 0;
	bus_done(&s->bus);
	return r;
}

void scope_release(struct scope *s)
{
	if (s->holder <= 0)
		return;
	kill(s->holder, SIGKILL); /* our child, not waited for yet */
	waitpid(s->holder, NULL, 0);
	s->holder = 0;
}

void scope_done(struct scope *s, bool keep)
{
	scope_release(s);
	/* An empty scope ends by itself; waiting for that leaves nothing to see afterwards. */
	if (s->started && !keep && systemd_connect(&s->bus, s->user, NULL) == 0)
		ignore(systemd_stop(&s->bus, s->names.unit, NULL));
	bus_done(&s->bus);
	s->started = false;
}
