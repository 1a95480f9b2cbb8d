/* SPDX-License-Identifier: Apache-2.0 */
/* From events to lists. */
#include "observe.h"

#include <arpa/inet.h>
#include <asm/unistd_64.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/path.h"
#include "hold.h"
#include "interpreter.h"

const char *const observation_types[] = {
	"execve",   "execveat",	 "open",       "openat",  "openat2",   "creat",	   "unlink", "unlinkat",  "rename",
	"renameat", "renameat2", "mkdir",      "mkdirat", "rmdir",     "link",	   "linkat", "symlink",	  "symlinkat",
	"chmod",    "fchmod",	 "fchmodat",   "mknod",	  "mknodat",   "connect",  "bind",   "listen",	  "sendto",
	"sendmsg",  "socket",	 "socketpair", "setuid",  "setresuid", "setreuid", "setgid", "setgroups", "chown",
	"fchown",   "lchown",	 "fchownat",   "chroot",  "mount",     "unshare",  "clone",  NULL};

void observation_done(struct observation *o)
{
	for (int i = 0; i < PROFILE_LISTS; i++)
		strv_done(&o->lists[i]);
	strv_done(&o->programs);
	strv_done(&o->refused);
}

static void put(struct observation *o, struct strv *list, const char *item)
{
	/* What was seen last is often seen again. */
	for (size_t back = 0; back < 16 && back < list->count; back++)
		if (str_eq(list->items[list->count - 1 - back], item))
			return;
	if (list->count >= OBSERVE_ITEMS_MAX)
		o->full = true;
	else if (strv_add(list, item) < 0)
		o->failed = true;
}

static bool is_program(const struct profile *p, const char *path)
{
	for (size_t i = 0; i < p->program_count; i++)
		if (profile_path_matches(p->programs[i].path, path))
			return true;
	return false;
}

/* As it would be held: what is executed may be read, what is made may be written, some calls nobody can do without. */
static bool is_allowed(const struct profile *p, enum profile_list list, const char *item)
{
	if (profile_allows(p, list, item))
		return true;
	if (list == PROFILE_READ || list == PROFILE_EXECUTE)
		return is_program(p, item) || profile_allows(p, PROFILE_EXECUTE, item);
	if (list == PROFILE_WRITE)
		return profile_allows(p, PROFILE_CREATE, item);
	return list == PROFILE_SYSCALLS && hold_always_allows(item);
}

static void note(struct observation *o, enum profile_list list, const char *item)
{
	if (o->held) {
		if (!is_allowed(o->held, list, item))
			o->outside(o->ctx, list, false, item);
		return;
	}
	put(o, &o->lists[list], item);
}

static bool text_of(struct detect *d, unsigned field, char *text, size_t size)
{
	static const struct rule_arg none;
	struct rule_value value;
	if (detect_get(d, field, &none, &value) != 1 || value.type != RULE_STRING)
		return false;
	struct rule_str first = value.list_count ? value.strs[0] : value.str;
	return (size_t)snprintf(text, size, "%.*s", (int)first.len, first.at) < size;
}

static bool flag_of(struct detect *d, unsigned field)
{
	static const struct rule_arg none;
	struct rule_value value;
	return detect_get(d, field, &none, &value) == 1 && value.type == RULE_BOOL && value.flag;
}

/* An argument of the call at hand, such as "evt.arg.filename"; false without one. */
static bool argument_of(struct detect *d, const char *field, char *text, size_t size)
{
	struct rule_value value;
	struct rule_arg arg;
	int number = rule_schema_parse(&detect_schema, field, strlen(field), &arg);

	return number >= 0 && detect_get(d, (unsigned)number, &arg, &value) == 1 && value.type == RULE_STRING &&
	       value.str.len && (size_t)snprintf(text, size, "%.*s", (int)value.str.len, value.str.at) < size;
}

static void note_path(struct observation *o, struct detect *d, unsigned field, enum profile_list list)
{
	char path[EVENT_PATH_MAX];
	if (text_of(d, field, path, sizeof(path)) && path[0] == '/' && !strpbrk(path, "\n*"))
		note(o, list, path);
}

