/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each sensor: the act is done by a child, the event is looked for and its fields are compared with what is true. Needs
 * root; skipped without it.
 */
#include <arpa/inet.h>
#include <asm/unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "sense/sense.h"

/* What a test looks for, and the first record that fits. */
struct hunt {
	unsigned type;
	unsigned flags; /* that must be set */
	const char *path;
	pid_t pid, parent; /* whose event it is, where other processes do the like; 0: anybody's */
	bool found;
	_Alignas(8) char record[EVENT_SIZE_MAX];
	struct event_view view;
};

static struct sense *sense;
static char folder[] = "/tmp/test-sense-XXXXXX";

static int take(void *ctx, const struct event *event)
{
	struct hunt *h = ctx;
	struct event_view view;

	assert_int_equal(event_view(event, event->size, &view), 0);
	if (h->found || event->type != h->type || (event->flags & h->flags) != h->flags)
		return 0;
	const struct event_exec *x = event_fixed(&view, EVENT_P_EXEC, sizeof(*x));
	if ((h->pid && event->pid != (uint32_t)h->pid) || (h->parent && (!x || x->ppid != (uint32_t)h->parent)))
		return 0;
	const char *path = event_text(&view, event->type == WATCH_CGROUP_NEW ? EVENT_P_CGROUP : EVENT_P_PATH);
	if (h->path && (!path || strcmp(path, h->path) != 0))
		return 0;
	memcpy(h->record, event, event->size);
	assert_int_equal(event_view(h->record, event->size, &h->view), 0);
	h->found = true;
	return 0;
}

static void find(struct hunt *h)
{
	for (int i = 0; i < 200 && !h->found; i++)
		assert_true(sense_read(sense, 20, take, h) >= 0);
	assert_true(h->found);
}

static const struct event *head(const struct hunt *h)
{
	return h->view.event;
}

static const char *path_of(const struct hunt *h, enum event_kind kind, size_t skip)
{
	static char text[EVENT_PATH_MAX];
	return event_path(&h->view, kind, skip, text, sizeof(text)) < 0 ? "none" : text;
}

/* Runs ACT in a child and waits for it. */
static pid_t in_child(void (*act)(void))
{
	pid_t pid = fork();
	if (pid == 0) {
		act();
		_exit(0);
	}
	int status;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	return pid;
}

static void must(bool ok)
{
	if (!ok)
		_exit(1);
}

static void open_relative(void)
{
	must(chdir(folder) == 0 && open("./sub/../file", O_RDWR | O_CREAT, 0640) >= 0);
}

static void test_open(void **state)
{
	static struct hunt h = {.type = __NR_openat, .path = "./sub/../file"};
	char expected[64];
	h.pid = in_child(open_relative);
	find(&h);
	assert_true(head(&h)->ret >= 0);
	assert_int_equal(head(&h)->uid, 0);
	assert_int_equal(head(&h)->args[2], O_RDWR | O_CREAT);
	snprintf(expected, sizeof(expected), "%s/file", folder);
	assert_string_equal(path_of(&h, EVENT_P_FILE, sizeof(struct event_file)), expected);
	assert_string_equal(path_of(&h, EVENT_P_DIR, 0), folder);
	const struct event_file *file = event_fixed(&h.view, EVENT_P_FILE, sizeof(*file));
	struct stat st;
	assert_int_equal(stat(expected, &st), 0);
	assert_int_equal(file->ino, st.st_ino);
	assert_int_equal(file->mode, st.st_mode);
	assert_int_equal(file->mtime, 0); /* of programs only */
	assert_true(file->flags & EVENT_FILE_CREATED);
}

static void open_behind_chroot(void)
{
	must(unshare(CLONE_NEWNS) == 0 && chroot(folder) == 0 && open("/file", O_RDONLY) >= 0);
}

/* Away from the host's mounts a folder that was made the root is part of the path. */
static void test_chroot_hides_nothing(void **state)
{
	static struct hunt h = {.type = __NR_openat, .path = "/file"};
	char expected[64];
	h.pid = in_child(open_behind_chroot);
	find(&h);
	snprintf(expected, sizeof(expected), "%s/file", folder);
	assert_string_equal(path_of(&h, EVENT_P_FILE, sizeof(struct event_file)), expected);
}

