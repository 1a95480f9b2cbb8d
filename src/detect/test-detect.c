/* SPDX-License-Identifier: Apache-2.0 */
/* State and fields, from records as the sensors write them. */
#include <arpa/inet.h>
#include <asm/unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "detect/detect.h"

#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static _Alignas(8) char bytes[EVENT_SIZE_MAX];
static struct event *const event = (void *)bytes;
static struct detect *d;

static void begin(unsigned type, uint32_t pid, uint64_t start)
{
	event_begin(event, type);
	event->pid = event->tid = pid;
	event->start = start;
	event->time = 5000000000;
}

static void add(enum event_kind kind, uint32_t aux, const void *data, size_t length)
{
	assert_int_equal(
		event_add(event, sizeof(bytes), &(struct event_piece){kind, aux, .bytes = data, .length = length}), 0);
}

static void add_text(enum event_kind kind, const char *text)
{
	add(kind, 0, text, strlen(text) + 1);
}

static void add_json(const char *text)
{
	add(EVENT_P_TEXT, 0, text, strlen(text));
}

static void add_path(enum event_kind kind, const void *fixed, size_t size, const char *path)
{
	assert_int_equal(
		event_add_path(event, sizeof(bytes), (struct event_piece){kind, EVENT_AT_ROOT, fixed, size}, path), 0);
}

static bool take(void)
{
	bool judged;
	assert_int_equal(detect_begin(d, event, &judged), 0);
	return judged;
}

static void pass(void)
{
	take();
	detect_end(d);
}

/* A field of the present event as text; "none" when it is absent. */
static const char *get(const char *name)
{
	static char text[4096];
	struct rule_arg arg;
	struct rule_value value;
	int field = rule_schema_parse(&detect_schema, name, strlen(name), &arg);
	assert_true(field >= 0);
	if (!detect_get(d, (unsigned)field, &arg, &value))
		return "none";
	size_t used = 0;
	for (uint32_t i = 0; i < (value.list_count ? value.list_count : 1); i++) {
		const struct rule_ip *ip = value.list_count ? &value.ips[i] : &value.ip;
		char address[INET6_ADDRSTRLEN];
		if (i)
			text[used++] = ' ';
		if (value.type == RULE_STRING) {
			struct rule_str s = value.list_count ? value.strs[i] : value.str;
			used += (size_t)snprintf(text + used, sizeof(text) - used, "%.*s", (int)s.len, s.at);
		} else if (value.type == RULE_BOOL) {
			used += (size_t)snprintf(text + used, sizeof(text) - used, "%s", value.flag ? "true" : "false");
		} else if (value.type == RULE_IP || value.type == RULE_NET) {
			inet_ntop(AF_INET6, ip->bytes, address, sizeof(address));
			used += (size_t)snprintf(text + used, sizeof(text) - used, "%s", address);
		} else {
			used += (size_t)snprintf(text + used, sizeof(text) - used, "%lld",
						 (long long)(value.list_count ? value.numbers[i] : value.number));
		}
	}
	return text;
}

static void exec_from(uint32_t pid, uint64_t start, uint32_t ppid, uint64_t parent_start, const char *path,
		      uint64_t ino)
{
	struct event_exec x = {.ppid = ppid,
			       .parent_start = parent_start,
			       .sid = 10,
			       .pgid = pid,
			       .vpid = 7,
			       .vpgid = 7,
			       .euid = 0,
			       .loginuid = 1000,
			       .cap_effective = 1 << 21};
	struct event_file file = {.ino = ino, .mode = 0100755, .links = 1};
	const char *name = strrchr(path, '/') + 1;
	begin(__NR_execve, pid, start);
	add(EVENT_P_EXEC, 0, &x, sizeof(x));
	add_text(EVENT_P_COMM, name);
	add_text(EVENT_P_NAME, path);
	add_path(EVENT_P_EXE, &file, sizeof(file), path);
	add_path(EVENT_P_CWD, NULL, 0, "/srv");
	add(EVENT_P_ARGV, 0, "zero\0one\0two words", sizeof("zero\0one\0two words"));
	add(EVENT_P_ENV, 0, "A=1\0PATH=/bin", sizeof("A=1\0PATH=/bin"));
	add_text(EVENT_P_TTY, "pts3");
}

static void exec(uint32_t pid, uint64_t start, uint32_t ppid, uint64_t parent_start, const char *path)
{
	exec_from(pid, start, ppid, parent_start, path, pid);
}

static void exec_file(uint32_t pid, uint64_t start, const char *path, uint64_t ino)
{
	exec_from(pid, start, 1, 1, path, ino);
}

