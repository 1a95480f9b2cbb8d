/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is kept about a container between calls.
 */
#include "state.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#include "base/path.h"
#include "base/str.h"
#include "kern/process.h"
#include "kern/socket.h"

#define STATE_MAX (1u << 20)
#define CONFIG_MAX (8u << 20)

const char *container_status_name(enum container_status status)
{
	static const char *const names[] = {"creating", "created", "running", "paused", "stopped"};
	return names[status];
}

void container_done(struct container *c)
{
	close_keep_errno(c->dir);
	free(c->bundle);
	free(c->rootfs);
	free(c->created);
	free(c->unit);
	kern_cgroup_done(&c->cgroup);
	if (c->has_spec)
		oci_spec_done(&c->spec);
	*c = (struct container){.dir = -1, .cgroup = KERN_CGROUP_INIT};
}

int state_check_id(const char *id, struct err *e)
{
	size_t len = id ? strlen(id) : 0;

	if (len == 0 || len > CONTAINER_ID_MAX || id[0] == '.' ||
	    strspn(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-.") != len)
		return err_set(
			e, -EINVAL,
			"invalid container ID \"%.64s\": letters, digits, '_', '+', '-' and '.', at most %d, not "
			"beginning with '.'",
			id ? id : "", CONTAINER_ID_MAX);
	return 0;
}

int state_make(const char *root, const char *id, int *ret_dir, struct err *e)
{
	int r = state_check_id(id, e);
	if (r < 0)
		return r;
	r = path_mkdirs(root, 0711);
	scoped_fd int base = r < 0 ? r : open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (base < 0)
		return err_sys(e, r < 0 ? r : -errno, "cannot make the state folder %s", root);
	if (mkdirat(base, id, 0711) < 0)
		return errno == EEXIST ? err_set(e, -EEXIST, "container with given ID already exists: %s", id)
				       : err_sys(e, -errno, "cannot make %s/%s", root, id);
	scoped_fd int dir = openat(base, id, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0 || flock(dir, LOCK_EX | LOCK_NB) < 0) {
		r = err_sys(e, -errno, "cannot lock %s/%s", root, id);
		unlinkat(base, id, AT_REMOVEDIR);
		return r;
	}
	*ret_dir = take_fd(&dir);
	return 0;
}

int state_lock(int dir, int wait_ms)
{
	const struct timespec step = {.tv_nsec = 1000000};

	while (flock(dir, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return -errno;
		if (wait_ms-- <= 0)
			return -EBUSY;
		nanosleep(&step, NULL);
	}
	return 0;
}

int state_remove(const char *root, const char *id, struct err *e)
{
	scoped_fd int base = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (base < 0)
		return err_sys(e, -errno, "cannot open %s", root);
	int r = path_remove_tree(base, id);
	return r < 0 ? err_sys(e, r, "cannot remove %s/%s", root, id) : 0;
}

int state_save_config(int dir, const struct buf *text, struct err *e)
{
	scoped_fd int fd = openat(dir, "config.json", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	int r = fd < 0 ? -errno : fd_write_all(fd, buf_str(text), text->len);
	return r < 0 ? err_sys(e, r, "cannot save the container's config.json") : 0;
}

int state_filter_cache(const char *root)
{
	scoped_fd int base = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct stat st;

	if (base < 0)
		return -1;
	int fd = openat(base, ".filters", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT && (mkdirat(base, ".filters", 0700) == 0 || errno == EEXIST))
		fd = openat(base, ".filters", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	/* A folder that another user made or can write is no place for programs. */
	if (fd >= 0 && (fstat(fd, &st) < 0 || st.st_uid != geteuid() || (st.st_mode & 022))) {
		close(fd);
		return -1;
	}
	return fd;
}

int state_save(const struct container *c, struct err *e)
{
	SCOPED(buf) struct buf text = BUF_INIT(STATE_MAX);
	struct json_out o = JSON_OUT(&text);

	json_out_object(&o, NULL);
	json_out_i64(&o, "version", 1);
	json_out_str(&o, "id", c->id);
	json_out_u64(&o, "owner", c->owner);
	json_out_str(&o, "bundle", c->bundle);
	json_out_str(&o, "rootfs", c->rootfs);
	json_out_str(&o, "created", c->created);
	json_out_object(&o, "cgroups");
	for (size_t i = 0; i < c->cgroup.count; i++)
		json_out_str(&o, c->cgroup.at[i].name[0] ? c->cgroup.at[i].name : "v2", c->cgroup.at[i].dir);
	json_out_object_end(&o);
	if (c->unit) {
		json_out_str(&o, "systemdUnit", c->unit);
		json_out_bool(&o, "systemdUser", c->unit_user);
	}
	json_out_object_end(&o);
	int r = buf_error(&text);
	if (r == 0)
		r = path_write_file(c->dir, "state.json", buf_str(&text), text.len, 0600, false);
	return r < 0 ? err_sys(e, r, "cannot save the container's state") : 0;
}

int state_save_process(const struct container *c, struct err *e)
{
	char text[64];
	int len = snprintf(text, sizeof(text), "%d %llu\n", (int)c->pid, (unsigned long long)c->start_time);
	scoped_fd int fd = openat(c->dir, "process", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	int r = fd < 0 ? -errno : fd_write_all(fd, text, (size_t)len);
	return r < 0 ? err_sys(e, r, "cannot save the container's process") : 0;
}

/* No file, or half of one: there is no process yet. */
static int load_process(struct container *c, struct err *e)
{
	SCOPED(buf) struct buf text = BUF_INIT(64);
	uint64_t pid = 0, start_time = 0;
	int r = path_read_file(c->dir, "process", &text);

	if (r == -ENOENT || (r == 0 && (!text.len || text.data[text.len - 1] != '\n')))
		return 0;
	if (r < 0)
		return err_sys(e, r, "cannot read the container's process");
	char *rest = text.data, *first = strsep(&rest, " ");
	if (rest)
		rest[strcspn(rest, "\n")] = '\0';
	if (!rest || str_to_u64(first, INT32_MAX, &pid) < 0 || str_to_u64(rest, UINT64_MAX, &start_time) < 0 || pid < 2)
		return err_set(e, -EINVAL, "process: not a pid and a start time");
	c->pid = (pid_t)pid;
	c->start_time = start_time;
	return 0;
}

static int add_cgroup(const char *name, const struct json *dir, void *data, struct err *e)
{
	const char *path = NULL;
	int r = json_str(dir, &path, e);

	if (r == 0 && (!str_starts_with(path, "/sys/fs/cgroup/") || strstr(path, "/..")))
		return err_set(e, -EINVAL, "cgroups: \"%.64s\" is no cgroup", path);
	if (r == 0)
		r = kern_cgroup_add(data, str_eq(name, "v2") ? "" : name, path);
	return r;
}

/* Nobody else's unit: the container's group has its name. */
static bool is_scope_of(const char *unit, const struct kern_cgroup *c)
{
	const char *dir = c->count ? c->at[0].dir : "";
	const char *slash = strrchr(dir, '/');

	return slash && str_eq(slash + 1, unit) && str_ends_with(unit, ".scope");
}

static int decode_state(const struct json *doc, struct container *c, struct err *e)
{
	const char *bundle = "", *rootfs = "", *created = "", *unit = NULL;
	const struct json *cgroups = NULL;
	int64_t version = 0;
	uint32_t owner = 0;
	int r = json_get_i64(doc, "version", &version, e);

	if (r == 0 && version != 1)
		r = err_set(e, -EINVAL, "version %lld is not 1", (long long)version);
	if (r == 0)
		r = json_get_u32(doc, "owner", &owner, e);
	if (r == 0)
		r = json_get_str(doc, "bundle", &bundle, e);
	if (r == 0)
		r = json_get_str(doc, "rootfs", &rootfs, e);
	if (r == 0)
		r = json_get_str(doc, "created", &created, e);
	if (r == 0)
		r = json_get_str(doc, "systemdUnit", &unit, e);
	if (r == 0)
		r = json_get_bool(doc, "systemdUser", &c->unit_user, e);
	if (r == 0)
		r = json_get_object(doc, "cgroups", &cgroups, e);
	if (r == 0 && cgroups)
		r = json_each(cgroups, add_cgroup, &c->cgroup, e);
	if (r == 0 && unit && !is_scope_of(unit, &c->cgroup))
		r = err_set(e, -EINVAL, "systemdUnit: \"%.64s\" is not the scope of the container's group", unit);
	if (r < 0)
		return r;
	c->owner = owner;
	c->bundle = str_dup(bundle);
	c->rootfs = str_dup(rootfs);
	c->created = str_dup(created);
	c->unit = unit ? str_dup(unit) : NULL;
	return c->bundle && c->rootfs && c->created && !unit == !c->unit ? 0 : err_set(e, -ENOMEM, "out of memory");
}

int container_load(const char *root, const char *id, struct container *ret, struct err *e)
{
	SCOPED(container) struct container c = {.dir = -1, .cgroup = KERN_CGROUP_INIT};
	SCOPED(buf) struct buf text = BUF_INIT(STATE_MAX);
	SCOPED_PTR(json) struct json *doc = NULL;
	int r = state_check_id(id, e);

	if (r < 0)
		return r;
	scoped_fd int base = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (base >= 0)
		c.dir = openat(base, id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (c.dir < 0)
		return errno == ENOENT ? err_set(e, -ENOENT, "container does not exist: %s", id)
				       : err_sys(e, -errno, "cannot open %s/%s", root, id);
	snprintf(c.id, sizeof(c.id), "%s", id);
	r = path_read_file(c.dir, "state.json", &text);
	if (r < 0)
		return err_sys(e, r == -ENOENT ? -ENODATA : r,
			       "container %s has no readable state; remove it with delete --force", id);
	r = json_parse(buf_str(&text), text.len, JSON_LIMITS_CONFIG, &doc, e);
	if (r == 0)
		r = decode_state(doc, &c, e);
	if (r == 0)
		r = load_process(&c, e);
	if (r < 0)
		return err_wrap(e, -EBADMSG, "the state of container %s is damaged; remove it with delete --force", id);
	*ret = c;
	c = (struct container){.dir = -1, .cgroup = KERN_CGROUP_INIT};
	return 0;
}

int container_load_spec(struct container *c, struct err *e)
{
	SCOPED(buf) struct buf text = BUF_INIT(CONFIG_MAX);

	if (c->has_spec)
		return 0;
	int r = path_read_file(c->dir, "config.json", &text);
	if (r < 0)
		return err_sys(e, r, "cannot read the saved config.json of container %s", c->id);
	r = oci_spec_decode(buf_str(&text), text.len, &c->spec, e);
	if (r < 0)
		return err_wrap(e, r, "saved config.json of container %s", c->id);
	c->has_spec = true;
	return 0;
}

/* Whether the first process waits for `start`: it then accepts connections; after execve its socket is closed. */
static bool waits_for_start(const struct container *c)
{
	struct stat st;

	if (fstatat(c->dir, STATE_START_SOCKET, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return false;
	scoped_fd int fd = kern_socket_connect_at(c->dir, STATE_START_SOCKET);
	return fd >= 0 || fd == -EAGAIN;
}

enum container_status container_status(const struct container *c)
{
	uint64_t start_time = 0;
	char state = 0;

	if (c->pid == 0) {
		/* Whoever creates it holds the lock. */
		if (flock(c->dir, LOCK_EX | LOCK_NB) < 0)
			return CONTAINER_CREATING;
		flock(c->dir, LOCK_UN);
		return CONTAINER_STOPPED;
	}
	if (kern_process_state(c->pid, &start_time, &state) < 0 || start_time != c->start_time || state == 'Z' ||
	    state == 'X')
		return CONTAINER_STOPPED;
	if (kern_cgroup_is_frozen(&c->cgroup))
		return CONTAINER_PAUSED;
	return waits_for_start(c) ? CONTAINER_CREATED : CONTAINER_RUNNING;
}

int container_state_json(const struct container *c, const char *status, pid_t pid, bool indent, struct buf *b)
{
	struct json_out o = indent ? JSON_OUT_PRETTY(b) : JSON_OUT(b);

	json_out_object(&o, NULL);
	json_out_str(&o, "ociVersion", OCI_SPEC_VERSION);
	json_out_str(&o, "id", c->id);
	json_out_i64(&o, "pid", pid);
	json_out_str(&o, "status", status);
	json_out_str(&o, "bundle", c->bundle);
	if (c->rootfs)
		json_out_str(&o, "rootfs", c->rootfs);
	if (c->created)
		json_out_str(&o, "created", c->created);
	if (c->has_spec && c->spec.annotations.count) {
		json_out_object(&o, "annotations");
		for (size_t i = 0; i < c->spec.annotations.count; i++)
			json_out_str(&o, c->spec.annotations.at[i].key, c->spec.annotations.at[i].value);
		json_out_object_end(&o);
	}
	json_out_object_end(&o);
	return buf_error(b);
}

static int is_container(const struct dirent *entry)
{
	return state_check_id(entry->d_name, NULL) == 0 && (entry->d_type == DT_DIR || entry->d_type == DT_UNKNOWN);
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

int container_each(const char *root, container_each_fn *fn, void *data, struct err *e)
{
	struct dirent **entries = NULL;
	int count = scandir(root, &entries, is_container, by_bytes), r = 0;

	if (count < 0)
		return err_sys(e, -errno, "cannot read %s", root);
	for (int i = 0; i < count; i++) {
		if (r == 0)
			r = fn(entries[i]->d_name, data);
		free(entries[i]);
	}
	free(entries);
	return r;
}
