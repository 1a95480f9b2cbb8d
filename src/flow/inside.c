/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A container's files from outside: what it changed, and copies in and out. The root of a running container is taken
 * from its process, the one of a stopped container is stacked anew; names are resolved inside it by the kernel.
 */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "base/path.h"
#include "copy-tree.h"
#include "flow/container.h"
#include "kern/process.h"
#include "overlay.h"
#include "place.h"

#define DEPTH_MAX 512

/* ---- diff ---- */

struct diff {
	struct flow_lowers lowers;
	flow_change_fn *fn;
	void *data;
	char path[PATH_MAX];
	int depth;
};

static bool in_lowers(const struct diff *d)
{
	struct stat st;

	for (size_t i = 0; i < d->lowers.count; i++)
		if (fstatat(d->lowers.fds[i], d->path + 1, &st, AT_SYMLINK_NOFOLLOW) == 0)
			return !(S_ISCHR(st.st_mode) && st.st_rdev == 0);
	return false;
}

static int diff_folder(struct diff *d, int fd, struct err *e);

static int diff_entry(struct diff *d, int dir, const char *name, struct err *e)
{
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return 0; /* gone meanwhile */
	bool removed = S_ISCHR(st.st_mode) && st.st_rdev == 0;
	int r = d->fn(removed ? 'D' : in_lowers(d) ? 'C' : 'A', d->path, d->data, e);
	if (r < 0 || !S_ISDIR(st.st_mode))
		return r;
	int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? 0 : diff_folder(d, fd, e);
}

/* Takes FD. */
static int diff_folder(struct diff *d, int fd, struct err *e)
{
	size_t base = strlen(d->path);
	DIR *dir = fdopendir(fd);
	struct dirent *ent;
	int r = 0;

	if (!dir) {
		close_keep_errno(fd);
		return err_sys(e, -errno, "reading %s", d->path);
	}
	if (++d->depth > DEPTH_MAX)
		r = err_set(e, -ELOOP, "folders nested deeper than %d", DEPTH_MAX);
	while (r == 0 && (ent = readdir(dir))) {
		if (str_eq(ent->d_name, ".") || str_eq(ent->d_name, ".."))
			continue;
		int n = snprintf(d->path + base, sizeof(d->path) - base, "/%s", ent->d_name);
		r = n < 0 || (size_t)n >= sizeof(d->path) - base ? err_set(e, -ENAMETOOLONG, "path too long")
								 : diff_entry(d, fd, ent->d_name, e);
		d->path[base] = '\0';
	}
	d->depth--;
	closedir(dir);
	return r;
}

int flow_diff(struct flow_place *p, const struct flow_record *r, flow_change_fn *fn, void *data, struct err *e)
{
	struct diff d = {.fn = fn, .data = data};
	scoped_fd int dir = flow_container_dir(p, r->id, e);
	int bad = dir < 0 ? dir : place_lowers(p, r, &d.lowers, e);

	if (bad == 0) {
		int upper = openat(dir, "upper", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		bad = upper < 0 ? err_sys(e, -errno, "the container's writable layer") : diff_folder(&d, upper, e);
	}
	flow_lowers_done(&d.lowers);
	return bad;
}

/* ---- copy ---- */

static int open_running_root(const struct flow_record *r, struct err *e)
{
	char path[64];
	uint64_t start = 0;

	snprintf(path, sizeof(path), "/proc/%d/root", (int)r->pid);
	int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, -errno, "the root of container %s", r->name);
	/* The number may mean another process by now. */
	if (kern_start_time(r->pid, &start) < 0 || start != r->pid_start) {
		close(fd);
		return err_set(e, -ESRCH, "container %s has just ended; try again", r->name);
	}
	return fd;
}

