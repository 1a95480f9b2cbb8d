/* SPDX-License-Identifier: Apache-2.0 */
/* The table of processes. */
#include "proc.h"

#include <asm/unistd.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

enum { SLOTS = 16384, LOGIN_NONE = 0xffffffff };

int procs_init(struct procs *p)
{
	*p = (struct procs){.slots = calloc(SLOTS, sizeof(*p->slots))};
	return p->slots ? 0 : -ENOMEM;
}

static struct proc **slot(const struct procs *p, uint32_t pid)
{
	return &p->slots[(pid * 2654435761u >> 8) % SLOTS];
}

static void program_put(struct program *program)
{
	if (program && --program->refs == 0)
		free(program);
}

static void destroy(struct procs *p, struct proc *proc)
{
	for (struct proc **at = slot(p, proc->pid); *at; at = &(*at)->next)
		if (*at == proc) {
			*at = proc->next;
			break;
		}
	p->count--;
	p->ended -= proc->ended;
	program_put(proc->program);
	container_put(proc->container);
	free(proc->cwd);
	free(proc);
}

/* Forgets ended processes that nobody descends from, up the line. */
static void release(struct procs *p, struct proc *proc)
{
	while (proc && proc->ended && proc->children == 0) {
		struct proc *parent = proc->parent;
		destroy(p, proc);
		if (parent)
			parent->children--;
		proc = parent;
	}
}

void procs_done(struct procs *p)
{
	for (unsigned i = 0; p->slots && i < SLOTS; i++)
		while (p->slots[i])
			destroy(p, p->slots[i]);
	free(p->slots);
	*p = (struct procs){0};
}

struct proc *procs_find(const struct procs *p, uint32_t pid, uint64_t start)
{
	for (struct proc *proc = *slot(p, pid); proc; proc = proc->next)
		if (proc->pid == pid && (start ? proc->start == start : !proc->ended))
			return proc;
	return NULL;
}

/* PROC has no parent yet. */
static void set_parent(struct procs *p, struct proc *proc, struct proc *parent)
{
	struct proc *top = parent;
	for (unsigned depth = 1; top != proc && depth < PROC_DEPTH_MAX && top->parent; depth++)
		top = top->parent;
	if (top == proc) { /* a line that comes back to its beginning: a lying recording */
		p->forgotten++;
		return;
	}
	/* Of a line that is too long the far end goes: making it longer must not hide the nearest ancestors. */
	struct proc *far = top->parent;
	if (far) {
		p->forgotten++;
		top->parent = NULL;
		far->children--;
		release(p, far);
	}
	parent->children++;
	proc->parent = parent;
}

/* Room for one more: the ended ancestors go first. */
static bool make_room(struct procs *p)
{
	if (p->count < PROCS_MAX)
		return true;
	p->forgotten++;
	for (unsigned i = 0; p->ended && i < SLOTS; i++)
		for (struct proc *proc = p->slots[i]; proc; proc = proc->next)
			if (!proc->ended && proc->parent && proc->parent->ended) {
				struct proc *parent = proc->parent;
				proc->parent = NULL;
				parent->children--;
				release(p, parent);
				if (p->count < PROCS_MAX)
					return true;
			}
	return false;
}

static struct proc *add(struct procs *p, uint32_t pid, uint64_t start)
{
	struct proc *proc = make_room(p) ? calloc(1, sizeof(*proc)) : NULL;
	if (!proc)
		return NULL;
	struct proc **at = slot(p, pid);
	*proc = (struct proc){.next = *at, .pid = pid, .start = start, .uid = LOGIN_NONE, .loginuid = LOGIN_NONE};
	*at = proc;
	p->count++;
	return proc;
}

static void end(struct procs *p, struct proc *proc)
{
	p->ended += !proc->ended;
	proc->ended = true;
	release(p, proc);
}

