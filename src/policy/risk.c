/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of what attackers use, and the list of remarks. */
#include "risk.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

struct risk {
	enum profile_list list;
	const char *pattern; /* of a path, or the word itself */
	enum remark_level level;
	const char *why;
};

/* The first that fits counts. */
static const struct risk risks[] = {
	{PROFILE_READ, "/etc/shadow", REMARK_WARNING, "the passwords' hashes"},
	{PROFILE_READ, "/**/.ssh/**", REMARK_WARNING, "login keys"},
	{PROFILE_READ, "/**/secrets/**", REMARK_WARNING, "tokens of the platform"},
	{PROFILE_READ, "/proc/**/mem", REMARK_DANGER, "the memory of processes"},
	{PROFILE_READ, "/dev/**mem", REMARK_DANGER, "the memory of the machine"},
	{PROFILE_WRITE, "/proc/sys/**", REMARK_DANGER, "settings of the kernel"},
	{PROFILE_WRITE, "/sys/**", REMARK_DANGER, "settings of the kernel"},
	{PROFILE_WRITE, "/dev/**mem", REMARK_DANGER, "the memory of the machine"},
	{PROFILE_WRITE, "/**/*docker.sock", REMARK_DANGER, "an engine's socket is the host"},
	{PROFILE_WRITE, "/**/cron**", REMARK_WARNING, "what is started later, by itself"},
	{PROFILE_WRITE, "/etc/**", REMARK_WARNING, "configuration, users and start-up"},
	{PROFILE_WRITE, "/usr/**", REMARK_WARNING, "programs and libraries"},
	{PROFILE_WRITE, "/bin/**", REMARK_WARNING, "programs"},
	{PROFILE_WRITE, "/sbin/**", REMARK_WARNING, "programs"},
	{PROFILE_WRITE, "/lib**", REMARK_WARNING, "libraries"},
	{PROFILE_WRITE, "/**/.ssh/**", REMARK_WARNING, "login keys"},
	{PROFILE_EXECUTE, "/tmp/**", REMARK_DANGER, "a folder that anybody fills"},
	{PROFILE_EXECUTE, "/var/tmp/**", REMARK_DANGER, "a folder that anybody fills"},
	{PROFILE_EXECUTE, "/dev/shm/**", REMARK_DANGER, "a folder that anybody fills"},
	{PROFILE_SYSCALLS, "ptrace", REMARK_DANGER, "reads and steers other processes"},
	{PROFILE_SYSCALLS, "process_vm_writev", REMARK_DANGER, "writes into other processes"},
	{PROFILE_SYSCALLS, "bpf", REMARK_DANGER, "programs in the kernel"},
	{PROFILE_SYSCALLS, "init_module", REMARK_DANGER, "code in the kernel"},
	{PROFILE_SYSCALLS, "finit_module", REMARK_DANGER, "code in the kernel"},
	{PROFILE_SYSCALLS, "kexec_load", REMARK_DANGER, "another kernel"},
	{PROFILE_SYSCALLS, "kexec_file_load", REMARK_DANGER, "another kernel"},
	{PROFILE_SYSCALLS, "open_by_handle_at", REMARK_DANGER, "opens files beyond the container's root"},
	{PROFILE_SYSCALLS, "mount", REMARK_WARNING, "changes the tree of files"},
	{PROFILE_SYSCALLS, "unshare", REMARK_WARNING, "reaches kernel code that few programs need"},
	{PROFILE_SYSCALLS, "setns", REMARK_WARNING, "enters other namespaces"},
	{PROFILE_SYSCALLS, "userfaultfd", REMARK_WARNING, "makes races in the kernel easy to win"},
	{PROFILE_SYSCALLS, "io_uring_setup", REMARK_WARNING, "calls that filters of calls do not see"},
	{PROFILE_SYSCALLS, "memfd_create", REMARK_WARNING, "programs that lie in no file"},
	{PROFILE_SYSCALLS, "keyctl", REMARK_WARNING, "keys of the kernel"},
	{PROFILE_CAPABILITIES, "SYS_ADMIN", REMARK_DANGER, "nearly everything"},
	{PROFILE_CAPABILITIES, "SYS_MODULE", REMARK_DANGER, "code in the kernel"},
	{PROFILE_CAPABILITIES, "SYS_PTRACE", REMARK_DANGER, "reads and steers other processes"},
	{PROFILE_CAPABILITIES, "SYS_RAWIO", REMARK_DANGER, "the machine's devices"},
	{PROFILE_CAPABILITIES, "DAC_READ_SEARCH", REMARK_DANGER, "opens files beyond the container's root"},
	{PROFILE_CAPABILITIES, "BPF", REMARK_DANGER, "programs in the kernel"},
	{PROFILE_CAPABILITIES, "NET_ADMIN", REMARK_WARNING, "changes the network"},
	{PROFILE_CAPABILITIES, "NET_RAW", REMARK_WARNING, "forges packets"},
	{PROFILE_USERS, "0", REMARK_WARNING, "root"},
	{PROFILE_MEMORY, "write-execute", REMARK_WARNING, "memory that is written and then executed"},
	{PROFILE_MEMORY, "memfd-execute", REMARK_DANGER, "programs that lie in no file"},
	{PROFILE_MEMORY, "ptrace", REMARK_DANGER, "reads and steers other processes"},
	{PROFILE_NAMESPACES, "user", REMARK_WARNING, "reaches kernel code that few programs need"},
};

