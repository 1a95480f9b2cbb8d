/* SPDX-License-Identifier: Apache-2.0 */
/* Showing arguments: as text for evt.arg, as numbers for evt.rawarg. */
#include "args.h"

#include <arpa/inet.h>
#include <asm/unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "base/cleanup.h"

static const struct call_args *arguments(const struct look *l)
{
	static const struct call_args none;
	return l->event->type < WATCH_OWN ? &call_args[l->event->type] : &none;
}

static uint64_t word(const struct look *l, const struct call_arg *a)
{
	return a->index ? l->event->args[a->index - 1] : (uint64_t)l->event->ret;
}

int64_t look_fd(const struct look *l)
{
	const struct call_args *all = arguments(l);
	for (size_t i = 0; i < all->count; i++) {
		const struct call_arg *a = &all->args[i];
		if (a->form == ARG_FORM_NEW_FD)
			return look_failed(l) ? -1 : l->event->ret;
		if (a->form == ARG_FORM_FD && (a->name == ARG_FD || a->name == ARG_OLDFD))
			return (int32_t)word(l, a);
	}
	return -1;
}

static int show_result(struct look *l, int64_t value, struct rule_value *out)
{
	const char *name = look_errno_name(value);
	return name ? look_text(out, name) : look_printf(l, out, "%lld", (long long)value);
}

static int show_fd(struct look *l, const struct call_arg *a, struct rule_value *out)
{
	int fd = (int32_t)word(l, a);
	const char *path = a->name == ARG_FD || a->name == ARG_OLDFD ? look_file_path(l) : NULL;
	if (fd == -100)
		return look_text(out, "AT_FDCWD");
	return path ? look_printf(l, out, "<f>%s", path) : look_printf(l, out, "%d", fd);
}

static int show_text(struct look *l, const struct call_arg *a, struct rule_value *out)
{
	bool second = a->form == ARG_FORM_PATH2 || a->form == ARG_FORM_TEXT2;
	return look_text(out, event_text(l->view, second ? EVENT_P_PATH2 : EVENT_P_PATH));
}

/* As Falco shows it: joined, but no link followed. Where the folder is not known, as it was given. */
static int show_path(struct look *l, const struct call_arg *a, struct rule_value *out)
{
	bool second = a->form == ARG_FORM_PATH2;
	enum event_kind path = second ? EVENT_P_PATH2 : EVENT_P_PATH;
	const char *joined = look_joined(l, path, second ? EVENT_P_DIR2 : EVENT_P_DIR);

	return joined ? look_text(out, joined) : show_text(l, a, out);
}

static int show_program(struct look *l, struct rule_value *out)
{
	bool started = l->event->ret == 0;
	const char *joined = look_joined(l, started ? EVENT_P_NAME : EVENT_P_PATH, started ? EVENT_P_CWD : EVENT_P_DIR);

	return look_text(out, joined ? joined : event_text(l->view, started ? EVENT_P_NAME : EVENT_P_PATH));
}

static int show_one_of(struct look *l, const struct call_arg *a, struct rule_value *out)
{
	for (const struct look_flag *each = a->words; each->name; each++)
		if (each->bits == word(l, a))
			return look_text(out, each->name);
	return look_printf(l, out, "%llu", (unsigned long long)word(l, a));
}

/* Opening for reading only is the absence of a bit. */
static int show_flags(struct look *l, const struct call_arg *a, struct rule_value *out)
{
	uint64_t flags = word(l, a);
	if (!look_opens(l) || flags & O_ACCMODE)
		return look_flags(l, out, a->words, flags, "0");
	struct rule_value rest;
	if (!look_flags(l, &rest, a->words, flags, ""))
		return 0;
	return look_printf(l, out, "O_RDONLY%s%.*s", rest.str.len ? "|" : "", (int)rest.str.len, rest.str.at);
}

static int show_mode(struct look *l, uint64_t mode, struct rule_value *out)
{
	static const struct look_flag names[] = {
		{S_IXOTH, "S_IXOTH"},
		{S_IWOTH, "S_IWOTH"},
		{S_IROTH, "S_IROTH"},
		{S_IXGRP, "S_IXGRP"},
		{S_IWGRP, "S_IWGRP"},
		{S_IRGRP, "S_IRGRP"},
		{S_IXUSR, "S_IXUSR"},
		{S_IWUSR, "S_IWUSR"},
		{S_IRUSR, "S_IRUSR"},
		{S_ISVTX, "S_ISVTX"},
		{S_ISGID, "S_ISGID"},
		{S_ISUID, "S_ISUID"},
		{0},
	};
	return look_flags(l, out, names, mode, "0");
}

/* The caller need not set it where no file is made: then there is anything in the register. */
static uint64_t open_mode(const struct look *l, const struct call_arg *a)
{
	uint64_t flags = l->event->type == __NR_creat ? O_CREAT : l->event->args[a->index - 2];
	return flags & (O_CREAT | (O_TMPFILE & ~O_DIRECTORY)) ? word(l, a) : 0;
}

static int show_user(struct look *l, uint32_t id, bool group, struct rule_value *out)
{
	const struct name *name = group ? containers_group(l->containers, l->container, id)
					: containers_user(l->containers, l->container, id);
	return name ? look_text(out, name->text) : look_printf(l, out, "%d", (int)id);
}

