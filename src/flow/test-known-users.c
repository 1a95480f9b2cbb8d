/* SPDX-License-Identifier: Apache-2.0 */
/* Users of a container, out of a root folder that may be anything: also one whose file system never answers. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "known-ask.h"
#include "known.h"

static char root[] = "/tmp/test-known-users-XXXXXX";
static char told[EVENT_PARAMS_MAX];

static int take(void *ctx, const struct event *event)
{
	struct event_view view;
	size_t length;
	assert_int_equal(event_view(event, event->size, &view), 0);
	const char *text = event_bytes(&view, EVENT_P_TEXT, &length);
	snprintf(told, sizeof(told), "%.*s", (int)length, text);
	return 0;
}

/* A file system of which nobody answers a question, over ROOT/etc. */
static bool mount_silent(void)
{
	char options[128], etc[64];
	int fd = open("/dev/fuse", O_RDWR);
	snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=0,group_id=0", fd);
	snprintf(etc, sizeof(etc), "%s/etc", root);
	return fd >= 0 && unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	       mount("silent", etc, "fuse", 0, options) == 0;
}

/* A process below ROOT; SILENT: its /etc never answers. 0 when that cannot be made here. */
static pid_t start(bool silent)
{
	int ready[2];
	char byte = 0;
	assert_int_equal(pipe(ready), 0);
	pid_t pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		bool made = !silent || mount_silent();
		byte = made && chroot(root) == 0 && chdir("/") == 0 ? '1' : '0';
		if (write(ready[1], &byte, 1) == 1)
			pause();
		_exit(0);
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	close(ready[1]);
	if (byte == '1')
		return pid;
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return 0;
}

static void stop(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static double seconds(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void test_users_of_a_root_folder(void **state)
{
	struct known_readers readers = {0};
	pid_t pid = geteuid() == 0 ? start(false) : 0;
	if (!pid) {
		print_message("skipped: needs root\n");
		skip();
	}
	assert_int_equal(known_users(&readers, "box", pid, false, take, NULL), 0);
	stop(pid);
	assert_string_equal(told, "{\"id\":\"box\",\"users\":[[0,\"inside\",\"/home\",\"/bin/sh\"]],\"groups\":[]}");
	/* One that is gone has none, and is no error. */
	told[0] = '\0';
	assert_int_equal(known_users(&readers, "box", pid, false, take, NULL), 0);
	assert_string_equal(told, "");
}

static void test_a_file_system_that_never_answers_keeps_nobody(void **state)
{
	struct known_readers readers = {0};
	pid_t pid = geteuid() == 0 ? start(true) : 0;
	if (!pid) {
		print_message("skipped: needs root\n");
		skip();
	}
	for (int i = 0; i < 2; i++) {
		double began = seconds();
		assert_int_equal(known_users(&readers, "box", pid, false, take, NULL), 0);
		assert_true(seconds() - began < 5);
		assert_string_equal(told, "{\"id\":\"box\",\"users\":[],\"groups\":[]}");
	}
	stop(pid);
	known_readers_done(&readers);
}

static void test_searches_have_a_share_of_the_time(void **state)
{
	struct known_asking asking = {0};
	const int64_t second = 1000000000;
	assert_true(known_may_search(&asking, 100 * second));
	known_searched(&asking, 100 * second, 102 * second); /* the allowance of the start is used up */
	assert_false(known_may_search(&asking, 103 * second));
	assert_false(known_may_search(&asking, 104 * second));
	assert_int_equal(asking.passed_over, 2);
	assert_true(known_may_search(&asking, 120 * second));
}

static int make_root(void **state)
{
	char path[64];
	if (!mkdtemp(root))
		return -1;
	snprintf(path, sizeof(path), "%s/etc", root);
	mkdir(path, 0755);
	snprintf(path, sizeof(path), "%s/etc/passwd", root);
	static const char text[] = "inside:x:0:0:root:/home:/bin/sh\nno line\n";
	FILE *f = fopen(path, "we");
	bool written = f && fputs(text, f) >= 0;
	return f && fclose(f) == 0 && written ? 0 : -1;
}

static int remove_root(void **state)
{
	char path[64];
	snprintf(path, sizeof(path), "%s/etc/passwd", root);
	unlink(path);
	snprintf(path, sizeof(path), "%s/etc", root);
	rmdir(path);
	return rmdir(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_users_of_a_root_folder),
		cmocka_unit_test(test_a_file_system_that_never_answers_keeps_nobody),
		cmocka_unit_test(test_searches_have_a_share_of_the_time),
	};
	return cmocka_run_group_tests(tests, make_root, remove_root);
}
