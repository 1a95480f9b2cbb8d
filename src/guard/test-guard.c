/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A policy holds the tasks of its cgroup and nobody else, is replaced while they run, and what was refused is counted. Needs root,
 * a v2 hierarchy and cgroup programs; the acts are done by children in cgroups of the test's own.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "guard/guard.h"
#include "kern/cgroup.h"

static char root[128], group[256], ours[32], other[32];
static struct guard guard = GUARD_INIT;

static void folder_of(const char *name, char path[1024])
{
	snprintf(path, 1024, "%s/%s", group, name);
}

/* Runs ACT in the cgroup NAME; its result, an errno. */
static int inside(const char *name, int (*act)(int), int argument)
{
	char path[1024], procs[1100];
	int status;
	folder_of(name, path);
	snprintf(procs, sizeof(procs), "%s/cgroup.procs", path);
	pid_t pid = fork();
	if (pid == 0) {
		int fd = open(procs, O_WRONLY | O_CLOEXEC);
		if (fd < 0 || write(fd, "0", 1) != 1)
			_exit(255);
		_exit(act(argument) & 0xff);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

/* A datagram socket: nobody has to listen. */
static int connect_to(int port)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0 ? errno : 0;
}

static int connect_mapped(int port)
{
	int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in6 to = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
	inet_pton(AF_INET6, "::ffff:127.0.0.1", &to.sin6_addr);
	return connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0 ? errno : 0;
}

static int send_v6(int port)
{
	int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in6 to = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
	to.sin6_addr = in6addr_loopback;
	return sendto(fd, "x", 1, 0, (struct sockaddr *)&to, sizeof(to)) < 0 ? errno : 0;
}

static int bind_to(int port)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	return bind(fd, (struct sockaddr *)&to, sizeof(to)) < 0 ? errno : 0;
}

static struct guard_policy a_policy(enum guard_mode mode)
{
	struct guard_policy p = {.mode = {mode, mode, GUARD_OFF}, .rule_count = 2};
	/* 127.0.0.0/8, ports 7000 to 7009; and to listen on any address at 7100 */
	const uint8_t net[16] = {[10] = 0xff, [11] = 0xff, [12] = 127};
	uint8_t mask[16];
	memset(mask, 0xff, sizeof(mask));
	memset(mask + 13, 0, 3);
	memcpy(p.rules[0].net, net, sizeof(net));
	memcpy(p.rules[0].mask, mask, sizeof(mask));
	p.rules[0].first = 7000;
	p.rules[0].last = 7009;
	p.rules[0].kind = GUARD_CONNECT;
	p.rules[0].protocols = GUARD_UDP;
	p.rules[1] = (struct guard_rule){
		.first = 7100, .last = 7100, .kind = GUARD_LISTEN, .protocols = GUARD_TCP | GUARD_UDP | GUARD_OTHER};
	return p;
}

static void put(enum guard_mode mode)
{
	struct guard_policy p = a_policy(mode);
	struct err e = {0};
	if (guard_put(&guard, ours, &p, &e) < 0)
		fail_msg("%s", err_text(&e));
}

static void test_addresses(void **state)
{
	put(GUARD_ENFORCE);
	assert_int_equal(inside(ours, connect_to, 7000), 0);
	assert_int_equal(inside(ours, connect_to, 7009), 0);
	assert_int_equal(inside(ours, connect_to, 7010), EPERM);
	assert_int_equal(inside(ours, connect_mapped, 7001), 0);
	assert_int_equal(inside(ours, connect_mapped, 6999), EPERM);
	assert_int_equal(inside(ours, send_v6, 7000), EPERM);
	assert_int_equal(inside(ours, bind_to, 7100), 0);
	assert_int_equal(inside(ours, bind_to, 7101), EPERM);
	/* The neighbour has none. */
	assert_int_equal(inside(other, connect_to, 7010), 0);
	assert_int_equal(inside(other, bind_to, 7101), 0);
}

static void test_groups_below(void **state)
{
	char below[64], path[1024];
	put(GUARD_ENFORCE);
	snprintf(below, sizeof(below), "%s/deep", ours);
	folder_of(below, path);
	assert_int_equal(mkdir(path, 0755), 0);
	assert_int_equal(inside(below, connect_to, 7010), EPERM);
	assert_int_equal(rmdir(path), 0);
}

struct found {
	uint64_t refused, alerted;
};

static int add(void *ctx, const struct guard_denial_key *key, const struct guard_denial *denial)
{
	struct found *f = ctx;
	if (key->kind != GUARD_CONNECT || key->port != 7777)
		return 0;
	assert_int_equal(key->protocol, GUARD_UDP);
	assert_true(denial->last >= denial->first && denial->first > 0);
	*(key->refused ? &f->refused : &f->alerted) += denial->count;
	return 0;
}

