/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A child enters the caller's namespaces and finds the target as the caller would; its working directory is that target then, so that between
 * the look and the act no name is resolved again.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/path.h"
#include "base/str.h"
#include "kern/mount.h"
#include "mounts.h"

enum { WAIT_MS = 10000 };

/* Of the child. */
struct done {
	int code;
	uint64_t id; /* of the mount that was made, or is gone */
};

/* The kernel's number of the mount AT lies on; whether it is the top of that. */
static int look_at(int at, uint64_t *ret_id, bool *ret_top)
{
	struct statx st;

	if (statx(at, "", AT_EMPTY_PATH | AT_NO_AUTOMOUNT, STATX_BASIC_STATS | STATX_MNT_ID, &st) < 0)
		return -errno;
	*ret_id = st.stx_mnt_id;
	*ret_top = st.stx_attributes & STATX_ATTR_MOUNT_ROOT;
	return st.stx_mask & STATX_MNT_ID ? 0 : -ENOSYS;
}

static int enter(const struct mounts_caller *c)
{
	/* Before the namespaces: inside, no number of ours means anything. What is made belongs to the caller. */
	setfsgid(c->gid);
	setfsuid(c->uid);
	return setns(c->user_ns, CLONE_NEWUSER) < 0 || setns(c->mount_ns, CLONE_NEWNS) < 0 ? -errno : 0;
}

/* Finds TARGET from the caller's root and working directory, and goes there; its name from the container's root into PATH. */
static int go_to(const struct mounts_caller *c, const char *target, char path[PATH_MAX])
{
	scoped_fd int top = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (top < 0 || fchdir(c->root) < 0 || chroot(".") < 0 || fchdir(c->folder) < 0)
		return -errno;
	scoped_fd int at = path_openat2(AT_FDCWD, target, O_PATH | O_DIRECTORY | O_CLOEXEC, 0, RESOLVE_NO_MAGICLINKS);
	if (at < 0)
		return at;
	if (fchdir(top) < 0 || chroot(".") < 0 || fchdir(at) < 0 || syscall(SYS_getcwd, path, PATH_MAX) < 0)
		return -errno;
	if (path[0] != '/')
		return -EPERM;
	return take_fd(&at);
}

static uint64_t attributes_of(uint64_t flags)
{
	static const struct {
		uint64_t flag, attribute;
	} rows[] = {{MS_RDONLY, MOUNT_ATTR_RDONLY},
		    {MS_NOSUID, MOUNT_ATTR_NOSUID},
		    {MS_NODEV, MOUNT_ATTR_NODEV},
		    {MS_NOEXEC, MOUNT_ATTR_NOEXEC},
		    {MS_NODIRATIME, MOUNT_ATTR_NODIRATIME}};
	uint64_t ret = flags & MS_NOATIME ? MOUNT_ATTR_NOATIME : flags & MS_STRICTATIME ? MOUNT_ATTR_STRICTATIME : 0;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		ret |= flags & rows[i].flag ? rows[i].attribute : 0;
	return ret;
}

/* "size=1m,mode=755" */
static int set_options(int fs, char *data)
{
	struct err ignored = {0};
	int r = 0;
	for (char *next, *at = data; r == 0 && at && *at; at = next) {
		next = strchr(at, ',');
		if (next)
			*next++ = '\0';
		char *value = strchr(at, '=');
		if (value)
			*value++ = '\0';
		r = *at ? kern_fs_set(fs, at, value, &ignored) : 0;
	}
	return r;
}

/* In pieces, because the number of what is mounted is known before it can be reached. */
static int do_mount(struct mount_request *q, const struct profile *p, int target, const char *path, struct done *ret)
{
	struct err ignored = {0};
	bool top;
	if (!mounts_allow(p, q->kind, path))
		return -EPERM;
	scoped_fd int fs = kern_fs_open(q->kind, &ignored);
	int r = fs;
	if (r >= 0 && q->source[0])
		r = kern_fs_set(fs, "source", q->source, &ignored);
	if (r >= 0)
		r = set_options(fs, q->data);
	if (r < 0)
		return r;
	scoped_fd int made = kern_fs_mount(fs, attributes_of(mounts_flags(p, path, q->flags)), &ignored);
	r = made < 0 ? made : look_at(made, &ret->id, &top);
	return r < 0 ? r : kern_mount_attach(made, target);
}

/* A mount that is stood in is busy: it goes as soon as nobody uses it. */
static int do_unmount(const struct mounts_made *made, int target, struct done *ret)
{
	bool ours = false, top;
	int r = look_at(target, &ret->id, &top);

	for (size_t i = 0; r == 0 && i < made->count; i++)
		ours |= made->ids[i] == ret->id;
	if (r == 0 && (!ours || !top))
		r = -EPERM;
	return r == 0 && umount2(".", MNT_DETACH) < 0 ? -errno : r;
}

static int act(const struct mounts_caller *c, struct mount_request *q, const struct profile *p,
	       const struct mounts_made *made, struct done *ret)
{
	char path[PATH_MAX];
	int r = enter(c);
	scoped_fd int target = r < 0 ? r : go_to(c, q->target, path);

	if (target < 0)
		return target;
	return q->unmount ? do_unmount(made, target, ret) : do_mount(q, p, target, path, ret);
}

static void remember(struct mounts_made *made, const struct mount_request *q, uint64_t id)
{
	for (size_t i = 0; i < made->count; i++)
		if (made->ids[i] == id)
			made->ids[i--] = made->ids[--made->count];
	if (!q->unmount)
		made->ids[made->count++] = id;
}

/* What the child says; -EIO when it says nothing for too long. */
static int hear(int from, pid_t pid, struct done *ret)
{
	struct pollfd p = {.fd = from, .events = POLLIN};
	bool heard = poll(&p, 1, WAIT_MS) > 0 && read(from, ret, sizeof(*ret)) == sizeof(*ret);

	if (!heard)
		kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return heard ? ret->code : -EIO;
}

int mounts_act(const struct mounts_caller *c, struct mount_request *q, const struct profile *p,
	       struct mounts_made *made)
{
	struct done done = {.code = -EIO};
	int line[2], r = mounts_check(q);

	if (r == 0 && !q->unmount && made->count == MOUNTS_MADE_MAX)
		r = -ENOSPC;
	if (r < 0)
		return r;
	if (pipe2(line, O_CLOEXEC) < 0)
		return -errno;
	pid_t pid = fork();
	if (pid == 0) {
		done.code = act(c, q, p, made, &done);
		_exit(write(line[1], &done, sizeof(done)) != sizeof(done));
	}
	r = pid < 0 ? -errno : 0;
	close(line[1]);
	r = r < 0 ? r : hear(line[0], pid, &done);
	close(line[0]);
	if (r == 0)
		remember(made, q, done.id);
	return r;
}
