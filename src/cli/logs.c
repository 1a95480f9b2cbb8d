/* SPDX-License-Identifier: Apache-2.0 */
/*
 * skep logs: what a container wrote, from its log files, oldest first.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/path.h"
#include "commands.h"
#include "flow/container.h"

#define LOG_BYTES_MAX (16u << 20) /* of one file */
#define FOLLOW_PAUSE_NS 100000000
#define LINE_LIMITS ((struct json_limits){.bytes_max = 1u << 20, .depth_max = 4})

struct options {
	bool follow, times;
	const char *tail;
};

static const struct cli_option options[] = {
	{'f', "follow", CLI_FLAG, NULL, "go on until the container ends", offsetof(struct options, follow)},
	{'t', "timestamps", CLI_FLAG, NULL, "with the time of each line", offsetof(struct options, times)},
	{'n', "tail", CLI_TEXT, "N", "only the last N lines", offsetof(struct options, tail)},
	{0},
};

static int put_line(const char *line, size_t len, bool times, struct err *e)
{
	SCOPED_PTR(json) struct json *doc = NULL;
	const char *text = "", *stream = "", *when = "";
	int r = json_parse(line, len, LINE_LIMITS, &doc, e);

	if (r < 0 || (r = json_get_str(doc, "log", &text, e)) < 0 ||
	    (r = json_get_str(doc, "stream", &stream, e)) < 0 || (r = json_get_str(doc, "time", &when, e)) < 0)
		return err_wrap(e, r, "the container's log");
	FILE *to = str_eq(stream, "stderr") ? stderr : stdout;
	if (times)
		fprintf(to, "%s ", when);
	fputs(text, to);
	return 0;
}

/* Prints whole lines of B from *AT, after SKIP of them. */
static int put_lines(const struct buf *b, size_t *at, size_t *skip, bool times, struct err *e)
{
	const char *end;
	int r = 0;

	while (r == 0 && *at < b->len && (end = memchr(b->data + *at, '\n', b->len - *at))) {
		size_t len = (size_t)(end - b->data) - *at;
		if (*skip)
			(*skip)--;
		else
			r = put_line(b->data + *at, len, times, e);
		*at += len + 1;
	}
	return r;
}

static size_t count_lines(const struct buf *b)
{
	size_t n = 0;

	for (size_t i = 0; i < b->len; i++)
		n += b->data[i] == '\n';
	return n;
}

static int read_all(int dir, struct buf *b, struct err *e)
{
	static const char *const names[] = {"log.2", "log.1", "log"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		int r = path_read_file(dir, names[i], b);
		if (r < 0 && r != -ENOENT)
			return err_sys(e, r, "the container's log");
	}
	return 0;
}

struct follow {
	int dir, fd;
	ino_t file;
	off_t at;
	struct buf b;
	size_t done;
};

/* Reads what was added; a file that was moved on is read to its end before the next one. */
static int read_more(struct follow *f, bool times, struct err *e)
{
	size_t none = 0;
	struct stat st;

	for (;;) {
		char *room = buf_reserve(&f->b, 65536);
		ssize_t got = room ? pread(f->fd, room, 65536, f->at) : -1;
		if (got > 0) {
			f->b.len += (size_t)got;
			f->at += got;
			int r = put_lines(&f->b, &f->done, &none, times, e);
			if (r < 0)
				return r;
			memmove(f->b.data, f->b.data + f->done, f->b.len - f->done);
			f->b.len -= f->done;
			f->done = 0;
			continue;
		}
		fflush(stdout);
		if (got < 0 || fstatat(f->dir, "log", &st, 0) < 0 || st.st_ino == f->file)
			return 0;
		int next = openat(f->dir, "log", O_RDONLY | O_CLOEXEC);
		if (next < 0)
			return 0;
		close(f->fd);
		f->fd = next;
		f->file = st.st_ino;
		f->at = 0;
	}
}

static int follow(struct flow_place *p, const struct flow_record *r, int dir, off_t from, bool times, struct err *e)
{
	struct follow f = {.dir = dir, .at = from, .b = BUF_INIT(LOG_BYTES_MAX)};
	struct timespec pause = {.tv_nsec = FOLLOW_PAUSE_NS};
	struct stat st;
	int bad = 0, ended = -ETIMEDOUT;

	f.fd = openat(dir, "log", O_RDONLY | O_CLOEXEC);
	if (f.fd < 0 || fstat(f.fd, &st) < 0)
		return err_sys(e, -errno, "the container's log");
	f.file = st.st_ino;
	while (bad == 0) {
		bad = read_more(&f, times, e);
		if (bad < 0 || ended == 0)
			break;
		ended = flow_wait(p, r, 0, e);
		if (ended == -ETIMEDOUT)
			nanosleep(&pause, NULL);
		else if (ended < 0)
			bad = ended;
	}
	close(f.fd);
	buf_done(&f.b);
	return bad;
}

static int run(const struct cli_context *c, void *data, char **args, size_t count)
{
	SCOPED(flow_place) struct flow_place place = FLOW_PLACE_INIT(c->root, c->state);
	SCOPED(flow_record) struct flow_record record = {.pid = 0};
	SCOPED(buf) struct buf all = BUF_INIT(3 * LOG_BYTES_MAX);
	const struct options *o = data;
	struct stat st;
	struct err e = {0};
	size_t at = 0, skip = 0;
	uint64_t tail = UINT64_MAX;

	if (o->tail && !str_eq(o->tail, "all") && str_to_u64(o->tail, UINT32_MAX, &tail) < 0)
		return cli_usage("--tail %s: expected a number of lines", o->tail);
	if (flow_place_open(&place, &e) < 0 || flow_find(&place, args[0], &record, &e) < 0)
		return cli_fail(&e, 0);
	scoped_fd int dir = flow_container_dir(&place, record.id, &e);
	if (dir < 0 || read_all(dir, &all, &e) < 0)
		return cli_fail(&e, 0);
	size_t lines = count_lines(&all);
	skip = lines > tail ? lines - tail : 0;
	if (put_lines(&all, &at, &skip, o->times, &e) < 0)
		return cli_fail(&e, 0);
	fflush(stdout);
	if (!o->follow || fstatat(dir, "log", &st, 0) < 0)
		return CLI_OK;
	return follow(&place, &record, dir, st.st_size, o->times, &e) < 0 ? cli_fail(&e, 0) : CLI_OK;
}

const struct cli_command cli_logs = {
	.name = "logs",
	.arguments = "CONTAINER",
	.summary = "show what a container wrote",
	.options = options,
	.args_min = 1,
	.args_max = 1,
	.size = sizeof(struct options),
	.run = run,
};
