/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does what rules look for. As "drive FILE" it does each line of FILE, "rule|program|step|step...": it starts /bin/PROGRAM (a copy of
 * itself, or any other) with the steps as arguments. Steps are "verb:argument:argument"; a word without a colon is only there to be seen on the
 * command line. As a program it takes its steps in order, and whatever fails is not its matter: the watch sees what happened.
 */
#include <arpa/inet.h>
#include <asm/unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/if_packet.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

enum { WORDS_MAX = 32 };

static void do_open(char **a, int flags)
{
	char byte;
	int fd = open(a[1], flags, a[2] ? strtol(a[2], NULL, 8) : 0644);
	if (fd >= 0 && (flags & O_ACCMODE) == O_RDONLY && read(fd, &byte, 1) < 0)
		perror(a[1]);
	if (fd >= 0)
		close(fd);
	else
		perror(a[1]);
}

static void do_read(char **a)
{
	do_open(a, O_RDONLY);
}
static void do_write(char **a)
{
	do_open(a, O_WRONLY);
}
static void do_create(char **a)
{
	do_open(a, O_WRONLY | O_CREAT);
}
static void do_empty(char **a)
{
	do_open(a, O_WRONLY | O_CREAT | O_TRUNC);
}
/* Through the descriptor's name, which is a link of the kernel's. */
static void do_reopen(char **a)
{
	char name[64];
	int fd = open(a[1], O_RDONLY);
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	close(open(name, O_WRONLY));
	close(fd);
}
static void do_sleep(char **a)
{
	sleep((unsigned)strtol(a[1], NULL, 10));
}
static void do_chdir(char **a)
{
	if (chdir(a[1]) < 0)
		perror(a[1]);
}
static void do_mkdir(char **a)
{
	mkdir(a[1], 0755);
}
static void do_rename(char **a)
{
	if (rename(a[1], a[2]) < 0)
		perror(a[1]);
}
static void do_unlink(char **a)
{
	unlink(a[1]);
}
static void do_symlink(char **a)
{
	symlink(a[1], a[2]);
}
static void do_link(char **a)
{
	if (link(a[1], a[2]) < 0)
		perror(a[1]);
}
static void do_chmod(char **a)
{
	if (chmod(a[1], (mode_t)strtol(a[2], NULL, 8)) < 0)
		perror(a[1]);
}

/* By its number: headers may be older. */
static void do_chmod2(char **a)
{
	if (syscall(452, AT_FDCWD, a[1], strtol(a[2], NULL, 8), 0) < 0)
		perror(a[1]);
}

static struct sockaddr_in address(char **a)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)strtol(a[2], NULL, 10))};
	inet_pton(AF_INET, a[1], &to.sin_addr);
	return to;
}

static int do_connect(char **a)
{
	struct sockaddr_in to = address(a);
	int s = socket(AF_INET, SOCK_STREAM | (a[3] ? SOCK_NONBLOCK : 0), 0);
	if (connect(s, (void *)&to, sizeof(to)) < 0)
		perror(a[1]);
	return s;
}
static void do_tcp(char **a)
{
	close(do_connect(a));
}
static void do_udp(char **a)
{
	struct sockaddr_in to = address(a);
	int s = socket(AF_INET, SOCK_DGRAM, 0);
	if (a[3] ? connect(s, (void *)&to, sizeof(to)) < 0 : sendto(s, "x", 1, 0, (void *)&to, sizeof(to)) < 0)
		perror(a[1]);
	close(s);
}