/* The container of a process is that of its cgroup the first time it has one, and stays: leaving the cgroup is no way out. */
static void place(struct proc *proc, struct containers *containers, const struct event *event)
{
	if (proc->container)
		return;
	struct container *found = containers_find(containers, event->cgroup, event->cgroup_v1);
	if (found)
		proc->container = container_get(found);
}

struct proc *procs_of(struct procs *p, struct containers *containers, const struct event *event)
{
	struct proc *proc = procs_find(p, event->pid, event->start);
	if (!proc) {
		struct proc *old = procs_find(p, event->pid, 0);
		if (old)
			end(p, old); /* its end was not seen */
		proc = add(p, event->pid, event->start);
		if (!proc)
			return NULL;
		proc->uid = event->uid;
		proc->gid = event->gid;
	}
	place(proc, containers, event);
	return proc;
}

static size_t copy(char *to, const char *from, size_t length)
{
	memcpy(to, from, length);
	to[length] = '\0';
	return length + 1;
}

/* "name arg1 arg2": the zero bytes between arguments become spaces. */
static void write_line(struct program *g, char *to)
{
	size_t name = strlen(g->name), first = g->args_len ? strlen(g->args) + 1 : 0;
	memcpy(to, g->name, name);
	size_t rest = g->args_len > first ? g->args_len - first : 0;
	if (rest) {
		to[name++] = ' ';
		memcpy(to + name, g->args + first, rest);
		for (size_t i = 0; i + 1 < rest; i++)
			if (to[name + i] == '\0')
				to[name + i] = ' ';
	}
	to[name + rest] = '\0';
	g->line = to;
}

static struct program *program_new(const struct event_view *view)
{
	char path[EVENT_PATH_MAX] = "";
	size_t args_len, env_len;
	const char *comm = event_text(view, EVENT_P_COMM), *args = event_bytes(view, EVENT_P_ARGV, &args_len);
	const char *env = event_bytes(view, EVENT_P_ENV, &env_len);
	const struct event_file *file = event_fixed(view, EVENT_P_EXE, sizeof(*file));
	const struct event_param *exe = view->params[EVENT_P_EXE];

	if (event_path(view, EVENT_P_EXE, sizeof(*file), path, sizeof(path)) < 0 && file && exe->length > sizeof(*file))
		snprintf(path, sizeof(path), "%.*s", (int)(exe->length - sizeof(*file)), (const char *)(file + 1));
	if (!comm)
		comm = "";
	struct program *g = calloc(1, sizeof(*g) + 2 * strlen(comm) + strlen(path) + 2 * args_len + env_len + 16);
	if (!g)
		return NULL;
	char *at = g->text;
	g->refs = 1;
	g->file = file ? *file : (struct event_file){0};
	g->started = view->event->time;
	g->name = at;
	at += copy(at, comm, strlen(comm));
	g->path = at;
	at += copy(at, path, strlen(path));
	g->args = at;
	g->args_len = (uint32_t)args_len;
	at += copy(at, args ? args : "", args_len);
	if (args_len && g->args[args_len - 1] != '\0')
		g->args_len++; /* cut: the zero that copy() wrote ends it */
	for (size_t i = 0; i < g->args_len; i++)
		g->arg_count += g->args[i] == '\0';
	g->env = env ? at : NULL;
	g->env_len = (uint32_t)env_len;
	if (env)
		at += copy(at, env, env_len);
	write_line(g, at);
	if (g->file.flags & EVENT_FILE_OVERLAY)
		g->exe_flags |= g->file.flags & EVENT_FILE_UPPER ? 2 : 8;
	if (g->file.links == 0 && strncmp(g->path, "memfd:", 6) == 0)
		g->exe_flags |= 4;
	return g;
}

static void set_cwd(struct proc *proc, const struct event_view *view)
{
	char path[EVENT_PATH_MAX];
	if (event_path(view, EVENT_P_CWD, 0, path, sizeof(path)) < 0)
		return;
	if (proc->cwd && strcmp(proc->cwd, path) == 0)
		return;
	char *copied = strdup(path);
	if (copied) {
		free(proc->cwd);
		proc->cwd = copied;
	}
}