static void test_modes(void **state)
{
	struct found found = {0};
	static struct guard_policy read;

	put(GUARD_ALERT);
	assert_int_equal(inside(ours, connect_to, 7777), 0);
	assert_int_equal(inside(ours, connect_to, 7777), 0);
	put(GUARD_ENFORCE);
	assert_int_equal(inside(ours, connect_to, 7777), EPERM);
	put(GUARD_OFF);
	assert_int_equal(inside(ours, connect_to, 7777), 0);
	struct guard_policy p = a_policy(GUARD_ENFORCE);
	struct timespec t;
	struct err e = {0};
	clock_gettime(CLOCK_BOOTTIME, &t);
	p.relaxed_until[GUARD_CONNECT] = (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec + 400000000u;
	assert_int_equal(guard_put(&guard, ours, &p, &e), 0);
	assert_int_equal(inside(ours, connect_to, 7777), 0);
	usleep(500000);
	assert_int_equal(inside(ours, connect_to, 7777), EPERM);
	assert_int_equal(guard_denials(&guard, ours, add, &found), 0);
	assert_int_equal(found.alerted, 3);
	assert_int_equal(found.refused, 2);
	assert_int_equal(guard_get(&guard, ours, &read), 0);
	assert_int_equal(read.rule_count, 2);
	assert_int_equal(guard_get(&guard, other, &read), -ENOENT);
}

static int run_memfd(int unused)
{
	char *const none[] = {NULL};
	int fd = memfd_create("x", 0), program = open("/bin/true", O_RDONLY | O_CLOEXEC);
	if (fd < 0 || sendfile(fd, program, NULL, 1 << 20) <= 0)
		return errno;
	fexecve(fd, none, none);
	return errno;
}

static void test_programs(void **state)
{
	struct guard_policy p = {.mode = {GUARD_OFF, GUARD_OFF, GUARD_ENFORCE}};
	struct err e = {0};

	if (guard.offers.programs == GUARD_RUNG_NONE) {
		print_message("skipped: this kernel takes no program on the start of programs\n");
		skip();
	}
	assert_int_equal(guard_put(&guard, ours, &p, &e), 0);
	assert_int_equal(inside(ours, run_memfd, 0),
			 guard.offers.programs == GUARD_RUNG_REFUSE ? EPERM : 1000 + SIGKILL);
	assert_int_equal(inside(other, run_memfd, 0), 0);
	p.flags = GUARD_MEMFD;
	assert_int_equal(guard_put(&guard, ours, &p, &e), 0);
	assert_int_equal(inside(ours, run_memfd, 0), 0);
}

/* A program of the host's in memory, whose identity needs no file system's word. */
static int program = -1;

static int run_it(int word)
{
	char text[2] = {(char)word, '\0'};
	char *const arguments[] = {(char *)"true", text, NULL}, *const none[] = {NULL};
	fexecve(program, arguments, none);
	return errno;
}

static void put_starts(struct guard_policy *p, const struct guard_starts *s)
{
	struct err e = {0};
	assert_int_equal(guard_put(&guard, ours, p, &e), 0);
	if (s)
		assert_int_equal(guard_put_starts(&guard, ours, s, &e), 0);
}

static void test_starts(void **state)
{
	struct guard_policy p = {.mode = {[GUARD_START] = GUARD_ENFORCE}};
	static struct guard_starts s;
	struct stat st;

	if (guard.offers.programs == GUARD_RUNG_NONE)
		skip();
	const int refused = guard.offers.programs == GUARD_RUNG_REFUSE ? EPERM : 1000 + SIGKILL;
	int true_fd = open("/bin/true", O_RDONLY | O_CLOEXEC);
	program = memfd_create("x", 0);
	assert_true(sendfile(program, true_fd, NULL, 1 << 20) > 0 && fstat(program, &st) == 0);
	close(true_fd);
	p.root_device = (uint32_t)(major(st.st_dev) << 20 | minor(st.st_dev));
	/* Until it is told what may be started, nothing may. */
	put_starts(&p, NULL);
	assert_int_equal(inside(ours, run_it, 'a'), refused);
	assert_int_equal(inside(other, run_it, 'a'), 0);
	put_starts(&p, &s);
	assert_int_equal(inside(ours, run_it, 'a'), refused);
	s.start_count = 1;
	s.starts[0].inode = st.st_ino;
	put_starts(&p, &s);
	assert_int_equal(inside(ours, run_it, 'a'), 0);
	/* We are not of its root: as the first to start something, the runtime; with another one known, nobody. */
	s.starts[0].flags = GUARD_HAS_PARENTS;
	put_starts(&p, &s);
	assert_int_equal(inside(ours, run_it, 'a'), 0);
	s.outside = UINT64_MAX;
	put_starts(&p, &s);
	assert_int_equal(inside(ours, run_it, 'a'), refused);
	s.starts[0].flags = GUARD_HAS_ARGUMENTS;
	s.starts[0].pattern_first = 1;
	s.starts[0].pattern_end = 3;
	assert_int_equal(guard_pattern("true b", true, &s.patterns[1]), 0);
	assert_int_equal(guard_pattern("t* c", true, &s.patterns[2]), 0);
	put_starts(&p, &s);
	assert_int_equal(inside(ours, run_it, 'a'), 1000 + SIGKILL);
	assert_int_equal(inside(ours, run_it, 'b'), 0);
	assert_int_equal(inside(ours, run_it, 'c'), 0);
	p.mode[GUARD_START] = GUARD_ALERT;
	put_starts(&p, &s);
	assert_int_equal(inside(ours, run_it, 'a'), 0);
	close(program);
}

static int connect_name(int letter)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	snprintf(to.sun_path, sizeof(to.sun_path), "/nobody/listens/%c", letter);
	return connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0 ? errno : 0;
}

