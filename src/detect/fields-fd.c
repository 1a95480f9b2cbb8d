/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fd.*: what the descriptor of an event stands for. A file is named by the path the kernel resolved; an open that
 * failed, or that io_uring will do later, by the path that was asked for.
 */
#include <arpa/inet.h>
#include <asm/unistd.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/str.h"
#include "look.h"
#include "sock.h"

static const struct event_file *file_of(const struct look *l)
{
	return event_fixed(l->view, EVENT_P_FILE, sizeof(struct event_file));
}

/* An open without a file: it failed, or is still to be done. */
static bool asks_only(const struct look *l)
{
	return look_opens(l) && !file_of(l);
}

struct kind {
	const char *type, *letter;
};

static struct kind anonymous(const char *name)
{
	static const struct {
		const char *prefix;
		struct kind kind;
	} kinds[] = {
		{"memfd:", {"memfd", "m"}},
		{"[eventfd]", {"event", "e"}},
		{"[eventpoll]", {"eventpoll", "l"}},
		{"[signalfd]", {"signalfd", "s"}},
		{"[timerfd]", {"timerfd", "t"}},
		{"inotify", {"inotify", "i"}},
		{"[userfaultfd]", {"userfaultfd", "u"}},
		{"bpf", {"bpf", "b"}},
		{"[io_uring]", {"io_uring", "r"}},
		{"[pidfd]", {"pidfd", "P"}},
	};
	for (size_t i = 0; name && i < ARRAY_LEN(kinds); i++)
		if (str_starts_with(name, kinds[i].prefix))
			return kinds[i].kind;
	return (struct kind){"unknown", "o"};
}

static bool kind_of(struct look *l, struct kind *kind)
{
	struct sock_ends ends;
	const struct event_file *file = file_of(l);
	if (asks_only(l)) {
		*kind = (struct kind){"file", "f"};
		return true;
	}
	if (file && S_ISDIR(file->mode))
		*kind = (struct kind){"directory", "d"};
	else if (file && S_ISFIFO(file->mode) && !look_opens(l))
		*kind = (struct kind){"pipe", "p"};
	else if (file && !(l->view->params[EVENT_P_FILE]->aux & EVENT_UNMOUNTED))
		*kind = (struct kind){"file", "f"};
	else if (file)
		*kind = anonymous(look_file_path(l));
	else if (sock_ends(l, &ends))
		*kind = ends.family == AF_INET	  ? (struct kind){"ipv4", "4"}
			: ends.family == AF_INET6 ? (struct kind){"ipv6", "6"}
			: ends.family == AF_UNIX  ? (struct kind){"unix", "u"}
						  : (struct kind){"unknown", "o"};
	else
		return false;
	return true;
}

static int fd_num(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	struct kind kind;
	int64_t fd = look_fd(l);
	if (look_opens(l))
		return look_number(out, fd);
	return fd >= 0 && kind_of(l, &kind) ? look_number(out, fd) : 0;
}

static int fd_type(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	struct kind kind;
	return kind_of(l, &kind) ? look_text(out, kind.type) : 0;
}

static int fd_typechar(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	struct kind kind;
	return kind_of(l, &kind) ? look_text(out, kind.letter) : 0;
}

/* The path of a file; NULL for what is none. */
static const char *path(struct look *l)
{
	return asks_only(l) ? look_path(l, EVENT_P_PATH, EVENT_P_DIR) : look_file_path(l);
}

static int unix_name(struct look *l, const struct sock_ends *ends, struct rule_value *out)
{
	if (!ends->path[0])
		return look_printf(l, out, "%llx->%llx", (unsigned long long)ends->self,
				   (unsigned long long)ends->peer);
	return look_printf(l, out, "%llx->%llx %s", (unsigned long long)ends->self, (unsigned long long)ends->peer,
			   ends->path);
}

/*
 * One's own descriptors and program, asked for by the kernel's links to them, have that name too: rules look for it. The name of the
 * file stays the first, so nothing hides behind the link.
 */
static int file_names(struct look *l, const char *file, struct rule_value *out)
{
	const char *asked = look_opens(l) ? event_text(l->view, EVENT_P_PATH) : NULL;
	if (!asked || !(str_starts_with(asked, "/proc/self/fd/") || strcmp(asked, "/proc/self/exe") == 0))
		return look_text(out, file);
	struct rule_str *names = look_alloc(l, 2 * sizeof(*names));
	if (!names)
		return look_text(out, file);
	names[0] = rule_str_of(file);
	names[1] = rule_str_of(asked);
	*out = (struct rule_value){.type = RULE_STRING, .list_count = 2, .strs = names};
	return 1;
}

