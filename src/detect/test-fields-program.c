/* SPDX-License-Identifier: Apache-2.0 */
/* Programs that are many, arguments that were cut, and pipes between programs. */
#include <sys/stat.h>

#include "test-kit.h"

enum { ARGS_MAX = 128 };

/* ARGS are separated by "|". */
static void start(uint32_t pid, const char *path, const char *args, const struct event_stdio *stdio, bool cut)
{
	struct event_exec x = {.ppid = 1, .pgid = pid, .vpid = pid, .vpgid = pid};
	struct event_file file = {.ino = pid, .mode = 0100755, .links = 1};
	char list[ARGS_MAX];
	size_t n = strlen(args) + 1;

	assert_true(n < sizeof(list));
	memcpy(list, args, n);
	for (size_t i = 0; i < n; i++)
		list[i] = list[i] == '|' ? '\0' : list[i];
	begin(__NR_execve, pid, pid * 10);
	add(EVENT_P_EXEC, 0, &x, sizeof(x));
	add_text(EVENT_P_COMM, strrchr(path, '/') + 1);
	add_path(EVENT_P_EXE, &file, sizeof(file), path);
	add(EVENT_P_ARGV, cut, list, n);
	if (stdio)
		add(EVENT_P_STDIO, 0, stdio, sizeof(*stdio));
	assert_true(take());
}

static void test_programs_that_are_many(void **state)
{
	static const struct {
		const char *path, *args, *applet;
	} rows[] = {
		{"/usr/bin/curl", "wget", "curl"}, /* a name of one's own choosing changes nothing */
		{"/bin/busybox", "/bin/sh|-c|x", "sh"},
		{"/bin/busybox", "-sh", "sh"},
		{"/bin/busybox", "busybox|killall|x", "killall"},
		{"/bin/busybox.static", "/bin/busybox.static|wget", "wget"},
		{"/bin/busybox", "busybox", "busybox"},
		{"/bin/busybox", "/proc/self/exe|wget", "wget"}, /* how it starts its own */
		{"/usr/bin/pgrep", "pkill|falco", "pkill"},
		{"/usr/bin/pgrep", "pgrep|falco", "pgrep"},
		{"/usr/bin/kmod", "/sbin/insmod|x.ko", "insmod"},
		{"/usr/sbin/xtables-nft-multi", "iptables|-F", "iptables"},
		{"/usr/bin/coreutils", "coreutils|--coreutils-prog=rm|x", "rm"},
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		start(100 + (uint32_t)i, rows[i].path, rows[i].args, NULL, false);
		assert_string_equal(get("proc.applet"), rows[i].applet);
		detect_end(d);
	}
}

static void test_arguments_that_were_cut(void **state)
{
	start(10, "/bin/sh", "sh|-c|x", NULL, false);
	assert_string_equal(get("proc.args.is_cut"), "false");
	detect_end(d);
	start(11, "/bin/sh", "sh|-c|x", NULL, true);
	assert_string_equal(get("proc.args.is_cut"), "true");
	assert_string_equal(get("proc.args"), "-c x");
	detect_end(d);
}

static void test_pipes(void **state)
{
	struct event_stdio curl = {.ids = {5, 77, 78}, .modes = {S_IFREG, S_IFIFO, S_IFIFO}, .families = {0, 1, 1}};
	struct event_stdio shell = {.ids = {77, 6, 9}, .modes = {S_IFIFO, S_IFREG, S_IFSOCK}, .families = {1, 0, 2}};

	start(10, "/usr/bin/curl", "curl|-s|x", &curl, false);
	assert_string_equal(get("proc.stdout.peer"), "none"); /* nobody reads yet */
	detect_end(d);
	start(11, "/bin/busybox", "sh", &shell, false);
	assert_string_equal(get("proc.stdin.type"), "pipe");
	assert_string_equal(get("proc.stdin.name"), "pipe:[77]");
	assert_string_equal(get("proc.stdout.type"), "file");
	assert_string_equal(get("proc.stdout.name"), "none");
	assert_string_equal(get("proc.stderr.type"), "ipv4");
	assert_string_equal(get("proc.stdin.peer"), "curl");
	assert_string_equal(get("proc.stdin.peer.cmdline"), "curl -s x");
	assert_string_equal(get("proc.stdout.peer"), "none"); /* a file has no other end */
	detect_end(d);
	begin(__NR_unlink, 10, 100);
	take();
	assert_string_equal(get("proc.stdout.peer"), "sh");
	detect_end(d);
	begin(WATCH_EXIT, 11, 110);
	take();
	detect_end(d);
	begin(__NR_unlink, 10, 100);
	take();
	assert_string_equal(get("proc.stdout.peer"), "none");
	detect_end(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_programs_that_are_many),
		TEST(test_arguments_that_were_cut),
		TEST(test_pipes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
