/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP and HTTPS are spoken by skep-fetch, which lies beside this program and writes into a file of ours. Its words come by
 * a pipe, and how far it is shows in the file's size.
 */
#include "fetch.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/path.h"
#include "flow/database.h"

#define PROGRAM "skep-fetch"
#define INSTALLED "/usr/libexec/skep/" PROGRAM
#define WORDS_MAX 1024
#define TICK_MS 200
#define ARGUMENTS_MAX 16

enum { EXIT_NOT_THERE = 3, EXIT_TOO_LARGE = 4, EXIT_MISSING = 127 };

/* Beside this program, or where it is installed. */
static void run_program(char *const arguments[])
{
	char own[PATH_MAX], beside[PATH_MAX + sizeof(PROGRAM)];
	char *slash = path_real("/proc/self/exe", own, sizeof(own)) == 0 ? strrchr(own, '/') : NULL;

	if (slash) {
		snprintf(beside, sizeof(beside), "%.*s/" PROGRAM, (int)(slash - own), own);
		execv(beside, arguments);
	}
	execv(INSTALLED, arguments);
}

static void child(const struct fetch *f, int words)
{
	char from[32], max[32];
	const char *arguments[ARGUMENTS_MAX] = {PROGRAM, "--from", from, "--max", max};
	size_t n = 5;

	snprintf(from, sizeof(from), "%llu", (unsigned long long)f->have);
	snprintf(max, sizeof(max), "%llu", (unsigned long long)f->max);
	if (f->ca) {
		arguments[n++] = "--ca";
		arguments[n++] = f->ca;
	}
	if (f->accept) {
		arguments[n++] = "--accept";
		arguments[n++] = f->accept;
	}
	if (f->plain)
		arguments[n++] = "--plain";
	if (f->registry)
		arguments[n++] = "--registry";
	arguments[n++] = f->url;
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0 && dup2(f->fd, STDOUT_FILENO) >= 0 &&
	    dup2(words, STDERR_FILENO) >= 0)
		run_program((char *const *)(uintptr_t)arguments);
	_exit(EXIT_MISSING);
}

/* Its words, until it ends. */
static void listen_to(const struct fetch *f, int pipe, char words[WORDS_MAX])
{
	struct pollfd p = {pipe, POLLIN, 0};
	size_t used = 0;

	for (;;) {
		struct stat st;
		char more[256];
		if (poll(&p, 1, TICK_MS) == 0) {
			if (f->tick && fstat(f->fd, &st) == 0)
				f->tick(f->data, (uint64_t)st.st_size);
			continue;
		}
		ssize_t got = read(pipe, more, sizeof(more));
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		size_t kept = MIN_OF((size_t)got, WORDS_MAX - 1 - used);
		memcpy(words + used, more, kept);
		used += kept;
	}
	while (used && words[used - 1] == '\n')
		used--;
	words[used] = '\0';
	str_plain(words, used);
}

static int judge(const struct fetch *f, int status, const char *words, struct err *e)
{
	int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;

	if (code == 0)
		return 0;
	if (code == EXIT_MISSING)
		return err_set(e, -ENOSYS, PROGRAM " is missing beside skep and at " INSTALLED "; addresses need it");
	return err_set(e,
		       code == EXIT_NOT_THERE	? -ENOENT
		       : code == EXIT_TOO_LARGE ? -EFBIG
						: -EIO,
		       "%s", words[0] ? words : f->url);
}

int fetch_run(const struct fetch *f, struct err *e)
{
	char words[WORDS_MAX] = "";
	int pair[2], status = 0;

	if (lseek(f->fd, (off_t)f->have, SEEK_SET) < 0 || pipe2(pair, O_CLOEXEC) < 0)
		return err_sys(e, -errno, "fetching %s", f->url);
	scoped_fd int ours = pair[0];
	pid_t pid = fork();
	if (pid == 0)
		child(f, pair[1]);
	close_keep_errno(pair[1]);
	if (pid < 0)
		return err_sys(e, -errno, "fetching %s", f->url);
	listen_to(f, ours, words);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return err_sys(e, -errno, "fetching %s", f->url);
	return judge(f, status, words, e);
}

int flow_db_add_url(struct flow_db_inputs *in, const char *root, const char *url, const char *source, struct err *e)
{
	static const char file[] = "file://";

	if (str_starts_with(url, file))
		return flow_db_add_path(in, url + strlen(file), source, e);
	if (!str_starts_with(url, "http://") && !str_starts_with(url, "https://"))
		return flow_db_add_path(in, url, source, e);
	scoped_free char *folder = str_printf("%s/db", root);
	int r = folder ? path_mkdirs(folder, 0755) : -ENOMEM;
	scoped_fd int fd = r == 0 ? open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600) : -1;
	if (fd < 0)
		return err_sys(e, r < 0 ? r : -errno, "a file for %s", url);
	const struct fetch f = {
		.url = url, .fd = fd, .max = FLOW_DB_FETCH_BYTES_MAX, .plain = str_starts_with(url, "http://")};
	r = fetch_run(&f, e);
	if (r == 0 && lseek(fd, 0, SEEK_SET) < 0)
		r = err_sys(e, -errno, "%s", url);
	return r < 0 ? r : flow_db_add_fd(in, take_fd(&fd), url, source, e);
}
