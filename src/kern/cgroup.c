/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which control-group hierarchies there are, and one group in all of them.
 */
#include "kern/cgroup.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>

#include "base/path.h"
#include "base/str.h"

#define CGROUP_ROOT "/sys/fs/cgroup"
#define CGROUP_DEPTH_MAX 64
#define PROCS_TEXT_MAX (4u << 20)

static bool is_v2_mount(const char *path)
{
	struct statfs fs;
	return statfs(path, &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC;
}

/* One line of /proc/self/cgroup: "4:memory:/path" or "0::/path". Hierarchies that are mounted nowhere are passed over. */
static int add_hierarchy(struct kern_cgroup_layout *l, char *line)
{
	char *name = strchr(line, ':');
	char *own = name ? strchr(name + 1, ':') : NULL;
	struct stat st;

	if (!own)
		return -EBADMSG;
	name++;
	*own++ = '\0';
	bool v2 = *name == '\0';
	if ((l->unified && !v2) || l->count == KERN_CGROUP_HIERARCHIES_MAX)
		return 0;
	struct kern_cgroup_hierarchy *h = &l->at[l->count];
	const char *folder = str_starts_with(name, "name=") ? name + 5 : name;
	if (strlen(name) >= sizeof(h->name) || strlen(own) >= sizeof(h->own) || strlen(folder) > 96)
		return -ENAMETOOLONG;
	snprintf(h->name, sizeof(h->name), "%s", name);
	snprintf(h->own, sizeof(h->own), "%s", own);
	if (v2)
		snprintf(h->mount, sizeof(h->mount), "%s", l->unified ? CGROUP_ROOT : CGROUP_ROOT "/unified");
	else
		snprintf(h->mount, sizeof(h->mount), CGROUP_ROOT "/%s", folder);
	if (v2 ? !is_v2_mount(h->mount) : stat(h->mount, &st) < 0)
		return 0;
	if (v2)
		l->v2 = (int)l->count;
	l->count++;
	return 0;
}

int kern_cgroup_detect(struct kern_cgroup_layout *ret, struct err *e)
{
	SCOPED(buf) struct buf text = BUF_INIT(64 * KERN_CGROUP_PATH_MAX);
	int r = path_read_file(AT_FDCWD, "/proc/self/cgroup", &text);

	if (r < 0)
		return err_sys(e, r, "cannot read /proc/self/cgroup");
	ret->count = 0;
	ret->v2 = -1;
	ret->unified = is_v2_mount(CGROUP_ROOT);
	char *rest = text.data;
	while (rest && *rest) {
		char *line = strsep(&rest, "\n");
		r = add_hierarchy(ret, line);
		if (r < 0)
			return err_sys(e, r, "unexpected line in /proc/self/cgroup");
	}
	return 0;
}

void kern_cgroup_done(struct kern_cgroup *c)
{
	for (size_t i = 0; i < c->count; i++) {
		close_keep_errno(c->at[i].fd);
		close_keep_errno(c->at[i].tasks);
	}
	*c = KERN_CGROUP_INIT;
}

int kern_cgroup_add(struct kern_cgroup *c, const char *name, const char *dir)
{
	if (c->count == KERN_CGROUP_HIERARCHIES_MAX)
		return -E2BIG;
	if (strlen(name) >= sizeof(c->at[0].name) || strlen(dir) >= sizeof(c->at[0].dir))
		return -ENAMETOOLONG;
	size_t i = c->count++;
	snprintf(c->at[i].name, sizeof(c->at[i].name), "%s", name);
	snprintf(c->at[i].dir, sizeof(c->at[i].dir), "%s", dir);
	c->at[i].tasks = -1;
	c->at[i].fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (!*name)
		c->v2 = (int)i;
	if (c->at[i].fd < 0)
		return errno == ENOENT ? 0 : -errno;
	/* The root of a hierarchy has everybody in it. */
	struct stat here, above;
	if (fstat(c->at[i].fd, &here) < 0 || fstatat(c->at[i].fd, "..", &above, 0) < 0)
		return -errno;
	return here.st_dev == above.st_dev ? 0 : -EXDEV;
}

static bool name_has(const char *name, const char *controller)
{
	size_t len = strlen(controller);

	for (const char *at = name; (at = strstr(at, controller)); at += len)
		if ((at == name || at[-1] == ',') && (at[len] == ',' || at[len] == '\0'))
			return true;
	return false;
}

/* Whether a hierarchy has one of CONTROLLERS, "a,b". */
static bool name_has_one_of(const char *name, const char *controllers)
{
	char one[96];

	for (const char *at = controllers; *at; at += strcspn(at, ",") + (at[strcspn(at, ",")] == ',')) {
		size_t len = strcspn(at, ",");
		if (len == 0 || len >= sizeof(one))
			continue;
		memcpy(one, at, len);
		one[len] = '\0';
		if (name_has(name, one))
			return true;
	}
	return false;
}

int kern_cgroup_descend(struct kern_cgroup *c, const char *controllers, const char *path)
{
	bool found = false;

	path += strspn(path, "/");
	for (size_t i = 0; i < c->count; i++) {
		if (*controllers && !name_has_one_of(c->at[i].name, controllers))
			continue;
		int fd = path_openat2(c->at[i].fd, *path ? path : ".", O_RDONLY | O_DIRECTORY, 0,
				      RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV);
		if (fd < 0)
			return fd;
		close(c->at[i].fd);
		c->at[i].fd = fd;
		found = true;
	}
	return found ? 0 : -ENOENT;
}

int kern_cgroup_controller(const struct kern_cgroup *c, const char *controller)
{
	for (size_t i = 0; i < c->count; i++)
		if (c->at[i].name[0] && name_has(c->at[i].name, controller))
			return (int)i;
	return -1;
}

bool kern_cgroup_v2_has(const struct kern_cgroup *c, const char *controller)
{
	SCOPED(buf) struct buf text = BUF_INIT(4096);
	const char *found;
	size_t len = strlen(controller);

	if (c->v2 < 0 || path_read_file(c->at[c->v2].fd, "cgroup.controllers", &text) < 0)
		return false;
	for (found = buf_str(&text); (found = strstr(found, controller)); found += len)
		if ((found == buf_str(&text) || found[-1] == ' ') && strchr(" \n", found[len]))
			return true;
	return false;
}

/*
 * A new cpuset group admits nobody until it has processors and memory nodes; it starts with its parent's. One that was there may be
 * as new: somebody else made it this moment, and has yet to fill it.
 */
static int inherit_cpuset(const char *dir)
{
	static const char *const files[] = {"cpuset.cpus", "cpuset.mems"};
	scoped_fd int fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		char parent[32];
		SCOPED(buf) struct buf own = BUF_INIT(4096), value = BUF_INIT(4096);
		snprintf(parent, sizeof(parent), "../%s", files[i]);
		int r = path_read_file(fd, files[i], &own);
		if (r == 0 && own.len > 1)
			continue;
		if (r == 0)
			r = path_read_file(fd, parent, &value);
		if (r == 0)
			r = path_write_kernel(fd, files[i], buf_str(&value));
		if (r < 0)
			return r;
	}
	return 0;
}

