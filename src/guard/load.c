/* SPDX-License-Identifier: Apache-2.0 */
/* From the object to pins: everything is attached and pinned in a folder of another name, which then gets its own. */
#include "load.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/str.h"
#include "guard.inc"

#define BPF_FOLDER "/sys/fs/bpf"
#define SKEP_FOLDER BPF_FOLDER "/skep"
static const char version[] =
#include "guard-version.inc"
	;
#define NEW_NAME "new" /* that file system takes no dots */

enum { PIN_PATH_MAX = 512, TRIES = 100 };

static int pin_path(char path[PIN_PATH_MAX], const char *folder, const char *name)
{
	return snprintf(path, PIN_PATH_MAX, SKEP_FOLDER "/%s/%s", folder, name) < PIN_PATH_MAX ? 0 : -ENAMETOOLONG;
}

static bool is_pinned(const char *name)
{
	char path[PIN_PATH_MAX];
	struct stat st;
	return pin_path(path, version, name) == 0 && stat(path, &st) == 0;
}

static int get(const char *name)
{
	char path[PIN_PATH_MAX];
	int r = pin_path(path, version, name);
	int fd = r < 0 ? r : bpf_obj_get(path);
	return fd;
}

/* A link whose group was removed holds nothing any more. */
static int check_link(const char *name, const char *group)
{
	struct bpf_link_info info = {0};
	uint32_t size = sizeof(info);
	struct stat st;
	scoped_fd int link = get(name);

	if (link < 0)
		return link;
	if (stat(group, &st) < 0)
		return -errno;
	int r = bpf_obj_get_info_by_fd(link, &info, &size);
	return r < 0 ? r : info.cgroup.cgroup_id == st.st_ino ? 0 : -ENOENT;
}

static void close_maps(struct guard *g)
{
	int *const maps[] = {&g->policies, &g->starts, &g->sockets, &g->denials};
	for (size_t i = 0; i < ARRAY_LEN(maps); i++) {
		close_keep_errno(*maps[i]);
		*maps[i] = -1;
	}
}

static int open_maps(struct guard *g)
{
	const struct {
		const char *name;
		int *fd;
	} rows[] = {
		{"policies", &g->policies}, {"starts", &g->starts}, {"sockets", &g->sockets}, {"denials", &g->denials}};
	int r = 0;
	for (size_t i = 0; r >= 0 && i < ARRAY_LEN(rows); i++)
		r = *rows[i].fd = get(rows[i].name);
	return r < 0 ? r : 0;
}

static int find(struct guard *g)
{
	close_maps(g);
	int r = check_link("on_connect4", g->root);
	if (r == 0 && is_pinned("on_program"))
		r = check_link("on_program", g->group);
	if (r == 0)
		r = open_maps(g);
	if (r < 0)
		return r;
	g->offers.addresses = true;
	g->offers.sockets = is_pinned("on_connect_unix");
	g->offers.programs = is_pinned("on_program")	    ? GUARD_RUNG_REFUSE
			     : is_pinned("on_prepare_exec") ? GUARD_RUNG_KILL
							    : GUARD_RUNG_NONE;
	return 0;
}

static void remove_folder(const char *name)
{
	char folder[PIN_PATH_MAX], path[2 * PIN_PATH_MAX];
	struct dirent *ent;

	snprintf(folder, sizeof(folder), SKEP_FOLDER "/%s", name);
	DIR *d = opendir(folder);
	while (d && (ent = readdir(d))) {
		snprintf(path, sizeof(path), "%s/%s", folder, ent->d_name);
		if (ent->d_name[0] != '.')
			unlink(path);
	}
	if (d)
		closedir(d);
	rmdir(folder);
}

/* Whether a group of a container that is there has this id. */
static bool is_group(const char *group, uint64_t id)
{
	DIR *d = opendir(group);
	struct dirent *ent;
	bool found = false;

	while (d && !found && (ent = readdir(d)))
		found = ent->d_ino == id;
	if (d)
		closedir(d);
	return found;
}

