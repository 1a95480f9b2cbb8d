/* SPDX-License-Identifier: Apache-2.0 */
/* evt.*: the event itself. */
#include <asm/unistd.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/str.h"
#include "look.h"

enum { SECOND = 1000000000, NS_PER_MS = 1000000 };

static int64_t wall(const struct look *l)
{
	return look_wall(l, l->event->time);
}

static int evt_num(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	return look_number(out, (int64_t)l->number);
}

static int evt_time(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	*out = (struct rule_value){.type = RULE_TIME, .number = wall(l)};
	return 1;
}

static int evt_rawtime(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	return look_number(out, wall(l));
}

static int evt_rawtime_s(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	return look_number(out, wall(l) / SECOND);
}

static int evt_rawtime_ns(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	return look_number(out, wall(l) % SECOND);
}

static int64_t since(const struct look *l)
{
	return (int64_t)(l->event->time - l->began);
}

static int evt_reltime(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	return look_number(out, since(l));
}

static int evt_reltime_s(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	return look_number(out, since(l) / SECOND);
}

static int evt_reltime_ns(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	return look_number(out, since(l) % SECOND);
}

static int evt_source(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	return look_text(out, "syscall");
}

static int evt_hostname(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	return look_text(out, l->hostname);
}

static int evt_is_async(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	return look_bool(out, l->event->type >= WATCH_OWN || l->event->flags & EVENT_IO_URING);
}

static int evt_dir(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	return look_text(out, "<");
}

static int evt_type(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	return look_text(out, detect_schema.events[l->type]);
}

static int evt_type_is(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	const char *name = detect_schema.events[l->type];
	return look_number(out, strlen(name) == arg->key.len && memcmp(name, arg->key.at, arg->key.len) == 0);
}

static int syscall_type(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	return l->event->type < WATCH_OWN ? evt_type(l, arg, out) : 0;
}

static int evt_args(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	return look_arguments(l, out);
}

static int evt_arg(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	return look_argument(l, arg, false, out);
}

static int evt_rawarg(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	return look_argument(l, arg, true, out);
}

static int evt_buffer(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	size_t length;
	const char *bytes = event_bytes(l->view, EVENT_P_DATA, &length);
	if (!bytes)
		return 0;
	*out = rule_value_str(bytes, length);
	return 1;
}

static int evt_buflen(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	return l->view->params[EVENT_P_DATA] ? look_number(out, l->event->ret) : 0;
}

static int evt_res(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	if (l->event->type >= WATCH_OWN)
		return 0;
	const char *name = look_errno_name(l->event->ret);
	return look_text(out, name ? name : "SUCCESS");
}

static int evt_rawres(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	return l->event->type < WATCH_OWN ? look_number(out, l->event->ret) : 0;
}

static int evt_failed(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	return look_bool(out, look_failed(l));
}

static int evt_is_denied(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	return look_bool(out, l->event->flags & EVENT_DENIED);
}

static int evt_io(struct look *l)
{
	switch (l->event->type) {
	case __NR_read:
	case __NR_readv:
	case __NR_pread64:
	case __NR_preadv:
	case __NR_preadv2:
	case __NR_recvfrom:
	case __NR_recvmsg:
	case __NR_recvmmsg:
		return 'r';
	case __NR_write:
	case __NR_writev:
	case __NR_pwrite64:
	case __NR_pwritev:
	case __NR_pwritev2:
	case __NR_sendto:
	case __NR_sendmsg:
	case __NR_sendmmsg:
		return 'w';
	default:
		return 0;
	}
}

static int evt_is_io(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	return look_bool(out, evt_io(l) != 0);
}

static int evt_is_io_read(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	return look_bool(out, evt_io(l) == 'r');
}

static int evt_is_io_write(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	return look_bool(out, evt_io(l) == 'w');
}

static int evt_io_dir(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	int io = evt_io(l);
	return io ? look_text(out, io == 'r' ? "r" : "w") : 0;
}

