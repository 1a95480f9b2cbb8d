/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A folder as a root file system. The places of package databases are read first: what belongs to a package need not be
 * opened, which is nearly everything. Files are opened without following links and only when they are regular.
 */
#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/path.h"
#include "base/str.h"
#include "content.h"
#include "files.h"
#include "reader.h"

/* Larger files are mapped: of a program only its tables are looked at. */
#define MAP_BYTES_MIN (128u << 10)

/* Their content is read before anything else; none lies in another. */
static const char *const databases[] = {
	"etc/os-release", "usr/lib/os-release", "var/lib/dpkg",		"lib/apk/db",
	"usr/lib/apk/db", "var/lib/rpm",	"usr/lib/sysimage/rpm", "var/lib/pacman/local",
};

struct walk {
	const struct scan_options *options;
	struct scan_out *out;
	struct scan_content content;
	dev_t device;
	bool databases_done;
	uint64_t *owned; /* sorted */
	size_t owned_count;
	uint64_t not_entered;
	char path[PATH_MAX];
	struct err *e;
};

static int walk_folder(struct walk *w, int fd, size_t path_len, int depth);

static bool is_database(const char *path)
{
	for (size_t i = 0; i < ARRAY_LEN(databases); i++)
		if (str_eq(path, databases[i]))
			return true;
	return false;
}

/* A file that grows or shrinks meanwhile is read as long as it was. */
static int copy_content(struct walk *w, int fd, const struct scan_file *f)
{
	uint8_t piece[64 << 10];
	uint64_t at = 0;

	while (at < f->size) {
		ssize_t got = pread(fd, piece, (size_t)MIN_OF(f->size - at, (uint64_t)sizeof(piece)), (off_t)at);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		int r = scan_content_write(&w->content, at, piece, (size_t)got, w->e);
		if (r < 0)
			return r;
		at += (uint64_t)got;
	}
	return 0;
}

static int read_content(struct walk *w, int fd, struct scan_file *f, struct scan_wanted wanted)
{
	struct err why = {0};
	/* What is looked through whole is copied: a mapped file that somebody cuts would end the worker. */
	bool map = f->size > MAP_BYTES_MIN && !w->options->malware;
	int r = f->size > wanted.bytes_max ? err_set(&why, -EFBIG, "larger than its limit")
		: map			   ? scan_content_map(&w->content, fd, f->size, &why)
					   : scan_content_begin(&w->content, f->size, &why);

	if (r < 0) {
		scan_skip(w->out, f, wanted, err_text(&why));
		return 0;
	}
	r = map ? 0 : copy_content(w, fd, f);
	if (r == 0)
		r = scan_content_finish(&w->content, &f->data, w->e);
	if (r < 0)
		return r;
	f->len = (size_t)f->size;
	f->mapped = w->content.mapped;
	scan_read(w->out, f, wanted);
	return 0;
}

static int read_file(struct walk *w, int folder, const char *name, struct scan_file *f, struct scan_wanted wanted,
		     bool owned)
{
	uint8_t head[SCAN_HEAD_BYTES];
	struct stat st;
	scoped_fd int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT)
		return 0; /* it went away */
	if (fd < 0 || fstat(fd, &st) < 0) {
		const char *why = strerror(errno);
		if (wanted.yes)
			scan_skip(w->out, f, wanted, why);
		else
			scan_remark(w->out, MODEL_REMARK_UNREAD, MODEL_GAP_NONE, SCAN_AT(f->path), "not read: %s", why);
		return 0;
	}
	if (!S_ISREG(st.st_mode))
		return 0;
	f->size = (uint64_t)st.st_size;
	f->mode = st.st_mode;
	if (wanted.look) {
		ssize_t got = pread(fd, head, sizeof(head), 0);
		f->head = head;
		f->head_len = got > 0 ? (size_t)got : 0;
	}
	wanted = scan_wanted(f, owned);
	return wanted.yes ? read_content(w, fd, f, wanted) : 0;
}

