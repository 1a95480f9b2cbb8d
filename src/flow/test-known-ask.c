/* SPDX-License-Identifier: Apache-2.0 */
/* containerd's client, played by a script: an answer that is longer than a pipe is. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "known-ask.h"

static char folder[] = "/tmp/test-ask-XXXXXX";

static int take(void *ctx, const struct event *event)
{
	struct event_view view;
	size_t length;
	assert_int_equal(event_view(event, event->size, &view), 0);
	const char *text = event_bytes(&view, EVENT_P_TEXT, &length);
	assert_non_null(text);
	assert_non_null(memmem(text, length, "\"docker.io/x:1\"", 15));
	*(int *)ctx += 1;
	return 0;
}

static void test_a_long_answer(void **state)
{
	struct known_asking asking = {0};
	struct known_question question;
	int answers = 0;
	known_question_set(&question, "box", "/none", "default");
	known_ask(&asking, &question);
	assert_true(asking.at[0].pid > 0);
	for (int i = 0; i < 500 && asking.at[0].pid; i++) {
		usleep(10000);
		assert_int_equal(known_answers(&asking, take, &answers), 0);
	}
	known_asking_done(&asking);
	assert_int_equal(answers, 1);
}

static int setup(void **state)
{
	static const char script[] = "#!/bin/sh\nprintf '{\"Image\":\"docker.io/x:1\",\"Spec\":\"%090000d\"}' 0\n";
	char path[512];
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/ctr", folder);
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0700);
	if (fd < 0 || write(fd, script, strlen(script)) != (ssize_t)strlen(script) || close(fd) < 0)
		return -1;
	snprintf(path, sizeof(path), "%s:/usr/bin:/bin", folder);
	return setenv("PATH", path, 1);
}

static int teardown(void **state)
{
	char path[64];
	snprintf(path, sizeof(path), "%s/ctr", folder);
	unlink(path);
	return rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_a_long_answer)};
	return cmocka_run_group_tests(tests, setup, teardown);
}
