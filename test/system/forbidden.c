/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does one act and says "done", or which error refused it: what enforce.bats has containers try. Static, so that it needs nothing.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <linux/sched.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int fail(const char *what)
{
	const char *name = strerrorname_np(errno);
	printf("%s: %s\n", what, name ? name : "?");
	return 1;
}

static int done(void)
{
	printf("done\n");
	return 0;
}

static int result(long r, const char *what)
{
	return r < 0 ? fail(what) : done();
}

static int read_file(char **a)
{
	char byte;
	int fd = open(a[0], O_RDONLY);
	return fd < 0 ? fail("open") : result(read(fd, &byte, 1), "read");
}

static int list(char **a)
{
	return result(open(a[0], O_RDONLY | O_DIRECTORY), "open");
}

static int write_file(char **a)
{
	int fd = open(a[0], O_WRONLY);
	return fd < 0 ? fail("open") : result(write(fd, "x", 1), "write");
}

static int create(char **a)
{
	int fd = open(a[0], O_WRONLY | O_CREAT | O_EXCL, 0600);
	return fd < 0 ? fail("open") : result(write(fd, "x", 1), "write");
}

static int make_link(char **a)
{
	return result(link(a[0], a[1]), "link");
}

static int rename_file(char **a)
{
	return result(rename(a[0], a[1]), "rename");
}

static int follow(char **a)
{
	return symlink(a[0], a[1]) < 0 ? fail("symlink") : read_file(a + 1);
}

static int open_handle(char **a)
{
	struct {
		struct file_handle h;
		char bytes[128];
	} f = {.h.handle_bytes = 128};
	int mount_id;
	if (name_to_handle_at(AT_FDCWD, a[0], &f.h, &mount_id, 0) < 0)
		return fail("name_to_handle_at");
	return result(open_by_handle_at(AT_FDCWD, &f.h, O_RDONLY), "open_by_handle_at");
}

static int ring(char **a)
{
	struct io_uring_params p = {0};
	return result(syscall(SYS_io_uring_setup, 4, &p), "io_uring_setup");
}

/* open(2) by its 32-bit number. */
static int compat_open(char **a)
{
	long r;
	char *low = mmap((void *)0x10000, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	if (low == MAP_FAILED)
		return fail("mmap");
	snprintf(low, 4096, "%s", a[0]);
	__asm__ volatile("int $0x80" : "=a"(r) : "a"(5), "b"(low), "c"(0), "d"(0) : "memory");
	errno = (int)-r;
	return r < 0 && r > -4096 ? fail("open") : done();
}

static int run_program(char **a)
{
	char *argv[] = {a[0], (char *)"nothing", NULL}, *env[] = {NULL};
	execve(a[0], argv, env);
	return fail("execve");
}

static int run_at(char **a)
{
	char *argv[] = {a[0], (char *)"nothing", NULL}, *env[] = {NULL};
	int fd = open(a[0], O_PATH);
	if (fd < 0)
		return fail("open");
	syscall(SYS_execveat, fd, "", argv, env, AT_EMPTY_PATH);
	return fail("execveat");
}

static int copy(int from, int to)
{
	char buf[65536];
	for (ssize_t n; (n = read(from, buf, sizeof(buf))) != 0;)
		if (n < 0 || write(to, buf, (size_t)n) != n)
			return -1;
	return 0;
}

static int run_copy(char **a)
{
	int from = open("/proc/self/exe", O_RDONLY), to = open(a[1], O_WRONLY | O_CREAT, 0700);
	if (from < 0 || to < 0 || copy(from, to) < 0)
		return fail("copy");
	close(to);
	return run_program(a + 1);
}

static int run_memfd(char **a)
{
	int from = open("/proc/self/exe", O_RDONLY), to = memfd_create("x", 0);
	char *argv[] = {a[0], (char *)"nothing", NULL}, *env[] = {NULL};
	if (from < 0 || to < 0 || copy(from, to) < 0)
		return fail("memfd_create");
	syscall(SYS_execveat, to, "", argv, env, AT_EMPTY_PATH);
	return fail("execveat");
}

static int run_link(char **a)
{
	return symlink(a[0], a[1]) < 0 ? fail("symlink") : run_program(a + 1);
}

static int listen_on(char **a)
{
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons((uint16_t)strtol(a[0], NULL, 10))};
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	return fd < 0 ? fail("socket") : result(bind(fd, (struct sockaddr *)&in, sizeof(in)), "bind");
}