/* Programs of another version are kept while a container that was started with them runs. */
static bool is_used(const char *folder, const char *group)
{
	char path[PIN_PATH_MAX];
	uint64_t key, *before = NULL;
	scoped_fd int policies = pin_path(path, folder, "policies") < 0 ? -1 : bpf_obj_get(path);

	while (policies >= 0 && bpf_map_get_next_key(policies, before, &key) == 0) {
		if (is_group(group, key))
			return true;
		before = &key;
	}
	return false;
}

static void remove_unused(const char *group)
{
	DIR *d = opendir(SKEP_FOLDER);
	struct dirent *ent;

	while (d && (ent = readdir(d)))
		if (ent->d_name[0] != '.' && !is_used(ent->d_name, group))
			remove_folder(ent->d_name);
	if (d)
		closedir(d);
}

/* ---- into the kernel ---- */

static int quiet(enum libbpf_print_level level, const char *format, va_list args)
{
	return 0;
}

static bool knows(const char *name, uint32_t kind)
{
	struct btf *btf = btf__load_vmlinux_btf();
	bool found = btf && btf__find_by_name_kind(btf, name, kind) > 0;
	btf__free(btf);
	return found;
}

/* The library knows neither these sections nor their numbers (uapi/linux/bpf.h, Linux 6.7). */
static void set_socket_hooks(struct guarding *s, bool sockets)
{
	enum { CONNECT_UNIX = 49, SENDMSG_UNIX = 50 };
	const struct {
		struct bpf_program *program;
		int at;
	} rows[] = {{s->progs.on_connect_unix, CONNECT_UNIX}, {s->progs.on_sendmsg_unix, SENDMSG_UNIX}};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		bpf_program__set_autoload(rows[i].program, sockets);
		bpf_program__set_type(rows[i].program, BPF_PROG_TYPE_CGROUP_SOCK_ADDR);
		bpf_program__set_expected_attach_type(rows[i].program, (enum bpf_attach_type)rows[i].at);
	}
}

/* Opens and loads it with what holds programs by RUNG. NULL with errno. */
static struct guarding *load_with(enum guard_rung rung, bool sockets)
{
	struct guarding *s = guarding__open();

	if (!s)
		return NULL;
	bpf_program__set_autoload(s->progs.on_prepare_exec, rung == GUARD_RUNG_KILL);
	bpf_program__set_autoload(s->progs.on_prepare_start, rung == GUARD_RUNG_KILL);
	bpf_program__set_autoload(s->progs.on_started, rung != GUARD_RUNG_NONE);
	bpf_program__set_autoload(s->progs.on_program, rung == GUARD_RUNG_REFUSE);
	bpf_program__set_autoload(s->progs.on_start, rung == GUARD_RUNG_REFUSE);
	bpf_program__set_autoload(s->progs.on_map, rung == GUARD_RUNG_REFUSE);
	bpf_program__set_autoload(s->progs.on_protect, rung == GUARD_RUNG_REFUSE);
	set_socket_hooks(s, sockets);
	int r = guarding__load(s);
	if (r == 0)
		return s;
	guarding__destroy(s);
	errno = -r;
	return NULL;
}

/* The best that this kernel takes. */
static struct guarding *load_best(void)
{
	bool sockets = knows("bpf_sock_addr_set_sun_path", BTF_KIND_FUNC);
	struct guarding *s = load_with(GUARD_RUNG_REFUSE, sockets);
	if (!s && knows("btf_trace_sched_prepare_exec", BTF_KIND_TYPEDEF))
		s = load_with(GUARD_RUNG_KILL, sockets);
	return s ? s : load_with(GUARD_RUNG_NONE, sockets);
}

/* Hooks of the containers' tasks are those of their group alone: nobody else pays for them. */
static struct bpf_link *attach(struct bpf_program *p, int root, int group)
{
	enum bpf_prog_type type = bpf_program__type(p);
	return type == BPF_PROG_TYPE_TRACING ? bpf_program__attach(p)
					     : bpf_program__attach_cgroup(p, type == BPF_PROG_TYPE_LSM ? group : root);
}

