/* SPDX-License-Identifier: Apache-2.0 */
/* proc.applet, proc.std*: which program runs, when one file is many, and what it was started between. */
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/str.h"
#include "look.h"

/* Files that hold many programs and go by the name they are called by. */
static const char *const many[] = {
	"busybox",	 "toybox",    "coreutils", "kmod", "pgrep", "xtables-nft-multi", "xtables-legacy-multi",
	"dropbearmulti", "sbase-box", "ubase-box"};

static const char *base_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

static bool is_many(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(many); i++)
		if (strcmp(name, many[i]) == 0)
			return true;
	return str_starts_with(name, "busybox"); /* busybox.static, busybox-x86_64 */
}

static const char *second_argument(const struct program *g)
{
	size_t first = strlen(g->args) + 1;
	return first < g->args_len ? g->args + first : NULL;
}

/* Those whose first argument is an applet where they are called by their own name. */
static bool takes_applet(const char *file)
{
	return strcmp(file, "pgrep") != 0;
}

/* argv[0] chooses; where that is the file's own name, the next argument does ("busybox sh", "coreutils --coreutils-prog=rm"). */
static const char *applet_of(const struct program *g)
{
	static const char option[] = "--coreutils-prog=";
	const char *file = base_of(g->path);

	if (!is_many(file) || !g->args_len)
		return file;
	const char *called = base_of(g->args[0] == '-' ? g->args + 1 : g->args); /* a login shell has a dash in front */
	if (called[0] && !is_many(called) && strcmp(called, "exe") != 0)
		return called;
	const char *next = takes_applet(file) ? second_argument(g) : NULL;
	if (next && str_starts_with(next, option))
		return next + strlen(option);
	return next && next[0] && next[0] != '-' ? base_of(next) : file;
}

static int show_applet(const struct proc *proc, struct rule_value *out)
{
	return proc && proc->program ? look_text(out, applet_of(proc->program)) : 0;
}

static int proc_applet_name(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	return show_applet(l->proc, out);
}

static int proc_papplet_name(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	return show_applet(proc_ancestor(l->proc, 1), out);
}

static int proc_args_is_cut(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	return l->proc && l->proc->program ? look_bool(out, l->proc->program->args_cut) : 0;
}

static int stdio_type(struct look *l, int fd, struct rule_value *out)
{
	if (!l->proc || !l->proc->stdio.modes[fd])
		return 0;
	uint16_t family = l->proc->stdio.families[fd];
	switch (l->proc->stdio.modes[fd]) {
	case S_IFIFO:
		return look_text(out, "pipe");
	case S_IFDIR:
		return look_text(out, "directory");
	case S_IFSOCK:
		return look_text(out, family == AF_INET	   ? "ipv4"
				      : family == AF_INET6 ? "ipv6"
				      : family == AF_UNIX  ? "unix"
							   : "unknown");
	default:
		return look_text(out, "file");
	}
}

/* Only pipes without a name are named by what is recorded. */
static int stdio_name(struct look *l, int fd, struct rule_value *out)
{
	if (!l->proc || l->proc->stdio.modes[fd] != S_IFIFO || !l->proc->stdio.families[fd])
		return 0;
	return look_printf(l, out, "pipe:[%llu]", (unsigned long long)l->proc->stdio.ids[fd]);
}

static const struct proc *peer(const struct look *l, int fd)
{
	return l->proc ? procs_peer(l->procs, l->proc, fd) : NULL;
}

static int show_line(const struct proc *proc, struct rule_value *out)
{
	return proc && proc->program ? look_text(out, proc->program->line) : 0;
}

#define STDIO_FIELD(field, value)                                                                                      \
	static int field(struct look *l, const struct rule_arg *arg, struct rule_value *out)                           \
	{                                                                                                              \
		return value;                                                                                          \
	}
STDIO_FIELD(stdin_type, stdio_type(l, 0, out))
STDIO_FIELD(stdout_type, stdio_type(l, 1, out))
STDIO_FIELD(stderr_type, stdio_type(l, 2, out))
STDIO_FIELD(stdin_name, stdio_name(l, 0, out))
STDIO_FIELD(stdout_name, stdio_name(l, 1, out))
STDIO_FIELD(stderr_name, stdio_name(l, 2, out))
STDIO_FIELD(stdin_peer, show_applet(peer(l, 0), out))
STDIO_FIELD(stdin_peer_line, show_line(peer(l, 0), out))
STDIO_FIELD(stdout_peer, show_applet(peer(l, 1), out))
STDIO_FIELD(stdout_peer_line, show_line(peer(l, 1), out))

look_fn *const look_program_fields[DETECT_FIELD_COUNT] = {
	[FIELD_PROC_APPLET] = proc_applet_name,
	[FIELD_PROC_PAPPLET] = proc_papplet_name,
	[FIELD_PROC_ARGS_IS_CUT] = proc_args_is_cut,
	[FIELD_PROC_STDIN_TYPE] = stdin_type,
	[FIELD_PROC_STDOUT_TYPE] = stdout_type,
	[FIELD_PROC_STDERR_TYPE] = stderr_type,
	[FIELD_PROC_STDIN_NAME] = stdin_name,
	[FIELD_PROC_STDOUT_NAME] = stdout_name,
	[FIELD_PROC_STDERR_NAME] = stderr_name,
	[FIELD_PROC_STDIN_PEER] = stdin_peer,
	[FIELD_PROC_STDIN_PEER_CMDLINE] = stdin_peer_line,
	[FIELD_PROC_STDOUT_PEER] = stdout_peer,
	[FIELD_PROC_STDOUT_PEER_CMDLINE] = stdout_peer_line,
};
