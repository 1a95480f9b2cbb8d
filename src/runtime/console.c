/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The container's terminal (config.md, "process.terminal"). The pair is made from the container's own devpts, checked
 * by its file-system magic; the slave is taken from the master by the kernel (TIOCGPTPEER), so no name inside the
 * container is trusted; the master goes to whoever asked for it over the console socket.
 */
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <termios.h>
#include <unistd.h>

#include "base/path.h"
#include "kern/mount.h"
#include "kern/socket.h"
#include "launch.h"

int console_connect(bool terminal, const char *path, int fd, int *ret_socket, struct err *e)
{
	if (!terminal)
		return path ? err_set(e, -EINVAL, "--console-socket is given, but the process has no terminal") : 0;
	if (!path && fd < 0)
		return err_set(e, -EINVAL, "a detached process with a terminal needs --console-socket");
	int socket = path ? kern_socket_connect(path) : fcntl(fd, F_DUPFD_CLOEXEC, 3);
	if (socket < 0)
		return err_sys(e, path ? socket : -errno, "cannot connect to the console socket %s", path ? path : "");
	*ret_socket = socket;
	return 0;
}

static int open_master(int root, struct err *e)
{
	struct statfs fs;
	int zero = 0;
	scoped_fd int master = path_open_in_root(root, "/dev/pts/ptmx", O_RDWR | O_NOCTTY, 0);

	if (master < 0)
		return err_sys(e, master, "process.terminal needs a devpts on /dev/pts");
	if (fstatfs(master, &fs) < 0 || fs.f_type != DEVPTS_SUPER_MAGIC)
		return err_set(e, -ENODEV, "/dev/pts/ptmx in the container is not from a devpts file system");
	if (ioctl(master, TIOCSPTLCK, &zero) < 0)
		return err_sys(e, -errno, "cannot unlock the terminal");
	return take_fd(&master);
}

int console_open(const struct launch *l, int *ret_terminal, struct err *e)
{
	const struct oci_process *p = l->process;
	scoped_fd int master = open_master(l->root, e);
	unsigned number = 0;
	char name[32];

	if (master < 0)
		return master;
	scoped_fd int slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (slave < 0 || ioctl(master, TIOCGPTN, &number) < 0)
		return err_sys(e, -errno, "cannot open the terminal's other end");
	if (p->console_width && p->console_height) {
		struct winsize size = {.ws_row = (unsigned short)p->console_height,
				       .ws_col = (unsigned short)p->console_width};
		if (ioctl(master, TIOCSWINSZ, &size) < 0)
			return err_sys(e, -errno, "cannot set the terminal's size");
	}
	/* Lines end as the program writes them: whoever shows them has a terminal of his own that turns LF into CR LF. */
	struct termios mode;
	if (tcgetattr(slave, &mode) < 0)
		return err_sys(e, -errno, "cannot read the terminal's mode");
	mode.c_oflag &= ~(tcflag_t)ONLCR;
	if (tcsetattr(slave, TCSANOW, &mode) < 0)
		return err_sys(e, -errno, "cannot set the terminal's mode");
	if (fchown(slave, p->uid, (gid_t)-1) < 0)
		return err_sys(e, -errno, "cannot give the terminal to user %u", p->uid);
	int len = snprintf(name, sizeof(name), "/dev/pts/%u", number);
	int r = kern_socket_send_fds(l->console_socket, name, (size_t)len, &master, 1);
	if (r < 0)
		return err_sys(e, r, "cannot send the terminal over the console socket");
	*ret_terminal = take_fd(&slave);
	return 0;
}

int console_bind(const struct launch *l, int terminal, struct err *e)
{
	scoped_fd int dev = path_open_in_root(l->root, "/dev", O_PATH | O_DIRECTORY, 0);
	if (dev < 0)
		return err_sys(e, dev, "cannot open /dev in the container");
	scoped_fd int made = openat(dev, "console", O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
	if (made < 0 && errno != EEXIST)
		return err_sys(e, -errno, "cannot make /dev/console");
	scoped_fd int target = path_open_beneath(dev, "console", O_PATH | O_NOFOLLOW, 0);
	struct stat st;
	if (target < 0 || fstat(target, &st) < 0)
		return err_sys(e, target < 0 ? target : -errno, "cannot open /dev/console");
	if (S_ISLNK(st.st_mode) || S_ISDIR(st.st_mode))
		return err_set(e, -ELOOP, "/dev/console in the image is a link or a folder: refused");
	scoped_fd int tree = kern_mount_clone(terminal, "", false);
	int r = tree < 0 ? tree : kern_mount_attach(tree, target);
	return r < 0 ? err_sys(e, r, "cannot mount the terminal on /dev/console") : 0;
}

int console_stdio(int terminal, struct err *e)
{
	for (int fd = 0; fd < 3; fd++)
		if (dup2(terminal, fd) < 0)
			return err_sys(e, -errno, "cannot use the terminal");
	return 0;
}

int console_control(struct err *e)
{
	return ioctl(STDIN_FILENO, TIOCSCTTY, 0) < 0
		       ? err_sys(e, -errno, "cannot make the terminal the controlling one")
		       : 0;
}
