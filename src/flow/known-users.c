/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of users and groups, out of passwd and group files. A container's are hostile: their size, lines and numbers
 * are limited, and they are opened below its root folder, through no link out of it.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <stdnoreturn.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/str.h"
#include "base/path.h"
#include "known.h"

enum {
	FILE_BYTES_MAX = 1 << 20,
	NAMES_MAX = 400,
	NAME_BYTES_MAX = 64,
	JSON_BYTES_MAX = 16 << 10,
	MAPS_MAX = 16,
	ANSWER_MS = 100
};

/* Ids inside a user namespace to ids of the host. */
struct id_map {
	struct {
		uint32_t inside, outside, count;
	} rows[MAPS_MAX];
	size_t count;
};

static void read_map(pid_t pid, const char *file, struct id_map *map)
{
	char path[64], line[128];
	map->count = 0;
	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
	FILE *f = fopen(path, "re");
	while (f && map->count < MAPS_MAX && fgets(line, sizeof(line), f))
		if (sscanf(line, "%u %u %u", &map->rows[map->count].inside, &map->rows[map->count].outside,
			   &map->rows[map->count].count) == 3)
			map->count++;
	if (f)
		fclose(f);
}

static bool to_host(const struct id_map *map, uint32_t id, uint32_t *ret)
{
	*ret = id;
	for (size_t i = 0; i < map->count; i++)
		if (id >= map->rows[i].inside && id - map->rows[i].inside < map->rows[i].count) {
			*ret = map->rows[i].outside + (id - map->rows[i].inside);
			return true;
		}
	return map->count == 0;
}

/* "name:x:id:..." as [id, name, home, shell]; a line that is none is passed over. */
static void put_line(struct json_out *o, char *line, const struct id_map *map, bool users)
{
	char *fields[7] = {line};
	size_t count = 1;
	uint32_t id;
	for (char *at = line; *at && count < 7; at++)
		if (*at == ':') {
			*at = '\0';
			fields[count++] = at + 1;
		}
	uint64_t number;
	if (count < 3 || !fields[0][0] || strlen(fields[0]) > NAME_BYTES_MAX ||
	    str_to_u64(fields[2], UINT32_MAX - 1, &number) < 0 || !to_host(map, (uint32_t)number, &id))
		return;
	json_out_array(o, NULL);
	json_out_u64(o, NULL, id);
	json_out_str(o, NULL, fields[0]);
	if (users && count == 7 && strlen(fields[5]) < NAME_BYTES_MAX && strlen(fields[6]) < NAME_BYTES_MAX) {
		json_out_str(o, NULL, fields[5]);
		json_out_str(o, NULL, fields[6]);
	}
	json_out_array_end(o);
}

/* Where the files are: root folders, the topmost first. */
struct source {
	const int *roots;
	size_t count;
	const struct id_map *users, *groups;
};

