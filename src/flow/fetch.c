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

static void find_program(char path[PATH_MAX])
{
	char own[PATH_MAX];

	snprintf(path, PATH_MAX, "%s", INSTALLED);
	if (path_real("/proc/self/exe", own, sizeof(own)) < 0)
		return;
	char *slash = strrchr(own, '/');
	if (!slash)
		return;
	slash[1] = '\0';
	scoped_free char *beside = str_printf("%s" PROGRAM, own);
	if (beside && strlen(beside) < PATH_MAX && access(beside, X_OK) == 0)
		snprintf(path, PATH_MAX, "%s", beside);
}

static int fetch(const char *url, int fd, struct err *e)
{
	char path[PATH_MAX];
	int status = 0;

	find_program(path);
	pid_t pid = fork();
	if (pid == 0) {
		char *const arguments[] = {(char *)PROGRAM, (char *)url, NULL};
		if (dup2(fd, STDOUT_FILENO) >= 0)
			execv(path, arguments);
		_exit(127);
	}
	if (pid < 0)
		return err_sys(e, -errno, "fetching %s", url);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return err_sys(e, -errno, "fetching %s", url);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
		return err_set(e, -ENOENT, "%s is missing; addresses need it", path);
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
