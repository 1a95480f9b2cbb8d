/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The probes: each answers in words, and none changes the process that asks.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <fcntl.h>
#include <sys/prctl.h>

#include "base/path.h"
#include "kern/probe.h"

static void read_own(const char *path, struct buf *b)
{
	assert_int_equal(path_read_file(AT_FDCWD, path, b), 0);
}

static void probes_answer_and_leave_no_trace(void **state)
{
	SCOPED(buf) struct buf before = BUF_INIT(1 << 20), after = BUF_INIT(1 << 20);
	size_t count = 0;

	read_own("/proc/self/mountinfo", &before);
	for (const struct kern_probe *p = kern_probes; p->name; p++, count++) {
		struct kern_probe_result r = {.works = false};
		p->run(&r);
		assert_true(r.detail[0] != '\0');
	}
	read_own("/proc/self/mountinfo", &after);
	assert_true(count > 10);
	assert_string_equal(buf_str(&before), buf_str(&after));
	assert_int_equal(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 0);
	assert_int_equal(prctl(PR_GET_SECCOMP, 0, 0, 0, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(probes_answer_and_leave_no_trace)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