static FILE *open_file(const struct source *from, const char *path)
{
	struct stat st;
	for (size_t i = 0; i < from->count; i++) {
		int fd = path_openat2(from->roots[i], path, O_RDONLY | O_NONBLOCK, 0,
				      RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
		FILE *f = fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size <= FILE_BYTES_MAX
				  ? fdopen(fd, "r")
				  : NULL;
		if (f)
			return f;
		if (fd >= 0)
			close(fd);
	}
	return NULL;
}

static void put_file(struct json_out *o, const struct source *from, const char *path, bool users)
{
	char *line = NULL;
	size_t room = 0, seen = 0;
	FILE *f = open_file(from, path);

	json_out_array(o, users ? "users" : "groups");
	while (f && o->buf->len < JSON_BYTES_MAX && seen++ < NAMES_MAX && getline(&line, &room, f) > 0) {
		line[strcspn(line, "\n")] = '\0';
		put_line(o, line, users ? from->users : from->groups, users);
	}
	free(line);
	if (f)
		fclose(f);
	json_out_array_end(o);
}

static int tell_text(const struct buf *text, known_fn *each, void *ctx)
{
	_Alignas(8) char record[EVENT_SIZE_MAX];
	struct event *event = (void *)record;

	event_begin(event, WATCH_USERS);
	event->flags = EVENT_NO_RESULT;
	if (buf_error(text) < 0 ||
	    event_add(event, sizeof(record),
		      &(struct event_piece){EVENT_P_TEXT, .bytes = text->data, .length = text->len}) < 0)
		return 0; /* nameless: users show as numbers */
	return each(ctx, event);
}

static void write_users(const char *id, const struct source *from, struct buf *text)
{
	struct json_out o = JSON_OUT(text);

	json_out_object(&o, NULL);
	json_out_str(&o, "id", id);
	put_file(&o, from, "etc/passwd", true);
	put_file(&o, from, "etc/group", false);
	json_out_object_end(&o);
}

static int tell_users(const char *id, const struct source *from, known_fn *each, void *ctx)
{
	SCOPED(buf) struct buf text = BUF_INIT(EVENT_PARAMS_MAX);
	write_users(id, from, &text);
	return tell_text(&text, each, ctx);
}

int known_host_users(known_fn *each, void *ctx)
{
	static const struct id_map same;
	scoped_fd int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct source from = {&root, 1, &same, &same};
	return root < 0 ? -errno : tell_users("", &from, each, ctx);
}

/* In a process of its own, which writes what it finds to standard output. */
static noreturn void read_users(const char *id, pid_t pid)
{
	struct id_map users, groups;
	char path[64];
	SCOPED(buf) struct buf text = BUF_INIT(EVENT_PARAMS_MAX);

	/* No sensor stays attached because of this process, however long it waits. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	close_range(STDERR_FILENO, ~0U, 0);
	snprintf(path, sizeof(path), "/proc/%d/root", (int)pid);
	scoped_fd int root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct source from = {&root, 1, &users, &groups};
	if (root < 0)
		_exit(1);
	read_map(pid, "uid_map", &users);
	read_map(pid, "gid_map", &groups);
	write_users(id, &from, &text);
	/* It fits into the pipe, so this does not wait. */
	_exit(buf_error(&text) < 0 || write(STDOUT_FILENO, text.data, text.len) != (ssize_t)text.len);
}

/* What the reader says until it ends: true when it said all within the time. */
static bool hear(int from, struct buf *text)
{
	char part[4096];
	int64_t end = clock_ns(CLOCK_MONOTONIC) / CLOCK_NS_PER_MS + ANSWER_MS;
	for (;;) {
		int64_t left = end - clock_ns(CLOCK_MONOTONIC) / CLOCK_NS_PER_MS;
		struct pollfd poll_for = {from, POLLIN, 0};
		if (left < 0 || (poll(&poll_for, 1, (int)left) == 0))
			return false;
		ssize_t n = read(from, part, sizeof(part));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return true;
		if (buf_add(text, part, (size_t)n) < 0)
			return true;
	}
}

/* Those that came free meanwhile are collected; a place for one more, or NULL. */
static pid_t *stuck_place(struct known_readers *a)
{
	pid_t *place = NULL;
	for (size_t i = 0; i < KNOWN_STUCK_MAX; i++) {
		if (a->stuck[i] && waitpid(a->stuck[i], NULL, WNOHANG) == a->stuck[i])
			a->stuck[i] = 0;
		if (!a->stuck[i])
			place = &a->stuck[i];
	}
	return place;
}

/* So that it is not asked for again. */
static int tell_nobody(const char *id, known_fn *each, void *ctx)
{
	static const struct source nowhere = {NULL, 0, NULL, NULL};
	return tell_users(id, &nowhere, each, ctx);
}

int known_users(struct known_readers *readers, const char *id, pid_t pid, bool again, known_fn *each, void *ctx)
{
	SCOPED(buf) struct buf text = BUF_INIT(EVENT_PARAMS_MAX);
	int ends[2];
	pid_t *place = stuck_place(readers);
	if (!place)
		return again ? 0 : tell_nobody(id, each, ctx);
	if (pipe2(ends, O_CLOEXEC) < 0)
		return 0;
	pid_t reader = fork();
	if (reader == 0) {
		dup2(ends[1], STDOUT_FILENO);
		read_users(id, pid);
	}
	close(ends[1]);
	bool heard = reader > 0 && hear(ends[0], &text);
	close(ends[0]);
	if (reader < 0)
		return 0;
	if (!heard) {
		kill(reader, SIGKILL);
		*place = reader;
		return again ? 0 : tell_nobody(id, each, ctx);
	}
	waitpid(reader, NULL, 0);
	return text.len ? tell_text(&text, each, ctx) : 0;
}

void known_readers_done(struct known_readers *readers)
{
	for (size_t i = 0; i < KNOWN_STUCK_MAX; i++)
		if (readers->stuck[i])
			kill(readers->stuck[i], SIGKILL); /* and not waited for: only their file system lets them go */
	*readers = (struct known_readers){0};
}

int known_layer_users(const char *id, const int *roots, size_t count, uint32_t range, known_fn *each, void *ctx)
{
	struct id_map map = {.rows = {{0, range, FLOW_RANGE_SIZE}}, .count = range ? 1 : 0};
	struct source from = {roots, count, &map, &map};
	return tell_users(id, &from, each, ctx);
}