static int do_serve(char **a)
{
	struct sockaddr_in at = address(a);
	int s = socket(AF_INET, SOCK_STREAM, 0), on = 1;
	setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(s, (void *)&at, sizeof(at)) < 0 || listen(s, 1) < 0)
		perror(a[1]);
	return s;
}
static void do_listen(char **a)
{
	close(do_serve(a));
}
/* Both ends: what is sent arrives by recvfrom. */
static void do_receive(char **a)
{
	char got[8];
	int server = do_serve(a), client = do_connect((char *[]){a[0], a[1], a[2], NULL});
	int accepted = accept(server, NULL, NULL);
	send(client, "\xca\xfe\xba\xbe", 4, 0);
	recv(accepted, got, sizeof(got), 0);
	close(accepted);
	close(client);
	close(server);
}
static void do_redirect(char **a)
{
	int server = do_serve(a), client = do_connect((char *[]){a[0], a[1], a[2], NULL}), kept = dup(0);
	dup2(client, 0);
	dup2(kept, 0);
	close(server);
}
/* The connection becomes standard input, without any dup. */
static void do_low(char **a)
{
	int server = do_serve(a);
	close(0);
	do_connect((char *[]){a[0], a[1], a[2], NULL});
	close(server);
}
/* A shell that is started with a connection for its input. */
static void do_shell(char **a)
{
	char *const line[] = {(char *)"bash", NULL};
	int server = do_serve(a);
	pid_t child = fork();
	if (child == 0) {
		close(0);
		do_connect((char *[]){a[0], a[1], a[2], NULL});
		execv("/bin/bash", line);
		_exit(127);
	}
	waitpid(child, NULL, 0);
	close(server);
}
static void do_packets(char **a)
{
	close(socket(AF_PACKET, SOCK_RAW, 0));
}
static void do_raw(char **a)
{
	close(socket(AF_INET, SOCK_RAW, IPPROTO_ICMP));
}
/* Both ends of a local socket. */
static void do_local(char **a)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int server = socket(AF_UNIX, SOCK_STREAM, 0), client = socket(AF_UNIX, SOCK_STREAM, 0);
	snprintf(at.sun_path, sizeof(at.sun_path), "%s", a[1]);
	if (bind(server, (void *)&at, sizeof(at)) < 0 || listen(server, 1) < 0 ||
	    connect(client, (void *)&at, sizeof(at)) < 0)
		perror(a[1]);
	close(client);
	close(server);
}
static void do_attach(char **a)
{
	pid_t child = fork();
	if (child == 0) {
		sleep(2);
		_exit(0);
	}
	if (ptrace(PTRACE_ATTACH, child, NULL, NULL) < 0)
		perror("ptrace");
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}
static void do_poke(char **a)
{
	char name[64];
	pid_t child = fork();
	if (child == 0) {
		sleep(2);
		_exit(0);
	}
	snprintf(name, sizeof(name), "/proc/%d/mem", (int)child);
	do_open((char *[]){a[0], name, NULL}, O_RDWR);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}
static void do_trace_me(char **a)
{
	pid_t child = fork();
	if (child == 0) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		_exit(0);
	}
	waitpid(child, NULL, 0);
}
static void do_setns(char **a)
{
	setns(open("/proc/self/ns/uts", O_RDONLY), 0);
}
static void do_unshare(char **a)
{
	if (unshare(a[1] && a[1][0] ? CLONE_FS : CLONE_NEWUSER) < 0)
		perror("unshare");
}
static void do_mount(char **a)
{
	if (mount("none", a[1], "tmpfs", 0, NULL) < 0 || umount2(a[1], 0) < 0)
		perror(a[1]);
}
static void do_mknod(char **a)
{
	if (mknod(a[1], (mode_t)strtol(a[2], NULL, 8), makedev(8, 0)) < 0)
		perror(a[1]);
}
static void do_handle(char **a)
{
	union {
		struct file_handle h;
		char bytes[sizeof(struct file_handle) + MAX_HANDLE_SZ];
	} handle = {.h.handle_bytes = MAX_HANDLE_SZ};
	int mount, folder = open(a[1], O_RDONLY | O_CREAT, 0644);
	if (name_to_handle_at(AT_FDCWD, a[1], &handle.h, &mount, 0) < 0 ||
	    open_by_handle_at(folder, &handle.h, O_RDONLY) < 0)
		perror(a[1]);
}
/* More descriptors than there may be. */
static void do_exhaust(char **a)
{
	setrlimit(RLIMIT_NOFILE, &(struct rlimit){8, 8});
	for (long i = strtol(a[1], NULL, 10) + 8; i > 0; i--)
		open("/", O_RDONLY);
}
/* More processes than there may be. */
static void do_forks(char **a)
{
	setrlimit(RLIMIT_NPROC, &(struct rlimit){1, 1});
	for (long i = strtol(a[1], NULL, 10); i > 0; i--)
		if (fork() == 0)
			_exit(0);
}
static void do_as(char **a)
{
	uid_t id = (uid_t)strtol(a[1], NULL, 10);
	if (syscall(__NR_setresuid, id, id, id) < 0)
		perror("setresuid");
}
static void do_setuid(char **a)
{
	setuid((uid_t)strtol(a[1], NULL, 10));
}
static void do_faults(char **a)
{
	syscall(__NR_userfaultfd, 1 /* UFFD_USER_MODE_ONLY */);
}
static void do_bpf(char **a)
{
	union bpf_attr attr = {0};
	syscall(__NR_bpf, a[1] && a[1][0] ? BPF_MAP_CREATE : BPF_PROG_LOAD, &attr, sizeof(attr));
}
static void do_module(char **a)
{
	syscall(__NR_init_module, "", 0, "");
}

