/* SPDX-License-Identifier: Apache-2.0 */
/* proc.* and thread.*: the process, its ancestors, its session and group. */
#include <stdio.h>
#include <sys/stat.h>

#include "base/str.h"
#include "look.h"

typedef int of_fn(struct look *l, const struct proc *proc, struct rule_value *out);

/* The Nth zero-ended string of a list; NULL past the last. */
static const char *nth(const char *list, size_t length, uint32_t n)
{
	const char *end = list + length;
	for (; list && list < end; list += strlen(list) + 1)
		if (n-- == 0)
			return list;
	return NULL;
}

static int joined(struct look *l, const char *from, const char *end, struct rule_value *out)
{
	size_t length = from && end > from ? (size_t)(end - from) - 1 : 0;
	if (!look_copy(l, out, from ? from : "", length))
		return 0;
	for (char *at = l->memory + (out->str.at - l->memory); length--; at++)
		if (*at == '\0')
			*at = ' ';
	return 1;
}

static int name_of(struct look *l, const struct proc *proc, struct rule_value *out)
{
	return proc && proc->program ? look_text(out, proc->program->name) : 0;
}

static int path_of(struct look *l, const struct proc *proc, struct rule_value *out)
{
	return proc && proc->program ? look_text(out, proc->program->path) : 0;
}

static int exe_of(struct look *l, const struct proc *proc, struct rule_value *out)
{
	return proc && proc->program ? look_text(out, proc->program->args) : 0;
}

static int line_of(struct look *l, const struct proc *proc, struct rule_value *out)
{
	return proc && proc->program ? look_text(out, proc->program->line) : 0;
}

static int pid_of(struct look *l, const struct proc *proc, struct rule_value *out)
{
	return proc ? look_number(out, proc->pid) : 0;
}

/* Ancestor [n], or the list of all of them. [0] is the process itself; the list has its ancestors only. */
static int ancestors(struct look *l, const struct rule_arg *arg, of_fn *of, struct rule_value *out)
{
	if (arg->form == RULE_ARG_IS_INDEX)
		return of(l, proc_ancestor(l->proc, arg->index), out);
	struct rule_value values[LOOK_LIST_MAX];
	size_t count = 0;
	for (const struct proc *p = proc_ancestor(l->proc, 1); p && count < LOOK_LIST_MAX; p = p->parent)
		count += of(l, p, &values[count]) == 1;
	if (count == 0)
		return 0;
	bool numbers = values[0].type == RULE_NUMBER;
	*out = (struct rule_value){.type = values[0].type, .list_count = (uint32_t)count};
	if (numbers) {
		int64_t *list = look_alloc(l, count * sizeof(*list));
		for (size_t i = 0; list && i < count; i++)
			list[i] = values[i].number;
		out->numbers = list;
		return list != NULL;
	}
	struct rule_str *list = look_alloc(l, count * sizeof(*list));
	for (size_t i = 0; list && i < count; i++)
		list[i] = values[i].str;
	out->strs = list;
	return list != NULL;
}

/* All but the first of a list of zero-ended strings, by spaces. */
static int args_of(struct look *l, const struct proc *proc, struct rule_value *out)
{
	const struct program *g = proc ? proc->program : NULL;
	const char *first = g ? nth(g->args, g->args_len, 1) : NULL;

	return g ? joined(l, first, g->args + g->args_len, out) : 0;
}

#define OF_SELF(field, of)                                                                                             \
	static int field(struct look *l, const struct rule_arg *arg, struct rule_value *out)                           \
	{                                                                                                              \
		return of(l, l->proc, out);                                                                            \
	}
#define OF_PARENT(field, of)                                                                                           \
	static int field(struct look *l, const struct rule_arg *arg, struct rule_value *out)                           \
	{                                                                                                              \
		return of(l, proc_ancestor(l->proc, 1), out);                                                          \
	}
#define OF_ANCESTORS(field, of)                                                                                        \
	static int field(struct look *l, const struct rule_arg *arg, struct rule_value *out)                           \
	{                                                                                                              \
		return ancestors(l, arg, of, out);                                                                     \
	}
