/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hooks: order, input, failure, time limit.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <time.h>
#include "base/path.h"
#include "base/str.h"
#include "hooks.h"

static int run(const char *script, int64_t timeout, const char *input, struct err *e)
{
	char *args[] = {"sh", "-c", (char *)(uintptr_t)script, NULL};
	struct oci_hook hook = {.path = "/bin/sh", .args = {args, 3}, .timeout = {timeout > 0, timeout}};
	struct oci_spec spec = {0};

	spec.hooks[OCI_HOOK_POSTSTOP] = (struct oci_hooks){&hook, 1};
	return hooks_run(&spec, OCI_HOOK_POSTSTOP, input, e);
}

static void the_state_is_on_standard_input(void **state)
{
	struct err e = {0};

	assert_int_equal(run("read line; [ \"$line\" = '{\"id\":\"x\"}' ]", 0, "{\"id\":\"x\"}\n", &e), 0);
	assert_int_equal(run("exec true", 0, "nobody reads this", &e), 0);
}

static void the_environment_is_only_the_given_one(void **state)
{
	struct err e = {0};

	assert_int_equal(setenv("SKEP_TEST_SECRET", "1", 1), 0);
	assert_int_equal(run("[ -z \"$SKEP_TEST_SECRET\" ]", 0, "", &e), 0);
}

static void a_failure_has_status_and_output(void **state)
{
	struct err e = {0};

	assert_int_equal(run("echo broken pipe dream >&2; exit 3", 0, "", &e), -ECANCELED);
	assert_non_null(strstr(e.text, "poststop hook #0 (/bin/sh): exit status 3"));
	assert_non_null(strstr(e.text, "broken pipe dream"));
}

static void a_hook_over_its_time_is_killed_with_what_it_started(void **state)
{
	struct timespec before, after;
	struct err e = {0};

	clock_gettime(CLOCK_MONOTONIC, &before);
	assert_int_equal(run("sleep 60 & sleep 60", 1, "", &e), -ETIMEDOUT);
	clock_gettime(CLOCK_MONOTONIC, &after);
	assert_true(after.tv_sec - before.tv_sec < 30);
	assert_non_null(strstr(e.text, "timeout"));
}

static void a_missing_program_is_an_error(void **state)
{
	struct oci_hook hook = {.path = "/nonexistent/hook"};
	struct oci_spec spec = {0};
	struct err e = {0};

	spec.hooks[OCI_HOOK_PRESTART] = (struct oci_hooks){&hook, 1};
	assert_true(hooks_run(&spec, OCI_HOOK_PRESTART, "", &e) < 0);
	assert_non_null(strstr(e.text, "/nonexistent/hook"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_state_is_on_standard_input),
		cmocka_unit_test(the_environment_is_only_the_given_one),
		cmocka_unit_test(a_failure_has_status_and_output),
		cmocka_unit_test(a_hook_over_its_time_is_killed_with_what_it_started),
		cmocka_unit_test(a_missing_program_is_an_error),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
