/* SPDX-License-Identifier: Apache-2.0 */
/* State and fields, from records as the sensors write them. */
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>

#include "test-kit.h"

static void test_process(void **state)
{
	exec(10, 100, 1, 1, "/usr/bin/bash");
	assert_true(take());
	assert_string_equal(get("proc.name"), "bash");
	assert_string_equal(get("proc.exepath"), "/usr/bin/bash");
	assert_string_equal(get("proc.exe"), "zero");
	assert_string_equal(get("proc.args"), "one two words");
	assert_string_equal(get("proc.args[1]"), "two words");
	assert_string_equal(get("proc.cmdline"), "bash one two words");
	assert_string_equal(get("proc.cmdnargs"), "2");
	assert_string_equal(get("proc.env[PATH]"), "/bin");
	assert_string_equal(get("proc.env"), "A=1 PATH=/bin");
	assert_string_equal(get("proc.env[NO]"), "none");
	assert_string_equal(get("proc.cwd"), "/srv/");
	assert_string_equal(get("proc.tty"), "34819");
	assert_string_equal(get("proc.sname"), "bash");
	assert_string_equal(get("proc.is_vpgid_leader"), "true");
	assert_string_equal(get("user.loginuid"), "1000");
	assert_string_equal(get("thread.cap_effective"), "CAP_SYS_ADMIN");
	assert_string_equal(get("evt.type"), "execve");
	assert_string_equal(get("evt.arg.filename"), "/usr/bin/bash");
	assert_string_equal(get("evt.arg.exe"), "zero");
	assert_string_equal(get("container.id"), "host");
	assert_string_equal(get("proc.pname"), "none");
	detect_end(d);
}

static void test_ancestors(void **state)
{
	exec(10, 100, 1, 1, "/usr/bin/bash");
	pass();
	fork_child(10, 100, 11, 110);
	pass();
	exec(11, 110, 10, 100, "/usr/bin/perl");
	pass();
	fork_child(11, 110, 12, 120);
	pass();
	begin(WATCH_EXIT, 11, 110); /* the middle one is gone: a double fork hides nobody */
	assert_true(take());
	assert_string_equal(get("evt.type"), "procexit");
	detect_end(d);
	begin(__NR_unlink, 12, 120);
	add_text(EVENT_P_PATH, "x");
	take();
	assert_string_equal(get("proc.name"), "perl"); /* inherited */
	assert_string_equal(get("proc.pname"), "perl");
	assert_string_equal(get("proc.aname[2]"), "bash");
	assert_string_equal(get("proc.aname"), "perl bash");
	assert_string_equal(get("proc.aname[3]"), "none");
	assert_string_equal(get("proc.apid"), "11 10");
	assert_string_equal(get("fs.path.name"), "/srv/x");
	detect_end(d);
}

static void test_arguments_of_ancestors(void **state)
{
	exec(10, 100, 1, 1, "/usr/bin/bash");
	pass();
	fork_child(10, 100, 11, 110);
	pass();
	begin(__NR_unlink, 11, 110);
	take();
	assert_string_equal(get("proc.aargs"), "one two words");
	assert_string_equal(get("proc.aargs[1]"), "one two words");
	assert_string_equal(get("proc.aargs[2]"), "none");
	assert_string_equal(get("thread.nametid"), "bash11");
	detect_end(d);
}

/* Calls that the build machine's headers do not know. */
static void test_newer_calls(void **state)
{
	exec(10, 100, 1, 1, "/usr/bin/bash");
	pass();
	begin(452, 10, 100);
	event->args[2] = 04755;
	add_text(EVENT_P_PATH, "shell");
	assert_true(take());
	assert_string_equal(get("evt.type"), "fchmodat2");
	assert_string_equal(get("evt.arg.filename"), "/srv/shell");
	assert_non_null(strstr(get("evt.arg.mode"), "S_ISUID"));
	detect_end(d);
}

static void test_times_around(void **state)
{
	begin(__NR_unlink, 10, 100);
	take();
	char name[64];
	snprintf(name, sizeof(name), "evt.around[%s]", get("evt.rawtime"));
	assert_string_equal(get(name), "0");
	assert_string_equal(get("evt.around[x]"), "none");
	detect_end(d);
}