/* What a program start, or a look at a running process, tells. */
static void started(struct procs *p, struct proc *proc, const struct event_view *view)
{
	const struct event_exec *x = event_fixed(view, EVENT_P_EXEC, sizeof(*x));
	const char *tty = event_text(view, EVENT_P_TTY);
	if (!x)
		return;
	proc->ppid = x->ppid;
	proc->pgid = x->pgid;
	proc->sid = x->sid;
	proc->vpid = x->vpid;
	proc->vpgid = x->vpgid;
	proc->vsid = x->vsid;
	proc->uid = x->euid;
	proc->gid = x->gid;
	proc->loginuid = x->loginuid;
	proc->has_login = true;
	proc->readers_pid = x->readers_pid;
	proc->cap_effective = x->cap_effective;
	proc->cap_permitted = x->cap_permitted;
	proc->cap_inheritable = x->cap_inheritable;
	snprintf(proc->tty, sizeof(proc->tty), "%s", tty ? tty : "");
	set_cwd(proc, view);
	struct program *program = program_new(view);
	if (program) {
		program_put(proc->program);
		proc->program = program;
		proc->inside = proc->container != NULL;
	}
	if (!proc->parent) {
		struct proc *parent = procs_find(p, x->ppid, x->parent_start);
		if (parent)
			set_parent(p, proc, parent);
	}
}

/* A child begins as its parent was. */
static void forked(struct procs *p, struct proc *parent, const struct event_view *view)
{
	const struct event_child *c = event_fixed(view, EVENT_P_CHILD, sizeof(*c));
	if (!c || procs_find(p, c->pid, c->start))
		return;
	struct proc *old = procs_find(p, c->pid, 0);
	if (old)
		end(p, old);
	struct proc *child = add(p, c->pid, c->start);
	if (!child)
		return;
	char *cwd = parent->cwd ? strdup(parent->cwd) : NULL;
	struct proc *next = child->next;
	uint64_t start = child->start;
	*child = *parent;
	child->next = next;
	child->start = start;
	child->pid = c->pid;
	child->ppid = parent->pid;
	child->vpid = c->vpid;
	child->readers_pid = 0;
	child->children = 0;
	child->ended = false;
	child->parent = NULL;
	child->cwd = cwd;
	if (child->program)
		child->program->refs++;
	if (child->container)
		container_get(child->container);
	set_parent(p, child, parent);
}

struct proc *procs_before(struct procs *p, struct containers *containers, const struct event_view *view)
{
	const struct event *event = view->event;
	struct proc *proc = procs_of(p, containers, event);
	if (!proc)
		return NULL;
	proc->children++; /* held: a lying record can end the process that it is about */
	if (event->type == WATCH_PROCESS ||
	    ((event->type == __NR_execve || event->type == __NR_execveat) && event->ret == 0))
		started(p, proc, view);
	else if (event->type == WATCH_FORK)
		forked(p, proc, view);
	proc->children--;
	return proc;
}

/* A call tells whom its process is by now. */
static void became(struct proc *proc, const struct event *event)
{
	if (event->type < WATCH_OWN) {
		proc->uid = event->uid;
		proc->gid = event->gid;
	}
}

void procs_after(struct procs *p, struct proc *proc, const struct event_view *view)
{
	if (!proc)
		return;
	if (view->event->type == WATCH_EXIT) {
		end(p, proc);
		return;
	}
	set_cwd(proc, view);
	became(proc, view->event);
	release(p, proc);
}

void procs_head(struct procs *p, struct containers *containers, const struct event *event)
{
	struct proc *proc = procs_of(p, containers, event);
	if (!proc)
		return;
	became(proc, event);
	release(p, proc);
}

const struct proc *proc_ancestor(const struct proc *proc, unsigned n)
{
	while (proc && n-- > 0)
		proc = proc->parent;
	return proc;
}