static void open_missing(void)
{
	must(open("/no/such/file", O_RDONLY) < 0);
}

static void test_failed_open(void **state)
{
	static struct hunt h = {.type = __NR_openat, .path = "/no/such/file"};
	h.pid = in_child(open_missing);
	find(&h);
	assert_int_equal(head(&h)->ret, -ENOENT);
	assert_null(h.view.params[EVENT_P_FILE]);
}

static void open_through_link(void)
{
	char link[64];
	snprintf(link, sizeof(link), "%s/link", folder);
	must(symlink("/etc/hostname", link) == 0 && open(link, O_RDONLY) >= 0);
}

static void test_symlinks_do_not_bend_paths(void **state)
{
	static struct hunt h = {.type = __NR_openat};
	char link[64];
	snprintf(link, sizeof(link), "%s/link", folder);
	h.path = link;
	in_child(open_through_link);
	find(&h);
	assert_string_equal(path_of(&h, EVENT_P_FILE, sizeof(struct event_file)), "/etc/hostname");
}

static void run_program(void)
{
	char *const argv[] = {(char *)"other-name", (char *)"a", (char *)"b c", NULL}, *const env[] = {(char *)"X=1",
												       NULL};
	must(chdir(folder) == 0);
	pid_t pid = fork();
	if (pid == 0) {
		execve("/bin/true", argv, env);
		_exit(127);
	}
	int status;
	must(waitpid(pid, &status, 0) == pid && WIFEXITED(status));
}

static void test_exec(void **state)
{
	static struct hunt h = {.type = __NR_execve};
	size_t length;
	pid_t parent = h.parent = in_child(run_program);
	find(&h);
	const struct event_exec *x = event_fixed(&h.view, EVENT_P_EXEC, sizeof(*x));
	assert_non_null(x);
	assert_int_equal(x->ppid, parent);
	assert_int_equal(x->vpid, head(&h)->pid);
	assert_int_equal(x->uid, 0);
	assert_true(x->cap_effective != 0);
	assert_string_equal(event_text(&h.view, EVENT_P_NAME), "/bin/true");
	assert_string_equal(event_text(&h.view, EVENT_P_COMM), "true");
	assert_string_equal(path_of(&h, EVENT_P_CWD, 0), folder);
	assert_string_equal(path_of(&h, EVENT_P_EXE, sizeof(struct event_file)), "/usr/bin/true");
	const struct event_file *program = event_fixed(&h.view, EVENT_P_EXE, sizeof(*program));
	struct stat st;
	assert_int_equal(stat("/usr/bin/true", &st), 0);
	assert_int_equal(program->mtime, st.st_mtim.tv_sec * 1000000000L + st.st_mtim.tv_nsec);
	const char *argv = event_bytes(&h.view, EVENT_P_ARGV, &length);
	assert_int_equal(length, sizeof("other-name\0a\0b c"));
	assert_memory_equal(argv, "other-name\0a\0b c", length);
	const char *env = event_bytes(&h.view, EVENT_P_ENV, &length);
	assert_int_equal(length, 4);
	assert_string_equal(env, "X=1");
}

static void test_fork_and_exit(void **state)
{
	static struct hunt born = {.type = WATCH_FORK};
	born.pid = getpid();
	in_child(open_missing);
	find(&born);
	const struct event_child *child = event_fixed(&born.view, EVENT_P_CHILD, sizeof(*child));
	assert_int_equal(head(&born)->pid, getpid());
	assert_true(child->pid > 0 && child->start > 0);
}

static void connect_somewhere(void)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET, .sin_port = htons(9), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int s = socket(AF_INET, SOCK_STREAM, 0);
	must(s >= 0 && connect(s, (void *)&to, sizeof(to)) < 0);
}