static void note_open(struct observation *o, struct detect *d)
{
	if (flag_of(d, FIELD_EVT_IS_OPEN_WRITE))
		note_path(o, d, FIELD_FD_NAME, PROFILE_WRITE);
	else
		note_path(o, d, FIELD_FD_NAME, PROFILE_READ);
	if (flag_of(d, FIELD_EVT_IS_OPEN_READ) && flag_of(d, FIELD_EVT_IS_OPEN_WRITE))
		note_path(o, d, FIELD_FD_NAME, PROFILE_READ);
	if (flag_of(d, FIELD_EVT_IS_OPEN_CREATE))
		note_path(o, d, FIELD_FD_NAME, PROFILE_CREATE);
}

static void add_program(struct observation *o, const char *path, const char *parent)
{
	char both[2 * EVENT_PATH_MAX + 2];
	snprintf(both, sizeof(both), "%s\n%s", path, parent);
	if (!o->held)
		put(o, &o->programs, both);
	else if (!is_program(o->held, path))
		o->outside(o->ctx, PROFILE_EXECUTE, true, path);
	note(o, PROFILE_EXECUTE, path);
	note(o, PROFILE_READ, path);
}

/* A script is executed as well as the interpreter that the kernel started for it. */
static void note_script(struct observation *o, struct detect *d, const char *program)
{
	char path[EVENT_PATH_MAX];

	if (!argument_of(d, "evt.arg.filename", path, sizeof(path)))
		return;
	/* What /proc shows is the program itself. */
	if (path[0] == '/' && !str_starts_with(path, "/proc/") && !strpbrk(path, "\n*") && !str_eq(path, program) &&
	    !strstr(path, "/../") && !strstr(path, "//"))
		add_program(o, path, "");
}

static void note_program(struct observation *o, struct detect *d, const struct event *event)
{
	char path[EVENT_PATH_MAX], parent[EVENT_PATH_MAX] = "";
	if (!text_of(d, FIELD_PROC_EXEPATH, path, sizeof(path)) || path[0] != '/')
		return;
	note_script(o, d, path);
	if (!o->began)
		o->began = event->time;
	else if (!text_of(d, FIELD_PROC_PEXEPATH, parent, sizeof(parent)))
		parent[0] = '\0';
	add_program(o, path, parent);
}

/* To connect is held by the name that the caller writes; to listen, by the folder it is made in. */
static void note_socket_name(struct observation *o, struct detect *d, enum profile_list list)
{
	char path[EVENT_PATH_MAX], item[EVENT_PATH_MAX + 64];
	const char *at = path;
	bool connects = list == PROFILE_CONNECT;

	if (!connects || !argument_of(d, "evt.arg.addr", path, sizeof(path))) {
		/* Addresses of the kernel may stand in front. */
		const char *blank = text_of(d, FIELD_FD_NAME, path, sizeof(path)) ? strchr(path, ' ') : NULL;
		at = blank ? blank + 1 : path;
	}
	if ((at[0] != '/' && !(connects && at[0] == '@')) || strpbrk(at, "\n *"))
		return;
	snprintf(item, sizeof(item), "unix %s", at);
	note(o, list, item);
}

/* "tcp 10.0.0.1 443"; nothing for other families. */
static void note_endpoint(struct observation *o, struct detect *d, enum profile_list list)
{
	static const struct rule_arg none;
	bool remote = list == PROFILE_CONNECT;
	struct rule_value ip, port;
	char protocol[16], address[INET6_ADDRSTRLEN], item[INET6_ADDRSTRLEN + 64];

	if (text_of(d, FIELD_FD_TYPECHAR, protocol, sizeof(protocol)) && protocol[0] == 'u') {
		note_socket_name(o, d, list);
		return;
	}
	if (!text_of(d, FIELD_FD_L4PROTO, protocol, sizeof(protocol)) ||
	    (!str_eq(protocol, "tcp") && !str_eq(protocol, "udp")) ||
	    detect_get(d, remote ? FIELD_FD_RIP : FIELD_FD_LIP, &none, &ip) != 1 ||
	    detect_get(d, remote ? FIELD_FD_RPORT : FIELD_FD_LPORT, &none, &port) != 1)
		return;
	static const uint8_t v4_prefix[12] = {[10] = 0xff, [11] = 0xff};
	bool v4 = memcmp(ip.ip.bytes, v4_prefix, sizeof(v4_prefix)) == 0;
	if (!inet_ntop(v4 ? AF_INET : AF_INET6, v4 ? ip.ip.bytes + 12 : ip.ip.bytes, address, sizeof(address)))
		return;
	snprintf(item, sizeof(item), "%s %s %lld", protocol, remote ? address : "any", (long long)port.number);
	note(o, list, item);
	if (!remote && port.number && port.number < 1024)
		o->capabilities |= 1ull << CAP_NET_BIND_SERVICE;
}

