/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Capability sets of a process of its own.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include "base/str.h"
#include "kern/creds.h"
#include "kern/process.h"

/* Runs CHECK in a child and expects it to end well. */
static void in_a_child(int (*check)(void))
{
	pid_t pid = kern_clone(0, -1, NULL);

	if (pid == 0)
		_exit(check());
	assert_int_equal(kern_wait_exit_code(pid), 0);
}

static int drop_and_look(void)
{
	uint64_t effective = 0, permitted = 0, inheritable = 0;
	const uint64_t keep = 1ull << CAP_KILL | 1ull << CAP_CHOWN;

	if (kern_caps_bound(keep) < 0 || (kern_caps_bounding() & ~keep))
		return 1;
	if (kern_caps_set(1ull << CAP_KILL, keep, 0) < 0)
		return 2;
	if (kern_caps_get(&effective, &permitted, &inheritable) < 0)
		return 3;
	if (effective != 1ull << CAP_KILL || permitted != keep || inheritable != 0)
		return 4;
	/* What is not permitted any more cannot come back. */
	return kern_caps_set(1ull << CAP_SYS_ADMIN, 1ull << CAP_SYS_ADMIN, 0) == -EPERM ? 0 : 5;
}

static int raise_ambient(void)
{
	const uint64_t cap = 1ull << CAP_NET_BIND_SERVICE;

	if (kern_caps_ambient(cap) < 0 || prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAP_NET_BIND_SERVICE, 0, 0) != 0)
		return 1; /* not inheritable: left out */
	if (kern_caps_set(cap, cap, cap) < 0)
		return 2;
	if (kern_caps_ambient(cap) < 0)
		return 3;
	return prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAP_NET_BIND_SERVICE, 0, 0) == 1 ? 0 : 4;
}

static void dropped_capabilities_stay_dropped(void **state)
{
	if (geteuid() == 0)
		in_a_child(drop_and_look);
}

static void ambient_needs_inheritable(void **state)
{
	if (geteuid() == 0)
		in_a_child(raise_ambient);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dropped_capabilities_stay_dropped),
		cmocka_unit_test(ambient_needs_inheritable),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