static int take_file(struct walk *w, int folder, const char *name, size_t path_len)
{
	struct scan_file f = {.path = w->path, .base = name, .options = w->options};
	bool owned = model_part_has(w->owned, w->owned_count, model_part_owned_hash(w->path, path_len));
	struct scan_wanted wanted;
	struct stat st;

	/* Permissions tell whether the first bytes are worth a look. */
	f.mode = S_IFREG | 0777;
	f.size = UINT64_MAX;
	wanted = scan_wanted(&f, owned);
	if (!w->options->files && !wanted.yes && !wanted.look)
		return 0;
	if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(st.st_mode))
		return 0;
	w->out->part.bytes += (uint64_t)st.st_size;
	if (w->options->files && w->databases_done)
		scan_look_at_entry(w->out, w->path, OCI_TAR_FILE, st.st_mode);
	f.mode = st.st_mode;
	f.size = (uint64_t)st.st_size;
	wanted = scan_wanted(&f, owned);
	return wanted.yes || wanted.look ? read_file(w, folder, name, &f, wanted, owned) : 0;
}

static void too_deep(struct walk *w)
{
	scan_remark(w->out, MODEL_REMARK_UNREAD, MODEL_GAP_PACKAGES, SCAN_AT(w->path),
		    "not entered: more than %d folders deep, or a path longer than %zu bytes", SCAN_DEPTH_MAX,
		    sizeof(w->path));
}

static int take_folder(struct walk *w, int parent, const char *name, size_t path_len, int depth)
{
	struct stat st;

	if (depth >= SCAN_DEPTH_MAX) {
		too_deep(w);
		return 0;
	}
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR || errno == ELOOP))
		return 0;
	if (fd < 0) {
		scan_remark(w->out, MODEL_REMARK_UNREAD, MODEL_GAP_PACKAGES, SCAN_AT(w->path), "folder not read: %s",
			    strerror(errno));
		return 0;
	}
	if (fstat(fd, &st) < 0 || st.st_dev != w->device) {
		close(fd);
		w->not_entered++;
		return 0;
	}
	if (w->options->files && w->databases_done)
		scan_look_at_entry(w->out, w->path, OCI_TAR_DIR, st.st_mode);
	return walk_folder(w, fd, path_len, depth + 1);
}