/* Enables, for the children of DIR, every controller it has. One by one: some refuse and others must not suffer. */
static void enable_controllers(const char *dir)
{
	SCOPED(buf) struct buf text = BUF_INIT(4096);
	scoped_fd int fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || path_read_file(fd, "cgroup.controllers", &text) < 0)
		return;
	char *rest = text.data;
	while (rest && *rest) {
		char *controller = strsep(&rest, " \n");
		char line[64];
		if (!*controller)
			continue;
		snprintf(line, sizeof(line), "+%.60s", controller);
		ignore(path_write_kernel(fd, "cgroup.subtree_control", line)); /* a missing one shows when it is used */
	}
}

/* mkdir -p from the mount's end (at byte BASE of DIR) on. */
static int make_levels(char *dir, size_t base, bool v2, bool cpuset, bool *ret_existed)
{
	size_t len = strlen(dir);

	for (size_t i = base + 1; i <= len; i++) {
		if (dir[i] != '/' && dir[i] != '\0')
			continue;
		char cut = dir[i];
		if (v2) {
			char *slash = memrchr(dir, '/', i);
			*slash = '\0';
			enable_controllers(dir);
			*slash = '/';
		}
		dir[i] = '\0';
		bool made = mkdir(dir, 0755) == 0;
		int r = made || errno == EEXIST ? 0 : -errno;
		if (r == 0 && cpuset)
			r = inherit_cpuset(dir);
		dir[i] = cut;
		if (r < 0)
			return r;
		if (i == len)
			*ret_existed |= !made;
	}
	return 0;
}