static int connect_to(char **a)
{
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons((uint16_t)strtol(a[1], NULL, 10))};
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	inet_pton(AF_INET, a[0], &in.sin_addr);
	return fd < 0 ? fail("socket") : result(connect(fd, (struct sockaddr *)&in, sizeof(in)), "connect");
}

static int make_socket(char **a)
{
	int family = !strcmp(a[0], "unix")	? AF_UNIX
		     : !strcmp(a[0], "inet")	? AF_INET
		     : !strcmp(a[0], "netlink") ? AF_NETLINK
						: AF_PACKET;
	int type = !strcmp(a[1], "stream") ? SOCK_STREAM : !strcmp(a[1], "dgram") ? SOCK_DGRAM : SOCK_RAW;
	return result(socket(family, type, 0), "socket");
}

static int fork_once(char **a)
{
	pid_t pid = fork();
	if (pid == 0)
		_exit(0);
	if (pid > 0)
		waitpid(pid, NULL, 0);
	return result(pid, "fork");
}

static int forks(char **a)
{
	for (int i = (int)strtol(a[0], NULL, 10); i > 0; i--) {
		pid_t pid = fork();
		if (pid == 0) {
			sleep(2);
			_exit(0);
		}
		if (pid < 0)
			return fail("fork");
	}
	return done();
}

static int opens(char **a)
{
	for (int i = (int)strtol(a[0], NULL, 10); i > 0; i--)
		if (open("/dev/null", O_WRONLY) < 0)
			return fail("open");
	return done();
}

static int kind(const char *name)
{
	return !strcmp(name, "user")	  ? CLONE_NEWUSER
	       : !strcmp(name, "pid")	  ? CLONE_NEWPID
	       : !strcmp(name, "network") ? CLONE_NEWNET
					  : CLONE_NEWNS;
}

static int new_namespace(char **a)
{
	return result(unshare(kind(a[0])), "unshare");
}

static int clone_namespace(char **a)
{
	long pid = syscall(SYS_clone, kind(a[0]) | SIGCHLD, 0, 0, 0, 0);
	if (pid == 0)
		_exit(0);
	return result(pid, "clone");
}

static int trace(char **a)
{
	return result(ptrace(PTRACE_TRACEME, 0, 0, 0), "ptrace");
}

static int mount_it(char **a)
{
	return result(mount("x", a[0], "tmpfs", 0, NULL), "mount");
}

static int write_execute(char **a)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return p == MAP_FAILED ? fail("mmap") : done();
}

static int protect_execute(char **a)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return p == MAP_FAILED ? fail("mmap") : result(mprotect(p, 4096, PROT_READ | PROT_EXEC), "mprotect");
}

static int memfd_noexec(char **a)
{
	return result(memfd_create("x", 8 /* MFD_NOEXEC_SEAL */), "memfd_create");
}

static int memfd_execute(char **a)
{
	return result(memfd_create("x", 16 /* MFD_EXEC */), "memfd_create");
}

static int become(char **a)
{
	return result(setuid((uid_t)strtol(a[0], NULL, 10)), "setuid");
}

/* As whom a call leaves the process: real, effective and saved, -1 for unchanged. */
static int become_all(char **a)
{
	return result(
		setresuid((uid_t)strtol(a[0], NULL, 10), (uid_t)strtol(a[1], NULL, 10), (uid_t)strtol(a[2], NULL, 10)),
		"setresuid");
}

