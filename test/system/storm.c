/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Load for a watch, counted exactly: "storm VERB COUNT..." does COUNT of something as fast as it can, for at most 20 seconds, and prints
 * how many it did.
 *
 *   forks COUNT    processes: single ones, double forks whose middle ends first, chains in which each makes the next
 *   creats COUNT   creat(2) of /dev/null on every processor: a call that nothing else on the machine makes
 *   holds COUNT    programs with long arguments that stay until the storm is killed
 *   groups COUNT FOLDER   cgroups below FOLDER, each with one process that executes a program
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { CHAIN = 80, ARGUMENT = 4000, SECONDS_MAX = 20 };

static long *made; /* shared by all processes of the storm */

static bool in_time(void)
{
	static time_t end;
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	if (!end)
		end = now.tv_sec + SECONDS_MAX;
	return now.tv_sec < end;
}

static void reap(void)
{
	while (wait(NULL) > 0 || errno == EINTR)
		;
}

/* Each process makes the next and ends: the last descends from nobody that lives. */
static void chain(long left)
{
	while (left-- > 0) {
		pid_t pid = fork();
		if (pid != 0)
			_exit(pid < 0);
		__atomic_add_fetch(made, 1, __ATOMIC_SEQ_CST);
	}
	_exit(0);
}

static void forks(long count)
{
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	while (in_time() && __atomic_load_n(made, __ATOMIC_SEQ_CST) < count) {
		for (int kind = 0; kind < 3; kind++) {
			pid_t pid = fork();
			if (pid == 0 && kind == 0)
				_exit(0);
			if (pid == 0)
				chain(kind == 1 ? 1 : CHAIN);
			if (pid > 0)
				__atomic_add_fetch(made, 1, __ATOMIC_SEQ_CST);
		}
		reap();
	}
}

static void creats(long count)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	for (long cpu = 0; cpu < cpus; cpu++)
		if (fork() == 0) {
			for (long i = 0; i < count / cpus && in_time(); i++) {
				close((int)syscall(SYS_creat, "/dev/null", 0600));
				__atomic_add_fetch(made, 1, __ATOMIC_RELAXED);
			}
			_exit(0);
		}
	reap();
}

static void holds(long count)
{
	static char text[ARGUMENT + 1];
	char ready;
	int ends[2];
	memset(text, 'x', ARGUMENT);
	if (pipe(ends) < 0)
		exit(1);
	for (long i = 0; i < count; i++)
		if (fork() == 0) {
			memcpy(text, &i, sizeof(i)); /* no two alike */
			for (size_t k = 0; k < sizeof(i); k++)
				text[k] = (char)('a' + (text[k] & 15));
			dup2(ends[1], STDOUT_FILENO);
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			execl("/proc/self/exe", "storm", "stay", "1", text, (char *)NULL);
			_exit(1);
		}
	for (; *made < count && read(ends[0], &ready, 1) == 1; ++*made)
		;
	printf("%ld\n", *made);
	fflush(stdout);
	pause();
}

static void stay(void)
{
	if (write(STDOUT_FILENO, "x", 1) == 1)
		pause();
}

static void put_in(const char *folder)
{
	char path[5000];
	snprintf(path, sizeof(path), "%s/cgroup.procs", folder);
	int fd = open(path, O_WRONLY);
	if (fd < 0 || write(fd, "0", 1) != 1)
		_exit(1);
	close(fd);
}

static void groups(long count, const char *folder)
{
	char path[4096];
	for (long i = 0; i < count && in_time(); i++) {
		snprintf(path, sizeof(path), "%s/g%ld", folder, i);
		if (mkdir(path, 0755) < 0)
			continue;
		pid_t pid = vfork();
		if (pid == 0) {
			put_in(path);
			execl("/bin/true", "true", (char *)NULL);
			_exit(1);
		}
		waitpid(pid, NULL, 0);
		for (int tries = 0; rmdir(path) < 0 && tries < 1000; tries++)
			usleep(100);
		++*made;
	}
}

int main(int argc, char **argv)
{
	long count = argc > 2 ? strtol(argv[2], NULL, 10) : 0;
	made = mmap(NULL, sizeof(*made), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (count <= 0 || made == MAP_FAILED)
		return 2;
	if (strcmp(argv[1], "forks") == 0)
		forks(count);
	else if (strcmp(argv[1], "creats") == 0)
		creats(count);
	else if (strcmp(argv[1], "holds") == 0)
		holds(count);
	else if (strcmp(argv[1], "stay") == 0)
		stay();
	else if (argc > 3)
		groups(count, argv[3]);
	printf("%ld\n", *made);
	return 0;
}