static void fork_child(uint32_t pid, uint64_t start, uint32_t child, uint64_t child_start)
{
	struct event_child c = {.pid = child, .tid = child, .start = child_start, .vpid = 8};
	begin(WATCH_FORK, pid, start);
	add(EVENT_P_CHILD, 0, &c, sizeof(c));
}

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
	assert_string_equal(get("evt.arg.name"), "../link");
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
	assert_string_equal(get("evt.arg.newpath"), "new");
	assert_string_equal(get("evt.arg[2]"), "old");
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

static void cgroup(unsigned type, uint64_t id, uint64_t hierarchy, const char *path)
{
	begin(type, 1, 1);
	event->args[0] = id;
	event->args[1] = hierarchy;
	add_text(EVENT_P_CGROUP, path);
	pass();
}

/* A process, already in the container's cgroup, starts a program: is it still the runtime? */
static void runs_in_cgroup(uint32_t pid, const char *path, uint64_t ino, const char *still)
{
	exec_file(pid, 10 * pid, path, ino);
	event->cgroup = 1;
	event->cgroup_v1 = 77;
	take();
	assert_string_equal(get("container.id"), "0123456789ab");
	assert_string_equal(get("proc.is_runtime"), still);
	detect_end(d);
}

static void test_a_runtime_runs_itself(void **state)
{
	cgroup(WATCH_CGROUP_NEW, 77, 4, "/docker/" HEX);
	exec_file(60, 600, "/usr/bin/runc", 5);
	pass();
	runs_in_cgroup(60, "/usr/bin/runc", 5, "true");
	runs_in_cgroup(60, "/", 5, "true"); /* from a mount in no tree */
	runs_in_cgroup(60, "/", 5, "false");
	runs_in_cgroup(60, "/bin/sh", 6, "false");
	runs_in_cgroup(60, "/bin/sh", 6, "false");
}

static void test_an_image_runs_the_runtime(void **state)
{
	struct event_child first = {.pid = 71, .tid = 71, .start = 710, .vpid = 1};
	cgroup(WATCH_CGROUP_NEW, 77, 4, "/docker/" HEX);
	exec_file(70, 700, "/usr/bin/runc", 5);
	pass();
	begin(WATCH_FORK, 70, 700);
	add(EVENT_P_CHILD, 0, &first, sizeof(first));
	pass();
	runs_in_cgroup(71, "/", 5, "false"); /* its program is /proc/self/exe */
}

