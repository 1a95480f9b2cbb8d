/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where names lead that are not opened: each case is done by a child, and what the sensors say the kernel went to is compared with
 * where it did go. Calls that a seccomp filter ends as well. Needs root; skipped without it.
 */
#include <asm/unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "sense/sense.h"

static struct sense *sense;
static char folder[] = "/tmp/test-find-XXXXXX";

struct told {
	unsigned type;
	pid_t pid;
	bool seen;
	unsigned flags;
	int64_t ret;
	char found[EVENT_PATH_MAX], found2[EVENT_PATH_MAX];
};

static int take(void *ctx, const struct event *event)
{
	struct told *t = ctx;
	struct event_view view;
	assert_int_equal(event_view(event, event->size, &view), 0);
	if (event->type != t->type || event->pid != (uint32_t)t->pid)
		return 0;
	t->seen = true;
	t->flags = event->flags;
	t->ret = event->ret;
	if (event_path(&view, EVENT_P_FOUND, 0, t->found, sizeof(t->found)) < 0)
		snprintf(t->found, sizeof(t->found), "none");
	if (event_path(&view, EVENT_P_FOUND2, 0, t->found2, sizeof(t->found2)) < 0)
		snprintf(t->found2, sizeof(t->found2), "none");
	return 0;
}

/* The last event of TYPE that ACT causes in a child, which starts in the folder. */
static struct told tell(unsigned type, void (*act)(void))
{
	static struct told t;
	t = (struct told){.type = type};
	pid_t pid = fork();
	if (pid == 0) {
		if (chdir(folder) < 0)
			_exit(1);
		act();
		_exit(0);
	}
	int status;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	t.pid = pid;
	for (int i = 0; i < 200 && !t.seen; i++)
		assert_true(sense_read(sense, 20, take, &t) >= 0);
	assert_true(t.seen);
	return t;
}

static void must(bool ok)
{
	if (!ok)
		_exit(1);
}

static const char *below(const char *path)
{
	static char text[2][EVENT_PATH_MAX];
	static int turn;
	turn = !turn;
	snprintf(text[turn], sizeof(text[turn]), "%s/%s", folder, path);
	return text[turn];
}

static void make_file(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT, 0600);
	must(fd >= 0);
	close(fd);
}

#define LONG                                                                                                           \
	"nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn" \
	"nnnn"                                                                                                         \
	"nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn" \
	"nnnnnn"                                                                                                       \
	"nnnnnnnnnnnnnnnnnnnnnnnnnnnnn"