static void test_pid_used_again(void **state)
{
	exec(10, 100, 1, 1, "/usr/bin/bash");
	pass();
	begin(__NR_unlink, 10, 999);
	take();
	assert_string_equal(get("proc.name"), "none");
	detect_end(d);
}

static void test_open(void **state)
{
	struct event_file file = {.ino = 5, .mode = 0100644, .flags = EVENT_FILE_CREATED};
	begin(__NR_openat, 10, 100);
	event->ret = 4;
	event->args[0] = (uint64_t)-100;
	event->args[2] = O_WRONLY | O_CREAT;
	add_text(EVENT_P_PATH, "../link");
	add_path(EVENT_P_DIR, NULL, 0, "/srv");
	add_path(EVENT_P_FILE, &file, sizeof(file), "/etc/passwd");
	take();
	assert_string_equal(get("fd.name"), "/etc/passwd");
	assert_string_equal(get("fd.nameraw"), "../link");
	assert_string_equal(get("fd.directory"), "/etc");
	assert_string_equal(get("fd.filename"), "passwd");
	assert_string_equal(get("fd.num"), "4");
	assert_string_equal(get("fd.typechar"), "f");
	assert_string_equal(get("evt.is_open_write"), "true");
	assert_string_equal(get("evt.is_open_read"), "false");
	assert_string_equal(get("evt.is_open_create"), "true");
	assert_string_equal(get("evt.arg.flags"), "O_WRONLY|O_CREAT");
	assert_string_equal(get("evt.arg.name"), "/link");
	assert_string_equal(get("evt.rawarg.name"), "../link");
	assert_string_equal(get("evt.abspath"), "/link");
	assert_string_equal(get("evt.res"), "SUCCESS");
	detect_end(d);

	begin(__NR_openat, 10, 100);
	event->ret = -EACCES;
	add_text(EVENT_P_PATH, "/a/./b/../c");
	take();
	assert_string_equal(get("fd.name"), "/a/c");
	assert_string_equal(get("fd.num"), "-1");
	assert_string_equal(get("fd.typechar"), "f");
	assert_string_equal(get("evt.res"), "EACCES");
	assert_string_equal(get("evt.failed"), "true");
	assert_string_equal(get("evt.arg.flags"), "O_RDONLY");
	detect_end(d);
}

static void test_two_paths(void **state)
{
	begin(__NR_renameat2, 10, 100);
	add_text(EVENT_P_PATH, "old");
	add_path(EVENT_P_DIR, NULL, 0, "/a");
	add_text(EVENT_P_PATH2, "new");
	add_path(EVENT_P_DIR2, NULL, 0, "/b");
	take();
	assert_string_equal(get("fs.path.source"), "/a/old");
	assert_string_equal(get("fs.path.target"), "/b/new");
	assert_string_equal(get("fs.path.name"), "none");
	assert_string_equal(get("evt.arg.newpath"), "/b/new");
	assert_string_equal(get("evt.arg[2]"), "/a/old");
	assert_string_equal(get("evt.rawarg.newpath"), "new");
	detect_end(d);
}