static int show_address(struct look *l, struct rule_value *out)
{
	size_t length;
	char text[INET6_ADDRSTRLEN];
	const char *bytes = event_bytes(l->view, EVENT_P_ADDR, &length);
	const struct sockaddr *address = (const void *)bytes;
	if (length < sizeof(address->sa_family))
		return 0;
	if (address->sa_family == AF_INET && length >= sizeof(struct sockaddr_in)) {
		const struct sockaddr_in *in = (const void *)bytes;
		inet_ntop(AF_INET, &in->sin_addr, text, sizeof(text));
		return look_printf(l, out, "%s:%u", text, ntohs(in->sin_port));
	}
	if (address->sa_family == AF_INET6 && length >= sizeof(struct sockaddr_in6) - sizeof(uint32_t)) {
		const struct sockaddr_in6 *in6 = (const void *)bytes;
		inet_ntop(AF_INET6, &in6->sin6_addr, text, sizeof(text));
		return look_printf(l, out, "%s:%u", text, ntohs(in6->sin6_port));
	}
	if (address->sa_family == AF_UNIX)
		return look_copy(l, out, bytes + 2, strnlen(bytes + 2, length - 2));
	return 0;
}

static int show_exe_flags(struct look *l, struct rule_value *out)
{
	const struct program *g = l->proc ? l->proc->program : NULL;
	return look_flags(l, out, args_exe_flags, g ? g->exe_flags : 0, "0");
}

static int field(struct look *l, look_fn *const *table, enum detect_field id, struct rule_value *out)
{
	static const struct rule_arg none;
	return table[id](l, &none, out);
}

static int show_new_fd(struct look *l, const struct call_arg *a, struct rule_value *out)
{
	return look_failed(l) ? show_result(l, l->event->ret, out) : show_fd(l, a, out);
}

static int show_argv0(struct look *l, struct rule_value *out)
{
	return l->event->ret == 0 ? field(l, look_proc_fields, FIELD_PROC_EXE, out)
				  : look_text(out, event_text(l->view, EVENT_P_PATH));
}

static int show_process(struct look *l, const struct call_arg *a, struct rule_value *out)
{
	enum detect_field id = a->form == ARG_FORM_NAME	  ? FIELD_PROC_NAME
			       : a->form == ARG_FORM_LINE ? FIELD_PROC_ARGS
							  : FIELD_PROC_CWD;
	return field(l, look_proc_fields, id, out);
}

static int show(struct look *l, const struct call_arg *a, struct rule_value *out)
{
	switch ((enum arg_form)a->form) {
	case ARG_FORM_NUMBER:
		return look_printf(l, out, "%lld", (long long)word(l, a));
	case ARG_FORM_PATH:
	case ARG_FORM_PATH2:
		return show_path(l, a, out);
	case ARG_FORM_TEXT:
	case ARG_FORM_TEXT2:
		return show_text(l, a, out);
	case ARG_FORM_FD:
		return show_fd(l, a, out);
	case ARG_FORM_RESULT:
		return show_result(l, l->event->ret, out);
	case ARG_FORM_NEW_FD:
		return show_new_fd(l, a, out);
	case ARG_FORM_FLAGS:
		return show_flags(l, a, out);
	case ARG_FORM_ONE_OF:
		return show_one_of(l, a, out);
	case ARG_FORM_MODE:
		return show_mode(l, word(l, a), out);
	case ARG_FORM_OPEN_MODE:
		return show_mode(l, open_mode(l, a), out);
	case ARG_FORM_USER:
	case ARG_FORM_GROUP:
		return show_user(l, (uint32_t)word(l, a), a->form == ARG_FORM_GROUP, out);
	case ARG_FORM_TUPLE:
		return field(l, look_fd_fields, FIELD_FD_NAME, out);
	case ARG_FORM_ADDRESS:
		return show_address(l, out);
	case ARG_FORM_DATA:
		return field(l, look_event_fields, FIELD_EVT_BUFFER, out);
	case ARG_FORM_PROGRAM:
		return show_program(l, out);
	case ARG_FORM_ARGV0:
		return show_argv0(l, out);
	case ARG_FORM_EXE_FLAGS:
		return show_exe_flags(l, out);
	case ARG_FORM_NAME:
	case ARG_FORM_LINE:
	case ARG_FORM_CWD:
		return show_process(l, a, out);
	default:
		return 0;
	}
}

static bool is_number(const struct call_arg *a)
{
	return a->form == ARG_FORM_NUMBER || (a->form > ARG_FORM_TEXT2 && a->form < ARG_FORM_TUPLE);
}

/* What evt.rawarg is: paths as they were given, numbers as numbers. */
static int show_raw(struct look *l, const struct call_arg *a, struct rule_value *out)
{
	if (a->form >= ARG_FORM_PATH && a->form <= ARG_FORM_TEXT2)
		return show_text(l, a, out);
	if (a->form == ARG_FORM_OPEN_MODE)
		return look_number(out, (int64_t)open_mode(l, a));
	return is_number(a) ? look_number(out, (int64_t)word(l, a)) : show(l, a, out);
}

int look_argument(struct look *l, const struct rule_arg *arg, bool raw, struct rule_value *out)
{
	const struct call_args *all = arguments(l);
	for (size_t i = 0; i < all->count; i++) {
		const struct call_arg *a = &all->args[i];
		if (arg->form == RULE_ARG_IS_INDEX ? arg->index != i : a->name != arg->id)
			continue;
		return raw ? show_raw(l, a, out) : show(l, a, out);
	}
	return 0;
}

int look_arguments(struct look *l, struct rule_value *out)
{
	const struct call_args *all = arguments(l);
	char text[2048];
	size_t used = 0;
	for (size_t i = 0; i < all->count; i++) {
		struct rule_value value;
		bool shown = show(l, &all->args[i], &value) == 1;
		int n = snprintf(text + used, sizeof(text) - used, "%s%s=%.*s", used ? " " : "",
				 detect_schema.args[all->args[i].name], shown ? (int)value.str.len : 4,
				 shown ? value.str.at : "<NA>");
		if (n < 0 || (size_t)n >= sizeof(text) - used)
			break;
		used += (size_t)n;
	}
	return look_copy(l, out, text, used);
}
