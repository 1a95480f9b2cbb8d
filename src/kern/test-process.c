/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Processes: start times, signals by name, exit codes.
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
#include <sys/wait.h>
#include "base/str.h"
#include "kern/process.h"

static void signals_have_names_and_numbers(void **state)
{
	static const struct {
		const char *text;
		int signal;
	} good[] = {{"TERM", SIGTERM}, {"SIGKILL", SIGKILL}, {"hup", SIGHUP}, {"9", 9}, {"sigusr1", SIGUSR1}};
	static const char *const bad[] = {"", "0", "65", "-9", "SIG", "NOPE", "RTMIN+99", "RTMIN*1", "9x"};
	int signal = 0;

	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		assert_int_equal(kern_signal_from(good[i].text, &signal), 0);
		assert_int_equal(signal, good[i].signal);
	}
	assert_int_equal(kern_signal_from("RTMIN+1", &signal), 0);
	assert_int_equal(signal, SIGRTMIN + 1);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (kern_signal_from(bad[i], &signal) == 0)
			fail_msg("accepted %s", bad[i]);
}

static void a_start_time_names_a_process(void **state)
{
	uint64_t first = 0, second = 0;
	char status = 0;
	int pidfd = -1;

	assert_int_equal(kern_start_time(getpid(), &first), 0);
	assert_int_equal(kern_start_time(getpid(), &second), 0);
	assert_true(first == second && first > 0);
	pid_t pid = kern_clone(0, -1, &pidfd);
	if (pid == 0)
		_exit(7);
	assert_true(pid > 0 && pidfd >= 0);
	siginfo_t info;
	assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	assert_int_equal(kern_process_state(pid, &second, &status), 0);
	assert_int_equal(status, 'Z');
	assert_int_equal(kern_wait_exit_code(pid), 7);
	assert_int_equal(kern_start_time(pid, &second), -ENOENT);
	assert_int_equal(kern_pidfd_signal(pidfd, SIGKILL), -ESRCH);
	close(pidfd);
}

static void a_death_by_signal_is_128_and_the_signal(void **state)
{
	pid_t pid = kern_clone(0, -1, NULL);

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(kern_wait_exit_code(pid), 137);
}

static void a_user_namespace_has_the_maps_it_was_given(void **state)
{
	int fd = kern_userns_new("0 100000 10\n", "0 100000 10\n");

	if (fd == -EPERM && geteuid() != 0)
		return;
	assert_true(fd >= 0);
	close(fd);
	assert_true(kern_userns_new("0 1 10\n5 20 10\n", "0 1 10\n") < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signals_have_names_and_numbers),
		cmocka_unit_test(a_start_time_names_a_process),
		cmocka_unit_test(a_death_by_signal_is_128_and_the_signal),
		cmocka_unit_test(a_user_namespace_has_the_maps_it_was_given),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