#define CASE(name, type, expected, body)                                                                               \
	static void do_##name(void)                                                                                    \
	{                                                                                                              \
		body                                                                                                   \
	}                                                                                                              \
	static void test_##name(void **state)                                                                          \
	{                                                                                                              \
		struct told t = tell(type, do_##name);                                                                 \
		assert_string_equal(t.found, below(expected));                                                         \
		assert_int_equal(t.flags &EVENT_LEXICAL, 0);                                                           \
		assert_int_equal(t.ret, 0);                                                                            \
	}

CASE(relative_link, __NR_unlink, "dir/f", make_file("dir/f"); must(syscall(SYS_unlink, "link/f") == 0);)
CASE(absolute_link, __NR_unlink, "dir/f", make_file("dir/f"); must(syscall(SYS_unlink, below("absolute/f")) == 0);)
CASE(dots_after_a_link, __NR_unlink, "f", make_file("f"); must(syscall(SYS_unlink, "deep/../../f") == 0);)
CASE(links_in_links, __NR_unlink, "dir/sub/f", make_file("dir/sub/f");
     must(syscall(SYS_unlink, "chain/./sub///f") == 0);)
CASE(up_and_down, __NR_unlinkat, "dir/f", make_file("dir/f"); int fd = open("dir/sub", O_PATH);
     must(unlinkat(fd, "../../link/f", 0) == 0);)
CASE(own_root, __NR_unlink, "dir/f", make_file("dir/f"); char path[EVENT_PATH_MAX];
     snprintf(path, sizeof(path), "/proc/self/root%s/link/f", folder); must(syscall(SYS_unlink, path) == 0);)
CASE(root_of_a_pid, __NR_unlink, "dir/f", make_file("dir/f"); char path[EVENT_PATH_MAX];
     snprintf(path, sizeof(path), "/proc/%d/root%s/dir/f", (int)getppid(), folder);
     must(syscall(SYS_unlink, path) == 0);)
CASE(own_folder, __NR_unlink, "dir/f", make_file("dir/f"); must(syscall(SYS_unlink, "/proc/self/cwd/dir/f") == 0);)
CASE(of_a_thread, __NR_unlink, "dir/f", make_file("dir/f");
     must(syscall(SYS_unlink, "/proc/thread-self/cwd/dir/f") == 0);)
CASE(through_a_descriptor, __NR_unlink, "dir/f", make_file("dir/f"); char path[64];
     snprintf(path, sizeof(path), "/proc/self/fd/%d/f", open("dir", O_PATH)); must(syscall(SYS_unlink, path) == 0);)
CASE(new_folder, __NR_mkdir, "dir/made", must(syscall(SYS_mkdir, "link/made/", 0700) == 0);)
CASE(old_folder, __NR_rmdir, "dir/made", must(syscall(SYS_rmdir, "link/made") == 0);)
CASE(mode_through_the_last_link, __NR_chmod, "dir/kept", must(syscall(SYS_chmod, "to-kept", 0600) == 0);)
CASE(owner_of_the_link, __NR_lchown, "to-kept", must(syscall(SYS_lchown, "./to-kept", 0, 0) == 0);)
CASE(among_many, __NR_unlink, "many/x7/f", make_file("many/x7/f"); must(syscall(SYS_unlink, "link/../many/x7/f") == 0);)
CASE(long_name, __NR_unlink, LONG "/f", make_file(LONG "/f"); must(syscall(SYS_unlink, "link/../" LONG "/f") == 0);)
CASE(mounted, __NR_unlink, "mount/f", must(unshare(CLONE_NEWNS) == 0);
     must(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0); must(mount("t", "mount", "tmpfs", 0, NULL) == 0);
     make_file("mount/f"); must(syscall(SYS_unlink, "link/../mount/f") == 0);)
CASE(out_of_a_mount, __NR_unlink, "dir/f", must(unshare(CLONE_NEWNS) == 0);
     must(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0); must(mount("t", "mount", "tmpfs", 0, NULL) == 0);
     make_file("dir/f"); must(syscall(SYS_unlink, "mount/../link/f") == 0);)
CASE(overlay, __NR_unlink, "merged/dir/f", must(unshare(CLONE_NEWNS) == 0);
     must(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
     must(mount("t", "mount", "tmpfs", 0, NULL) == 0 && mkdir("mount/upper", 0700) == 0 &&
	  mkdir("mount/work", 0700) == 0);
     must(mount("o", "merged", "overlay", 0, "lowerdir=.,upperdir=mount/upper,workdir=mount/work") == 0);
     make_file("merged/dir/f"); must(syscall(SYS_unlink, "merged/link/f") == 0);)

static void do_rename(void)
{
	make_file("dir/f");
	must(syscall(SYS_rename, "link/f", "deep/g") == 0);
}

static void test_both_names(void **state)
{
	struct told t = tell(__NR_rename, do_rename);
	assert_string_equal(t.found, below("dir/f"));
	assert_string_equal(t.found2, below("dir/sub/g"));
}

static void do_symlink(void)
{
	must(syscall(SYS_symlink, "/any/text", "link/new-link") == 0);
}

static void test_name_of_a_link(void **state)
{
	struct told t = tell(__NR_symlink, do_symlink);
	assert_string_equal(t.found, "none"); /* what it says is a text */
	assert_string_equal(t.found2, below("dir/new-link"));
}

static void do_chroot(void)
{
	make_file("dir/f");
	must(chroot(".") == 0 && chdir("/dir/sub") == 0 && syscall(SYS_unlink, "/in-root/../../dir/f") == 0);
}

/* The kernel's first mount, which has the number 1, is below the root of the host's mounts and of no others. */
static bool has_the_hosts_mounts(void)
{
	unsigned id = 0, parent = 0;
	FILE *f = fopen("/proc/self/mountinfo", "re");
	for (char line[4096], at[8]; f && fgets(line, sizeof(line), f);)
		if (sscanf(line, "%u %u %*s %*s %7s", &id, &parent, at) == 3 && strcmp(at, "/") == 0)
			break;
	if (f)
		fclose(f);
	return parent == 1;
}

/* Names are those of the process: below its root, which nothing leaves. */
static void test_another_root(void **state)
{
	struct told t = tell(__NR_unlink, do_chroot);
	assert_string_equal(t.found, has_the_hosts_mounts() ? "/dir/f" : below("dir/f"));
}

static void do_long_link(void)
{
	char text[96] = "dir";
	for (size_t i = strlen(text); i + 2 < sizeof(text); i += 2)
		memcpy(text + i, "/.", 3);
	must(symlink(text, "long-link") == 0);
	make_file("dir/f");
	must(syscall(SYS_unlink, "long-link/f") == 0);
}

/* A link whose text the file system keeps on disk only: followed where it is at hand, and otherwise said. */
static void test_what_is_not_found_is_said(void **state)
{
	struct told t = tell(__NR_unlink, do_long_link);
	if (t.flags & EVENT_LEXICAL)
		assert_string_equal(t.found, "none");
	else
		assert_string_equal(t.found, below("dir/f"));
}

/* The first of many, again and again: so much searching is not done for anybody. */
static void do_long_search(void)
{
	char text[4000];
	size_t used = 0;
	while (used + 32 < sizeof(text))
		used += (size_t)snprintf(text + used, sizeof(text) - used, "many/x1/../../");
	snprintf(text + used, sizeof(text) - used, "dir/f");
	make_file("dir/f");
	must(syscall(SYS_unlink, text) == 0);
}

static void test_a_long_search_ends(void **state)
{
	struct told t = tell(__NR_unlink, do_long_search);
	assert_int_equal(t.flags & EVENT_LEXICAL, EVENT_LEXICAL);
	assert_string_equal(t.found, "none");
}

static void do_missing(void)
{
	syscall(SYS_unlink, "dir/no/f");
}

static void test_what_failed_is_not_said_to_be_unknown(void **state)
{
	struct told t = tell(__NR_unlink, do_missing);
	assert_int_equal(t.flags & EVENT_LEXICAL, 0);
	assert_string_equal(t.found, "none");
}

static void do_denied(uint32_t action)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_unlink, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, action),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {4, filter};
	sigaction(SIGSYS, &(struct sigaction){.sa_handler = SIG_DFL}, NULL); /* cmocka's */
	must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0);
	syscall(SYS_unlink, "dir/kept");
}