/* The leader of the session or group: the process whose pid the id is. */
#define OF_LEADER(field, id, of)                                                                                       \
	static int field(struct look *l, const struct rule_arg *arg, struct rule_value *out)                           \
	{                                                                                                              \
		return l->proc && l->proc->id ? of(l, procs_find(l->procs, l->proc->id, 0), out) : 0;                  \
	}
#define NUMBER_OF(field, value)                                                                                        \
	static int field(struct look *l, const struct rule_arg *arg, struct rule_value *out)                           \
	{                                                                                                              \
		const struct proc *p = l->proc;                                                                        \
		return p ? look_number(out, (int64_t)(value)) : 0;                                                     \
	}
#define BOOL_OF(field, value)                                                                                          \
	static int field(struct look *l, const struct rule_arg *arg, struct rule_value *out)                           \
	{                                                                                                              \
		const struct proc *p = l->proc;                                                                        \
		return p ? look_bool(out, (value)) : 0;                                                                \
	}
#define PROGRAM_NUMBER(field, value)                                                                                   \
	static int field(struct look *l, const struct rule_arg *arg, struct rule_value *out)                           \
	{                                                                                                              \
		const struct program *g = l->proc ? l->proc->program : NULL;                                           \
		return g ? look_number(out, (int64_t)(value)) : 0;                                                     \
	}
#define PROGRAM_BOOL(field, value)                                                                                     \
	static int field(struct look *l, const struct rule_arg *arg, struct rule_value *out)                           \
	{                                                                                                              \
		const struct program *g = l->proc ? l->proc->program : NULL;                                           \
		return g ? look_bool(out, (value)) : 0;                                                                \
	}

OF_SELF(proc_name, name_of)
OF_SELF(proc_exe, exe_of)
OF_SELF(proc_exepath, path_of)
OF_SELF(proc_cmdline, line_of)
OF_PARENT(proc_pname, name_of)
OF_PARENT(proc_pexe, exe_of)
OF_PARENT(proc_pexepath, path_of)
OF_PARENT(proc_pcmdline, line_of)
OF_ANCESTORS(proc_aname, name_of)
OF_ANCESTORS(proc_aexe, exe_of)
OF_ANCESTORS(proc_aexepath, path_of)
OF_ANCESTORS(proc_acmdline, line_of)
OF_ANCESTORS(proc_aargs, args_of)
OF_ANCESTORS(proc_apid, pid_of)
OF_LEADER(proc_sname, sid, name_of)
OF_LEADER(proc_sid_exe, sid, exe_of)
OF_LEADER(proc_sid_exepath, sid, path_of)
OF_LEADER(proc_pgid_name, pgid, name_of)
OF_LEADER(proc_pgid_exe, pgid, exe_of)
OF_LEADER(proc_pgid_exepath, pgid, path_of)
NUMBER_OF(proc_pid, p->pid)
NUMBER_OF(proc_ppid, p->ppid)
NUMBER_OF(proc_vpid, p->vpid)
NUMBER_OF(proc_sid, p->sid)
NUMBER_OF(proc_pgid, p->pgid)
NUMBER_OF(proc_vpgid, p->vpgid)
NUMBER_OF(proc_duration, l->event->time - p->start)
NUMBER_OF(proc_pid_ts, look_wall(l, p->start))
BOOL_OF(proc_is_pgid_leader, p->pid == p->pgid)
BOOL_OF(proc_is_vpgid_leader, p->vpid == p->vpgid)
BOOL_OF(proc_is_runtime, p->container && !p->inside)
BOOL_OF(proc_is_sid_leader, p->pid == p->sid)
PROGRAM_NUMBER(proc_cmdnargs, g->arg_count ? g->arg_count - 1 : 0)
PROGRAM_NUMBER(proc_exe_ino, g->file.ino)
PROGRAM_NUMBER(proc_exe_ino_ctime, g->file.ctime)
PROGRAM_NUMBER(proc_exe_ino_mtime, g->file.mtime)
PROGRAM_NUMBER(proc_exe_ctime_to_start, (uint64_t)look_wall(l, g->started) - (uint64_t)g->file.ctime)
PROGRAM_BOOL(proc_is_exe_upper, g->file.flags &EVENT_FILE_UPPER)
PROGRAM_BOOL(proc_is_exe_lower, g->file.flags &EVENT_FILE_OVERLAY && !(g->file.flags & EVENT_FILE_UPPER))
PROGRAM_BOOL(proc_is_exe_memfd, g->file.links == 0 && str_starts_with(g->path, "memfd:"))