static void test_socket(void **state)
{
	struct event_sock sock = {.family = AF_INET,
				  .type = SOCK_STREAM,
				  .protocol = 6,
				  .state = 1,
				  .local_port = 40000,
				  .remote_port = 443,
				  .local = {10, 0, 0, 1},
				  .remote = {1, 2, 3, 4}};
	begin(__NR_connect, 10, 100);
	event->args[0] = 5;
	add(EVENT_P_SOCK, 0, &sock, sizeof(sock));
	take();
	assert_string_equal(get("fd.name"), "10.0.0.1:40000->1.2.3.4:443");
	assert_string_equal(get("fd.type"), "ipv4");
	assert_string_equal(get("fd.sip"), "::ffff:1.2.3.4");
	assert_string_equal(get("fd.ip"), "::ffff:10.0.0.1 ::ffff:1.2.3.4");
	assert_string_equal(get("fd.sport"), "443");
	assert_string_equal(get("fd.rport"), "443");
	assert_string_equal(get("fd.l4proto"), "tcp");
	assert_string_equal(get("fd.num"), "5");
	assert_string_equal(get("fd.is_server"), "false");
	assert_string_equal(get("fd.connected"), "true");
	detect_end(d);

	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(53), .sin_addr.s_addr = htonl(0x08080808)};
	sock = (struct event_sock){.family = AF_INET, .type = SOCK_DGRAM, .state = 7, .self = 64};
	begin(__NR_sendto, 10, 100);
	event->ret = 3;
	add(EVENT_P_SOCK, 0, &sock, sizeof(sock));
	add(EVENT_P_ADDR, 0, &to, sizeof(to));
	add(EVENT_P_DATA, 0, "abc", 3);
	take();
	assert_string_equal(get("fd.rip"), "::ffff:8.8.8.8");
	assert_string_equal(get("fd.l4proto"), "udp");
	assert_string_equal(get("fd.connected"), "false");
	assert_string_equal(get("fd.name_changed"), "true");
	assert_string_equal(get("fd.name_changed"), "true"); /* asked again, the same */
	assert_string_equal(get("evt.buffer"), "abc");
	detect_end(d);
	take();
	assert_string_equal(get("fd.name_changed"), "false");
	detect_end(d);
}

/* A datagram's sender, for whoever answers and for whoever asked. */
static void test_datagrams(void **state)
{
	struct sockaddr_in from = {
		.sin_family = AF_INET, .sin_port = htons(40000), .sin_addr.s_addr = htonl(0x0a000001)};
	struct event_sock sock = {.family = AF_INET,
				  .type = SOCK_DGRAM,
				  .state = 7,
				  .self = 128,
				  .local = {10, 0, 0, 2},
				  .local_port = 53};
	begin(__NR_recvfrom, 10, 100);
	add(EVENT_P_SOCK, 0, &sock, sizeof(sock));
	take();
	assert_string_equal(get("fd.name"), "10.0.0.2:53");
	detect_end(d);
	add(EVENT_P_ADDR, 0, &from, sizeof(from));
	take();
	assert_string_equal(get("fd.name"), "10.0.0.1:40000->10.0.0.2:53");
	assert_string_equal(get("fd.is_server"), "true");
	detect_end(d);
	sock.local_port = 40000;
	from.sin_port = htons(53);
	begin(__NR_recvmsg, 10, 100);
	add(EVENT_P_SOCK, 0, &sock, sizeof(sock));
	add(EVENT_P_ADDR, 0, &from, sizeof(from));
	take();
	assert_string_equal(get("fd.name"), "10.0.0.2:40000->10.0.0.1:53");
	assert_string_equal(get("fd.is_server"), "false");
	detect_end(d);
}

static void test_arguments(void **state)
{
	const struct event_file ns = {.magic = 0x6e736673, .ino = 4026531840, .mode = 0100444};
	begin(__NR_openat, 10, 100);
	event->ret = 3;
	add_text(EVENT_P_PATH, "/proc/self/ns/uts");
	add_path(EVENT_P_FILE, &ns, sizeof(ns), "/");
	take();
	assert_string_equal(get("fd.name"), "ns:[4026531840]");
	assert_string_equal(get("fd.nameraw"), "/proc/self/ns/uts");
	detect_end(d);
	begin(__NR_open, 10, 100);
	event->args[1] = 2;
	event->args[2] = 07777; /* whatever was in the register */
	add_text(EVENT_P_PATH, "/a");
	take();
	assert_string_equal(get("evt.arg.mode"), "0");
	assert_string_equal(get("evt.rawarg.mode"), "0");
	detect_end(d);
	event->args[1] = 0102;
	event->args[2] = 0600;
	take();
	assert_string_equal(get("evt.arg.mode"), "S_IWUSR|S_IRUSR");
	detect_end(d);
	begin(__NR_memfd_create, 10, 100);
	add_text(EVENT_P_PATH, "name");
	take();
	assert_string_equal(get("evt.arg.name"), "name");
	assert_string_equal(get("fs.path.name"), "none");
	detect_end(d);
	begin(__NR_kill, 10, 100);
	event->args[1] = 9;
	take();
	assert_string_equal(get("evt.arg.sig"), "SIGKILL");
	assert_string_equal(get("evt.rawarg.sig"), "9");
	detect_end(d);
	begin(__NR_keyctl, 10, 100);
	event->args[0] = 11;
	take();
	assert_string_equal(get("evt.arg.cmd"), "KEYCTL_READ");
	detect_end(d);
}