static void copy(int to)
{
	char part[65536];
	ssize_t n;
	int self = open("/proc/self/exe", O_RDONLY);
	while ((n = read(self, part, sizeof(part))) > 0)
		if (write(to, part, (size_t)n) != n)
			perror("write");
	close(self);
}

static void run(char *const *line)
{
	pid_t child = fork();
	if (child == 0) {
		setpgid(0, 0);
		execv(line[0], line);
		perror(line[0]);
		_exit(127);
	}
	waitpid(child, NULL, 0);
}
static void do_memfd(char **a)
{
	char *const line[] = {(char *)"memfd", NULL}, *const env[] = {NULL};
	int fd = memfd_create("x", 0);
	copy(fd);
	pid_t child = fork();
	if (child == 0) {
		syscall(__NR_execveat, fd, "", line, env, AT_EMPTY_PATH);
		_exit(127);
	}
	waitpid(child, NULL, 0);
	close(fd);
}
/* Writes itself to a path and runs it there, as argv[0] or the path says. */
static void do_drop(char **a)
{
	char *const line[] = {a[1], NULL};
	int fd = open(a[1], O_WRONLY | O_CREAT, 0755);
	copy(fd);
	close(fd);
	run(line);
}
/* "run:PROGRAM,ARGUMENT,...": an = within an argument is the colon of a step. */
/* "words=x,y" in place: "," ends an argument, "=" stands for ":". */
static void words_of(char *text, char **line)
{
	char *rest;
	size_t n = 0;
	for (char *word = strtok_r(text, ",", &rest); word && n + 1 < WORDS_MAX; word = strtok_r(NULL, ",", &rest)) {
		for (char *at = strchr(word, '='); at; at = strchr(at, '='))
			*at = ':';
		line[n++] = word;
	}
}

static void do_run(char **a)
{
	char *line[WORDS_MAX] = {0};
	words_of(a[1], line);
	run(line);
}
/* "pipe:PROGRAM,ARGUMENT:PROGRAM,ARGUMENT": what the first writes the second reads. */
static void do_pipe(char **a)
{
	int ends[2];
	if (pipe(ends) < 0)
		return;
	for (int i = 0; i < 2; i++) {
		char *line[WORDS_MAX] = {0};
		words_of(a[1 + i], line);
		if (fork() == 0) {
			dup2(ends[!i], !i);
			close(ends[0]);
			close(ends[1]);
			execv(line[0], line);
			_exit(127);
		}
		usleep(100000);
	}
	close(ends[0]);
	close(ends[1]);
	while (wait(NULL) > 0)
		;
}

/* A program with more arguments than are recorded. */
static void do_long(char **a)
{
	static char much[8192];
	memset(much, 'x', sizeof(much) - 1);
	run((char *[]){a[1], (char *)"-c", much, NULL});
}

static void do_xattr(char **a)
{
	if (setxattr(a[1], a[2], "", 0, 0) < 0)
		perror(a[2]);
}

