/* SPDX-License-Identifier: Apache-2.0 */
/* The table of processes. */
#include "proc.h"

#include <asm/unistd.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

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

static void program_put(struct procs *p, struct program *program)
{
	if (program && --program->refs == 0) {
		p->bytes -= program->size;
		free(program);
	}
}

static void folder_put(struct procs *p, struct folder *folder)
{
	if (folder && --folder->refs == 0) {
		p->bytes -= folder->size;
		free(folder);
	}
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
	program_put(p, proc->program);
	folder_put(p, proc->folder);
	container_put(proc->container);
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

/* A living process of a slot that descends from one that ended. */
static struct proc *descendant(struct proc *proc)
{
	for (; proc; proc = proc->next)
		if (!proc->ended && proc->parent && proc->parent->ended)
			return proc;
	return NULL;
}

/* Room for one more: the ended ancestors go first. One turn of the hand finds all there are, so it is not turned for nothing. */
static bool make_room(struct procs *p)
{
	if (p->count < PROCS_MAX)
		return true;
	p->forgotten++;
	for (unsigned i = 0; p->ended && i < SLOTS; i++, p->hand = (p->hand + 1) % SLOTS)
		for (struct proc *proc; (proc = descendant(p->slots[p->hand]));) {
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
	if (!event->pid) /* a record of our own making */
		return NULL;
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
	size_t size = sizeof(struct program) + 2 * strlen(comm) + strlen(path) + 2 * args_len + env_len + 16;
	struct program *g = calloc(1, size);
	if (!g)
		return NULL;
	char *at = g->text;
	g->refs = 1;
	g->size = (uint32_t)size;
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
	g->args_cut = args && view->params[EVENT_P_ARGV]->aux;
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

/* The same with the beginnings of its texts, and without its environment. */
static struct program *program_cut(const struct program *from, uint32_t kept)
{
	size_t name = strnlen(from->name, PROC_TEXT_KEPT), path = strnlen(from->path, PROC_TEXT_KEPT);
	size_t args = from->args_len < kept ? from->args_len : kept;
	size_t line = strnlen(from->line, kept), size = sizeof(*from) + name + path + args + line + 4;
	struct program *g = calloc(1, size);
	if (!g)
		return NULL;
	*g = *from;
	g->refs = 1;
	g->size = (uint32_t)size;
	char *at = g->text;
	g->name = at;
	at += copy(at, from->name, name);
	g->path = at;
	at += copy(at, from->path, path);
	g->args = at;
	g->args_len = (uint32_t)args + (args && from->args[args - 1] != '\0');
	g->args_cut |= args < from->args_len;
	at += copy(at, from->args, args);
	g->arg_count = 0;
	for (size_t i = 0; i < g->args_len; i++)
		g->arg_count += g->args[i] == '\0';
	g->line = at;
	copy(at, from->line, line);
	g->env = NULL;
	g->env_len = 0;
	return g;
}

/* A program that was judged stays as it is while there is room, else it is cut; without any room it is unknown. */
static void bound_program(struct procs *p, struct proc *proc)
{
	struct program *whole = proc->program;
	uint32_t kept = p->bytes <= PROC_BYTES_FULL ? PROC_TEXT_KEPT : PROC_TEXT_LEAST;
	bool none = p->bytes > PROC_BYTES_MAX;
	if (!whole || p->bytes <= PROC_BYTES_SOFT ||
	    (!none && whole->size <= sizeof(*whole) + 2 * PROC_TEXT_KEPT + 2 * kept))
		return;
	p->forgotten++;
	proc->program = none ? NULL : program_cut(whole, kept);
	p->bytes += proc->program ? proc->program->size : 0;
	program_put(p, whole);
}

const char *proc_folder(const struct proc *proc)
{
	return proc && proc->folder ? proc->folder->path : NULL;
}

static void set_cwd(struct procs *p, struct proc *proc, const struct event_view *view)
{
	char path[EVENT_PATH_MAX];
	const char *old = proc_folder(proc);
	if (event_path(view, EVENT_P_CWD, 0, path, sizeof(path)) < 0 || (old && strcmp(old, path) == 0))
		return;
	size_t size = sizeof(struct folder) + strlen(path) + 1;
	folder_put(p, proc->folder);
	proc->folder = p->bytes <= PROC_BYTES_SOFT || (size <= PROC_TEXT_KEPT && p->bytes <= PROC_BYTES_MAX)
			       ? malloc(size)
			       : NULL;
	if (!proc->folder) { /* unknown is better than the one it left */
		p->forgotten++;
		return;
	}
	proc->folder->refs = 1;
	proc->folder->size = (uint32_t)size;
	memcpy(proc->folder->path, path, strlen(path) + 1);
	p->bytes += size;
}

/*
 * A runtime runs itself again, when its process may be in the container's cgroup already: its own file, twice at most and only
 * before it is in the container's pid namespace, since there an image whose program is /proc/self/exe would do the same;
 * and a copy of itself in memory, once.
 */
static bool runs_itself(struct proc *proc, const struct program *next, const struct event_view *view)
{
	const struct program *now = proc->program;
	bool same = now && now->file.ino == next->file.ino && now->file.dev == next->file.dev;
	bool in_memory = next->exe_flags & 4;

	if (proc->inside || view->event->type == WATCH_PROCESS)
		return false;
	if (same)
		return proc->reruns++ < RERUNS_MAX;
	if (in_memory && !proc->copied)
		return proc->copied = true;
	proc->copied = false;
	proc->reruns = 0;
	return false;
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
	const struct event_stdio *stdio = event_fixed(view, EVENT_P_STDIO, sizeof(*stdio));
	proc->stdio = stdio ? *stdio : (struct event_stdio){0};
	set_cwd(p, proc, view);
	struct program *program = program_new(view);
	bool itself = program && runs_itself(proc, program, view);
	program_put(p, proc->program); /* whatever comes: it is not the old one any more */
	proc->program = program;
	if (program) {
		p->bytes += program->size;
		proc->inside = !itself && proc->container != NULL;
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
	struct proc *next = child->next;
	uint64_t start = child->start;
	*child = *parent;
	child->next = next;
	child->start = start;
	child->pid = c->pid;
	child->ppid = parent->pid;
	child->vpid = c->vpid;
	child->readers_pid = 0;
	if (c->vpid == 1 || (c->vpid != c->pid && parent->vpid == parent->pid))
		child->reruns = RERUNS_MAX; /* it begins in another pid namespace: a container's */
	child->children = 0;
	child->ended = false;
	child->parent = NULL;
	if (child->folder)
		child->folder->refs++;
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
	set_cwd(p, proc, view);
	bound_program(p, proc);
	became(proc, view->event);
	release(p, proc);
}

void procs_head(struct procs *p, struct containers *containers, const struct event *event)
{
	struct proc *proc = procs_of(p, containers, event);
	if (!proc)
		return;
	bound_program(p, proc);
	became(proc, event);
	release(p, proc);
}

const struct proc *proc_ancestor(const struct proc *proc, unsigned n)
{
	while (proc && n-- > 0)
		proc = proc->parent;
	return proc;
}

static bool has_end(const struct proc *proc, int fd, uint64_t id)
{
	return S_ISFIFO(proc->stdio.modes[fd]) && proc->stdio.ids[fd] == id;
}

const struct proc *procs_peer(const struct procs *p, const struct proc *proc, int fd)
{
	uint64_t id = proc->stdio.ids[fd];

	if (!has_end(proc, fd, id))
		return NULL;
	for (unsigned slot = 0; slot < SLOTS; slot++)
		for (const struct proc *each = p->slots[slot]; each; each = each->next) {
			bool other = fd == 0 ? has_end(each, 1, id) || has_end(each, 2, id) : has_end(each, 0, id);
			if (other && each != proc && !each->ended)
				return each;
		}
	return NULL;
}