static int take_entry(struct walk *w, int folder, const struct dirent *d, size_t path_len, int depth)
{
	unsigned char type = d->d_type;
	struct stat st;

	if (type == DT_UNKNOWN) {
		if (fstatat(folder, d->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			return 0;
		type = IFTODT(st.st_mode);
	}
	if (w->databases_done && is_database(w->path) && type != DT_LNK)
		return 0;
	if (++w->out->part.files > SCAN_FILES_MAX)
		return err_set(w->e, -E2BIG, "more than %d files", SCAN_FILES_MAX);
	if (type == DT_DIR)
		return take_folder(w, folder, d->d_name, path_len, depth);
	if (type == DT_LNK && w->databases_done) {
		char target[PATH_MAX];
		ssize_t len = readlinkat(folder, d->d_name, target, sizeof(target) - 1);
		target[len > 0 ? len : 0] = '\0';
		scan_look_at_link(w->out, w->path, target);
	}
	if (type == DT_LNK && w->options->files && w->databases_done)
		scan_look_at_entry(w->out, w->path, OCI_TAR_SYMLINK, 0);
	return type == DT_REG ? take_file(w, folder, d->d_name, path_len) : 0;
}

/* Takes FD. */
static int walk_folder(struct walk *w, int fd, size_t path_len, int depth)
{
	DIR *dir = fdopendir(fd);
	const struct dirent *d;
	int r = 0;

	if (!dir) {
		close(fd);
		return err_set(w->e, -ENOMEM, "out of memory");
	}
	while (r == 0 && !scan_out_error(w->out) && (d = readdir(dir))) {
		size_t len = strlen(d->d_name), slash = path_len ? 1 : 0;
		if (str_eq(d->d_name, ".") || str_eq(d->d_name, ".."))
			continue;
		if (path_len + slash + len >= sizeof(w->path)) {
			too_deep(w);
			continue;
		}
		if (slash)
			w->path[path_len] = '/';
		memcpy(w->path + path_len + slash, d->d_name, len + 1);
		r = take_entry(w, fd, d, path_len + slash + len, depth);
		w->path[path_len] = '\0';
	}
	closedir(dir);
	return r;
}

/* No link on the way: a database that lies behind one is read where it is. */
static int walk_databases(struct walk *w, int root)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_LEN(databases); i++) {
		struct stat st;
		size_t len = strlen(databases[i]);
		char folder[64];
		const char *base = strrchr(databases[i], '/') + 1;
		memcpy(folder, databases[i], (size_t)(base - databases[i]));
		folder[base - databases[i] - 1] = '\0';
		scoped_fd int parent = path_openat2(root, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0,
						    RESOLVE_NO_SYMLINKS | RESOLVE_BENEATH);
		if (parent < 0 || fstatat(parent, base, &st, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		memcpy(w->path, databases[i], len + 1);
		if (S_ISDIR(st.st_mode))
			r = take_folder(w, parent, base, len, 0);
		else if (S_ISREG(st.st_mode))
			r = take_file(w, parent, base, len);
	}
	w->path[0] = '\0';
	return r;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The names of all packages, sorted: a list of files is believed only when its package is installed. */
static const char **names_of(const struct model_part *p, size_t *ret_count)
{
	const char **names;
	size_t count = 0;

	for (size_t i = 0; i < p->group_count; i++)
		count += p->groups[i].package_count;
	names = calloc(count + 1, sizeof(*names));
	*ret_count = 0;
	for (size_t i = 0; names && i < p->group_count; i++)
		for (size_t k = 0; k < p->groups[i].package_count; k++)
			names[(*ret_count)++] = p->groups[i].packages[k].name;
	if (names)
		qsort(names, *ret_count, sizeof(*names), compare_names);
	return names;
}

static int gather_owned(struct walk *w)
{
	const struct model_part *p = &w->out->part;
	size_t count = 0, name_count;
	const char **names = names_of(p, &name_count);

	for (size_t i = 0; i < p->group_count; i++)
		count += p->groups[i].owned_count;
	w->owned = malloc((count + 1) * sizeof(*w->owned));
	for (size_t i = 0; names && w->owned && i < p->group_count; i++) {
		const struct model_part_group *g = &p->groups[i];
		char name[MODEL_PART_NAME_MAX];
		const char *key = name;
		if (!g->owned_count || (model_part_list_of(g->path, name) &&
					!bsearch(&key, names, name_count, sizeof(*names), compare_names)))
			continue;
		memcpy(w->owned + w->owned_count, g->owned, g->owned_count * sizeof(*w->owned));
		w->owned_count += g->owned_count;
	}
	int r = names && w->owned ? 0 : err_set(w->e, -ENOMEM, "out of memory");
	free(names);
	if (r == 0)
		model_part_sort(w->owned, w->owned_count);
	return r;
}

int scan_folder(int fd, const struct scan_options *options, struct scan_out *o, struct err *e)
{
	struct walk w = {.options = options, .out = o, .content = {.scratch_fd = options->scratch_fd}, .e = e};
	struct stat st;

	if (fstat(fd, &st) < 0)
		return err_sys(e, -errno, "the folder");
	w.device = st.st_dev;
	int r = walk_databases(&w, fd);
	if (r == 0)
		r = gather_owned(&w);
	w.databases_done = true;
	int own = r == 0 ? openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	if (r == 0)
		r = own < 0 ? err_sys(e, -errno, "the folder") : walk_folder(&w, own, 0, 0);
	if (r == 0 && w.not_entered)
		scan_remark(o, MODEL_REMARK_UNREAD, MODEL_GAP_NONE, SCAN_AT(""),
			    "%llu other file systems mounted below not entered", (unsigned long long)w.not_entered);
	scan_content_done(&w.content);
	free(w.owned);
	return r;
}