/* Datagrams name whom they are for; what goes over a connection does not. */
static void note_send(struct observation *o, struct detect *d, const struct event *event)
{
	char protocol[16];
	bool named = event->type == __NR_sendmsg || event->args[4];

	if (!named || (text_of(d, FIELD_FD_L4PROTO, protocol, sizeof(protocol)) && str_eq(protocol, "tcp")))
		return;
	note_endpoint(o, d, PROFILE_CONNECT);
}

static void note_socket(struct observation *o, const struct event *event)
{
	static const struct {
		uint64_t number;
		const char *name;
	} families[] = {{AF_UNIX, "unix"},
			{AF_INET, "inet"},
			{AF_INET6, "inet6"},
			{AF_NETLINK, "netlink"},
			{AF_PACKET, "packet"}};
	for (size_t i = 0; i < ARRAY_LEN(families); i++)
		if (event->args[0] == families[i].number)
			note(o, PROFILE_FAMILIES, families[i].name);
}

/*
 * Calls that only a capability lets a process make for others than itself. A guess, for kernels that do not tell what was asked for:
 * who was root when it made the call may have needed it.
 */
static void guess_capability(struct observation *o, const struct event *event)
{
	static const struct {
		unsigned call, number;
	} rows[] = {{__NR_setuid, CAP_SETUID},	   {__NR_setresuid, CAP_SETUID}, {__NR_setreuid, CAP_SETUID},
		    {__NR_setgid, CAP_SETGID},	   {__NR_setgroups, CAP_SETGID}, {__NR_chown, CAP_CHOWN},
		    {__NR_fchown, CAP_CHOWN},	   {__NR_lchown, CAP_CHOWN},	 {__NR_fchownat, CAP_CHOWN},
		    {__NR_chroot, CAP_SYS_CHROOT}, {__NR_mknod, CAP_MKNOD},	 {__NR_mknodat, CAP_MKNOD}};
	for (size_t i = 0; i < ARRAY_LEN(rows) && !o->other_user; i++)
		if (event->type == rows[i].call)
			o->capabilities |= 1ull << rows[i].number;
}

/* What becomes of a file's mode and owner is written to it; other calls with names make and remove them. */
static void note_names(struct observation *o, struct detect *d, const struct event *event)
{
	static const unsigned fields[] = {FIELD_FS_PATH_NAME, FIELD_FS_PATH_SOURCE, FIELD_FS_PATH_TARGET};
	static const unsigned changes[] = {__NR_chmod,	__NR_fchmod, __NR_fchmodat, __NR_chown,
					   __NR_fchown, __NR_lchown, __NR_fchownat};
	bool mode = false, link = event->type == __NR_symlink || event->type == __NR_symlinkat;
	for (size_t i = 0; i < ARRAY_LEN(changes); i++)
		mode |= event->type == changes[i];
	/* What a symbolic link leads to is neither made nor looked at by making the link. */
	for (size_t i = 0; i < ARRAY_LEN(fields); i++)
		if (!link || fields[i] != FIELD_FS_PATH_SOURCE)
			note_path(o, d, fields[i], mode ? PROFILE_WRITE : PROFILE_CREATE);
}

/* "openat /etc/secret", for those who ask what was refused. */
static void note_refused(struct observation *o, struct detect *d, const struct event *event)
{
	char path[EVENT_PATH_MAX], item[EVENT_PATH_MAX + 64];
	bool told = text_of(d, FIELD_FD_NAME, path, sizeof(path)) || text_of(d, FIELD_FS_PATH_NAME, path, sizeof(path));

	if (!o->began || (event->ret != -EPERM && event->ret != -EACCES))
		return;
	snprintf(item, sizeof(item), "%s%s%s", detect_record_name(event->type), told ? " " : "", told ? path : "");
	put(o, &o->refused, item);
}