static int fd_name(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	struct sock_ends ends;
	char client[INET6_ADDRSTRLEN], server[INET6_ADDRSTRLEN];
	const char *file = path(l);
	if (file)
		return file_names(l, file, out);
	if (!sock_ends(l, &ends))
		return 0;
	if (ends.family == AF_UNIX)
		return unix_name(l, &ends, out);
	if (ends.family != AF_INET && ends.family != AF_INET6)
		return 0;
	inet_ntop(ends.family, ends.client.address, client, sizeof(client));
	inet_ntop(ends.family, ends.server.address, server, sizeof(server));
	if (!ends.connected && !ends.remote_known)
		return look_printf(l, out, "%s:%u", server, ends.server.port);
	return look_printf(l, out, "%s:%u->%s:%u", client, ends.client.port, server, ends.server.port);
}

static int fd_nameraw(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	return look_opens(l) ? look_text(out, event_text(l->view, EVENT_P_PATH)) : fd_name(l, arg, out);
}

static int fd_directory(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	const char *text = path(l), *slash = text ? strrchr(text, '/') : NULL;
	if (!slash)
		return 0;
	return slash == text ? look_text(out, "/") : look_copy(l, out, text, (size_t)(slash - text));
}

static int fd_filename(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	const char *text = path(l), *slash = text ? strrchr(text, '/') : NULL;
	return slash ? look_text(out, slash + 1) : 0;
}

static struct rule_ip address(int family, const uint8_t *bytes)
{
	struct rule_ip ip = {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}};
	memcpy(family == AF_INET ? ip.bytes + 12 : ip.bytes, bytes, family == AF_INET ? 4 : 16);
	return ip;
}

static bool inet_ends(struct look *l, struct sock_ends *ends)
{
	return sock_ends(l, ends) && (ends->family == AF_INET || ends->family == AF_INET6);
}

static int both_addresses(struct look *l, enum rule_type type, struct rule_value *out)
{
	struct sock_ends ends;
	struct rule_ip *list = inet_ends(l, &ends) ? look_alloc(l, 2 * sizeof(*list)) : NULL;
	if (!list)
		return 0;
	/* An end that is not there yet is no address: a listening socket has one. */
	list[0] = address(ends.family, ends.remote_known ? ends.client.address : ends.local.address);
	list[1] = address(ends.family, ends.server.address);
	*out = (struct rule_value){.type = type, .list_count = ends.remote_known ? 2 : 1, .ips = list};
	return 1;
}

static int fd_ip(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	return both_addresses(l, RULE_IP, out);
}

static int fd_net(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	return both_addresses(l, RULE_NET, out);
}

static int fd_port(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	struct sock_ends ends;
	int64_t *list = inet_ends(l, &ends) ? look_alloc(l, 2 * sizeof(*list)) : NULL;
	if (!list)
		return 0;
	list[0] = ends.remote_known ? ends.client.port : ends.local.port;
	list[1] = ends.server.port;
	*out = (struct rule_value){.type = RULE_PORT, .list_count = ends.remote_known ? 2 : 1, .numbers = list};
	return 1;
}

#define END_FIELDS(prefix, end)                                                                                        \
	static int prefix##ip(struct look *l, const struct rule_arg *arg, struct rule_value *out)                      \
	{                                                                                                              \
		struct sock_ends ends;                                                                                 \
		if (!inet_ends(l, &ends))                                                                              \
			return 0;                                                                                      \
		*out = (struct rule_value){.type = RULE_IP, .ip = address(ends.family, ends.end.address)};             \
		return 1;                                                                                              \
	}                                                                                                              \
	static int prefix##net(struct look *l, const struct rule_arg *arg, struct rule_value *out)                     \
	{                                                                                                              \
		int r = prefix##ip(l, arg, out);                                                                       \
		out->type = RULE_NET;                                                                                  \
		return r;                                                                                              \
	}                                                                                                              \
	static int prefix##port(struct look *l, const struct rule_arg *arg, struct rule_value *out)                    \
	{                                                                                                              \
		struct sock_ends ends;                                                                                 \
		if (!inet_ends(l, &ends))                                                                              \
			return 0;                                                                                      \
		*out = (struct rule_value){.type = RULE_PORT, .number = ends.end.port};                                \
		return 1;                                                                                              \
	}
