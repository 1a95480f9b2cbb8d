/* SPDX-License-Identifier: Apache-2.0 */
/* Who may speak for an engine: a process that looks like Podman's monitor, on the host and in a container. Needs root. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/json.h"
#include "kern/cgroup.h"
#include "known-engines.h"

/* Of this run alone: others may run beside it. */
static char id[65];
static char folder[] = "/tmp/test-known-XXXXXX";
static char group[512];

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0700);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static int ask(void)
{
	SCOPED(buf) struct buf text = BUF_INIT(4096);
	struct json_out o = JSON_OUT(&text);
	struct known_question question = {.id = ""};
	json_out_object(&o, NULL);
	return known_engine(id, "podman", &o, &question);
}

static void test_no_container_speaks_for_an_engine(void **state)
{
	char path[64], pid[16];
	snprintf(path, sizeof(path), "%s/conmon", folder);
	pid_t child = fork();
	if (child == 0) {
		execl(path, "conmon", "-c", id, "-n", "trusted", NULL);
		_exit(127);
	}
	int r = -1;
	for (int i = 0; i < 200 && r < 0; i++) {
		usleep(10000);
		r = ask();
	}
	snprintf(pid, sizeof(pid), "%d", (int)child);
	int dir = open(group, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int procs = openat(dir, "cgroup.procs", O_WRONLY | O_CLOEXEC);
	ssize_t moved = write(procs, pid, strlen(pid));
	int contained = ask();
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	close(procs);
	close(dir);
	assert_int_equal(r, 0);
	assert_true(moved > 0);
	assert_int_equal(contained, -ENOENT);
}

static int setup(void **state)
{
	struct kern_cgroup_layout layout;
	char path[64];
	snprintf(id, sizeof(id), "%064x", (unsigned)getpid());
	if (!mkdtemp(folder) || kern_cgroup_detect(&layout, NULL) < 0 || layout.v2 < 0)
		return -1;
	snprintf(group, sizeof(group), "%s/docker-%s.scope", layout.at[layout.v2].mount, id);
	if (mkdir(group, 0700) < 0)
		return -1;
	/* The kernel's name for a script is the script's. */
	snprintf(path, sizeof(path), "%s/conmon", folder);
	write_file(path, "#!/bin/sh\nwhile :; do sleep 0.1; done\n");
	return 0;
}

static int teardown(void **state)
{
	char path[64];
	snprintf(path, sizeof(path), "%s/conmon", folder);
	unlink(path);
	rmdir(folder);
	for (int i = 0; i < 100 && rmdir(group) < 0; i++)
		usleep(10000); /* until the last sleeper is gone */
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_no_container_speaks_for_an_engine)};
	if (geteuid() != 0) {
		puts("needs root");
		return 77;
	}
	return cmocka_run_group_tests(tests, setup, teardown);
}
