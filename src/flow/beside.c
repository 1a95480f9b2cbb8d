/* SPDX-License-Identifier: Apache-2.0 */
/* Descriptors that a process beside the monitor begins with. */
#include "beside.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

int beside_keep(int *dir, int *line)
{
	enum { DIR_FD = 3, LINE_FD = 4, SPARE_FD = 100 };
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), spare_dir = fcntl(*dir, F_DUPFD_CLOEXEC, SPARE_FD),
	    spare_line = fcntl(*line, F_DUPFD_CLOEXEC, SPARE_FD);

	if (null < 0 || spare_dir < 0 || spare_line < 0)
		return -errno;
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (dup2(null, fd) < 0)
			return -errno;
	if (dup3(spare_dir, DIR_FD, O_CLOEXEC) < 0 || dup3(spare_line, LINE_FD, O_CLOEXEC) < 0 ||
	    close_range(LINE_FD + 1, ~0u, 0) < 0)
		return -errno;
	*dir = DIR_FD;
	*line = LINE_FD;
	return 0;
}
