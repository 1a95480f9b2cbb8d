/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A process of ours is given a scheduler and an I/O priority, and has them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <linux/ioprio.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "process.h"

static pid_t wait_in_a_child(int *ret_end)
{
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	pid_t pid = fork();
	if (pid == 0) {
		char c;
		close(ends[1]);
		_exit(read(ends[0], &c, 1) != 0);
	}
	close(ends[0]);
	*ret_end = ends[1];
	return pid;
}

static void the_process_has_them(void **state)
{
	int end;
	pid_t pid = wait_in_a_child(&end);
	struct err e = {0};
	struct oci_process p = {
		.scheduler = {.policy = SCHED_BATCH, .nice = 3}, .io_class = IOPRIO_CLASS_BE, .io_priority = 6};

	assert_int_equal(process_set_priority(pid, &p, &e), 0);
	assert_int_equal(sched_getscheduler(pid), SCHED_BATCH);
	assert_int_equal(getpriority(PRIO_PROCESS, (id_t)pid), 3);
	assert_int_equal(syscall(SYS_ioprio_get, 1 /* IOPRIO_WHO_PROCESS */, pid),
			 IOPRIO_PRIO_VALUE(IOPRIO_CLASS_BE, 6));
	/* Neither is asked for: neither changes. */
	p = (struct oci_process){.scheduler = {.policy = -1}};
	assert_int_equal(process_set_priority(pid, &p, &e), 0);
	assert_int_equal(sched_getscheduler(pid), SCHED_BATCH);
	/* What the kernel refuses is said by name. */
	p.scheduler.policy = SCHED_FIFO;
	p.scheduler.priority = 1000;
	assert_true(process_set_priority(pid, &p, &e) < 0);
	assert_non_null(strstr(e.text, "process.scheduler"));
	close(end);
	waitpid(pid, NULL, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_process_has_them),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
