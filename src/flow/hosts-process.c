/* SPDX-License-Identifier: Apache-2.0 */
/* Looks, waits, looks again; what has changed becomes the container's policy. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "behaviour-file.h"
#include "beside.h"
#include "guarding.h"
#include "hosts.h"

struct looking {
	struct profile profile;
	struct hosts hosts;
	const struct flow_record *record;
	int dir;
	bool behind; /* the policy, what is known */
};

static void put_rules(struct guard_policy *policy, void *data)
{
	const struct looking *l = data;
	guarding_rules(&l->profile, &l->hosts, policy);
}

/*
 * What cannot be told now stays, and so does a policy that cannot be changed now: the next look is soon. Nothing is changed before all that
 * was known at the start is known here.
 */
static void look(struct looking *l)
{
	struct err ignored = {0};
	bool changed;

	ignore(hosts_look(&l->hosts, l->record, &changed, &ignored));
	l->behind |= changed;
	if (!l->behind || !hosts_are_told(&l->hosts))
		return;
	l->behind = guarding_change(l->record, l->dir, put_rules, l, &ignored) < 0;
	if (l->behind)
		l->hosts.ttl_s = HOSTS_FLOOR_S;
}

static int serve(struct looking *l, int line)
{
	prctl(PR_SET_NAME, "skep-names", 0, 0, 0);
	/* The end of the monitor is the end of this, whatever ends it. */
	struct pollfd p = {.fd = line, .events = POLLIN};
	for (int r = 0; r == 0 || (r < 0 && errno == EINTR); r = poll(&p, 1, (int)l->hosts.ttl_s * 1000))
		look(l);
	return EXIT_SUCCESS;
}

static int start(struct looking *l, struct hosts_process *ret, struct err *e)
{
	int line[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, line) < 0)
		return err_sys(e, -errno, "starting what looks up names");
	ret->pid = fork();
	if (ret->pid == 0) {
		int r = beside_keep(&l->dir, &line[1]);
		_exit(r < 0 ? EXIT_FAILURE : serve(l, line[1]));
	}
	int bad = ret->pid < 0 ? -errno : 0;
	close(line[1]);
	ret->line = line[0];
	return bad < 0 ? err_sys(e, bad, "starting what looks up names") : 0;
}

int hosts_begin(const struct flow_record *r, int dir, struct hosts_process *ret, struct err *e)
{
	*ret = HOSTS_PROCESS_INIT;
	if (!r->behaves)
		return 0;
	scoped_free struct looking *l = calloc(1, sizeof(*l));
	if (!l)
		return err_set(e, -ENOMEM, "out of memory");
	l->record = r;
	l->dir = dir;
	int bad = behaviour_load(dir, &l->profile, e);
	if (bad == 0)
		bad = hosts_collect(&l->profile, &l->hosts, e);
	if (bad == 0 && l->hosts.count && guarding_offers().addresses)
		bad = start(l, ret, e);
	profile_done(&l->profile);
	return bad;
}

void hosts_end(struct hosts_process *p)
{
	close_keep_errno(p->line);
	while (p->pid > 0 && waitpid(p->pid, NULL, 0) < 0 && errno == EINTR)
		;
	*p = HOSTS_PROCESS_INIT;
}
