/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mounter WAY KIND PATH [OPTIONS]: mounts, or tries what leads to the same, by one of the ways there are, and prints "done" or the name of the
 * error. What was mounted is seen in /proc/self/mountinfo afterwards: "shown" or "hidden".
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ROUNDS = 200 };

static const char *options = "";

static int end(long r)
{
	printf("%s\n", r >= 0 ? "done" : strerrorname_np(errno));
	return 0;
}

static int plain(const char *kind, const char *path)
{
	return end(mount("x", path, kind, 0, options));
}

static int relative(const char *kind, const char *path)
{
	if (chdir(path) < 0 || chdir("..") < 0)
		return end(-1);
	return end(mount("x", strrchr(path, '/') + 1, kind, 0, options));
}

static int by_link(const char *kind, const char *path)
{
	unlink("/tmp/link");
	if (symlink(path, "/tmp/link") < 0)
		return printf("symlink: %s\n", strerrorname_np(errno)) < 0;
	return end(mount("x", "/tmp/link", kind, 0, options));
}

static int by_root(const char *kind, const char *path)
{
	char name[4200];
	snprintf(name, sizeof(name), "/proc/self/root%s", path);
	return end(mount("x", name, kind, 0, options));
}

static int by_descriptor(const char *kind, const char *path)
{
	char name[64];
	snprintf(name, sizeof(name), "/proc/self/fd/%d", open(path, O_PATH | O_DIRECTORY));
	return end(mount("x", name, kind, 0, options));
}

static int dots(const char *kind, const char *path)
{
	char name[4200];
	snprintf(name, sizeof(name), "/srv/allowed/../..%s", path);
	return end(mount("x", name, kind, 0, options));
}

static int in_jail(const char *kind, const char *path)
{
	if (chroot("/jail") < 0)
		return printf("chroot: %s\n", strerrorname_np(errno)) < 0;
	return end(mount("x", path, kind, 0, options));
}

static int pieces(const char *kind, const char *path)
{
	int fs = (int)syscall(SYS_fsopen, kind, 0);
	return end(fs);
}

static int bind(const char *kind, const char *path)
{
	return end(mount("/etc", path, NULL, MS_BIND, NULL));
}

static int remount(const char *kind, const char *path)
{
	return end(mount(NULL, path, NULL, MS_REMOUNT | MS_BIND, NULL));
}

static int unmount(const char *kind, const char *path)
{
	return end(umount2(path, 0));
}

static int both(const char *kind, const char *path)
{
	if (mount("x", path, kind, 0, options) < 0)
		return end(-1);
	return end(umount2(path, 0));
}

/* The kind or the path change between two while the call is on its way. */
static char racing[64];
static const char *one, *two;

static void *change(void *unused)
{
	for (;;) {
		memcpy(racing, one, strlen(one) + 1);
		__asm__ volatile("" ::: "memory");
		memcpy(racing, two, strlen(two) + 1);
		__asm__ volatile("" ::: "memory");
	}
	return NULL;
}

static int race(const char *kind, const char *path)
{
	pthread_t thread;
	one = "/srv/allowed";
	two = path;
	pthread_create(&thread, NULL, change, NULL);
	for (int i = 0; i < ROUNDS; i++)
		mount("x", racing, kind, 0, options);
	return printf("over\n") < 0;
}

/* The path itself changes: a folder and a link to another in turn. */
static int swap(const char *kind, const char *path)
{
	pid_t pid = fork();
	if (pid == 0)
		for (;;) {
		ignored:
			rename("/tmp/real", "/tmp/spare");
			if (symlink(path, "/tmp/real") < 0)
				goto ignored;
			unlink("/tmp/real");
			rename("/tmp/spare", "/tmp/real");
		}
	for (int i = 0; i < ROUNDS; i++)
		mount("x", "/tmp/real", kind, 0, options);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return printf("over\n") < 0;
}

static int in_namespaces(const char *kind, const char *path)
{
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
		return printf("unshare: %s\n", strerrorname_np(errno)) < 0;
	return end(mount("x", path, kind, 0, options));
}

/* mount(2) by its 32-bit number. */
static int compat(const char *kind, const char *path)
{
	long r;
	char *low = mmap((void *)0x10000, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	snprintf(low, 1024, "%s", path);
	snprintf(low + 1024, 64, "%s", kind);
	__asm__ volatile("int $0x80"
			 : "=a"(r)
			 : "a"(21), "b"(low), "c"(low), "d"(low + 1024), "S"(0), "D"(0)
			 : "memory");
	errno = (int)-r;
	return end(r);
}

/* As whose and with which flags it lies there; a program in it. */
static int look(const char *kind, const char *path)
{
	char line[4096], name[4200];
	struct stat st;
	if (mount("x", path, kind, 0, options) < 0 || stat(path, &st) < 0)
		return end(-1);
	FILE *f = fopen("/proc/self/mountinfo", "r");
	while (f && fgets(line, sizeof(line), f)) {
		char at[4096], flags[256];
		if (sscanf(line, "%*s %*s %*s %*s %4095s %255s", at, flags) == 2 && strcmp(at, path) == 0)
			printf("%s\n", flags);
	}
	printf("user %u mode %o\n", st.st_uid, st.st_mode & 07777);
	snprintf(name, sizeof(name), "%s/file", path);
	return end(open(name, O_WRONLY | O_CREAT, 0700));
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*go)(const char *kind, const char *path);
	} ways[] = {{"plain", plain},
		    {"relative", relative},
		    {"link", by_link},
		    {"root", by_root},
		    {"descriptor", by_descriptor},
		    {"dots", dots},
		    {"jail", in_jail},
		    {"pieces", pieces},
		    {"bind", bind},
		    {"remount", remount},
		    {"unmount", unmount},
		    {"both", both},
		    {"race", race},
		    {"swap", swap},
		    {"namespaces", in_namespaces},
		    {"compat", compat},
		    {"look", look}};
	setlinebuf(stdout);
	options = argc > 4 ? argv[4] : NULL;
	for (size_t i = 0; argc > 3 && i < sizeof(ways) / sizeof(*ways); i++)
		if (strcmp(argv[1], ways[i].name) == 0)
			return ways[i].go(argv[2], argv[3]);
	fprintf(stderr, "usage: mounter WAY KIND PATH [OPTIONS]\n");
	return 2;
}