static int proc_pvpid(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	const struct proc *parent = proc_ancestor(l->proc, 1);
	return parent ? look_number(out, parent->vpid) : 0;
}

static int proc_ppid_duration(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	const struct proc *parent = proc_ancestor(l->proc, 1);
	return parent ? look_number(out, (int64_t)(l->event->time - parent->start)) : 0;
}

static int proc_ppid_ts(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	const struct proc *parent = proc_ancestor(l->proc, 1);
	return parent ? look_number(out, look_wall(l, parent->start)) : 0;
}

static int proc_is_exe_writable(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	const struct program *g = l->proc ? l->proc->program : NULL;
	if (!g)
		return 0;
	const struct event_file *f = &g->file;
	return look_bool(out, l->proc->uid == 0 || f->mode & S_IWOTH || (f->uid == l->proc->uid && f->mode & S_IWUSR) ||
				      (f->gid == l->proc->gid && f->mode & S_IWGRP));
}

static int proc_args(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	const struct program *g = l->proc ? l->proc->program : NULL;
	uint32_t n = 1;
	if (!g)
		return 0;
	if (arg->form == RULE_ARG_IS_KEY) {
		char text[12];
		uint64_t number;
		snprintf(text, sizeof(text), "%.*s", (int)arg->key.len, arg->key.at);
		if (str_to_u64(text, UINT16_MAX, &number) < 0)
			return 0;
		n = (uint32_t)number + 1;
	} else if (arg->form == RULE_ARG_IS_INDEX) {
		n = arg->index + 1;
	}
	const char *first = nth(g->args, g->args_len, n);
	return arg->form == RULE_ARG_ABSENT ? joined(l, first, g->args + g->args_len, out) : look_text(out, first);
}

static int proc_exeline(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	const struct program *g = l->proc ? l->proc->program : NULL;
	return g ? joined(l, g->args, g->args + g->args_len, out) : 0;
}

static int proc_cmdlenargs(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	const struct program *g = l->proc ? l->proc->program : NULL;
	size_t first = g ? strlen(g->args) + 1 : 0;
	return g ? look_number(out, g->args_len > first ? (int64_t)(g->args_len - first - (g->arg_count - 1)) : 0) : 0;
}

static const char *variable(const struct program *g, const struct rule_str *key)
{
	for (uint32_t i = 0;; i++) {
		const char *each = nth(g->env, g->env_len, i);
		if (!each || (strncmp(each, key->at, key->len) == 0 && each[key->len] == '='))
			return each ? each + key->len + 1 : NULL;
	}
}

static int proc_env(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	const struct program *g = l->proc ? l->proc->program : NULL;
	if (!g || !g->env)
		return 0;
	return arg->form == RULE_ARG_IS_KEY ? look_text(out, variable(g, &arg->key))
					    : joined(l, g->env, g->env + g->env_len, out);
}

static int proc_aenv(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	for (const struct proc *p = proc_ancestor(l->proc, 1); p; p = p->parent)
		if (p->program && p->program->env && arg->form == RULE_ARG_IS_KEY &&
		    look_text(out, variable(p->program, &arg->key)))
			return 1;
	return 0;
}

static int proc_cwd(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	const char *folder = proc_folder(l->proc);
	size_t length = folder ? strlen(folder) : 0;
	char *text = folder ? look_alloc(l, length + 2) : NULL;
	if (!text)
		return 0;
	memcpy(text, folder, length);
	if (length > 1) /* with a slash at its end, as rules expect a folder */
		text[length++] = '/';
	text[length] = '\0';
	*out = rule_value_str(text, length);
	return 1;
}

/* A number that is 0 without a terminal: pts/3 is 34816 + 3, as the kernel numbers terminals; others are 1024 and up. */
static int proc_tty(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	if (!l->proc)
		return 0;
	const char *tty = l->proc->tty;
	uint64_t number = 0;
	if (!tty[0])
		return look_number(out, 0);
	if (str_to_u64(tty + strcspn(tty, "0123456789"), 1 << 20, &number) < 0)
		number = 0;
	return look_number(out, (int64_t)number + (str_starts_with(tty, "pts") ? 34816 : 1024));
}