static enum remark_level risk_of_endpoint(enum profile_list list, const char *item, const char **ret_why)
{
	struct profile_endpoint endpoint;
	if (list != PROFILE_CONNECT || profile_endpoint_read(item, &endpoint, NULL) < 0)
		return REMARK_NOTE;
	if (endpoint.any && endpoint.first == 0) {
		*ret_why = "anything, anywhere";
		return REMARK_DANGER;
	}
	if (!endpoint.any)
		return REMARK_NOTE;
	*ret_why = "any address";
	return REMARK_WARNING;
}

enum remark_level risk_of(enum profile_list list, const char *item, const char **ret_why)
{
	bool path = list <= PROFILE_EXECUTE, changes = list == PROFILE_CREATE;
	*ret_why = NULL;
	if (path && list != PROFILE_READ && profile_path_covers(item, "/**")) {
		*ret_why = "all files";
		return REMARK_DANGER;
	}
	for (size_t i = 0; i < ARRAY_LEN(risks); i++) {
		const struct risk *r = &risks[i];
		if (r->list != (changes ? PROFILE_WRITE : list))
			continue;
		/* A pattern that means more than the risk contains it. */
		if (path ? profile_path_covers(r->pattern, item) || profile_path_covers(item, r->pattern)
			 : str_eq(r->pattern, item)) {
			*ret_why = r->why;
			return r->level;
		}
	}
	return risk_of_endpoint(list, item, ret_why);
}

bool risk_is_shell(const char *path)
{
	static const char *const names[] = {"sh",     "ash",	 "bash",   "dash", "zsh",  "ksh", "fish",   "busybox",
					    "python", "python3", "perl",   "ruby", "node", "php", "lua",    "nc",
					    "ncat",   "socat",	 "netcat", "curl", "wget", "gdb", "strace", "tclsh"};
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		size_t len = strlen(names[i]);
		/* With a version behind, too. */
		if (strncmp(name, names[i], len) == 0 && strspn(name + len, "0123456789.") == strlen(name + len))
			return true;
	}
	return strchr(name, '*');
}

bool risk_is_outbound(const char *item)
{
	static const char *const local[] = {"any 127.0.0.0/8 any", "any ::1 any"};
	struct profile_endpoint inside, endpoint;
	if (profile_endpoint_read(item, &endpoint, NULL) < 0 || str_eq(endpoint.protocol, "unix"))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(local); i++)
		if (profile_endpoint_read(local[i], &inside, NULL) == 0 && profile_endpoint_covers(&inside, &endpoint))
			return false;
	return true;
}

const char *remark_level_name(enum remark_level level)
{
	static const char *const names[] = {"note", "warning", "danger"};
	return names[level];
}

void remarks_done(struct remarks *r)
{
	free(r->items);
	arena_done(&r->arena);
	*r = REMARKS_INIT;
}

int remark_add(struct remarks *r, enum remark_level level, const char *place, const char *fmt, ...)
{
	char text[2 * PROFILE_TEXT_MAX];
	va_list ap;

	if (r->count == r->capacity) {
		size_t capacity = r->capacity ? 2 * r->capacity : 32;
		void *items = reallocarray(r->items, capacity, sizeof(*r->items));
		if (!items)
			return -ENOMEM;
		r->items = items;
		r->capacity = capacity;
	}
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	r->items[r->count] = (struct remark){level, place, arena_str(&r->arena, text)};
	return r->items[r->count++].text ? 0 : -ENOMEM;
}

void remarks_sort(struct remarks *r)
{
	/* Few levels and an order to keep: one pass for each would do; insertion keeps equal ones in place. */
	for (size_t i = 1; i < r->count; i++) {
		struct remark moved = r->items[i];
		size_t at = i;
		for (; at > 0 && r->items[at - 1].level < moved.level; at--)
			r->items[at] = r->items[at - 1];
		r->items[at] = moved;
	}
}
