/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The walk to an entry's folder. Each part of a path is opened alone, never through a link; a link is read and its
 * text takes the link's place in the path that is still to walk, with ".." ending at the image's root. A folder the
 * layer does not mention is looked up in the layers below, because making it anew must not change its owner or mode.
 */
#include "layer-path.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>

#include "base/path.h"
#include "base/str.h"

struct walk {
	const struct oci_layer_job *job;
	bool make;
	int dir;		   /* the folder reached, owned */
	char done[LAYER_PATH_MAX]; /* its path, no links in it */
	char todo[LAYER_PATH_MAX * 2];
	int links, depth;
};

void layer_place_done(struct layer_place *p)
{
	close_keep_errno(p->dir);
	p->dir = -1;
}

/* What a layer below has at PATH. */
enum below { BELOW_NOTHING, BELOW_HIDDEN, BELOW_FOUND };

static bool is_whiteout(const struct stat *st)
{
	return S_ISCHR(st->st_mode) && st->st_rdev == 0;
}

static enum below look_in(int layer_fd, const char *path, struct stat *st, char *link, size_t link_max)
{
	char parent[LAYER_PATH_MAX];

	/* A whiteout of any folder on the way hides the layers further down. */
	for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
		memcpy(parent, path, (size_t)(slash - path));
		parent[slash - path] = '\0';
		int fd = path_openat2(layer_fd, parent, O_PATH | O_NOFOLLOW, 0, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
		if (fd < 0)
			return BELOW_NOTHING;
		int bad = fstat(fd, st);
		close(fd);
		if (bad || !S_ISDIR(st->st_mode))
			return BELOW_HIDDEN;
	}
	scoped_fd int fd = path_openat2(layer_fd, path, O_PATH | O_NOFOLLOW, 0, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
	if (fd < 0 || fstat(fd, st) < 0)
		return BELOW_NOTHING;
	if (is_whiteout(st))
		return BELOW_HIDDEN;
	if (S_ISLNK(st->st_mode)) {
		ssize_t n = readlinkat(fd, "", link, link_max - 1);
		if (n < 0)
			return BELOW_HIDDEN;
		link[n] = '\0';
	}
	return BELOW_FOUND;
}

static bool look_below(const struct oci_layer_job *job, const char *path, struct stat *st, char *link, size_t link_max)
{
	for (size_t i = 0; i < job->lower_count; i++) {
		enum below b = look_in(job->lower_fds[i], path, st, link, link_max);
		if (b != BELOW_NOTHING)
			return b == BELOW_FOUND;
	}
	return false;
}

static int too_long(struct err *e)
{
	return err_set(e, -ENAMETOOLONG, "path longer than %d bytes", LAYER_PATH_MAX - 1);
}

/* Back to the root of the layer. */
static int to_root(struct walk *w, struct err *e)
{
	int fd = fcntl(w->job->target_fd, F_DUPFD_CLOEXEC, 3);

	if (fd < 0)
		return err_sys(e, -errno, "the layer's folder");
	close_keep_errno(w->dir);
	w->dir = fd;
	w->done[0] = '\0';
	w->depth = 0;
	return 0;
}

/* One folder up, never above the root: the walked path is opened anew, which no link can lead astray. */
static int to_parent(struct walk *w, struct err *e)
{
	char *slash = strrchr(w->done, '/');

	if (!slash)
		return to_root(w, e);
	*slash = '\0';
	int fd = path_openat2(w->job->target_fd, w->done, O_PATH | O_DIRECTORY, 0,
			      RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
	if (fd < 0)
		return err_sys(e, fd, "%.200s", w->done);
	close_keep_errno(w->dir);
	w->dir = fd;
	w->depth--;
	return 0;
}

/* The link's text takes its place in front of what is still to walk. */
static int follow(struct walk *w, const char *link, struct err *e)
{
	char rest[LAYER_PATH_MAX * 2];
	size_t link_len = strlen(link), rest_len = strlen(w->todo);

	if (++w->links > OCI_LAYER_LINKS_MAX)
		return err_set(e, -ELOOP, "more than %d symbolic links on the way", OCI_LAYER_LINKS_MAX);
	if (link_len + rest_len + 2 > sizeof(w->todo))
		return too_long(e);
	memcpy(rest, w->todo, rest_len + 1);
	memcpy(w->todo, link, link_len);
	w->todo[link_len] = '/';
	memcpy(w->todo + link_len + 1, rest, rest_len + 1);
	return link[0] == '/' ? to_root(w, e) : 0;
}

static int join(const struct walk *w, const char *name, char *path)
{
	size_t done = strlen(w->done), len = strlen(name);

	if (done + len + 2 > LAYER_PATH_MAX)
		return -ENAMETOOLONG;
	memcpy(path, w->done, done);
	if (done)
		path[done++] = '/';
	memcpy(path + done, name, len + 1);
	return 0;
}

/* NAME is not in this layer: makes it as it is below, or follows the link that is below. 1: a link was followed. */
static int make_dir(struct walk *w, const char *name, const char *path, struct err *e)
{
	struct stat st = {.st_mode = 0};
	char link[LAYER_PATH_MAX];
	bool found = look_below(w->job, path, &st, link, sizeof(link));

	if (found && S_ISLNK(st.st_mode)) {
		int r = follow(w, link, e);
		return r < 0 ? r : 1;
	}
	if (!w->make)
		return err_set(e, -ENOENT, "not in this layer");
	if (mkdirat(w->dir, name, 0755) < 0)
		return err_sys(e, -errno, "making folder %.200s", path);
	if (!found || !S_ISDIR(st.st_mode))
		return 0;
	scoped_fd int fd = openat(w->dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, -errno, "opening folder %.200s", path);
	if (fchown(fd, st.st_uid, st.st_gid) < 0 || fchmod(fd, st.st_mode & 07777) < 0)
		return err_sys(e, -errno, "%.200s: taking owner and mode from the layer below", path);
	struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, st.st_mtim};
	return futimens(fd, times) < 0 ? err_sys(e, -errno, "%.200s: setting its time", path) : 0;
}

/* A whiteout of this very layer where a folder is needed: the folder replaces all that was below. */
static int replace_whiteout(struct walk *w, const char *name, struct err *e)
{
	if (unlinkat(w->dir, name, 0) < 0 || mkdirat(w->dir, name, 0755) < 0)
		return err_sys(e, -errno, "%.200s: replacing a whiteout", name);
	scoped_fd int fd = openat(w->dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, -errno, "%.200s", name);
	if (w->job->mark_opaque)
		return w->job->mark_opaque(w->job->data, fd, e);
	int r = oci_layer_set_opaque(fd);
	return r < 0 ? err_sys(e, r, "marking %.200s opaque", name) : 0;
}

/* One folder down. */
static int to_child(struct walk *w, const char *name, struct err *e)
{
	char path[LAYER_PATH_MAX], link[LAYER_PATH_MAX];
	struct stat st;
	int r = join(w, name, path);

	if (r < 0)
		return too_long(e);
	if (w->depth >= OCI_LAYER_DEPTH_MAX)
		return err_set(e, -E2BIG, "folders nested deeper than %d", OCI_LAYER_DEPTH_MAX);
	if (fstatat(w->dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
		if (errno != ENOENT)
			return err_sys(e, -errno, "%.200s", path);
		r = make_dir(w, name, path, e);
		if (r != 0)
			return r < 0 ? r : 0;
	} else if (S_ISLNK(st.st_mode)) {
		ssize_t n = readlinkat(w->dir, name, link, sizeof(link) - 1);
		if (n < 0)
			return err_sys(e, -errno, "%.200s", path);
		link[n] = '\0';
		return follow(w, link, e);
	} else if (is_whiteout(&st) && w->make) {
		r = replace_whiteout(w, name, e);
		if (r < 0)
			return r;
	} else if (!S_ISDIR(st.st_mode)) {
		return err_set(e, -ENOTDIR, "%.200s is not a folder", path);
	}
	int fd = openat(w->dir, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, -errno, "%.200s", path);
	close_keep_errno(w->dir);
	w->dir = fd;
	memcpy(w->done, path, strlen(path) + 1);
	w->depth++;
	return 0;
}

static int step(struct walk *w, struct err *e)
{
	char name[256];
	char *at = w->todo + strspn(w->todo, "/");
	size_t len = strcspn(at, "/");

	if (len >= sizeof(name))
		return err_set(e, -ENAMETOOLONG, "a name longer than 255 bytes");
	memcpy(name, at, len);
	name[len] = '\0';
	memmove(w->todo, at + len, strlen(at + len) + 1);
	if (!len || str_eq(name, "."))
		return 0;
	return str_eq(name, "..") ? to_parent(w, e) : to_child(w, name, e);
}

/* Takes the last part off the path; ".." anywhere in what the tar says is refused, it has no honest use. */
static int split(const char *path, struct walk *w, char *name, struct err *e)
{
	size_t len = strlen(path);

	for (const char *at = path; *at;) {
		size_t part = strcspn(at, "/");
		if (part == 2 && at[0] == '.' && at[1] == '.')
			return err_set(e, -EXDEV, "holds \"..\"; refused");
		at += part + (at[part] == '/');
	}
	while (len && (path[len - 1] == '/' || (path[len - 1] == '.' && (len == 1 || path[len - 2] == '/'))))
		len--;
	size_t start = len;
	while (start && path[start - 1] != '/')
		start--;
	if (len - start > 255)
		return err_set(e, -ENAMETOOLONG, "a name longer than 255 bytes");
	if (len >= LAYER_PATH_MAX)
		return too_long(e);
	memcpy(name, path + start, len - start);
	name[len - start] = '\0';
	memcpy(w->todo, path, start);
	w->todo[start] = '\0';
	return 0;
}

int layer_place_find(const struct oci_layer_job *job, const char *path, bool make, struct layer_place *ret,
		     struct err *e)
{
	struct walk w = {.job = job, .make = make, .dir = -1};
	int r = split(path, &w, ret->name, e);

	if (r == 0)
		r = to_root(&w, e);
	while (r == 0 && w.todo[strspn(w.todo, "/")])
		r = step(&w, e);
	if (r < 0) {
		close_keep_errno(w.dir);
		return r;
	}
	ret->dir = w.dir;
	memcpy(ret->path, w.done, strlen(w.done) + 1);
	return 0;
}