static int pin_maps(struct guarding *s)
{
	struct bpf_map *const maps[] = {s->maps.policies, s->maps.starts, s->maps.sockets, s->maps.denials};
	char path[PIN_PATH_MAX];
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_LEN(maps); i++) {
		r = pin_path(path, NEW_NAME, bpf_map__name(maps[i]));
		if (r == 0)
			r = bpf_map__pin(maps[i], path);
	}
	return r;
}

static int attach_and_pin(struct guarding *s, int root, int group)
{
	struct bpf_program *p;
	char path[PIN_PATH_MAX];

	bpf_object__for_each_program(p, s->obj)
	{
		if (!bpf_program__autoload(p))
			continue;
		struct bpf_link *link = attach(p, root, group);
		int r = link ? pin_path(path, NEW_NAME, bpf_program__name(p)) : -errno;
		if (r == 0)
			r = bpf_link__pin(link, path);
		bpf_link__destroy(link);
		if (r < 0)
			return r;
	}
	return pin_maps(s);
}

static int load_all(const struct guard *g)
{
	scoped_fd int root = open(g->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	scoped_fd int group = open(g->group, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct guarding *s = root < 0 || group < 0 ? NULL : load_best();
	int r = s ? attach_and_pin(s, root, group) : -errno;

	guarding__destroy(s);
	return r;
}

/* ---- its place ---- */

static int need_bpf_files(struct err *e)
{
	struct statfs fs;

	if (statfs(BPF_FOLDER, &fs) < 0)
		return err_set(e, -ENOTSUP, "this kernel has no " BPF_FOLDER);
	if (fs.f_type != BPF_FS_MAGIC &&
	    mount("bpf", BPF_FOLDER, "bpf", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0700") < 0)
		return err_sys(e, -errno, "mounting " BPF_FOLDER);
	if (mkdir(SKEP_FOLDER, 0700) < 0 && errno != EEXIST)
		return err_sys(e, -errno, "making " SKEP_FOLDER);
	return 0;
}

static int say_why(int r, struct err *e)
{
	if (r == -EPERM || r == -EACCES)
		return err_set(e, -EPERM, "the guard needs root, or CAP_BPF, CAP_PERFMON and CAP_NET_ADMIN");
	return err_set(e, r, "the guard cannot be loaded into this kernel: %s", strerror(-r));
}

/* With the lock exclusive. */
static int make(struct guard *g)
{
	libbpf_set_print(quiet);
	/* What somebody was killed over, what belonged to a group that is gone, what other versions left behind. */
	remove_folder(NEW_NAME);
	remove_folder(version);
	remove_unused(g->group);
	if (mkdir(SKEP_FOLDER "/" NEW_NAME, 0700) < 0)
		return -errno;
	int r = load_all(g);
	if (r == 0 && renameat(g->lock, NEW_NAME, g->lock, version) < 0)
		r = -errno;
	if (r < 0)
		remove_folder(NEW_NAME);
	return r;
}

static int lock(const struct guard *g, int how)
{
	while (flock(g->lock, how) < 0)
		if (errno != EINTR)
			return -errno;
	return 0;
}

int load_open(struct guard *g, struct err *e)
{
	int r = need_bpf_files(e);

	if (r < 0)
		return r;
	g->lock = open(SKEP_FOLDER, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	r = g->lock < 0 ? -errno : lock(g, LOCK_SH);
	/* Between an exclusive lock and the shared one that follows, somebody may be faster: then once more. */
	for (int left = TRIES; r == 0 && (r = find(g)) == -ENOENT && left; left--) {
		r = lock(g, LOCK_EX);
		if (r == 0 && (r = find(g)) == -ENOENT)
			r = make(g);
		if (r == 0)
			r = lock(g, LOCK_SH);
	}
	return r < 0 ? say_why(r, e) : 0;
}