static void test_container(void **state)
{
	static const char facts[] =
		"{\"id\":\"" HEX
		"\",\"type\":\"docker\",\"name\":\"web\",\"image\":\"r:5000/a/b:1.2\",\"privileged\":true,"
		"\"mounts\":[{\"source\":\"/etc\",\"destination\":\"/"
		"host\",\"mode\":\"ro\",\"rw\":false,\"propagation\":\"rprivate\"}]}";
	static const char users[] =
		"{\"id\":\"" HEX
		"\",\"users\":[[100000,\"root\",\"/root\",\"/bin/sh\"]],\"groups\":[[100000,\"wheel\"]]}";
	cgroup(WATCH_CGROUP_NEW, 77, 4, "/docker/" HEX);
	begin(WATCH_CONTAINER, 1, 1);
	add(EVENT_P_TEXT, 0, facts, strlen(facts));
	pass();
	exec(20, 200, 1, 1, "/bin/sh");
	event->cgroup = 1;
	event->cgroup_v1 = 77;
	take();
	assert_string_equal(get("container.id"), "0123456789ab");
	assert_string_equal(get("container.name"), "web");
	assert_true(detect_is_of(d, "web"));
	assert_false(detect_is_of(d, "we"));
	assert_string_equal(get("container.image.repository"), "r:5000/a/b");
	assert_string_equal(get("container.image.tag"), "1.2");
	assert_string_equal(get("container.type"), "docker");
	assert_string_equal(get("container.privileged"), "true");
	assert_string_equal(get("container.mount.dest[/etc]"), "/host");
	assert_string_equal(get("container.mount.dest[/proc*]"), "N/A");
	assert_string_equal(get("container.mounts"), "/etc:/host:ro:false:rprivate");
	assert_string_equal(get("proc.is_runtime"), "false");
	detect_end(d);
	/* The runtime's process in the container's cgroup, before it becomes the container's program. */
	exec(40, 400, 1, 1, "/usr/bin/runc");
	pass();
	begin(__NR_mount, 40, 400);
	event->cgroup_v1 = 77;
	take();
	assert_string_equal(get("container.name"), "web");
	assert_string_equal(get("proc.is_runtime"), "true");
	detect_end(d);
	begin(WATCH_USERS, 1, 1);
	add(EVENT_P_TEXT, 0, users, strlen(users));
	assert_int_equal(detect_tell(d, event), 0);
	/* It left the cgroup: it is of the container all the same, and so is its child. */
	fork_child(20, 200, 21, 210);
	pass();
	begin(__NR_setuid, 21, 210);
	event->args[0] = 100000;
	event->uid = 100000;
	take();
	assert_string_equal(get("container.name"), "web");
	assert_string_equal(get("evt.arg.uid"), "root");
	assert_string_equal(get("user.uid"), "0"); /* who asked */
	detect_end(d);
	begin(__NR_unlink, 21, 210);
	event->uid = 100000;
	take();
	assert_string_equal(get("user.uid"), "100000");
	assert_string_equal(get("user.name"), "root");
	assert_string_equal(get("user.homedir"), "/root");
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

static void test_a_long_line_keeps_its_near_end(void **state)
{
	exec(1000, 1000, 1, 1, "/usr/sbin/nginx");
	pass();
	for (uint32_t i = 1000; i < 1200; i++) {
		fork_child(i, i, i + 1, i + 1);
		pass();
		begin(WATCH_EXIT, i, i);
		pass();
		begin(__NR_unlink, i + 1, i + 1);
		take();
		assert_string_equal(get("proc.pname"), "nginx");
		detect_end(d);
	}
	assert_true(detect_stats(d).forgotten > 0);
	begin(WATCH_EXIT, 1200, 1200); /* nobody is left, nor is anybody's memory */
	pass();
	assert_int_equal(detect_stats(d).processes, 0);
}

static void tell_facts(const char *text)
{
	begin(WATCH_CONTAINER, 0, 0);
	add_json(text);
	ignore(detect_tell(d, event)); /* a lie is refused */
}

static void test_facts_are_those_of_the_last_record(void **state)
{
	tell_facts("{\"id\":\"box\",\"image\":\"a/b:c\",\"privileged\":true,\"cgroups\":[{\"id\":7,\"v2\":true}],"
		   "\"mounts\":[{\"source\":\"/from\",\"destination\":\"/to\",\"rw\":true}]}");
	begin(__NR_unlink, 10, 100);
	event->cgroup = 7;
	take();
	assert_string_equal(get("container.mount.dest[/from]"), "/to");
	assert_string_equal(get("container.privileged"), "true");
	detect_end(d);
	tell_facts("{\"id\":\"box\",\"image\":5}"); /* a lie, which ends before its mounts */
	begin(__NR_unlink, 10, 100);
	event->cgroup = 7;
	take();
	assert_string_equal(get("container.mount.dest[/from]"), "N/A");
	assert_string_equal(get("container.image.repository"), "none");
	assert_string_equal(get("container.privileged"), "false");
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

static void test_memory_is_bounded(void **state)
{
	for (uint32_t i = 0; i < 200000; i++) {
		fork_child(10, 100, 1000 + i, 1000 + i);
		pass();
	}
	assert_true(detect_stats(d).processes <= 65536);
	assert_true(detect_stats(d).forgotten > 0);
}

/* Many programs with long arguments: each is judged by all of them, and kept by its first ones once there is no room. */
static void test_long_arguments_are_kept_while_there_is_room(void **state)
{
	struct event_exec x = {.ppid = 90000};
	char args[4000];
	size_t first = 0;
	memset(args, 'x', sizeof(args));
	args[sizeof(args) - 1] = '\0';
	for (uint32_t i = 1; i <= 20000; i++) {
		begin(__NR_execve, i, i);
		add(EVENT_P_EXEC, 0, &x, sizeof(x));
		add_text(EVENT_P_COMM, "storm");
		add(EVENT_P_ARGV, 0, args, sizeof(args));
		take();
		if (i % 1000 == 0)
			assert_int_equal(strlen(get("proc.cmdline")), strlen("storm"));
		assert_int_equal(strlen(get("proc.exe")), sizeof(args) - 1);
		detect_end(d);
		if (!first && detect_stats(d).forgotten)
			first = i;
	}
	assert_in_range(first, 400, 5000);
	begin(__NR_unlink, 20000, 20000);
	take();
	assert_string_equal(get("proc.name"), "storm");
	assert_in_range(strlen(get("proc.exe")), 24, 256);
	detect_end(d);
	begin(__NR_unlink, 1, 1);
	take();
	assert_int_equal(strlen(get("proc.exe")), sizeof(args) - 1);
	detect_end(d);
}

static void test_containers_that_never_come_are_forgotten(void **state)
{
	char text[128];
	for (int i = 0; i < 20000; i++) {
		snprintf(text, sizeof(text), "{\"id\":\"box%d\",\"name\":\"n%d\"}", i, i);
		tell_facts(text);
	}
	assert_in_range(detect_stats(d).containers, 100, 1000);
	assert_true(detect_stats(d).forgotten > 19000);
	/* The last that was told of is there, and one that lives finds room. */
	tell_facts("{\"id\":\"box19999\",\"name\":\"last\",\"cgroups\":[{\"id\":7,\"v2\":true}]}");
	begin(__NR_unlink, 10, 100);
	event->cgroup = 7;
	take();
	assert_string_equal(get("container.name"), "last");
	detect_end(d);
	/* It is over when its cgroup and its processes are. */
	unsigned with = detect_stats(d).containers;
	cgroup(WATCH_CGROUP_GONE, 7, 0, "/x");
	assert_int_equal(detect_stats(d).containers, with);
	begin(WATCH_EXIT, 10, 100);
	pass();
	assert_int_equal(detect_stats(d).containers, with - 1);
}

/* Names of users are a container's own words: those of many containers take no more room than there is. */
static void test_names_of_users_are_bounded(void **state)
{
	SCOPED(buf) struct buf text = BUF_INIT(EVENT_PARAMS_MAX);
	char path[128];
	for (uint32_t i = 0; i < 700; i++) {
		struct json_out o = JSON_OUT(&text);
		snprintf(path, sizeof(path), "/docker/%064x", i);
		cgroup(WATCH_CGROUP_NEW, 1000 + i, 0, path);
		text.len = 0;
		json_out_object(&o, NULL);
		json_out_str(&o, "id", path + strlen("/docker/"));
		json_out_array(&o, "users");
		for (unsigned k = 0; k < 400; k++) {
			json_out_array(&o, NULL);
			json_out_u64(&o, NULL, k);
			json_out_str(&o, NULL, "a-user-with-a-name");
			json_out_array_end(&o);
		}
		json_out_array_end(&o);
		json_out_object_end(&o);
		begin(WATCH_USERS, 0, 0);
		add_json(buf_str(&text));
		assert_int_equal(detect_tell(d, event), 0);
	}
	assert_true(detect_stats(d).forgotten > 100);
	begin(__NR_unlink, 10, 100);
	event->cgroup = 1000;
	event->uid = 5;
	take();
	assert_string_equal(get("user.name"), "a-user-with-a-name");
	detect_end(d);
	begin(__NR_unlink, 11, 110);
	event->cgroup = 1000 + 699;
	event->uid = 5;
	take();
	assert_string_equal(get("user.name"), "<NA>"); /* not the host's */
	detect_end(d);
}

static void test_labels(void **state)
{
	tell_facts("{\"id\":\"box\",\"labels\":{\"a\":\"1\",\"io.kubernetes.pod.name\":\"pod\"},"
		   "\"cgroups\":[{\"id\":7,\"v2\":true}]}");
	begin(__NR_unlink, 10, 100);
	event->cgroup = 7;
	take();
	assert_string_equal(get("container.label[a]"), "1");
	assert_string_equal(get("container.label[b]"), "none");
	assert_string_equal(get("k8s.pod.name"), "pod");
	detect_end(d);
}

static int setup(void **state)
{
	return detect_new(&d, 0, "host");
}

static int teardown(void **state)
{
	detect_free(d);
	return 0;
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_process),
		TEST(test_ancestors),
		TEST(test_pid_used_again),
		TEST(test_open),
		TEST(test_two_paths),
		TEST(test_socket),
		TEST(test_datagrams),
		TEST(test_arguments),
		TEST(test_a_runtime_runs_itself),
		TEST(test_an_image_runs_the_runtime),
		TEST(test_container),
		TEST(test_lying_records),
		TEST(test_memory_is_bounded),
		TEST(test_a_fork_ends_its_own_process),
		TEST(test_a_long_line_keeps_its_near_end),
		TEST(test_facts_are_those_of_the_last_record),
		TEST(test_long_paths_leave_no_field_out),
		TEST(test_a_file_of_two_names_is_told_by_the_first),
		TEST(test_long_arguments_are_kept_while_there_is_room),
		TEST(test_containers_that_never_come_are_forgotten),
		TEST(test_names_of_users_are_bounded),
		TEST(test_labels),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