/*
 * Who goes to a unix socket that is not there goes on without it when that is what it is told: held by its name, it has to be let through to
 * find nobody.
 */
static void note_nobody(struct observation *o, struct detect *d, const struct event *event)
{
	char kind[16];
	bool nobody = event->type == __NR_connect && (event->ret == -ENOENT || event->ret == -ECONNREFUSED);

	if (nobody && o->began && !o->held && text_of(d, FIELD_FD_TYPECHAR, kind, sizeof(kind)) && kind[0] == 'u')
		note_endpoint(o, d, PROFILE_CONNECT);
}

int observation_event(void *ctx, struct detect *d, const struct event *event)
{
	struct observation *o = ctx;
	char user[16];

	if (flag_of(d, FIELD_PROC_IS_RUNTIME))
		return 0;
	if (flag_of(d, FIELD_EVT_FAILED)) {
		note_refused(o, d, event);
		note_nobody(o, d, event);
		return 0;
	}
	if (event->type == __NR_execve || event->type == __NR_execveat)
		note_program(o, d, event);
	if (!o->began)
		return 0;
	o->other_user = event->uid != o->range;
	if (event->uid >= o->range) {
		snprintf(user, sizeof(user), "%u", event->uid - o->range);
		note(o, PROFILE_USERS, user);
	}
	switch (event->type) {
	case __NR_open:
	case __NR_openat:
	case __NR_openat2:
	case __NR_creat:
		note_open(o, d);
		break;
	case __NR_connect:
		note_endpoint(o, d, PROFILE_CONNECT);
		break;
	case __NR_sendto:
	case __NR_sendmsg:
		note_send(o, d, event);
		break;
	case __NR_bind:
	case __NR_listen:
		note_endpoint(o, d, PROFILE_LISTEN);
		break;
	case __NR_socket:
	case __NR_socketpair:
		note_socket(o, event);
		break;
	case __NR_execve:
	case __NR_execveat:
	case __NR_chdir:
	case __NR_fchdir:
	case __NR_chroot:
		guess_capability(o, event);
		break;
	default:
		note_names(o, d, event);
		guess_capability(o, event);
	}
	return 0;
}

/* Capabilities by number (uapi/linux/capability.h). */
static const char *const capability_names[] = {"CHOWN",
					       "DAC_OVERRIDE",
					       "DAC_READ_SEARCH",
					       "FOWNER",
					       "FSETID",
					       "KILL",
					       "SETGID",
					       "SETUID",
					       "SETPCAP",
					       "LINUX_IMMUTABLE",
					       "NET_BIND_SERVICE",
					       "NET_BROADCAST",
					       "NET_ADMIN",
					       "NET_RAW",
					       "IPC_LOCK",
					       "IPC_OWNER",
					       "SYS_MODULE",
					       "SYS_RAWIO",
					       "SYS_CHROOT",
					       "SYS_PTRACE",
					       "SYS_PACCT",
					       "SYS_ADMIN",
					       "SYS_BOOT",
					       "SYS_NICE",
					       "SYS_RESOURCE",
					       "SYS_TIME",
					       "SYS_TTY_CONFIG",
					       "MKNOD",
					       "LEASE",
					       "AUDIT_WRITE",
					       "AUDIT_CONTROL",
					       "SETFCAP",
					       "MAC_OVERRIDE",
					       "MAC_ADMIN",
					       "SYSLOG",
					       "WAKE_ALARM",
					       "BLOCK_SUSPEND",
					       "AUDIT_READ",
					       "PERFMON",
					       "BPF",
					       "CHECKPOINT_RESTORE"};

static bool since_began(const struct observation *o, uint64_t when)
{
	/* What was done last before the first program was done by the runtime. */
	return o->began && when >= o->began;
}

bool observation_refused(const struct observation *o, const struct noted *noted, unsigned call)
{
	return since_began(o, noted->refused[call]);
}

static void note_calls(struct observation *o, const struct noted *noted)
{
	for (unsigned i = 0; i < NOTED_CALLS; i++) {
		const char *name = detect_record_name(i);
		if (!since_began(o, noted->calls[i]) || name[0] == '?')
			continue;
		note(o, PROFILE_SYSCALLS, name);
		if (hold_traces(name))
			note(o, PROFILE_MEMORY, "ptrace");
	}
}