static void test_connect(void **state)
{
	static struct hunt h = {.type = __NR_connect};
	size_t length;
	h.pid = in_child(connect_somewhere);
	find(&h);
	assert_int_equal(head(&h)->ret, -ECONNREFUSED);
	const struct sockaddr_in *to = (const void *)event_bytes(&h.view, EVENT_P_ADDR, &length);
	assert_int_equal(length, sizeof(*to));
	assert_int_equal(ntohs(to->sin_port), 9);
	const struct event_sock *sock = event_fixed(&h.view, EVENT_P_SOCK, sizeof(*sock));
	assert_int_equal(sock->family, AF_INET);
	assert_int_equal(sock->type, SOCK_STREAM);
}

static void send_data(void)
{
	int pair[2];
	struct iovec part = {.iov_base = (char *)"hello", .iov_len = 5};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
	must(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0 && sendmsg(pair[0], &message, 0) == 5);
}

static void test_data(void **state)
{
	static struct hunt h = {.type = __NR_sendmsg};
	size_t length;
	h.pid = in_child(send_data);
	find(&h);
	const char *data = event_bytes(&h.view, EVENT_P_DATA, &length);
	assert_int_equal(length, 5);
	assert_memory_equal(data, "hello", 5);
	const struct event_sock *sock = event_fixed(&h.view, EVENT_P_SOCK, sizeof(*sock));
	assert_int_equal(sock->family, AF_UNIX);
	assert_true(sock->peer != 0);
}

static void move_file(void)
{
	must(chdir(folder) == 0 && mkdir("old", 0700) == 0 &&
	     syscall(__NR_renameat, AT_FDCWD, "old", AT_FDCWD, "new") == 0);
}

static void test_two_paths(void **state)
{
	static struct hunt h = {.type = __NR_renameat, .path = "old"};
	h.pid = in_child(move_file);
	find(&h);
	assert_string_equal(event_text(&h.view, EVENT_P_PATH2), "new");
	assert_string_equal(path_of(&h, EVENT_P_DIR2, 0), folder);
}

/* i386 mkdir(2) by int 0x80; its string must lie below 4 GiB. */
static void make_dir_32(void)
{
	char *low = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	long result = 39;
	must(low != MAP_FAILED);
	snprintf(low, 4096, "%s/thirty-two", folder);
	__asm__ volatile("int $0x80" : "+a"(result) : "b"(low), "c"(0700) : "memory", "r8", "r9", "r10", "r11");
	must(result == 0);
}

static void test_32_bit_calls(void **state)
{
	static struct hunt h = {.type = __NR_mkdir, .flags = EVENT_COMPAT};
	char expected[64];
	h.pid = in_child(make_dir_32);
	find(&h);
	snprintf(expected, sizeof(expected), "%s/thirty-two", folder);
	assert_string_equal(event_text(&h.view, EVENT_P_PATH), expected);
	assert_int_equal(head(&h)->args[1], 0700);
}

static void test_present(void **state)
{
	static struct hunt h = {.type = WATCH_PROCESS};
	struct err e;
	assert_int_equal(sense_present(sense, take, &h, &e), 0);
	assert_true(h.found);
	assert_non_null(event_fixed(&h.view, EVENT_P_EXEC, sizeof(struct event_exec)));
	static struct hunt group = {.type = WATCH_CGROUP_NEW, .path = "/"};
	assert_int_equal(sense_present(sense, take, &group, &e), 0);
	assert_true(group.found);
}

static int slowly(void *ctx, const struct event *event)
{
	*(unsigned *)ctx += 1;
	usleep(100);
	return 0;
}

/* The reader comes back to its caller, who has a clock and losses to look at. */
static void test_a_flood_does_not_keep_the_reader(void **state)
{
	unsigned taken = 0;
	pid_t pid = fork();
	if (pid == 0) {
		alarm(20);
		for (;;)
			close(open("/etc/hostname", O_RDONLY));
	}
	usleep(100000);
	int r = sense_read(sense, 100, slowly, &taken);
	bool floods = waitpid(pid, NULL, WNOHANG) == 0;
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	assert_true(floods);
	assert_int_equal(r, SENSE_READ_MAX);
	assert_int_equal(taken, SENSE_READ_MAX);
	static struct hunt rest = {.type = WATCH_TYPES};
	while (sense_read(sense, 0, take, &rest) == SENSE_READ_MAX)
		;
}

