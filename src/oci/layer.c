/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entries of a layer become files. Every kind of entry is one function; all of them get a descriptor of the folder
 * and a plain name, and create without following or overwriting through links.
 */
#include "oci/layer.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "base/path.h"
#include "base/str.h"
#include "layer-path.h"
#include "oci/tar.h"

#define WHITEOUT ".wh."
#define WHITEOUT_OPAQUE ".wh..wh..opq"
#define DIR_TIMES_BYTES_MAX (256u << 20)

/* A folder's time can be set only after everything is in it. */
struct dir_time {
	struct dir_time *next;
	const char *path;
	struct timespec mtime;
};

struct layer {
	const struct oci_layer_job *job;
	struct oci_tar *tar;
	struct oci_layer_result result;
	struct layer_place place;	 /* of the present entry; kept for the next one in the same folder */
	char place_text[LAYER_PATH_MAX]; /* the folder as the tar wrote it */
	bool place_valid;
	struct arena times_arena;
	struct dir_time *times;
};

int oci_layer_set_opaque(int fd)
{
	return fsetxattr(fd, "trusted.overlay.opaque", "y", 1, 0) < 0 ? -errno : 0;
}

static int mark_opaque(const struct oci_layer_job *job, int fd, struct err *e)
{
	if (job->mark_opaque)
		return job->mark_opaque(job->data, fd, e);
	int r = oci_layer_set_opaque(fd);
	return r < 0 ? err_sys(e, r, "marking a folder opaque") : 0;
}

/* ---- attributes ---- */

/*
 * What may be set from an image: the user's own, file capabilities, ACLs. The rest belongs to the host: labels of its
 * security modules, and trusted.overlay.*, which would let a layer redirect overlayfs.
 */
static bool xattr_allowed(const char *name)
{
	if (str_starts_with(name, "user."))
		return !str_starts_with(name, "user.overlay.");
	return str_eq(name, "security.capability") || str_eq(name, "system.posix_acl_access") ||
	       str_eq(name, "system.posix_acl_default");
}

static int set_xattrs(struct layer *l, int fd, const struct oci_tar_entry *entry, struct err *e)
{
	for (size_t i = 0; i < entry->xattr_count; i++) {
		const struct oci_tar_xattr *x = &entry->xattrs[i];
		if (!xattr_allowed(x->name) || x->len > OCI_LAYER_XATTR_BYTES_MAX) {
			l->result.skipped_xattrs++;
			continue;
		}
		if (fsetxattr(fd, x->name, x->value, x->len, 0) == 0)
			continue;
		/* A file system without this kind, or without room for it, must not make the image useless. */
		if (errno != ENOTSUP && errno != ENOSPC && errno != EPERM)
			return err_sys(e, -errno, "setting the attribute %.100s", x->name);
		l->result.skipped_xattrs++;
	}
	return 0;
}

/* Owner first: changing it takes setuid bits and capabilities away. */
static int set_attributes(struct layer *l, int fd, const struct oci_tar_entry *entry, struct err *e)
{
	struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_sec = entry->mtime_s, .tv_nsec = entry->mtime_ns}};

	if (fchown(fd, entry->uid, entry->gid) < 0)
		return err_sys(e, -errno, "setting the owner %u:%u", entry->uid, entry->gid);
	if (fchmod(fd, entry->mode) < 0)
		return err_sys(e, -errno, "setting the mode %o", entry->mode);
	int r = set_xattrs(l, fd, entry, e);
	if (r == 0 && futimens(fd, times) < 0)
		r = err_sys(e, -errno, "setting the time");
	return r;
}

/* ---- one function per kind ---- */

static bool exists(int dir, const char *name, struct stat *st)
{
	return fstatat(dir, name, st, AT_SYMLINK_NOFOLLOW) == 0;
}

