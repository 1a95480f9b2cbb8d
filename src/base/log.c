/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One line per event to one descriptor.
 */
#include "base/log.h"

#include <stdarg.h>
#include <time.h>

#include "base/json.h"
#include "base/path.h"
#include "base/str.h"

#define LOG_LINE_MAX 8192

static const char *const level_names[] = {"debug", "info", "warning", "error"};

const char *log_level_name(enum log_level level)
{
	return level_names[level];
}

int log_level_from(const char *name, enum log_level *ret_level)
{
	for (size_t i = 0; i < ARRAY_LEN(level_names); i++) {
		if (str_eq(name, level_names[i])) {
			*ret_level = (enum log_level)i;
			return 0;
		}
	}
	return -EINVAL;
}

/* As the readers of such lines expect: one line, quotes and backslashes with a backslash in front. */
static void add_quoted(struct buf *line, const char *text)
{
	buf_add_char(line, '"');
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			buf_add_char(line, '\\');
		if (*text == '\n')
			buf_add_str(line, "\\n");
		else
			buf_add_char(line, *text);
	}
	buf_add_char(line, '"');
}

void log_line(const struct log *l, enum log_level level, const char *fmt, ...)
{
	char now[40];
	struct timespec ts;
	struct tm tm;
	va_list ap;

	if (l->fd < 0 || level < l->min_level)
		return;
	clock_gettime(CLOCK_REALTIME, &ts);
	strftime(now, sizeof(now), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&ts.tv_sec, &tm));

	SCOPED(buf) struct buf text = BUF_INIT(LOG_LINE_MAX);
	va_start(ap, fmt);
	buf_vprintf(&text, fmt, ap);
	va_end(ap);

	SCOPED(buf) struct buf line = BUF_INIT(8 * LOG_LINE_MAX);
	if (l->json) {
		struct json_out o = JSON_OUT(&line);
		json_out_object(&o, NULL);
		json_out_str(&o, "level", level_names[level]);
		json_out_str(&o, "msg", buf_str(&text));
		json_out_str(&o, "time", now);
		json_out_object_end(&o);
		buf_add_char(&line, '\n');
	} else {
		buf_printf(&line, "time=\"%s\" level=%s msg=", now, level_names[level]);
		add_quoted(&line, buf_str(&text));
		buf_add_char(&line, '\n');
	}
	ignore(fd_write_all(l->fd, buf_str(&line), line.len)); /* nowhere left to report it */
}