static int proc_loginshellid(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	static const char *const shells[] = {"sh", "bash", "csh", "zsh", "ksh", "tcsh", "dash", "fish", "ash"};
	const struct proc *oldest = NULL;
	for (const struct proc *p = l->proc; p; p = p->parent)
		for (size_t i = 0; p->program && i < ARRAY_LEN(shells); i++)
			if (strcmp(p->program->name, shells[i]) == 0)
				oldest = p;
	return oldest ? look_number(out, oldest->pid) : 0;
}

static int thread_tid(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	return look_number(out, l->event->tid);
}

static int thread_nametid(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	const struct program *g = l->proc ? l->proc->program : NULL;
	return g ? look_printf(l, out, "%s%u", g->name, l->event->tid) : 0;
}

static int thread_ismain(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	return look_bool(out, l->event->tid == l->event->pid);
}

static int capabilities(struct look *l, uint64_t set, struct rule_value *out)
{
#define CAP(bit, name)                                                                                                 \
	{                                                                                                              \
		1ull << (bit), "CAP_" name                                                                             \
	}
	static const struct look_flag names[] = {
		CAP(0, "CHOWN"),
		CAP(1, "DAC_OVERRIDE"),
		CAP(2, "DAC_READ_SEARCH"),
		CAP(3, "FOWNER"),
		CAP(4, "FSETID"),
		CAP(5, "KILL"),
		CAP(6, "SETGID"),
		CAP(7, "SETUID"),
		CAP(8, "SETPCAP"),
		CAP(9, "LINUX_IMMUTABLE"),
		CAP(10, "NET_BIND_SERVICE"),
		CAP(11, "NET_BROADCAST"),
		CAP(12, "NET_ADMIN"),
		CAP(13, "NET_RAW"),
		CAP(14, "IPC_LOCK"),
		CAP(15, "IPC_OWNER"),
		CAP(16, "SYS_MODULE"),
		CAP(17, "SYS_RAWIO"),
		CAP(18, "SYS_CHROOT"),
		CAP(19, "SYS_PTRACE"),
		CAP(20, "SYS_PACCT"),
		CAP(21, "SYS_ADMIN"),
		CAP(22, "SYS_BOOT"),
		CAP(23, "SYS_NICE"),
		CAP(24, "SYS_RESOURCE"),
		CAP(25, "SYS_TIME"),
		CAP(26, "SYS_TTY_CONFIG"),
		CAP(27, "MKNOD"),
		CAP(28, "LEASE"),
		CAP(29, "AUDIT_WRITE"),
		CAP(30, "AUDIT_CONTROL"),
		CAP(31, "SETFCAP"),
		CAP(32, "MAC_OVERRIDE"),
		CAP(33, "MAC_ADMIN"),
		CAP(34, "SYSLOG"),
		CAP(35, "WAKE_ALARM"),
		CAP(36, "BLOCK_SUSPEND"),
		CAP(37, "AUDIT_READ"),
		CAP(38, "PERFMON"),
		CAP(39, "BPF"),
		CAP(40, "CHECKPOINT_RESTORE"),
		{0},
	};
#undef CAP
	char text[1024];
	size_t used = 0;
	for (const struct look_flag *each = names; each->name; each++)
		if (set & each->bits) {
			int n = snprintf(text + used, sizeof(text) - used, "%s%s", used ? " " : "", each->name);
			used += n > 0 && (size_t)n < sizeof(text) - used ? (size_t)n : 0;
		}
	return look_copy(l, out, text, used);
}

static int cap_permitted(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	return l->proc ? capabilities(l, l->proc->cap_permitted, out) : 0;
}

static int cap_effective(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	return l->proc ? capabilities(l, l->proc->cap_effective, out) : 0;
}

static int cap_inheritable(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	return l->proc ? capabilities(l, l->proc->cap_inheritable, out) : 0;
}