void observation_noted(struct observation *o, const struct noted *noted)
{
	static const char *const memory[] = {[NOTED_WRITE_EXECUTE] = "write-execute", [NOTED_MEMFD] = "memfd-execute"};

	note_calls(o, noted);
	for (unsigned i = 0; i < ARRAY_LEN(capability_names); i++)
		if (noted->has_capabilities ? since_began(o, noted->capabilities[i]) : o->capabilities >> i & 1)
			note(o, PROFILE_CAPABILITIES, capability_names[i]);
	for (unsigned i = 0; i < NOTED_MEMORY; i++)
		if (since_began(o, noted->memory[i]))
			note(o, PROFILE_MEMORY, memory[i]);
}

/* By the name that it has at the end of all links: that is the one that is held. */
static void note_loader(struct observation *o, int root, const char *loader)
{
	char real[PATH_MAX], top[PATH_MAX];
	scoped_fd int fd = path_openat2(root, loader, O_PATH | O_CLOEXEC, 0, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);

	if (fd < 0 || fd_real_path(fd, real, sizeof(real)) < 0 || fd_real_path(root, top, sizeof(top)) < 0)
		return;
	size_t len = str_eq(top, "/") ? 0 : strlen(top);
	if (strncmp(real, top, len) != 0 || real[len] != '/')
		return;
	note(o, PROFILE_EXECUTE, real + len);
	note(o, PROFILE_READ, real + len);
}

void observation_loaders(struct observation *o, const int *roots, size_t count)
{
	char path[EVENT_PATH_MAX], loader[INTERPRETER_MAX];
	for (size_t i = 0; i < o->programs.count; i++)
		for (size_t k = 0; k < count; k++) {
			snprintf(path, sizeof(path), "%.*s", (int)strcspn(o->programs.items[i], "\n"),
				 o->programs.items[i]);
			scoped_fd int fd = path_openat2(roots[k], path, O_RDONLY | O_NONBLOCK | O_CLOEXEC, 0,
							RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
			if (fd < 0 || interpreter_read(fd, loader) < 0)
				continue;
			note_loader(o, roots[k], loader);
			break;
		}
}

/* ---- the profile ---- */

static int copy_items(struct profile *p, const struct strv *from, struct profile_items *to)
{
	to->at = ARENA_ARRAY(&p->arena, from->count + 1, const char *);
	for (size_t i = 0; to->at && i < from->count; i++)
		to->at[i] = arena_str(&p->arena, from->items[i]);
	if (arena_failed(&p->arena))
		return -ENOMEM;
	to->count = from->count;
	profile_items_sort(to);
	return 0;
}

/* "path\nparent", sorted: programs one after the other, each with its parents. */
static int copy_programs(struct profile *p, struct observation *o)
{
	struct profile_items all;
	int r = copy_items(p, &o->programs, &all);

	p->programs = ARENA_ARRAY(&p->arena, all.count + 1, struct profile_program);
	if (r < 0 || !p->programs)
		return -ENOMEM;
	for (size_t i = 0; i < all.count; i++) {
		const char *parent = strchr(all.at[i], '\n') + 1;
		const char *path = arena_strn(&p->arena, all.at[i], (size_t)(parent - all.at[i]) - 1);
		if (!path)
			return -ENOMEM;
		if (!p->program_count || !str_eq(p->programs[p->program_count - 1].path, path))
			p->programs[p->program_count++] = (struct profile_program){.path = path};
	}
	return 0;
}

int observation_profile(struct observation *o, const char *name, const char *image, struct profile *ret)
{
	*ret = PROFILE_INIT;
	profile_set_mode(ret, PROFILE_ENFORCE);
	ret->name = arena_str(&ret->arena, name);
	ret->image = arena_str(&ret->arena, image);
	int r = ret->name && ret->image && !o->failed ? copy_programs(ret, o) : -ENOMEM;
	for (int i = 0; r == 0 && i < PROFILE_LISTS; i++)
		r = copy_items(ret, &o->lists[i], &ret->lists[i]);
	return r;
}