/* A later entry of the same name replaces an earlier one, as unpacking over it would. */
static int clear_name(struct layer *l, struct err *e)
{
	struct stat st;

	if (!exists(l->place.dir, l->place.name, &st))
		return 0;
	if (!S_ISDIR(st.st_mode))
		return unlinkat(l->place.dir, l->place.name, 0) < 0 ? err_sys(e, -errno, "replacing an earlier entry")
								    : 0;
	scoped_fd int dir = openat(l->place.dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r = dir < 0 ? -errno : path_remove_tree(dir, l->place.name);
	return r < 0 ? err_sys(e, r, "replacing an earlier folder") : 0;
}

static int write_content(struct layer *l, int fd, uint64_t size, struct err *e)
{
	struct oci_tar_chunk chunk;
	uint64_t end = 0;

	for (;;) {
		int r = oci_tar_data(l->tar, &chunk, e);
		if (r < 0)
			return r;
		if (!chunk.len)
			break;
		if (chunk.offset != end && lseek(fd, (off_t)chunk.offset, SEEK_SET) < 0)
			return err_sys(e, -errno, "writing a sparse file");
		r = fd_write_all(fd, chunk.data, chunk.len);
		if (r < 0)
			return err_sys(e, r, "writing the file");
		end = chunk.offset + chunk.len;
		l->result.bytes += chunk.len;
	}
	if (end < size && ftruncate(fd, (off_t)size) < 0)
		return err_sys(e, -errno, "writing a sparse file");
	return 0;
}

static int make_file(struct layer *l, const struct oci_tar_entry *entry, struct err *e)
{
	int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
	scoped_fd int fd = openat(l->place.dir, l->place.name, flags, 0600);

	if (fd < 0 && errno == EEXIST) {
		int r = clear_name(l, e);
		if (r < 0)
			return r;
		fd = openat(l->place.dir, l->place.name, flags, 0600);
	}
	if (fd < 0)
		return err_sys(e, -errno, "making the file");
	int r = write_content(l, fd, entry->size, e);
	return r < 0 ? r : set_attributes(l, fd, entry, e);
}

static int remember_time(struct layer *l, const struct oci_tar_entry *entry, struct err *e)
{
	struct dir_time *t = ARENA_NEW(&l->times_arena, struct dir_time);
	const struct layer_place *p = &l->place;
	char *path = arena_printf(&l->times_arena, "%s%s%s", p->path, p->path[0] && p->name[0] ? "/" : "", p->name);

	if (!t || !path)
		return err_set(e, -ENOMEM, "too many folders");
	t->path = path[0] ? path : ".";
	t->mtime = (struct timespec){.tv_sec = entry->mtime_s, .tv_nsec = entry->mtime_ns};
	t->next = l->times;
	l->times = t;
	return 0;
}

static int make_folder(struct layer *l, const struct oci_tar_entry *entry, struct err *e)
{
	const char *name = l->place.name[0] ? l->place.name : ".";
	struct stat st;
	bool was_whiteout = false;

	if (exists(l->place.dir, name, &st) && !S_ISDIR(st.st_mode)) {
		was_whiteout = S_ISCHR(st.st_mode);
		int r = clear_name(l, e);
		if (r < 0)
			return r;
	}
	if (l->place.name[0] && mkdirat(l->place.dir, name, 0700) < 0 && errno != EEXIST)
		return err_sys(e, -errno, "making the folder");
	scoped_fd int fd = openat(l->place.dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, -errno, "opening the folder");
	int r = was_whiteout ? mark_opaque(l->job, fd, e) : 0;
	if (r == 0)
		r = set_attributes(l, fd, entry, e);
	return r < 0 ? r : remember_time(l, entry, e);
}

static int make_symlink(struct layer *l, const struct oci_tar_entry *entry, struct err *e)
{
	struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_sec = entry->mtime_s, .tv_nsec = entry->mtime_ns}};
	const char *name = l->place.name;
	int r = clear_name(l, e);

	if (r < 0)
		return r;
	if (!entry->link[0])
		return err_set(e, -EBADMSG, "a symbolic link to nothing");
	if (symlinkat(entry->link, l->place.dir, name) < 0 ||
	    fchownat(l->place.dir, name, entry->uid, entry->gid, AT_SYMLINK_NOFOLLOW) < 0 ||
	    utimensat(l->place.dir, name, times, AT_SYMLINK_NOFOLLOW) < 0)
		return err_sys(e, -errno, "making the symbolic link");
	l->result.skipped_xattrs += entry->xattr_count;
	return 0;
}

