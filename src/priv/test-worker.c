/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Workers and their sandbox, seen from inside: what is forbidden fails or kills, what the work needs succeeds. Each
 * probe is a worker of its own, because some of them do not come back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/path.h"
#include "priv/sandbox.h"
#include "priv/worker.h"

/* A probe gets the folder and returns its exit code: 0 the act failed as it should, 1 it succeeded. */
typedef int probe_fn(int folder);

static int open_outside(int folder)
{
	return open("/etc/passwd", O_RDONLY | O_CLOEXEC) >= 0;
}

static int open_upwards(int folder)
{
	return openat(folder, "../../../../../../etc/passwd", O_RDONLY | O_CLOEXEC) >= 0;
}

static int make_socket(int folder)
{
	return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) >= 0;
}

static int kill_parent(int folder)
{
	return kill(getppid(), 0) == 0;
}

static int make_process(int folder)
{
	return fork() >= 0;
}

static int run_program(int folder)
{
	return execl("/proc/self/exe", "x", NULL) == 0;
}

static int executable_memory(int folder)
{
	return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED;
}

static int trace(int folder)
{
	return ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0;
}

static int make_namespace(int folder)
{
	return unshare(CLONE_NEWNS) == 0;
}

static int make_device(int folder)
{
	return mknodat(folder, "mem", S_IFCHR | 0600, makedev(1, 1)) == 0;
}

static int inherits_descriptors(int folder)
{
	int open_ones = 0;

	for (int fd = 3; fd < 200; fd++)
		open_ones += fd != PRIV_WORKER_CHANNEL && fd != folder && fcntl(fd, F_GETFD) >= 0;
	return open_ones != 0;
}

static int has_environment(int folder)
{
	return getenv("PATH") != NULL;
}

/* The work itself: files, links, whiteouts, owners. */
static int work(int folder)
{
	int fd = openat(folder, "file", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	return fd < 0 || write(fd, "x", 1) != 1 || fchown(fd, 12345, 54321) < 0 || fchmod(fd, 04755) < 0 ||
	       mkdirat(folder, "d", 0755) < 0 || linkat(folder, "file", folder, "d/hard", 0) < 0 ||
	       mknodat(folder, "gone", S_IFCHR | 0600, makedev(0, 0)) < 0 || !malloc(1 << 20);
}

static const struct {
	const char *name;
	probe_fn *fn;
	bool killed; /* the sandbox does not let it come back */
} probes[] = {
	{"open-outside", open_outside, false},
	{"open-upwards", open_upwards, false},
	{"socket", make_socket, true},
	{"kill", kill_parent, true},
	{"fork", make_process, true},
	{"exec", run_program, true},
	{"executable-memory", executable_memory, true},
	{"ptrace", trace, true},
	{"namespace", make_namespace, true},
	{"device", make_device, false},
	{"descriptors", inherits_descriptors, false},
	{"environment", has_environment, false},
	{"work", work, false},
};

static int run_probe(int channel, probe_fn *fn)
{
	struct priv_message *m = malloc(sizeof(*m));
	struct priv_sandbox box = {.root_fd = -1,
				   .folder_count = 1,
				   .memory_bytes = 256u << 20,
				   .file_bytes = 1u << 20,
				   .capabilities = 1ull << CAP_CHOWN | 1ull << CAP_FOWNER | 1ull << CAP_FSETID |
						   1ull << CAP_DAC_OVERRIDE};

	if (!m || priv_recv(channel, m) != 1 || m->fd_count != 1)
		return 90;
	/* The root stays where it is, so that Landlock alone must hold the paths; flow moves it as well. */
	box.folders[0] = (struct priv_folder){m->fds[0], true};
	return priv_confine(&box, NULL) < 0 ? 91 : fn(m->fds[0]);
}

static void probes_end_as_they_should(void **state)
{
	char base[] = "/tmp/skep-worker-XXXXXX";

	assert_non_null(mkdtemp(base));
	scoped_fd int folder = open(base, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (uint32_t i = 0; i < ARRAY_LEN(probes); i++) {
		SCOPED(priv_worker) struct priv_worker w = PRIV_WORKER_INIT;
		struct err e = {0};
		assert_int_equal(priv_worker_start("probe", &w, &e), 0);
		assert_int_equal(priv_send(w.channel, 1, &i, sizeof(i), NULL, 0), 0);
		assert_int_equal(priv_send(w.channel, 2, NULL, 0, &folder, 1), 0);
		int r = priv_worker_wait(&w, &e);
		if (r != (probes[i].killed ? -ECHILD : 0))
			print_error("%s: %s\n", probes[i].name, err_text(&e));
		assert_int_equal(r, probes[i].killed ? -ECHILD : 0);
		if (probes[i].killed)
			assert_non_null(strstr(e.text, "forbidden system call"));
	}
	struct stat st;
	assert_int_equal(fstatat(folder, "file", &st, 0), 0);
	assert_int_equal(st.st_uid, 12345);
	assert_int_equal(st.st_mode & 07777, 04755);
	assert_int_equal(path_remove_tree(AT_FDCWD, base), 0);
}

static void unknown_roles_end(void **state)
{
	SCOPED(priv_worker) struct priv_worker w = PRIV_WORKER_INIT;
	struct err e = {0};

	assert_int_equal(priv_worker_start("nobody", &w, &e), 0);
	assert_int_equal(priv_worker_wait(&w, &e), -ECHILD);
	assert_non_null(strstr(e.text, "code 2"));
}

static int run_any(int channel)
{
	struct priv_message *m = malloc(sizeof(*m));
	uint32_t probe;

	if (!m || priv_recv(channel, m) != 1 || m->len != sizeof(probe))
		return 92;
	memcpy(&probe, m->body, sizeof(probe));
	free(m);
	return probe < ARRAY_LEN(probes) ? run_probe(channel, probes[probe].fn) : 93;
}

int main(int argc, char **argv)
{
	static const struct priv_role roles[] = {{"probe", run_any}, {NULL, NULL}};
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(probes_end_as_they_should),
		cmocka_unit_test(unknown_roles_end),
	};

	priv_worker_dispatch(argc, argv, roles);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