look_fn *const look_proc_fields[DETECT_FIELD_COUNT] = {
	[FIELD_PROC_EXE] = proc_exe,
	[FIELD_PROC_PEXE] = proc_pexe,
	[FIELD_PROC_AEXE] = proc_aexe,
	[FIELD_PROC_EXEPATH] = proc_exepath,
	[FIELD_PROC_PEXEPATH] = proc_pexepath,
	[FIELD_PROC_AEXEPATH] = proc_aexepath,
	[FIELD_PROC_NAME] = proc_name,
	[FIELD_PROC_PNAME] = proc_pname,
	[FIELD_PROC_ANAME] = proc_aname,
	[FIELD_PROC_ARGS] = proc_args,
	[FIELD_PROC_CMDLINE] = proc_cmdline,
	[FIELD_PROC_PCMDLINE] = proc_pcmdline,
	[FIELD_PROC_ACMDLINE] = proc_acmdline,
	[FIELD_PROC_CMDNARGS] = proc_cmdnargs,
	[FIELD_PROC_CMDLENARGS] = proc_cmdlenargs,
	[FIELD_PROC_EXELINE] = proc_exeline,
	[FIELD_PROC_ENV] = proc_env,
	[FIELD_PROC_AENV] = proc_aenv,
	[FIELD_PROC_CWD] = proc_cwd,
	[FIELD_PROC_LOGINSHELLID] = proc_loginshellid,
	[FIELD_PROC_TTY] = proc_tty,
	[FIELD_PROC_PID] = proc_pid,
	[FIELD_PROC_PPID] = proc_ppid,
	[FIELD_PROC_APID] = proc_apid,
	[FIELD_PROC_VPID] = proc_vpid,
	[FIELD_PROC_PVPID] = proc_pvpid,
	[FIELD_PROC_SID] = proc_sid,
	[FIELD_PROC_SNAME] = proc_sname,
	[FIELD_PROC_SID_EXE] = proc_sid_exe,
	[FIELD_PROC_SID_EXEPATH] = proc_sid_exepath,
	[FIELD_PROC_PGID] = proc_pgid,
	[FIELD_PROC_PGID_NAME] = proc_pgid_name,
	[FIELD_PROC_PGID_EXE] = proc_pgid_exe,
	[FIELD_PROC_PGID_EXEPATH] = proc_pgid_exepath,
	[FIELD_PROC_IS_PGID_LEADER] = proc_is_pgid_leader,
	[FIELD_PROC_VPGID] = proc_vpgid,
	[FIELD_PROC_VPGID_NAME] = proc_pgid_name,
	[FIELD_PROC_VPGID_EXE] = proc_pgid_exe,
	[FIELD_PROC_VPGID_EXEPATH] = proc_pgid_exepath,
	[FIELD_PROC_IS_VPGID_LEADER] = proc_is_vpgid_leader,
	[FIELD_PROC_IS_SID_LEADER] = proc_is_sid_leader,
	[FIELD_PROC_DURATION] = proc_duration,
	[FIELD_PROC_PPID_DURATION] = proc_ppid_duration,
	[FIELD_PROC_PID_TS] = proc_pid_ts,
	[FIELD_PROC_PPID_TS] = proc_ppid_ts,
	[FIELD_PROC_IS_RUNTIME] = proc_is_runtime,
	[FIELD_PROC_IS_EXE_WRITABLE] = proc_is_exe_writable,
	[FIELD_PROC_IS_EXE_UPPER_LAYER] = proc_is_exe_upper,
	[FIELD_PROC_IS_EXE_LOWER_LAYER] = proc_is_exe_lower,
	[FIELD_PROC_IS_EXE_FROM_MEMFD] = proc_is_exe_memfd,
	[FIELD_PROC_EXE_INO] = proc_exe_ino,
	[FIELD_PROC_EXE_INO_CTIME] = proc_exe_ino_ctime,
	[FIELD_PROC_EXE_INO_MTIME] = proc_exe_ino_mtime,
	[FIELD_PROC_EXE_INO_CTIME_DURATION_PROC_START] = proc_exe_ctime_to_start,
	[FIELD_THREAD_CAP_PERMITTED] = cap_permitted,
	[FIELD_THREAD_CAP_EFFECTIVE] = cap_effective,
	[FIELD_THREAD_CAP_INHERITABLE] = cap_inheritable,
	[FIELD_PROC_AARGS] = proc_aargs,
	[FIELD_THREAD_NAMETID] = thread_nametid,
	[FIELD_THREAD_TID] = thread_tid,
	[FIELD_THREAD_ISMAIN] = thread_ismain,
};