/* A filter's signal comes instead of the call: what looks like its result is not one. */
static void test_a_call_that_a_filter_ends(void **state)
{
	static const uint32_t actions[] = {SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_TRAP};
	for (size_t i = 0; i < 2; i++) {
		static struct told t;
		pid_t pid = fork();
		if (pid == 0) {
			must(chdir(folder) == 0);
			do_denied(actions[i]);
			_exit(0);
		}
		int status;
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
		t = (struct told){.type = __NR_unlink, .pid = pid};
		for (int k = 0; k < 200 && !t.seen; k++)
			assert_true(sense_read(sense, 20, take, &t) >= 0);
		assert_true(t.seen);
		assert_int_equal(t.ret, -EPERM);
		assert_int_equal(t.flags & EVENT_DENIED, EVENT_DENIED);
	}
}

static int open_sense(void **state)
{
	static struct sense_config config;
	static const int calls[] = {__NR_unlink, __NR_unlinkat, __NR_mkdir, __NR_rmdir,
				    __NR_rename, __NR_symlink,	__NR_chmod, __NR_lchown};
	struct err e = {0};
	char name[64];
	if (geteuid() != 0)
		return 0;
	if (!mkdtemp(folder) || chdir(folder) < 0)
		return -1;
	static const char *const folders[] = {"dir", "dir/sub", "many", "mount", "merged", LONG};
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		if (mkdir(folders[i], 0755) < 0)
			return -1;
	for (int i = 0; i < 2000; i++) {
		snprintf(name, sizeof(name), "many/x%d", i);
		if (mkdir(name, 0755) < 0)
			return -1;
	}
	snprintf(name, sizeof(name), "%s/dir", folder);
	if (symlink("dir", "link") < 0 || symlink(name, "absolute") < 0 || symlink("./link/sub", "deep") < 0 ||
	    symlink("absolute/../link/./", "chain") < 0 || symlink("link/kept", "to-kept") < 0 ||
	    symlink("/dir/sub", "in-root") < 0)
		return -1;
	make_file("dir/kept");
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		config.wanted[calls[i]] = SENSE_ALL;
	return sense_open(&sense, &config, &e);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	return remove(path);
}

static int close_sense(void **state)
{
	sense_close(sense);
	return chdir("/") == 0 ? nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS | FTW_MOUNT) : -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_relative_link),
		cmocka_unit_test(test_absolute_link),
		cmocka_unit_test(test_dots_after_a_link),
		cmocka_unit_test(test_links_in_links),
		cmocka_unit_test(test_up_and_down),
		cmocka_unit_test(test_own_root),
		cmocka_unit_test(test_root_of_a_pid),
		cmocka_unit_test(test_own_folder),
		cmocka_unit_test(test_of_a_thread),
		cmocka_unit_test(test_through_a_descriptor),
		cmocka_unit_test(test_new_folder),
		cmocka_unit_test(test_old_folder),
		cmocka_unit_test(test_mode_through_the_last_link),
		cmocka_unit_test(test_owner_of_the_link),
		cmocka_unit_test(test_among_many),
		cmocka_unit_test(test_long_name),
		cmocka_unit_test(test_mounted),
		cmocka_unit_test(test_out_of_a_mount),
		cmocka_unit_test(test_overlay),
		cmocka_unit_test(test_both_names),
		cmocka_unit_test(test_name_of_a_link),
		cmocka_unit_test(test_another_root),
		cmocka_unit_test(test_what_is_not_found_is_said),
		cmocka_unit_test(test_what_failed_is_not_said_to_be_unknown),
		cmocka_unit_test(test_a_call_that_a_filter_ends),
		cmocka_unit_test(test_a_long_search_ends),
	};
	if (geteuid() != 0)
		return 77;
	return cmocka_run_group_tests(tests, open_sense, close_sense);
}
