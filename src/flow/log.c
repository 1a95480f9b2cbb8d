/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Log writing by the monitor: whole lines, one write each, files moved on when they are full.
 */
#include "log.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/path.h"
#include "record.h"

#define RECORD_MAX (FLOW_LOG_LINE_MAX * 6 + 256) /* every byte may need an escape */

int flow_log_open(int dir, struct flow_log *ret, struct err *e)
{
	struct stat st;

	ret->dir = dir;
	ret->line[0].len = ret->line[1].len = 0;
	ret->fd = openat(dir, "log", O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (ret->fd < 0 || fstat(ret->fd, &st) < 0)
		return err_sys(e, -errno, "opening the container's log");
	ret->size = (uint64_t)st.st_size;
	return 0;
}

static void rotate(struct flow_log *l)
{
	for (int n = FLOW_LOG_FILES - 1; n > 0; n--) {
		char from[16], to[16];
		snprintf(from, sizeof(from), n > 1 ? "log.%d" : "log", n - 1);
		snprintf(to, sizeof(to), "log.%d", n);
		/* The older file may not be there yet. */
		ignore(renameat(l->dir, from, l->dir, to));
	}
	int fd = openat(l->dir, "log", O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return;
	close_keep_errno(l->fd);
	l->fd = fd;
	l->size = 0;
}

static void flush_line(struct flow_log *l, enum flow_stream stream)
{
	SCOPED(buf) struct buf b = BUF_INIT(RECORD_MAX);
	struct json_out o = JSON_OUT(&b);
	char text[FLOW_LOG_LINE_MAX + 1], now[FLOW_TIME_MAX];
	size_t len = l->line[stream].len;

	l->line[stream].len = 0;
	/* A NUL would end the text early; docker writes it as an escape, a space reads the same to people. */
	for (size_t i = 0; i < len; i++)
		text[i] = l->line[stream].data[i] ? l->line[stream].data[i] : ' ';
	text[len] = '\0';
	clock_text(clock_wall(), now);
	json_out_object(&o, NULL);
	json_out_str(&o, "log", text);
	json_out_str(&o, "stream", stream == FLOW_STDERR ? "stderr" : "stdout");
	json_out_str(&o, "time", now);
	json_out_object_end(&o);
	buf_add_char(&b, '\n');
	if (buf_error(&b))
		return;
	if (l->size + b.len > FLOW_LOG_BYTES_MAX)
		rotate(l);
	if (fd_write_all(l->fd, b.data, b.len) == 0)
		l->size += b.len;
}

void flow_log_add(struct flow_log *l, enum flow_stream stream, const char *data, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		l->line[stream].data[l->line[stream].len++] = data[i];
		if (data[i] == '\n' || l->line[stream].len == FLOW_LOG_LINE_MAX)
			flush_line(l, stream);
	}
}

void flow_log_done(struct flow_log *l)
{
	for (int s = FLOW_STDOUT; s <= FLOW_STDERR; s++)
		if (l->fd >= 0 && l->line[s].len)
			flush_line(l, (enum flow_stream)s);
	close_keep_errno(l->fd);
	l->fd = -1;
}
