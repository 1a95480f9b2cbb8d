/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The processes, as events tell them: who made whom, which program each runs, where, as whom, in which container. A
 * process that ended stays while a living one descends from it, so that ancestry survives a double fork. The number of
 * processes is bounded, and so are the bytes of their texts: past that, a program is judged by all its arguments when it
 * starts and kept with the first of them. What had to be forgotten is counted.
 */
#pragma once

#include "container.h"
#include "model/event.h"

enum {
	PROCS_MAX = 65536,
	PROC_DEPTH_MAX = 64,
	RERUNS_MAX = 2,		   /* times in a row a runtime may run its own file */
	PROC_BYTES_SOFT = 5 << 20, /* of programs and working folders: past it long ones are cut, */
	PROC_BYTES_FULL = 8 << 20, /* past this nearly all of their arguments goes, */
	PROC_BYTES_MAX = 16 << 20, /* and past this they are not kept */
	PROC_TEXT_KEPT = 256,	   /* what is left of a text that is cut, */
	PROC_TEXT_LEAST = 24,	   /* and of arguments when it is tight */
};

/* A program that was started: shared by the processes that inherited it. Never changed. */
struct program {
	unsigned refs;
	uint32_t size; /* of this block */
	uint32_t arg_count;
	uint32_t args_len, env_len, exe_flags;
	bool args_cut; /* there were more than were recorded, or are kept */
	struct event_file file;
	const char *name, *path; /* comm, and the path as the kernel knows it */
	const char *args;	 /* zero-ended, argv[0] first; args_len bytes */
	const char *env;	 /* the same; NULL when it was not recorded */
	const char *line;	 /* name and arguments, by spaces */
	uint64_t started;	 /* boot-time ns */
	char text[];
};

/* A working folder: shared like a program. */
struct folder {
	unsigned refs;
	uint32_t size;
	char path[];
};

struct proc {
	struct proc *next; /* of the same slot */
	struct proc *parent;
	struct program *program; /* NULL: unknown */
	struct container *container;
	struct folder *folder; /* NULL: unknown */
	uint64_t start;
	uint32_t pid, ppid, pgid, sid, vpid, vpgid, vsid, uid, gid, loginuid, readers_pid;
	uint32_t children;
	uint64_t cap_permitted, cap_effective, cap_inheritable;
	char tty[16];
	struct event_stdio stdio; /* when its program started */
	unsigned reruns;	  /* times it ran its own file again */
	bool ended;
	bool has_login;
	bool copied; /* it ran a copy in memory */
	bool inside; /* its program was started in its container, not by the runtime that made it */
};

struct procs {
	struct proc **slots;
	unsigned count, ended;
	unsigned hand; /* the slot at which the next ended ancestor is looked for */
	size_t bytes;  /* of programs and folders */
	uint64_t
		forgotten; /* ended ancestors dropped, processes that found no room, programs and folders that were cut */
};

int procs_init(struct procs *p);
void procs_done(struct procs *p);

/* The process, or NULL. START 0: whichever has the pid now. */
struct proc *procs_find(const struct procs *p, uint32_t pid, uint64_t start);
/* The process of an event, made known when it is not. NULL when there is no memory or room for it. */
struct proc *procs_of(struct procs *p, struct containers *containers, const struct event *event);

/* What an event changes: before it is judged (a program started, a process was made) and after (it ended, it became another user). */
struct proc *procs_before(struct procs *p, struct containers *containers, const struct event_view *view);
void procs_after(struct procs *p, struct proc *proc, const struct event_view *view);

/* Both, for a record whose parameters change nothing. */
void procs_head(struct procs *p, struct containers *containers, const struct event *event);

/* The working folder; NULL when it is not known. */
const char *proc_folder(const struct proc *proc);
/*
 * The process at the other end of the pipe that is descriptor FD of PROC, 0 or 1: one that writes what this one reads, or
 * the other way round. NULL when it is no pipe, or nobody that is known has the other end. Looks through all processes.
 */
const struct proc *procs_peer(const struct procs *p, const struct proc *proc, int fd);
/* The ancestor N steps up, 0 being PROC itself; NULL past the last. */
const struct proc *proc_ancestor(const struct proc *proc, unsigned n);
