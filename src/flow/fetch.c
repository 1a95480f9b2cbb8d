/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sources at an address: file:// is a path, HTTP and HTTPS are fetched by skep-fetch, which lies beside this program,
 * into a nameless file that only then is read, in a sandboxed worker like any other.
 */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "base/path.h"
#include "flow/database.h"

#define PROGRAM "skep-fetch"
#define INSTALLED "/usr/libexec/skep/" PROGRAM

/* Beside this program, or where it is installed. */
static void run_program(const char *url)
{
	char own[PATH_MAX], beside[PATH_MAX + sizeof(PROGRAM)];
	char *const arguments[] = {(char *)PROGRAM, (char *)url, NULL};
	char *slash = path_real("/proc/self/exe", own, sizeof(own)) == 0 ? strrchr(own, '/') : NULL;

	if (slash) {
		snprintf(beside, sizeof(beside), "%.*s/" PROGRAM, (int)(slash - own), own);
		execv(beside, arguments);
	}
	execv(INSTALLED, arguments);
}

static int fetch(const char *url, int fd, struct err *e)
{
	int status = 0;
	pid_t pid = fork();
	if (pid == 0) {
		if (dup2(fd, STDOUT_FILENO) >= 0)
			run_program(url);
		_exit(127);
	}
	if (pid < 0)
		return err_sys(e, -errno, "fetching %s", url);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return err_sys(e, -errno, "fetching %s", url);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
		return err_set(e, -ENOENT, PROGRAM " is missing beside skep and at " INSTALLED "; addresses need it");
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : err_set(e, -EIO, "%s was not fetched", url);
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
	r = fetch(url, fd, e);
	if (r == 0 && lseek(fd, 0, SEEK_SET) < 0)
		r = err_sys(e, -errno, "%s", url);
	return r < 0 ? r : flow_db_add_fd(in, take_fd(&fd), url, source, e);
}