/* As the dynamic loader does: no call to run anything is made. */
static int map_code(char **a)
{
	int fd = open(a[0], O_RDONLY);
	if (fd < 0)
		return fail("open");
	return mmap(NULL, 64, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0) == MAP_FAILED ? fail("mmap") : done();
}

static int map_made(char **a)
{
	int fd = open(a[0], O_WRONLY | O_CREAT, 0700);
	if (fd < 0 || write(fd, a, 64) != 64)
		return fail("write");
	close(fd);
	return map_code(a);
}

static int listen_unix(char **a)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	snprintf(at.sun_path, sizeof(at.sun_path), "%s", a[0]);
	return fd < 0 ? fail("socket") : result(bind(fd, (struct sockaddr *)&at, sizeof(at)), "bind");
}

static int keyring(char **a)
{
	return result(syscall(SYS_keyctl, 0, -3, 1, 0, 0), "keyctl");
}

static int wait_long(char **a)
{
	for (;;)
		wait4(-1, NULL, 0, NULL), syscall(SYS_futex, &(int){0}, 0, 0, NULL, NULL, 0);
}

static int act_on(int argc, char **argv);

/* Waits for a file, then does one more act, whose words go beside that file. */
static int after(char **a)
{
	char path[4096];
	char *argv[] = {NULL, a[1], a[2], NULL};
	for (int fd; (fd = open(a[0], O_WRONLY)) < 0;)
		sched_yield();
	snprintf(path, sizeof(path), "%s.result", a[0]);
	int out = open(path, O_WRONLY | O_CREAT, 0644);
	if (out < 0 || dup2(out, 1) < 0)
		return 1;
	act_on(3, argv);
	return fflush(stdout);
}

static int nothing(char **a)
{
	return done();
}

static int act_on(int argc, char **argv)
{
	static const struct {
		const char *name;
		int count;
		int (*act)(char **a);
	} acts[] = {{"read", 1, read_file},
		    {"list", 1, list},
		    {"write", 1, write_file},
		    {"create", 1, create},
		    {"link", 2, make_link},
		    {"rename", 2, rename_file},
		    {"follow", 2, follow},
		    {"handle", 1, open_handle},
		    {"io_uring", 1, ring},
		    {"compat-open", 1, compat_open},
		    {"run", 1, run_program},
		    {"run-at", 1, run_at},
		    {"run-copy", 2, run_copy},
		    {"run-memfd", 1, run_memfd},
		    {"run-link", 2, run_link},
		    {"listen", 1, listen_on},
		    {"connect", 2, connect_to},
		    {"socket", 2, make_socket},
		    {"fork", 0, fork_once},
		    {"forks", 1, forks},
		    {"opens", 1, opens},
		    {"unshare", 1, new_namespace},
		    {"clone", 1, clone_namespace},
		    {"trace", 0, trace},
		    {"mount", 1, mount_it},
		    {"write-execute", 0, write_execute},
		    {"protect-execute", 0, protect_execute},
		    {"memfd-noexec", 0, memfd_noexec},
		    {"memfd-execute", 0, memfd_execute},
		    {"setuid", 1, become},
		    {"setresuid", 3, become_all},
		    {"map-code", 1, map_code},
		    {"map-made", 1, map_made},
		    {"listen-unix", 1, listen_unix},
		    {"keyring", 0, keyring},
		    {"wait", 0, wait_long},
		    {"nothing", 0, nothing},
		    {"after", 3, after}};
	for (size_t i = 0; argc > 1 && i < sizeof(acts) / sizeof(*acts); i++)
		if (strcmp(argv[1], acts[i].name) == 0 && argc == 2 + acts[i].count)
			return acts[i].act(argv + 2);
	fprintf(stderr, "forbidden: no such act\n");
	return 2;
}

int main(int argc, char **argv)
{
	return act_on(argc, argv);
}