static void test_counts(void **state)
{
	static struct sense_count counts[WATCH_TYPES];
	assert_int_equal(sense_counts(sense, counts), 0);
	assert_true(counts[__NR_openat].sent > 0);
	assert_int_equal(counts[__NR_openat].lost, 0);
	assert_true(counts[WATCH_FORK].sent > 0 && counts[WATCH_EXIT].sent > 0);
}

static int setup(void **state)
{
	static struct sense_config config = {.environment = true};
	char sub[64];
	struct err e = {0};
	const int calls[] = {__NR_openat, __NR_execve, __NR_connect, __NR_sendmsg, __NR_renameat, __NR_mkdir};
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		config.wanted[calls[i]] = SENSE_ALL;
	if (!mkdtemp(folder))
		return -1;
	snprintf(sub, sizeof(sub), "%s/sub", folder);
	if (mkdir(sub, 0700) < 0)
		return -1;
	int r = sense_open(&sense, &config, &e);
	if (r < 0)
		fprintf(stderr, "%s\n", err_text(&e));
	return r;
}

static int forget(const char *path, const struct stat *st, int type, struct FTW *where)
{
	return remove(path);
}

static int teardown(void **state)
{
	sense_close(sense);
	return nftw(folder, forget, 8, FTW_DEPTH | FTW_PHYS);
}

enum { DEEP = 90, DEEP_NAME = 40 };

/* Ninety folders below each other, a program in the last, and as much of everything as is recorded. */
static void run_everything_long(void)
{
	static char name[DEEP_NAME + 1], args[5000], env[5000];
	char *const argv[] = {args, NULL}, *const envp[] = {env, NULL};
	memset(name, 'd', DEEP_NAME);
	memset(args, 'a', sizeof(args) - 1);
	memset(env, 'e', sizeof(env) - 1);
	must(chdir(folder) == 0);
	for (int i = 0; i < DEEP; i++)
		must(mkdir(name, 0755) == 0 && chdir(name) == 0);
	int from = open("/bin/true", O_RDONLY), to = open("program", O_WRONLY | O_CREAT, 0755);
	struct stat st;
	must(fstat(from, &st) == 0 && sendfile(to, from, NULL, (size_t)st.st_size) == st.st_size && close(to) == 0);
	pid_t pid = fork();
	if (pid == 0) {
		execve("./program", argv, envp);
		_exit(1);
	}
	int status;
	must(waitpid(pid, &status, 0) == pid && status == 0);
}

/* A record that would be too large goes without what does not fit, and says so; a deep path is whole. */
static void test_everything_long(void **state)
{
	static struct hunt h = {.type = __NR_execve};
	size_t length;
	h.parent = in_child(run_everything_long);
	find(&h);
	const char *path = path_of(&h, EVENT_P_EXE, sizeof(struct event_file));
	assert_int_equal(strncmp(path, folder, strlen(folder)), 0);
	assert_int_equal(strlen(path), strlen(folder) + DEEP * (DEEP_NAME + 1) + strlen("/program"));
	assert_non_null(event_bytes(&h.view, EVENT_P_ARGV, &length));
	assert_int_equal(length, 4096);
	assert_true(event_bytes(&h.view, EVENT_P_ENV, &length) || head(&h)->flags & EVENT_CUT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_present),
		cmocka_unit_test(test_open),
		cmocka_unit_test(test_chroot_hides_nothing),
		cmocka_unit_test(test_failed_open),
		cmocka_unit_test(test_symlinks_do_not_bend_paths),
		cmocka_unit_test(test_exec),
		cmocka_unit_test(test_fork_and_exit),
		cmocka_unit_test(test_connect),
		cmocka_unit_test(test_data),
		cmocka_unit_test(test_two_paths),
		cmocka_unit_test(test_32_bit_calls),
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_a_flood_does_not_keep_the_reader),
		cmocka_unit_test(test_everything_long),
	};
	if (geteuid() != 0) {
		puts("needs root");
		return 77;
	}
	return cmocka_run_group_tests(tests, setup, teardown);
}