static bool on_socket(const struct look *l)
{
	return l->view->params[EVENT_P_SOCK] != NULL;
}

/* evt.buflen of some events: those that go one way, and those of sockets or of other descriptors. 0: of either. */
static int buflen_of(struct look *l, int io, int kind, struct rule_value *out)
{
	if ((io && evt_io(l) != io) || (kind && kind != (on_socket(l) ? 'n' : 'f')))
		return 0;
	return evt_buflen(l, NULL, out);
}

#define BUFLEN_FIELD(field, io, kind)                                                                                  \
	static int field(struct look *l, const struct rule_arg *arg, struct rule_value *out)                           \
	{                                                                                                              \
		return buflen_of(l, io, kind, out);                                                                    \
	}
BUFLEN_FIELD(buflen_in, 'r', 0)
BUFLEN_FIELD(buflen_out, 'w', 0)
BUFLEN_FIELD(buflen_file, 0, 'f')
BUFLEN_FIELD(buflen_file_in, 'r', 'f')
BUFLEN_FIELD(buflen_file_out, 'w', 'f')
BUFLEN_FIELD(buflen_net, 0, 'n')
BUFLEN_FIELD(buflen_net_in, 'r', 'n')
BUFLEN_FIELD(buflen_net_out, 'w', 'n')

/* Milliseconds to the time in brackets, rounded up; the rule language makes "at most" of its "=". */
static int evt_around(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	char text[24];
	uint64_t at;

	snprintf(text, sizeof(text), "%.*s", (int)MIN_OF(arg->key.len, 23u), arg->key.at);
	if (str_to_u64(text, INT64_MAX, &at) < 0)
		return 0;
	uint64_t now = (uint64_t)wall(l), apart = now > at ? now - at : at - now;
	return look_number(out, (int64_t)(apart / NS_PER_MS + (apart % NS_PER_MS != 0)));
}

static int evt_count(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	return look_number(out, 1);
}

static int evt_count_error(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	return look_number(out, look_failed(l));
}

static int open_flags(const struct look *l)
{
	if (l->event->type == __NR_creat)
		return O_CREAT | O_WRONLY | O_TRUNC;
	return (int)l->event->args[l->event->type == __NR_open ? 1 : 2];
}

static int evt_is_open_read(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	int mode = open_flags(l) & O_ACCMODE;
	return look_bool(out, look_opens(l) && (mode == O_RDONLY || mode == O_RDWR));
}

static int evt_is_open_write(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	int mode = open_flags(l) & O_ACCMODE;
	return look_bool(out, look_opens(l) && (mode == O_WRONLY || mode == O_RDWR));
}

static int evt_is_open_create(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	const struct event_file *file = event_fixed(l->view, EVENT_P_FILE, sizeof(*file));
	return look_bool(out, look_opens(l) && file && file->flags & EVENT_FILE_CREATED);
}

static int evt_is_open_exec(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	const struct event_file *file = event_fixed(l->view, EVENT_P_FILE, sizeof(*file));
	return look_bool(out, look_opens(l) && file && file->flags & EVENT_FILE_CREATED &&
				      file->mode & (S_IXUSR | S_IXGRP | S_IXOTH));
}

static int evt_abspath(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	bool second = arg->form == RULE_ARG_IS_KEY && arg->key.len == 3 && memcmp(arg->key.at, "dst", 3) == 0;
	return look_text(out,
			 second ? look_path(l, EVENT_P_PATH2, EVENT_P_DIR2) : look_path(l, EVENT_P_PATH, EVENT_P_DIR));
}

static const char *category(const struct look *l)
{
	if (l->event->type >= WATCH_OWN || l->event->type == __NR_execve || l->event->type == __NR_execveat)
		return "process";
	if (look_opens(l) || event_text(l->view, EVENT_P_PATH))
		return "file";
	return l->view->params[EVENT_P_SOCK] ? "net" : "other";
}