/* Some component besides slashes, and none that leads upwards. */
static bool path_is_sane(const char *path)
{
	bool has_name = false;

	while (*path) {
		size_t len = strcspn(path, "/");
		if (len == 2 && path[0] == '.' && path[1] == '.')
			return false;
		has_name |= len > 0;
		path += len + (path[len] == '/');
	}
	return has_name;
}

int kern_cgroup_plan(const struct kern_cgroup_layout *layout, const char *path, struct kern_cgroup *ret, struct err *e)
{
	*ret = KERN_CGROUP_INIT;
	if (!path_is_sane(path))
		return err_set(e, -EINVAL, "cgroup path \"%.128s\" is empty or leads upwards", path);
	for (size_t i = 0; i < layout->count; i++) {
		const struct kern_cgroup_hierarchy *h = &layout->at[i];
		const char *own = path[0] == '/' || str_eq(h->own, "/") ? "" : h->own;
		size_t own_len = strlen(own);
		if (layout->unified && own_len)
			own_len = (size_t)(strrchr(own, '/') - own);
		int len = snprintf(ret->at[i].dir, sizeof(ret->at[i].dir), "%s%.*s/%s", h->mount, (int)own_len, own,
				   path + strspn(path, "/"));
		if ((size_t)len >= sizeof(ret->at[i].dir))
			return err_set(e, -ENAMETOOLONG, "cgroup path is longer than %d bytes", KERN_CGROUP_PATH_MAX);
		snprintf(ret->at[i].name, sizeof(ret->at[i].name), "%s", h->name);
		ret->at[i].base = strlen(h->mount);
		ret->at[i].fd = ret->at[i].tasks = -1;
		ret->count++;
	}
	ret->v2 = layout->v2;
	return 0;
}