static int make_hardlink(struct layer *l, const struct oci_tar_entry *entry, struct err *e)
{
	SCOPED(layer_place) struct layer_place from = {.dir = -1};
	struct stat st, own;
	int r = layer_place_find(l->job, entry->link, false, &from, e);

	if (r == 0 && (!from.name[0] || !exists(from.dir, from.name, &st)))
		r = err_set(e, -ENOENT, "not in this layer");
	if (r == 0 && (S_ISDIR(st.st_mode) || S_ISCHR(st.st_mode)))
		r = err_set(e, -EINVAL, "not a file");
	if (r < 0)
		return err_wrap(e, r, "hard link to %.200s", entry->link);
	/* A name linked to itself is there already. */
	if (exists(l->place.dir, l->place.name, &own) && own.st_dev == st.st_dev && own.st_ino == st.st_ino)
		return 0;
	r = clear_name(l, e);
	if (r == 0 && linkat(from.dir, from.name, l->place.dir, l->place.name, 0) < 0)
		r = err_sys(e, -errno, "hard link to %.200s", entry->link);
	return r;
}

static int make_fifo(struct layer *l, const struct oci_tar_entry *entry, struct err *e)
{
	int r = clear_name(l, e);

	if (r == 0 && (mknodat(l->place.dir, l->place.name, S_IFIFO | 0600, 0) < 0 ||
		       fchownat(l->place.dir, l->place.name, entry->uid, entry->gid, AT_SYMLINK_NOFOLLOW) < 0 ||
		       fchmodat(l->place.dir, l->place.name, entry->mode, 0) < 0))
		r = err_sys(e, -errno, "making the fifo");
	return r;
}

/* A device node of an image would be a door to the host's hardware; the runtime gives containers the devices they get. */
static int skip_device(struct layer *l, const struct oci_tar_entry *entry, struct err *e)
{
	l->result.skipped_devices++;
	return 0;
}

static int (*const makers[])(struct layer *l, const struct oci_tar_entry *entry, struct err *e) = {
	[OCI_TAR_FILE] = make_file,   [OCI_TAR_HARDLINK] = make_hardlink, [OCI_TAR_SYMLINK] = make_symlink,
	[OCI_TAR_CHAR] = skip_device, [OCI_TAR_BLOCK] = skip_device,	  [OCI_TAR_DIR] = make_folder,
	[OCI_TAR_FIFO] = make_fifo,
};

/* ---- whiteouts (image-spec layer.md, "Whiteouts") ---- */