END_FIELDS(fd_c, client)
END_FIELDS(fd_s, server)
END_FIELDS(fd_l, local)
END_FIELDS(fd_r, remote)

static int fd_l4proto(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	struct sock_ends ends;
	if (!inet_ends(l, &ends))
		return 0;
	switch (ends.protocol) {
	case IPPROTO_TCP:
		return look_text(out, "tcp");
	case IPPROTO_UDP:
		return look_text(out, "udp");
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		return look_text(out, "icmp");
	default:
		return look_text(out, "raw");
	}
}

static int fd_sockfamily(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	struct sock_ends ends;
	if (!sock_ends(l, &ends))
		return 0;
	return look_text(out, ends.family == AF_UNIX ? "unix" : "ip");
}

static int fd_is_server(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	struct sock_ends ends;
	return inet_ends(l, &ends) ? look_bool(out, ends.is_server) : 0;
}

static int fd_connected(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	struct sock_ends ends;
	return inet_ends(l, &ends) ? look_bool(out, ends.connected) : 0;
}

static int fd_name_changed(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	struct sock_ends ends;
	if (!inet_ends(l, &ends))
		return 0;
	if (l->name_changed < 0)
		l->name_changed = sock_cache_changed(l->sockets, &ends);
	return look_bool(out, l->name_changed == 1);
}

static int fd_dev(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	const struct event_file *f = file_of(l);
	return f ? look_number(out, f->dev) : 0;
}

static int fd_dev_major(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	const struct event_file *f = file_of(l);
	return f ? look_number(out, f->dev >> 20) : 0;
}

static int fd_dev_minor(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	const struct event_file *f = file_of(l);
	return f ? look_number(out, f->dev & 0xfffff) : 0;
}

static int fd_ino(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	const struct event_file *f = file_of(l);
	return f ? look_number(out, (int64_t)f->ino) : 0;
}

static int fd_is_upper(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	const struct event_file *f = file_of(l);
	return f ? look_bool(out, f->flags & EVENT_FILE_UPPER) : 0;
}

static int fd_is_lower(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	const struct event_file *f = file_of(l);
	return f ? look_bool(out, f->flags & EVENT_FILE_OVERLAY && !(f->flags & EVENT_FILE_UPPER)) : 0;
}

look_fn *const look_fd_fields[DETECT_FIELD_COUNT] = {
	[FIELD_FD_NUM] = fd_num,
	[FIELD_FD_TYPE] = fd_type,
	[FIELD_FD_TYPECHAR] = fd_typechar,
	[FIELD_FD_NAME] = fd_name,
	[FIELD_FD_NAMERAW] = fd_nameraw,
	[FIELD_FD_DIRECTORY] = fd_directory,
	[FIELD_FD_FILENAME] = fd_filename,
	[FIELD_FD_IP] = fd_ip,
	[FIELD_FD_CIP] = fd_cip,
	[FIELD_FD_SIP] = fd_sip,
	[FIELD_FD_LIP] = fd_lip,
	[FIELD_FD_RIP] = fd_rip,
	[FIELD_FD_PORT] = fd_port,
	[FIELD_FD_CPORT] = fd_cport,
	[FIELD_FD_SPORT] = fd_sport,
	[FIELD_FD_LPORT] = fd_lport,
	[FIELD_FD_RPORT] = fd_rport,
	[FIELD_FD_NET] = fd_net,
	[FIELD_FD_CNET] = fd_cnet,
	[FIELD_FD_SNET] = fd_snet,
	[FIELD_FD_LNET] = fd_lnet,
	[FIELD_FD_RNET] = fd_rnet,
	[FIELD_FD_L4PROTO] = fd_l4proto,
	[FIELD_FD_SOCKFAMILY] = fd_sockfamily,
	[FIELD_FD_IS_SERVER] = fd_is_server,
	[FIELD_FD_CONNECTED] = fd_connected,
	[FIELD_FD_NAME_CHANGED] = fd_name_changed,
	[FIELD_FD_DEV] = fd_dev,
	[FIELD_FD_DEV_MAJOR] = fd_dev_major,
	[FIELD_FD_DEV_MINOR] = fd_dev_minor,
	[FIELD_FD_INO] = fd_ino,
	[FIELD_FD_IS_UPPER_LAYER] = fd_is_upper,
	[FIELD_FD_IS_LOWER_LAYER] = fd_is_lower,
};
