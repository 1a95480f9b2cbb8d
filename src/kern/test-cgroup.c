/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where groups are planned, and one real group made, frozen, killed and removed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include "base/str.h"
#include "kern/cgroup.h"
#include "kern/process.h"

static struct kern_cgroup_layout layout_of(const char *own, bool unified)
{
	struct kern_cgroup_layout l = {.count = 1, .v2 = unified ? 0 : -1, .unified = unified};

	snprintf(l.at[0].name, sizeof(l.at[0].name), "%s", unified ? "" : "memory");
	snprintf(l.at[0].mount, sizeof(l.at[0].mount), "/sys/fs/cgroup%s", unified ? "" : "/memory");
	snprintf(l.at[0].own, sizeof(l.at[0].own), "%s", own);
	return l;
}

static void paths_are_from_the_root_or_from_here(void **state)
{
	struct kern_cgroup_layout v1 = layout_of("/user/me", false), v2 = layout_of("/user/me", true);
	struct kern_cgroup c;
	struct err e = {0};

	assert_int_equal(kern_cgroup_plan(&v1, "/a/b", &c, &e), 0);
	assert_string_equal(c.at[0].dir, "/sys/fs/cgroup/memory/a/b");
	assert_int_equal(kern_cgroup_plan(&v1, "x", &c, &e), 0);
	assert_string_equal(c.at[0].dir, "/sys/fs/cgroup/memory/user/me/x");
	assert_int_equal(kern_cgroup_plan(&v2, "x", &c, &e), 0);
	assert_string_equal(c.at[0].dir, "/sys/fs/cgroup/user/x");
}

static void paths_that_lead_elsewhere_are_refused(void **state)
{
	static const char *const bad[] = {"", "/", "//", "..", "../x", "/a/../../x", "a/.."};
	struct kern_cgroup_layout l = layout_of("/", false);
	struct kern_cgroup c;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (kern_cgroup_plan(&l, bad[i], &c, NULL) == 0)
			fail_msg("accepted %s", bad[i]);
}

static int count_pid(pid_t pid, void *data)
{
	(*(int *)data)++;
	return 0;
}

/* Waits for one process in the group, freezes, thaws and kills it; the number of the step that failed, or 0. */
static int live_and_die(struct kern_cgroup *c, pid_t pid)
{
	int count = 0, code;

	for (int tries = 0; tries < 200 && count == 0; tries++) {
		usleep(10000);
		if (kern_cgroup_each_pid(c, count_pid, &count) < 0)
			break;
	}
	bool frozen = kern_cgroup_freeze(c, true, NULL) == 0 && kern_cgroup_is_frozen(c);
	bool thawed = kern_cgroup_freeze(c, false, NULL) == 0;
	int killed = kern_cgroup_kill(c);
	kill(pid, SIGKILL);
	code = kern_wait_exit_code(pid);
	return count != 1 ? 1 : !frozen ? 2 : !thawed ? 3 : killed < 0 ? 4 : code != 137 ? 5 : 0;
}

static void a_group_lives_and_dies(void **state)
{
	SCOPED(kern_cgroup) struct kern_cgroup c = KERN_CGROUP_INIT;
	struct kern_cgroup_layout layout;
	char name[64];
	bool existed = true;
	struct err e = {0};

	if (geteuid() != 0)
		return;
	snprintf(name, sizeof(name), "/skep-test-%d", (int)getpid());
	assert_int_equal(kern_cgroup_detect(&layout, &e), 0);
	assert_int_equal(kern_cgroup_plan(&layout, name, &c, &e), 0);
	assert_int_equal(kern_cgroup_make(&c, &existed, &e), 0);
	int prepared = kern_cgroup_prepare_enter(&c, &e);
	pid_t pid = kern_clone(0, -1, NULL);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (kern_cgroup_enter(&c, true) < 0)
			_exit(1);
		for (;;)
			pause();
	}
	/* Nothing is asserted before everything is gone again: a failure must not leave a process or a group. */
	int failed_step = live_and_die(&c, pid);
	int removed = kern_cgroup_remove(&c, &e);
	assert_false(existed);
	assert_int_equal(prepared, 0);
	assert_int_equal(failed_step, 0);
	assert_int_equal(removed, 0);
	struct stat st;
	for (size_t i = 0; i < c.count; i++)
		assert_true(stat(c.at[i].dir, &st) < 0 && errno == ENOENT);
}

static void the_root_of_a_hierarchy_is_never_a_group(void **state)
{
	SCOPED(kern_cgroup) struct kern_cgroup c = KERN_CGROUP_INIT;
	struct kern_cgroup_layout layout;

	assert_int_equal(kern_cgroup_detect(&layout, NULL), 0);
	for (size_t i = 0; i < layout.count; i++)
		assert_int_equal(kern_cgroup_add(&c, layout.at[i].name, layout.at[i].mount), -EXDEV);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths_are_from_the_root_or_from_here),
		cmocka_unit_test(paths_that_lead_elsewhere_are_refused),
		cmocka_unit_test(a_group_lives_and_dies),
		cmocka_unit_test(the_root_of_a_hierarchy_is_never_a_group),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