static int open_folder(struct layer *l, const char *name, struct err *e)
{
	int fd = openat(l->place.dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return fd < 0 ? err_sys(e, -errno, "opening a folder to mark") : fd;
}

static int apply_whiteout(struct layer *l, struct err *e)
{
	const char *victim = l->place.name + strlen(WHITEOUT);
	struct stat st;

	if (str_eq(l->place.name, WHITEOUT_OPAQUE)) {
		scoped_fd int fd = open_folder(l, ".", e);
		return fd < 0 ? fd : mark_opaque(l->job, fd, e);
	}
	if (str_starts_with(victim, WHITEOUT))
		return 0; /* bookkeeping of aufs */
	if (!victim[0] || str_eq(victim, ".") || str_eq(victim, ".."))
		return err_set(e, -EXDEV, "a whiteout of \"%s\"; refused", victim);
	/* What this layer itself brings stays; only what lies below is hidden. */
	if (exists(l->place.dir, victim, &st)) {
		if (!S_ISDIR(st.st_mode))
			return 0;
		scoped_fd int fd = open_folder(l, victim, e);
		return fd < 0 ? fd : mark_opaque(l->job, fd, e);
	}
	if (mknodat(l->place.dir, victim, S_IFCHR | 0600, makedev(0, 0)) < 0)
		return err_sys(e, -errno, "making a whiteout");
	return 0;
}

/* ---- the loop ---- */

/* Finds the entry's folder; the one of the entry before is used again when the text of its path is the same. */
static int find_place(struct layer *l, const struct oci_tar_entry *entry, struct err *e)
{
	const char *slash = strrchr(entry->path, '/');
	size_t dir_len = slash ? (size_t)(slash - entry->path) + 1 : 0;
	const char *name = entry->path + dir_len;

	if (l->place_valid && dir_len < sizeof(l->place_text) && name[0] && strlen(name) < sizeof(l->place.name) &&
	    !str_eq(name, ".") && !str_eq(name, "..") && strlen(l->place_text) == dir_len &&
	    memcmp(l->place_text, entry->path, dir_len) == 0) {
		memcpy(l->place.name, name, strlen(name) + 1);
		return 0;
	}
	layer_place_done(&l->place);
	l->place_valid = false;
	int r = layer_place_find(l->job, entry->path, true, &l->place, e);
	if (r == 0 && dir_len < sizeof(l->place_text) && name[0] && !str_eq(name, ".")) {
		memcpy(l->place_text, entry->path, dir_len);
		l->place_text[dir_len] = '\0';
		l->place_valid = true;
	}
	return r;
}

static int apply_entry(struct layer *l, const struct oci_tar_entry *entry, struct err *e)
{
	struct stat st;

	if (++l->result.entries > OCI_LAYER_ENTRIES_MAX)
		return err_set(e, -E2BIG, "more than %d entries", OCI_LAYER_ENTRIES_MAX);
	int r = find_place(l, entry, e);
	if (r < 0)
		return r;
	if (str_starts_with(l->place.name, WHITEOUT))
		return apply_whiteout(l, e);
	if (!l->place.name[0] && entry->type != OCI_TAR_DIR)
		return err_set(e, -EBADMSG, "the root of a layer is a %s", oci_tar_type_name(entry->type));
	/* Replacing a folder may pull the kept one away from under the next entry. */
	if (entry->type != OCI_TAR_DIR && exists(l->place.dir, l->place.name, &st))
		l->place_valid = false;
	return makers[entry->type](l, entry, e);
}

static int set_times(struct layer *l, struct err *e)
{
	for (struct dir_time *t = l->times; t; t = t->next) {
		struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, t->mtime};
		scoped_fd int fd =
			path_open_beneath(l->job->target_fd, t->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
		/* It may have been replaced by something else since. */
		if (fd >= 0 && futimens(fd, times) < 0)
			return err_sys(e, -errno, "%.200s: setting its time", t->path);
	}
	return 0;
}

static int apply_all(struct layer *l, struct err *e)
{
	const struct oci_tar_entry *entry = NULL;
	int r;

	while ((r = oci_tar_next(l->tar, &entry, e)) == 1) {
		r = apply_entry(l, entry, e);
		if (r < 0)
			return err_wrap(e, r, "%.200s", entry->path);
	}
	return r < 0 ? r : set_times(l, e);
}

int oci_layer_apply(struct oci_stream *s, const struct oci_layer_job *job, struct oci_layer_result *ret, struct err *e)
{
	SCOPED_PTR(oci_tar) struct oci_tar *tar = NULL;
	struct layer *l = calloc(1, sizeof(*l));
	int r = l ? oci_tar_open(s, &tar) : -ENOMEM;

	if (r < 0) {
		free(l);
		return err_set(e, r, "out of memory");
	}
	l->job = job;
	l->tar = tar;
	l->place.dir = -1;
	l->times_arena = ARENA_INIT(DIR_TIMES_BYTES_MAX);
	/* Modes come from the entries alone. */
	mode_t mask = umask(0);
	r = apply_all(l, e);
	umask(mask);
	if (r == 0)
		r = oci_stream_finish(s, &l->result.diff_id, NULL, e);
	if (r == 0)
		*ret = l->result;
	layer_place_done(&l->place);
	arena_done(&l->times_arena);
	free(l);
	return r;
}