/* A call of mount(2)'s new kind. */
static void do_fsopen(char **a)
{
	if (syscall(430, a[1], 0) < 0)
		perror("fsopen");
}

static void do_env(char **a)
{
	setenv(a[1], a[2] ? a[2] : "", 1);
}

static void step(const char *text);

/* "many:N:STEP": %d in it becomes 0, 1, 2... */
static void do_many(char **a)
{
	for (long i = 0; i < strtol(a[1], NULL, 10); i++) {
		char text[4096] = "", *end = text;
		for (char **word = a + 2; *word; word++) {
			const char *number = strstr(*word, "%d");
			int before = number ? (int)(number - *word) : (int)strlen(*word);
			end += snprintf(end, 256, "%s%.*s", word == a + 2 ? "" : ":", before, *word);
			if (number)
				end += snprintf(end, 256, "%ld%s", i, number + 2);
		}
		step(text);
	}
}

static const struct {
	const char *verb;
	void (*act)(char **arguments);
} verbs[] = {
	{"read", do_read},     {"write", do_write},	  {"create", do_create},     {"empty", do_empty},
	{"sleep", do_sleep},   {"reopen", do_reopen},	  {"chdir", do_chdir},	     {"mkdir", do_mkdir},
	{"rename", do_rename}, {"unlink", do_unlink},	  {"symlink", do_symlink},   {"link", do_link},
	{"chmod", do_chmod},   {"chmod2", do_chmod2},	  {"tcp", do_tcp},	     {"udp", do_udp},
	{"listen", do_listen}, {"receive", do_receive},	  {"redirect", do_redirect}, {"packets", do_packets},
	{"attach", do_attach}, {"trace-me", do_trace_me}, {"setns", do_setns},	     {"unshare", do_unshare},
	{"as", do_as},	       {"setuid", do_setuid},	  {"faults", do_faults},     {"bpf", do_bpf},
	{"module", do_module}, {"memfd", do_memfd},	  {"drop", do_drop},	     {"run", do_run},
	{"env", do_env},       {"low", do_low},		  {"shell", do_shell},	     {"raw", do_raw},
	{"local", do_local},   {"poke", do_poke},	  {"mount", do_mount},	     {"mknod", do_mknod},
	{"handle", do_handle}, {"exhaust", do_exhaust},	  {"forks", do_forks},	     {"pipe", do_pipe},
	{"long", do_long},     {"xattr", do_xattr},	  {"fsopen", do_fsopen},     {"many", do_many},
};

static void step(const char *text)
{
	char words[4096], *arguments[WORDS_MAX] = {0};
	size_t n = 0;
	snprintf(words, sizeof(words), "%s", text);
	for (char *at = words; at && n + 1 < WORDS_MAX;) {
		arguments[n++] = at;
		at = strchr(at, ':');
		if (at)
			*at++ = '\0';
	}
	for (size_t i = 0; strchr(text, ':') && i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (strcmp(arguments[0], verbs[i].verb) == 0)
			verbs[i].act(arguments);
}

static void drive(const char *file)
{
	char text[4096], path[256];
	FILE *f = fopen(file, "re");
	while (f && fgets(text, sizeof(text), f)) {
		char *line[WORDS_MAX] = {0}, *rest;
		size_t n = 0;
		text[strcspn(text, "\n")] = '\0';
		if (text[0] == '#' || !strchr(text, '|'))
			continue;
		for (char *word = strtok_r(strchr(text, '|') + 1, "|", &rest); word && n + 1 < WORDS_MAX;
		     word = strtok_r(NULL, "|", &rest))
			line[n++] = word;
		snprintf(path, sizeof(path), "/bin/%s", line[0]);
		if (line[0][0] == '/')
			snprintf(path, sizeof(path), "%s", line[0]);
		line[0] = path;
		run(line);
	}
}

int main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "drive") == 0) {
		drive(argv[2]);
		return 0;
	}
	for (int i = 1; i < argc; i++)
		step(argv[i]);
	return 0;
}