static int evt_category(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	return look_text(out, category(l));
}

look_fn *const look_event_fields[DETECT_FIELD_COUNT] = {
	[FIELD_EVT_NUM] = evt_num,
	[FIELD_EVT_TIME] = evt_time,
	[FIELD_EVT_TIME_S] = evt_time,
	[FIELD_EVT_TIME_ISO8601] = evt_time,
	[FIELD_EVT_DATETIME] = evt_time,
	[FIELD_EVT_DATETIME_S] = evt_time,
	[FIELD_EVT_RAWTIME] = evt_rawtime,
	[FIELD_EVT_RAWTIME_S] = evt_rawtime_s,
	[FIELD_EVT_RAWTIME_NS] = evt_rawtime_ns,
	[FIELD_EVT_RELTIME] = evt_reltime,
	[FIELD_EVT_RELTIME_S] = evt_reltime_s,
	[FIELD_EVT_RELTIME_NS] = evt_reltime_ns,
	[FIELD_EVT_SOURCE] = evt_source,
	[FIELD_EVT_HOSTNAME] = evt_hostname,
	[FIELD_EVT_IS_ASYNC] = evt_is_async,
	[FIELD_EVT_DIR] = evt_dir,
	[FIELD_EVT_TYPE] = evt_type,
	[FIELD_EVT_TYPE_IS] = evt_type_is,
	[FIELD_SYSCALL_TYPE] = syscall_type,
	[FIELD_EVT_CATEGORY] = evt_category,
	[FIELD_EVT_ARGS] = evt_args,
	[FIELD_EVT_INFO] = evt_args,
	[FIELD_EVT_ARG] = evt_arg,
	[FIELD_EVT_RAWARG] = evt_rawarg,
	[FIELD_EVT_BUFFER] = evt_buffer,
	[FIELD_EVT_BUFLEN] = evt_buflen,
	[FIELD_EVT_BUFLEN_IN] = buflen_in,
	[FIELD_EVT_BUFLEN_OUT] = buflen_out,
	[FIELD_EVT_BUFLEN_FILE] = buflen_file,
	[FIELD_EVT_BUFLEN_FILE_IN] = buflen_file_in,
	[FIELD_EVT_BUFLEN_FILE_OUT] = buflen_file_out,
	[FIELD_EVT_BUFLEN_NET] = buflen_net,
	[FIELD_EVT_BUFLEN_NET_IN] = buflen_net_in,
	[FIELD_EVT_BUFLEN_NET_OUT] = buflen_net_out,
	[FIELD_EVT_AROUND] = evt_around,
	[FIELD_EVT_OUTPUTTIME] = evt_time,
	[FIELD_UTIL_CNT] = evt_num,
	[FIELD_EVT_RES] = evt_res,
	[FIELD_EVT_RAWRES] = evt_rawres,
	[FIELD_EVT_FAILED] = evt_failed,
	[FIELD_EVT_IS_DENIED] = evt_is_denied,
	[FIELD_EVT_IS_IO] = evt_is_io,
	[FIELD_EVT_IS_IO_READ] = evt_is_io_read,
	[FIELD_EVT_IS_IO_WRITE] = evt_is_io_write,
	[FIELD_EVT_IO_DIR] = evt_io_dir,
	[FIELD_EVT_COUNT] = evt_count,
	[FIELD_EVT_COUNT_EXIT] = evt_count,
	[FIELD_EVT_COUNT_ERROR] = evt_count_error,
	[FIELD_EVT_ABSPATH] = evt_abspath,
	[FIELD_EVT_IS_OPEN_READ] = evt_is_open_read,
	[FIELD_EVT_IS_OPEN_WRITE] = evt_is_open_write,
	[FIELD_EVT_IS_OPEN_EXEC] = evt_is_open_exec,
	[FIELD_EVT_IS_OPEN_CREATE] = evt_is_open_create,
};