static void test_sockets(void **state)
{
	struct guard_policy p = {.mode = {[GUARD_SOCKET] = GUARD_ENFORCE}};
	static struct guard_sockets s = {.count = 2};
	struct err e = {0};

	if (!guard.offers.sockets)
		skip();
	assert_int_equal(guard_put(&guard, ours, &p, &e), 0);
	assert_int_equal(inside(ours, connect_name, 'a'), EPERM);
	assert_int_equal(guard_pattern("@x", false, &s.patterns[0]), 0);
	assert_int_equal(guard_pattern("/nobody/*/a", false, &s.patterns[1]), 0);
	assert_int_equal(guard_put_sockets(&guard, ours, &s, &e), 0);
	assert_int_equal(inside(ours, connect_name, 'a'), ENOENT);
	assert_int_equal(inside(ours, connect_name, 'b'), EPERM);
	assert_int_equal(inside(other, connect_name, 'b'), ENOENT);
	/* What goes with a policy goes with it. */
	guard_forget(&guard, ours);
	assert_int_equal(guard_put(&guard, ours, &p, &e), 0);
	assert_int_equal(inside(ours, connect_name, 'a'), EPERM);
	assert_int_equal(guard_put_sockets(&guard, "no-such-container", &s, &e), -ENOENT);
}

/* Two openers at a time, and again: the same maps. */
static void test_found_again(void **state)
{
	SCOPED(guard) struct guard again = GUARD_INIT;
	static struct guard_policy read;
	struct err e = {0};

	put(GUARD_ALERT);
	assert_int_equal(guard_open(root, "skep", &again, &e), 0);
	assert_int_equal(guard_get(&again, ours, &read), 0);
	assert_int_equal(again.offers.programs, guard.offers.programs);
}

static void test_sweep(void **state)
{
	char path[1024];
	static struct guard_policy read;
	put(GUARD_ENFORCE);
	guard_sweep(&guard);
	assert_int_equal(guard_get(&guard, ours, &read), 0);
	folder_of(ours, path);
	assert_int_equal(rmdir(path), 0);
	guard_sweep(&guard);
	/* Another folder of the name is another cgroup. */
	assert_int_equal(mkdir(path, 0755), 0);
	assert_int_equal(guard_get(&guard, ours, &read), -ENOENT);
	struct guard_policy p = a_policy(GUARD_ENFORCE);
	struct err e = {0};
	assert_int_equal(guard_put(&guard, "no-such-container", &p, &e), -ENOENT);
}

static int setup(void **state)
{
	struct kern_cgroup_layout layout;
	struct err e = {0};
	char path[1024];

	if (kern_cgroup_detect(&layout, &e) < 0 || layout.v2 < 0)
		return 1;
	snprintf(root, sizeof(root), "%s", layout.at[layout.v2].mount);
	snprintf(group, sizeof(group), "%s/skep", root);
	snprintf(ours, sizeof(ours), "guard-%d", getpid());
	snprintf(other, sizeof(other), "guard-%d-other", getpid());
	if (guard_open(root, "skep", &guard, &e) < 0) {
		print_message("%s\n", err_text(&e));
		return 1;
	}
	folder_of(ours, path);
	mkdir(path, 0755);
	folder_of(other, path);
	mkdir(path, 0755);
	return 0;
}

static int teardown(void **state)
{
	char path[1024];
	folder_of(ours, path);
	rmdir(path);
	folder_of(other, path);
	rmdir(path);
	guard_sweep(&guard);
	guard_done(&guard);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addresses),   cmocka_unit_test(test_groups_below), cmocka_unit_test(test_modes),
		cmocka_unit_test(test_programs),    cmocka_unit_test(test_starts),	 cmocka_unit_test(test_sockets),
		cmocka_unit_test(test_found_again), cmocka_unit_test(test_sweep),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