static int stack_stopped_root(struct flow_place *p, const struct flow_record *r, struct err *e)
{
	SCOPED(flow_lowers) struct flow_lowers lowers = {.count = 0};
	scoped_fd int dir = flow_container_dir(p, r->id, e);
	char map[64];

	if (dir < 0)
		return dir;
	snprintf(map, sizeof(map), "0 %u %u\n", r->range, FLOW_RANGE_SIZE);
	scoped_fd int users = kern_userns_new(map, map);
	scoped_fd int upper = openat(dir, "upper", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	scoped_fd int work = openat(dir, "work", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	scoped_fd int target = openat(dir, "bundle/rootfs", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (users < 0 || upper < 0 || work < 0 || target < 0)
		return err_sys(e, users < 0 ? users : -errno, "the container's folder");
	int bad = place_lowers(p, r, &lowers, e);
	if (bad == 0)
		bad = flow_lowers_idmap(&lowers, users, e);
	return bad < 0 ? bad : flow_overlay(&lowers, upper, work, target, e);
}

/* Folders that were opened before are of the other mount namespace, so the place is opened anew. */
static int open_stopped_root(const struct flow_place *p, const struct flow_record *r, struct err *e)
{
	SCOPED(flow_place) struct flow_place own = FLOW_PLACE_INIT(p->root, p->state);
	int bad = flow_own_mounts(e);

	if (bad == 0)
		bad = flow_place_open(&own, e);
	return bad < 0 ? bad : stack_stopped_root(&own, r, e);
}

/* The folder of PATH, made out of its last slash, and its last part. */
static int split_path(const char *path, char *folder, char *name, struct err *e)
{
	size_t len = strlen(path);

	while (len > 1 && path[len - 1] == '/')
		len--;
	size_t start = len;
	while (start && path[start - 1] != '/')
		start--;
	if (len >= PATH_MAX || len - start > NAME_MAX)
		return err_set(e, -ENAMETOOLONG, "%.100s...: path too long", path);
	snprintf(folder, PATH_MAX, "%.*s", start ? (int)start : 1, start ? path : ".");
	snprintf(name, NAME_MAX + 1, "%.*s", (int)(len - start), path + start);
	return 0;
}

static bool is_dot(const char *name)
{
	return !name[0] || str_eq(name, ".") || str_eq(name, "..") || str_eq(name, "/");
}

/* Where a copy goes: into the folder at PATH under NAME, or to PATH itself. */
static int open_target(int root, const char *path, const char *source_name, char *name, struct err *e)
{
	char folder[PATH_MAX];
	int fd = root >= 0 ? path_open_in_root(root, path, O_RDONLY | O_DIRECTORY, 0)
			   : open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0) {
		if (is_dot(source_name))
			name[0] = '\0';
		else
			snprintf(name, NAME_MAX + 1, "%s", source_name);
		return fd;
	}
	int r = split_path(path, folder, name, e);
	if (r < 0)
		return r;
	fd = root >= 0 ? path_open_in_root(root, folder, O_RDONLY | O_DIRECTORY, 0)
		       : open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? err_sys(e, root >= 0 ? fd : -errno, "%s", folder) : fd;
}

static int copy(int from_root, const char *from, int to_root, const char *to, int64_t shift, struct err *e)
{
	char folder[PATH_MAX], name[NAME_MAX + 1], target_name[NAME_MAX + 1];
	int r = split_path(from, folder, name, e);

	if (r < 0)
		return r;
	const char *opened = is_dot(name) ? from : folder;
	scoped_fd int source = from_root >= 0 ? path_open_in_root(from_root, opened, O_RDONLY | O_DIRECTORY, 0)
					      : open(opened, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (source < 0)
		return err_sys(e, from_root >= 0 ? source : -errno, "%s", from);
	scoped_fd int target = open_target(to_root, to, name, target_name, e);
	if (target < 0)
		return target;
	if (is_dot(name))
		return flow_copy_tree(source, target, shift, e);
	struct flow_copy_one one = {source, name, target, target_name[0] ? target_name : name};
	return flow_copy_one(&one, shift, e);
}

int flow_copy(struct flow_place *p, const struct flow_record *r, const char *inside, const char *outside, bool into,
	      struct err *e)
{
	bool runs = flow_runs(r);
	scoped_fd int root = runs ? open_running_root(r, e) : open_stopped_root(p, r, e);

	if (root < 0)
		return root;
	return into ? copy(-1, outside, root, inside, r->range, e)
		    : copy(root, inside, -1, outside, -(int64_t)r->range, e);
}