int kern_cgroup_make(struct kern_cgroup *c, bool *ret_existed, struct err *e)
{
	*ret_existed = false;
	for (size_t i = 0; i < c->count; i++) {
		int r = make_levels(c->at[i].dir, c->at[i].base, (int)i == c->v2, name_has(c->at[i].name, "cpuset"),
				    ret_existed);
		if (r == 0) {
			c->at[i].fd = open(c->at[i].dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
			r = c->at[i].fd < 0 ? -errno : 0;
		}
		if (r < 0) {
			/* Only empty ones go: a group that was there before may have others' processes. */
			for (size_t done = 0; done <= i; done++)
				rmdir(c->at[done].dir);
			return err_sys(e, r, "cannot make the cgroup %s", c->at[i].dir);
		}
	}
	return 0;
}

int kern_cgroup_prepare_enter(struct kern_cgroup *c, struct err *e)
{
	for (size_t i = 0; i < c->count; i++) {
		if ((int)i == c->v2 || c->at[i].tasks >= 0)
			continue;
		c->at[i].tasks = openat(c->at[i].fd, "tasks", O_WRONLY | O_CLOEXEC);
		if (c->at[i].tasks < 0)
			return err_sys(e, -errno, "cannot open %s/tasks", c->at[i].dir);
	}
	return 0;
}

int kern_cgroup_enter(const struct kern_cgroup *c, bool also_v2)
{
	for (size_t i = 0; i < c->count; i++)
		if (c->at[i].tasks >= 0 && write(c->at[i].tasks, "0", 1) < 0)
			return -errno;
	if (also_v2 && c->v2 >= 0)
		return path_write_kernel(c->at[c->v2].fd, "cgroup.procs", "0");
	return 0;
}

enum { FREEZE_US = 10000000, FREEZE_TO_KILL_US = 200000 };

static void sleep_us(long us)
{
	struct timespec ts = {.tv_nsec = us * 1000};
	nanosleep(&ts, NULL);
}

/* Waits until FILE of the group says TEXT, for at most MOST_US. */
static int wait_for_text(int fd, const char *file, const char *wanted, long most_us)
{
	for (long us = 50, waited = 0; waited < most_us; waited += us, us = MIN_OF(us * 2, 20000)) {
		SCOPED(buf) struct buf text = BUF_INIT(4096);
		int r = path_read_file(fd, file, &text);
		if (r < 0)
			return r;
		if (strstr(buf_str(&text), wanted))
			return 0;
		sleep_us(us);
	}
	return -ETIMEDOUT;
}

static int freeze(const struct kern_cgroup *c, bool frozen, long most_us, struct err *e)
{
	int v1 = kern_cgroup_controller(c, "freezer");
	int r;

	if (v1 >= 0) {
		const char *state = frozen ? "FROZEN" : "THAWED";
		r = path_write_kernel(c->at[v1].fd, "freezer.state", state);
		if (r == 0)
			r = wait_for_text(c->at[v1].fd, "freezer.state", state, most_us);
	} else if (c->v2 >= 0) {
		r = path_write_kernel(c->at[c->v2].fd, "cgroup.freeze", frozen ? "1" : "0");
		if (r == 0)
			r = wait_for_text(c->at[c->v2].fd, "cgroup.events", frozen ? "frozen 1" : "frozen 0", most_us);
	} else {
		return err_set(e, -EOPNOTSUPP, "no cgroup with a freezer on this host: cannot pause or resume");
	}
	return r < 0 ? err_sys(e, r, "cannot %s the cgroup", frozen ? "freeze" : "thaw") : 0;
}

int kern_cgroup_freeze(const struct kern_cgroup *c, bool frozen, struct err *e)
{
	return freeze(c, frozen, FREEZE_US, e);
}

bool kern_cgroup_is_frozen(const struct kern_cgroup *c)
{
	SCOPED(buf) struct buf text = BUF_INIT(4096);
	int v1 = kern_cgroup_controller(c, "freezer");

	if (v1 >= 0 && c->at[v1].fd >= 0 && path_read_file(c->at[v1].fd, "freezer.state", &text) == 0)
		return !str_starts_with(buf_str(&text), "THAWED");
	if (v1 < 0 && c->v2 >= 0 && c->at[c->v2].fd >= 0 &&
	    path_read_file(c->at[c->v2].fd, "cgroup.freeze", &text) == 0)
		return buf_str(&text)[0] == '1';
	return false;
}

bool kern_cgroup_is_held(const struct kern_cgroup *c)
{
	SCOPED(buf) struct buf v1_state = BUF_INIT(4096), events = BUF_INIT(4096);
	int v1 = kern_cgroup_controller(c, "freezer");

	if (v1 >= 0 && c->at[v1].fd >= 0 && path_read_file(c->at[v1].fd, "freezer.state", &v1_state) == 0 &&
	    !str_starts_with(buf_str(&v1_state), "THAWED"))
		return true;
	return c->v2 >= 0 && c->at[c->v2].fd >= 0 && path_read_file(c->at[c->v2].fd, "cgroup.events", &events) == 0 &&
	       strstr(buf_str(&events), "frozen 1");
}

typedef int folder_fn(int parent, const char *name, void *data);

/* Calls FN for each group below FD, deepest first. */
static int each_child(int fd, int depth, folder_fn *fn, void *data)
{
	int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = copy >= 0 ? fdopendir(copy) : NULL;
	struct dirent *ent;
	int r = 0;

	if (!dir) {
		close_keep_errno(copy);
		return -errno;
	}
	while (r == 0 && (errno = 0, ent = readdir(dir))) {
		if (ent->d_type != DT_DIR || ent->d_name[0] == '.')
			continue;
		scoped_fd int child = openat(fd, ent->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (child < 0)
			continue; /* gone meanwhile */
		r = depth < CGROUP_DEPTH_MAX ? each_child(child, depth + 1, fn, data) : -ELOOP;
		if (r == 0)
			r = fn(fd, ent->d_name, data);
	}
	closedir(dir);
	return r;
}

struct each_pid {
	kern_cgroup_pid_fn *fn;
	void *data;
};

static int pids_of(int parent, const char *name, void *data)
{
	const struct each_pid *each = data;
	SCOPED(buf) struct buf text = BUF_INIT(PROCS_TEXT_MAX);
	scoped_fd int fd = openat(parent, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int r = fd < 0 ? -errno : path_read_file(fd, "cgroup.procs", &text);

	if (r == -ENOENT || r == -ENODEV || r == -EOPNOTSUPP)
		return 0;
	char *rest = text.data;
	while (r == 0 && rest && *rest) {
		uint64_t pid = 0;
		if (str_to_u64(strsep(&rest, "\n"), INT32_MAX, &pid) == 0 && pid > 0)
			r = each->fn((pid_t)pid, each->data);
	}
	return r;
}

/* The hierarchy that knows all processes best: v2, or any of v1. */
static int main_hierarchy(const struct kern_cgroup *c)
{
	static const char *const preferred[] = {"freezer", "pids", "memory", "devices", "cpu"};

	if (c->v2 >= 0 && c->at[c->v2].fd >= 0)
		return c->v2;
	for (size_t i = 0; i < ARRAY_LEN(preferred); i++) {
		int index = kern_cgroup_controller(c, preferred[i]);
		if (index >= 0 && c->at[index].fd >= 0)
			return index;
	}
	return -1;
}

int kern_cgroup_each_pid(const struct kern_cgroup *c, kern_cgroup_pid_fn *fn, void *data)
{
	struct each_pid each = {fn, data};
	int index = main_hierarchy(c);

	if (index < 0)
		return 0;
	int r = pids_of(c->at[index].fd, ".", &each);
	return r ? r : each_child(c->at[index].fd, 0, pids_of, &each);
}

static int kill_pid(pid_t pid, void *data)
{
	kill(pid, SIGKILL);
	return 0;
}

int kern_cgroup_kill(const struct kern_cgroup *c)
{
	if (c->v2 >= 0 && c->at[c->v2].fd >= 0) {
		int r = path_write_kernel(c->at[c->v2].fd, "cgroup.kill", "1");
		if (r != -ENOENT && r != -ENODEV)
			return r;
	}
	/* A process that forks faster than it is read is frozen first where that is possible. */
	ignore(freeze(c, true, FREEZE_TO_KILL_US,
		      NULL)); /* one that is busy in the kernel freezes later, and dies too */
	int r = kern_cgroup_each_pid(c, kill_pid, NULL);
	ignore(freeze(c, false, FREEZE_TO_KILL_US, NULL)); /* everything in it is dying */
	return r;
}

static int remove_child(int parent, const char *name, void *data)
{
	return unlinkat(parent, name, AT_REMOVEDIR) == 0 || errno == ENOENT ? 0 : -errno;
}

static int remove_group(const char *dir, int fd)
{
	if (rmdir(dir) == 0 || errno == ENOENT)
		return 0;
	if (errno != EBUSY && errno != ENOTEMPTY)
		return -errno;
	int r = each_child(fd, 0, remove_child, NULL);
	if (r < 0)
		return r;
	return rmdir(dir) == 0 || errno == ENOENT ? 0 : -errno;
}

int kern_cgroup_remove(struct kern_cgroup *c, struct err *e)
{
	int first = 0;

	for (size_t i = 0; i < c->count; i++) {
		if (c->at[i].fd < 0)
			continue;
		int r = remove_group(c->at[i].dir, c->at[i].fd);
		for (long us = 100, waited = 0; r == -EBUSY && waited < 5000000;
		     waited += us, us = MIN_OF(us * 2, 50000)) {
			ignore(kern_cgroup_kill(c)); /* the loop tries again, and its end reports */
			sleep_us(us);
			r = remove_group(c->at[i].dir, c->at[i].fd);
		}
		if (r < 0 && first == 0)
			first = err_sys(e, r, "cannot remove the cgroup %s", c->at[i].dir);
		close(c->at[i].fd);
		c->at[i].fd = -1;
	}
	return first;
}
