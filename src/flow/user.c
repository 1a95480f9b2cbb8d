/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Users by name. The files come out of the image and are hostile: sizes, lines and numbers are limited, a name that
 * looks like a number is one, and a line that does not parse is passed over rather than guessed at.
 */
#include "user.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/path.h"
#include "base/str.h"
#include "flow/container.h"

#define FILE_BYTES_MAX (1u << 20)
#define FIELDS_MAX 7
#define ID_MAX (FLOW_RANGE_SIZE - 1)

/* A file of the image as the topmost layer that has it shows it; an empty text when none does. */
static int read_image_file(const struct flow_lowers *l, const char *path, struct buf *b, struct err *e)
{
	struct stat st;

	for (size_t i = 0; i < l->count; i++) {
		int fd = path_openat2(l->fds[i], path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW, 0,
				      RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV);
		if (fd == -ENOENT)
			continue;
		if (fd < 0)
			return 0; /* a link or a whiteout: as if it were not there */
		int r = fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) ? -ENOENT
								   : path_read_file(AT_FDCWD, fd_path_of(fd).text, b);
		close(fd);
		return r == -EFBIG ? err_set(e, r, "/%s of the image is larger than %u bytes", path, FILE_BYTES_MAX)
				   : 0;
	}
	return 0;
}

/* Splits a line at its colons, in place. */
static size_t split_line(char *line, char *fields[FIELDS_MAX])
{
	size_t n = 0;

	while (n < FIELDS_MAX) {
		fields[n++] = line;
		char *colon = strchr(line, ':');
		if (!colon)
			break;
		*colon = '\0';
		line = colon + 1;
	}
	return n;
}

static bool to_id(const char *text, uint32_t *ret)
{
	uint64_t n;

	if (str_to_u64(text, ID_MAX, &n) < 0)
		return false;
	*ret = (uint32_t)n;
	return true;
}

static bool all_digits(const char *text)
{
	return *text && text[strspn(text, "0123456789")] == '\0';
}

typedef bool line_fn(char *fields[FIELDS_MAX], size_t count, void *data);

static void each_line(struct buf *b, line_fn *fn, void *data)
{
	char *at = b->data;

	while (at && *at) {
		char *fields[FIELDS_MAX];
		char *end = strchr(at, '\n');
		if (end)
			*end = '\0';
		if (fn(fields, split_line(at, fields), data))
			return;
		at = end ? end + 1 : NULL;
	}
}

struct search {
	const char *name; /* NULL: by uid */
	struct flow_user *user;
	bool found;
};

static bool match_user(char *fields[FIELDS_MAX], size_t count, void *data)
{
	struct search *s = data;
	uint32_t uid, gid;

	if (count < 4 || !to_id(fields[2], &uid) || !to_id(fields[3], &gid))
		return false;
	if (s->name ? !str_eq(fields[0], s->name) : uid != s->user->uid)
		return false;
	s->user->uid = uid;
	s->user->gid = gid;
	if (count > 5 && fields[5][0] == '/')
		snprintf(s->user->home, sizeof(s->user->home), "%s", fields[5]);
	s->name = fields[0];
	return s->found = true;
}

struct groups {
	const char *wanted;    /* the group named after the colon, or NULL */
	const char *user_name; /* whose supplementary groups are collected, or NULL */
	struct flow_user *user;
	bool found;
};

static bool is_member(const char *list, const char *name)
{
	size_t len = strlen(name);

	for (const char *at = list; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL)
		if (strncmp(at, name, len) == 0 && (at[len] == ',' || at[len] == '\0'))
			return true;
	return false;
}

static bool match_group(char *fields[FIELDS_MAX], size_t count, void *data)
{
	struct groups *g = data;
	uint32_t gid;

	if (count < 3 || !to_id(fields[2], &gid))
		return false;
	if (g->wanted && str_eq(fields[0], g->wanted)) {
		g->user->gid = gid;
		return g->found = true;
	}
	if (!g->wanted && g->user_name && count > 3 && is_member(fields[3], g->user_name) &&
	    g->user->group_count < FLOW_GROUPS_MAX)
		g->user->groups[g->user->group_count++] = gid;
	return false;
}

static int find_user(struct buf *passwd, const char *text, struct search *s, struct err *e)
{
	if (all_digits(text)) {
		if (!to_id(text, &s->user->uid))
			return err_set(e, -EINVAL, "user %.40s: numbers go to %u", text, ID_MAX);
	} else {
		s->name = text;
	}
	each_line(passwd, match_user, s);
	if (s->name && !s->found)
		return err_set(e, -EINVAL, "user \"%.80s\" is not in the image's /etc/passwd", text);
	return 0;
}

static int find_group(const struct flow_lowers *l, const char *wanted, const char *user_name, struct flow_user *user,
		      struct err *e)
{
	SCOPED(buf) struct buf file = BUF_INIT(FILE_BYTES_MAX);
	struct groups g = {.wanted = wanted, .user_name = user_name, .user = user};

	if (wanted && all_digits(wanted))
		return to_id(wanted, &user->gid) ? 0
						 : err_set(e, -EINVAL, "group %.40s: numbers go to %u", wanted, ID_MAX);
	int r = read_image_file(l, "etc/group", &file, e);
	if (r < 0)
		return r;
	each_line(&file, match_group, &g);
	if (wanted && !g.found)
		return err_set(e, -EINVAL, "group \"%.80s\" is not in the image's /etc/group", wanted);
	return 0;
}

int flow_user_resolve(const struct flow_lowers *l, const char *text, struct flow_user *ret, struct err *e)
{
	SCOPED(buf) struct buf passwd = BUF_INIT(FILE_BYTES_MAX);
	struct flow_user user = {.home = "/"};
	struct search s = {.user = &user};
	char name[256];
	const char *colon = text ? strchr(text, ':') : NULL;
	size_t len = text ? (colon ? (size_t)(colon - text) : strlen(text)) : 0;

	if (len >= sizeof(name))
		return err_set(e, -ENAMETOOLONG, "user: longer than %zu bytes", sizeof(name) - 1);
	memcpy(name, text ? text : "", len);
	name[len] = '\0';
	int r = read_image_file(l, "etc/passwd", &passwd, e);
	if (r == 0)
		r = find_user(&passwd, len ? name : "0", &s, e);
	if (r == 0)
		r = find_group(l, colon && colon[1] ? colon + 1 : NULL, s.found ? s.name : NULL, &user, e);
	if (r == 0)
		*ret = user;
	return r;
}
