/* SPDX-License-Identifier: Apache-2.0 */
/* The domain as the kernel's ruleset. */
#include "landlock.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/path.h"
#include "base/str.h"
#include "model/profile.h"

enum {
	ASK_VERSION = 1, /* LANDLOCK_CREATE_RULESET_VERSION */
	RULE_PATH = 1,
	RULE_PORT = 2,
	DOMAIN_ARENA_MAX = 4 << 20,
	LIST_RIGHT = 1 << 3,
	FILE_RIGHTS = 1 << 0 | 1 << 1 | 1 << 2 | 1 << 14 | 1 << 15, /* execute, write, read, truncate, ioctl */
};

/* The kernel's structures; those of ABI 4 and 6 are newer than Debian 12's headers. */
struct ruleset {
	uint64_t fs, net, scoped;
};
struct path_rule {
	uint64_t allowed;
	int32_t parent;
} __attribute__((packed));
struct port_rule {
	uint64_t allowed, port;
};

/* False without the annotation. */
static bool find(const struct oci_spec *spec, const char **ret)
{
	for (size_t i = 0; i < spec->annotations.count; i++)
		if (strcmp(spec->annotations.at[i].key, LANDLOCK_ANNOTATION) == 0) {
			*ret = spec->annotations.at[i].value;
			return true;
		}
	return false;
}

static int read_domain(const struct oci_spec *spec, struct arena *arena, struct landlock_domain *ret, struct err *e)
{
	const char *text;

	*ret = (struct landlock_domain){0};
	if (!find(spec, &text))
		return 0;
	int r = landlock_decode(text, strlen(text), arena, ret, e);
	if (r == 0)
		r = landlock_fit(ret, syscall(SYS_landlock_create_ruleset, NULL, 0, ASK_VERSION), e);
	return r < 0 ? err_wrap(e, r, "annotation " LANDLOCK_ANNOTATION) : 0;
}

static bool handles_any(const struct landlock_domain *d)
{
	return d->fs || d->net || d->scoped;
}

int landlock_check(const struct oci_spec *spec, struct err *e)
{
	SCOPED(arena) struct arena arena = ARENA_INIT(DOMAIN_ARENA_MAX);
	struct landlock_domain domain;
	int r = read_domain(spec, &arena, &domain, e);

	if (r < 0 || !handles_any(&domain))
		return r;
	if (!spec->process.no_new_privileges)
		return err_set(e, -EINVAL, "annotation " LANDLOCK_ANNOTATION ": needs process.noNewPrivileges");
	return 0;
}

static int add_opened(int ruleset, const struct landlock_rule *rule, int fd, struct err *e)
{
	struct path_rule attr = {.allowed = rule->allowed, .parent = fd};
	struct stat st;

	if (fstat(fd, &st) < 0)
		return err_sys(e, -errno, "%s", rule->path);
	/* Of what is no folder only the rights on files are there to be had. */
	if (!S_ISDIR(st.st_mode))
		attr.allowed &= FILE_RIGHTS;
	else if (rule->itself)
		attr.allowed &= LIST_RIGHT;
	if (attr.allowed && syscall(SYS_landlock_add_rule, ruleset, RULE_PATH, &attr, 0) < 0)
		return err_sys(e, -errno, "%s", rule->path);
	return 0;
}

static int open_path(const char *path, int flags)
{
	return path_openat2(AT_FDCWD, path, O_CLOEXEC | flags, 0, RESOLVE_NO_MAGICLINKS);
}

/* Names that the pattern means; links are no names of their own. */
static int add_matching(int ruleset, const struct landlock_rule *rule, DIR *folder, size_t folder_len, struct err *e)
{
	char path[PATH_MAX + NAME_MAX + 2];
	struct dirent *entry;
	int r = 0;

	while (r == 0 && (entry = readdir(folder))) {
		snprintf(path, sizeof(path), "%.*s/%s", (int)folder_len, rule->path, entry->d_name);
		if (entry->d_name[0] == '.' && (!entry->d_name[1] || strcmp(entry->d_name, "..") == 0))
			continue;
		if (!profile_path_matches(rule->path, path))
			continue;
		scoped_fd int fd = openat(dirfd(folder), entry->d_name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
		struct stat st;
		if (fd >= 0 && fstat(fd, &st) == 0 && !S_ISLNK(st.st_mode))
			r = add_opened(ruleset, rule, fd, e);
	}
	return r;
}

static int add_pattern(int ruleset, const struct landlock_rule *rule, struct err *e)
{
	size_t folder_len = (size_t)(strrchr(rule->path, '/') - rule->path);
	scoped_free char *name = str_printf("%.*s/", (int)folder_len, rule->path);
	scoped_fd int fd = name ? open_path(name, O_RDONLY | O_DIRECTORY) : -ENOMEM;

	if (fd < 0)
		return rule->optional && (fd == -ENOENT || fd == -ENOTDIR) ? 0 : err_sys(e, fd, "%s", rule->path);
	DIR *folder = fdopendir(fd);
	if (!folder)
		return err_sys(e, -errno, "%s", rule->path);
	ignore(take_fd(&fd)); /* the folder's now */
	int r = add_matching(ruleset, rule, folder, folder_len, e);
	closedir(folder);
	return r;
}

static int add_path(int ruleset, const struct landlock_rule *rule, struct err *e)
{
	if (strchr(rule->path, '*'))
		return add_pattern(ruleset, rule, e);
	scoped_fd int fd = open_path(rule->path, O_PATH);
	if (fd < 0 && rule->optional && (fd == -ENOENT || fd == -ENOTDIR))
		return 0;
	return fd < 0 ? err_sys(e, fd, "%s", rule->path) : add_opened(ruleset, rule, fd, e);
}

static int add_rules(int ruleset, const struct landlock_domain *d, struct err *e)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < d->count; i++) {
		const struct landlock_rule *rule = &d->rules[i];
		const struct port_rule attr = {rule->allowed, rule->port};
		if (rule->path)
			r = add_path(ruleset, rule, e);
		else if (syscall(SYS_landlock_add_rule, ruleset, RULE_PORT, &attr, 0) < 0)
			r = err_sys(e, -errno, "port %llu", (unsigned long long)rule->port);
	}
	return r;
}

int landlock_open(const struct launch *l, int *ret, struct err *e)
{
	SCOPED(arena) struct arena arena = ARENA_INIT(DOMAIN_ARENA_MAX);
	struct landlock_domain domain;
	int r = read_domain(l->spec, &arena, &domain, e);

	*ret = -1;
	if (l->is_exec)
		domain.scoped = 0;
	if (r < 0 || !handles_any(&domain))
		return r;
	const struct ruleset attr = {domain.fs, domain.net, domain.scoped};
	/* An older kernel takes the longer structure as long as what it does not know is zero. */
	scoped_fd int ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
	if (ruleset < 0)
		return err_sys(e, -errno, "cannot make a Landlock ruleset");
	r = add_rules(ruleset, &domain, e);
	if (r < 0)
		return err_wrap(e, r, "annotation " LANDLOCK_ANNOTATION);
	*ret = take_fd(&ruleset);
	return 0;
}

int landlock_enter(int ruleset, struct err *e)
{
	scoped_fd int owned = ruleset;

	if (owned < 0)
		return 0;
	/* A process of `exec` may come without it. */
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return err_sys(e, -errno, "cannot set no_new_privs");
	return syscall(SYS_landlock_restrict_self, owned, 0) < 0
		       ? err_sys(e, -errno, "cannot enter the Landlock domain")
		       : 0;
}
