/* SPDX-License-Identifier: Apache-2.0 */
/*
 * start WAY PROGRAM [ARGUMENT...]: starts PROGRAM by one of the ways there are; "PROGRAM: EPERM" when it was refused. Called as "target", it says
 * "ran" and its arguments instead. Statically linked or not.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/prctl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ROUNDS = 300 };

static char *none[] = {NULL};

static int fail(const char *what)
{
	printf("%s: %s\n", what, strerrorname_np(errno));
	return 1;
}

static int plain(char **a)
{
	execve(a[0], a, none);
	return fail(a[0]);
}

static int by_descriptor(char **a)
{
	int fd = open(a[0], O_RDONLY);
	syscall(SYS_execveat, fd, "", a, none, AT_EMPTY_PATH);
	return fail(a[0]);
}

static int by_path_descriptor(char **a)
{
	int fd = open(a[0], O_PATH);
	syscall(SYS_execveat, fd, "", a, none, AT_EMPTY_PATH);
	return fail(a[0]);
}

static int by_proc(char **a)
{
	char path[64];
	int fd = open(a[0], O_RDONLY);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	execve(path, a, none);
	return fail(a[0]);
}

static int by_root(char **a)
{
	char path[4096];
	snprintf(path, sizeof(path), "/proc/self/root%s", a[0]);
	execve(path, a, none);
	return fail(a[0]);
}

static int relative(char **a)
{
	char *slash = strrchr(a[0], '/');
	*slash = '\0';
	if (chdir(*a[0] ? a[0] : "/") < 0)
		return fail("chdir");
	*slash = '/';
	execve(slash + 1, a, none);
	return fail(a[0]);
}

static int by_link(char **a)
{
	unlink("/tmp/link");
	if (symlink(a[0], "/tmp/link") < 0)
		return fail("symlink");
	execve("/tmp/link", a, none);
	return fail(a[0]);
}

/* A child on this one's memory. */
static int by_vfork(char **a)
{
	int status;
	pid_t pid = vfork();
	if (pid == 0) {
		execve(a[0], a, none);
		_exit(errno);
	}
	waitpid(pid, &status, 0);
	if (WIFSIGNALED(status))
		return 128 + WTERMSIG(status);
	errno = WEXITSTATUS(status);
	return errno ? fail(a[0]) : 0;
}

static void *start_in_thread(void *a)
{
	plain(a);
	return NULL;
}

static int by_thread(char **a)
{
	pthread_t thread;
	pthread_create(&thread, NULL, start_in_thread, a);
	pthread_join(thread, NULL);
	return 1;
}

/* execve(2) by its 32-bit number. */
static int compat(char **a)
{
	long r;
	char *low = mmap((void *)0x10000, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	uint32_t *words = (uint32_t *)(low + 2048);
	int n = 0;
	char *at = low;
	for (; a[n]; n++) {
		words[n] = (uint32_t)(uintptr_t)at;
		at = stpcpy(at, a[n]) + 1;
	}
	words[n] = 0;
	__asm__ volatile("int $0x80" : "=a"(r) : "a"(11), "b"(low), "c"(words), "d"(words + n) : "memory");
	errno = (int)-r;
	return fail(a[0]);
}

/* Another thread changes the last argument between two values while the call reads it. */
static char changing[16];

static void *change(void *unused)
{
	for (;;) {
		memcpy((char *)changing, "fine", 5);
		__asm__ volatile("" ::: "memory");
		memcpy((char *)changing, "evil", 5);
		__asm__ volatile("" ::: "memory");
	}
	return NULL;
}

static int race(char **a)
{
	for (int i = 0; i < ROUNDS; i++) {
		pid_t pid = fork();
		if (pid == 0) {
			pthread_t thread;
			char *argv[] = {(char *)"target", (char *)"ok", changing, NULL};
			pthread_create(&thread, NULL, change, NULL);
			usleep(50);
			execve(a[0], argv, none);
			_exit(1);
		}
		waitpid(pid, NULL, 0);
	}
	printf("over\n");
	return 0;
}

/* In a user namespace of its own a process may say which program it is. */
static int forged(char **a)
{
	int fd = open("/opt/good", O_RDONLY);
	if (unshare(CLONE_NEWUSER) < 0)
		return fail("unshare");
	struct prctl_mm_map map = {0};
	char *stat = malloc(65536);
	int from = open("/proc/self/stat", O_RDONLY);
	ssize_t n = read(from, stat, 65535);
	if (fd < 0 || n <= 0)
		return fail("stat");
	stat[n] = '\0';
	unsigned long f[60] = {0};
	int i = 2;
	for (char *at = strrchr(stat, ')') + 2; at && i < 58; i++) {
		f[i] = strtoul(at, NULL, 10);
		at = strchr(at, ' ');
		at = at ? at + 1 : NULL;
	}
	map.start_code = f[25];
	map.end_code = f[26];
	map.start_stack = f[27];
	map.start_data = f[44];
	map.end_data = f[45];
	map.start_brk = f[46];
	map.brk = (uintptr_t)sbrk(0);
	map.arg_start = f[47];
	map.arg_end = f[48];
	map.env_start = f[49];
	map.env_end = f[50];
	map.exe_fd = (uint32_t)fd;
	/* The kernel wants the old file unmapped: whoever does that jumps to a copy first. That the call is made at all is what is tried. */
	if (prctl(PR_SET_MM, PR_SET_MM_MAP, &map, sizeof(map), 0) < 0 && errno != EBUSY)
		return fail("prctl");
	if (prctl((int)PR_SET_MM, PR_SET_MM_MAP_SIZE, &n, 0, 0) < 0)
		return fail("prctl");
	printf("forged\n");
	return 0;
}

/* The same with a number that is another one in its upper half. */
static int forged_high(char **a)
{
	unsigned size;
	if (syscall(SYS_prctl, (1ul << 32) + PR_SET_MM, PR_SET_MM_MAP_SIZE, &size, 0, 0) < 0)
		return fail("prctl");
	printf("forged\n");
	return 0;
}

/* PROGRAM by a descriptor that another container opened and sent: OFFER is where it waits. */
static int by_gift(char **a)
{
	char *argv[] = {a[0], (char *)"ok", (char *)"gift", NULL};
	int fd = open(getenv("OFFER") ? getenv("OFFER") : "/mnt/target", O_RDONLY);
	syscall(SYS_execveat, fd, "", argv, none, AT_EMPTY_PATH);
	return fail(a[0]);
}

static int target(char **a)
{
	printf("ran");
	for (; *a; a++)
		printf(" %s", *a);
	printf("\n");
	return 0;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*go)(char **a);
	} ways[] = {{"plain", plain},
		    {"descriptor", by_descriptor},
		    {"path-descriptor", by_path_descriptor},
		    {"proc", by_proc},
		    {"root", by_root},
		    {"relative", relative},
		    {"link", by_link},
		    {"vfork", by_vfork},
		    {"thread", by_thread},
		    {"compat", compat},
		    {"race", race},
		    {"forged", forged},
		    {"forged-high", forged_high},
		    {"gift", by_gift}};
	setlinebuf(stdout);
	if (strstr(argv[0], "target"))
		return target(argv + 1);
	for (size_t i = 0; argc > 2 && i < sizeof(ways) / sizeof(*ways); i++)
		if (strcmp(argv[1], ways[i].name) == 0)
			return ways[i].go(argv + 2);
	fprintf(stderr, "usage: start WAY PROGRAM [ARGUMENT...]\n");
	return 2;
}