static void test_lying_records(void **state)
{
	bool judged;
	begin(WATCH_CONTAINER, 1, 1);
	add_json("{\"id\":5}");
	pass();
	begin(WATCH_USERS, 1, 1);
	add_json("{\"id\":\"\",\"users\":[[1]]}");
	pass();
	fork_child(30, 300, 30, 300); /* its own child */
	pass();
	exec(31, 310, 31, 310, "/bin/x"); /* its own parent */
	pass();
	begin(__NR_openat, 1, 1);
	event->size += 8;
	assert_int_equal(detect_begin(d, event, &judged), -EPROTO);
	assert_true(detect_stats(d).refused >= 1);
}

/* A child with the pid of its parent, and one with that of the only child of a parent that ended. */
static void test_a_fork_ends_its_own_process(void **state)
{
	exec(10, 100, 1, 1, "/usr/bin/bash");
	pass();
	fork_child(10, 100, 10, 101);
	assert_false(take());
	detect_end(d);
	begin(__NR_unlink, 10, 101);
	take();
	assert_string_equal(get("proc.pname"), "bash");
	detect_end(d);

	fork_child(10, 101, 20, 200);
	pass();
	begin(WATCH_EXIT, 10, 101);
	pass();
	fork_child(10, 101, 20, 201);
	assert_false(take());
	detect_end(d);
	begin(__NR_unlink, 20, 201);
	take();
	assert_string_equal(get("proc.aname"), "bash bash");
	detect_end(d);
}

static void test_long_paths_leave_no_field_out(void **state)
{
	static char path[4000];
	memset(path, 'x', sizeof(path) - 1);
	for (size_t i = 0; i < sizeof(path) - 1; i += 100)
		path[i] = '/';
	begin(__NR_openat, 10, 100);
	event->ret = -EACCES;
	add_text(EVENT_P_PATH, path + 1);
	add_path(EVENT_P_DIR, NULL, 0, path);
	take();
	/* By the rules, and again when what they found is told. */
	for (int i = 0; i < 4; i++) {
		assert_string_not_equal(get("fd.name"), "none");
		assert_string_not_equal(get("fd.directory"), "none");
		assert_string_not_equal(get("fs.path.name"), "none");
	}
	detect_end(d);
}

static void test_a_file_of_two_names_is_told_by_the_first(void **state)
{
	struct event_file file = {.ino = 5, .mode = 0100644};
	SCOPED(buf) struct buf text = BUF_INIT(4096);
	struct json_out o = JSON_OUT(&text);
	begin(__NR_openat, 10, 100);
	add_text(EVENT_P_PATH, "/proc/self/fd/3");
	add_path(EVENT_P_FILE, &file, sizeof(file), "/etc/shadow");
	take();
	json_out_object(&o, NULL);
	detect_describe(d, &o);
	json_out_object_end(&o);
	assert_non_null(strstr(buf_str(&text), "\"fd.name\":\"/etc/shadow\""));
	detect_end(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_process),
		TEST(test_ancestors),
		TEST(test_pid_used_again),
		TEST(test_open),
		TEST(test_two_paths),
		TEST(test_socket),
		TEST(test_datagrams),
		TEST(test_arguments),
		TEST(test_lying_records),
		TEST(test_a_fork_ends_its_own_process),
		TEST(test_long_paths_leave_no_field_out),
		TEST(test_a_file_of_two_names_is_told_by_the_first),
		TEST(test_arguments_of_ancestors),
		TEST(test_newer_calls),
		TEST(test_times_around),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
