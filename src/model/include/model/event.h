/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One event of one task, as the kernel side writes it into the ring, as a recording stores it and as detection reads it:
 * a fixed head, then parameters, each {kind, length, aux} and its bytes, padded to 8. Host byte order; a record never
 * leaves the kind of machine it was made on. BPF programs include this file too, so it names no C library type.
 *
 * A path that the kernel resolved comes as its components, the last one first, each ended by a zero byte: that is the order in
 * which a dentry is walked. event_path() turns it into text.
 */
#pragma once

#ifndef __bpf__
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#endif

/* A type below WATCH_OWN is an x86-64 system call number, whichever way (32-bit, io_uring) it was asked for. */
enum {
	WATCH_OWN = 512,
	WATCH_PROCESS = WATCH_OWN, /* a process that was there before the watch */
	WATCH_FORK,
	WATCH_EXIT,
	WATCH_CGROUP_NEW,
	WATCH_CGROUP_GONE,
	WATCH_CONTAINER, /* what is known of a container: from its engine or from our own runtime */
	WATCH_USERS,	 /* the user and group names of the host or of a container */
	WATCH_TYPES
};

enum event_flag {
	EVENT_COMPAT = 1,    /* asked for by a 32-bit system call */
	EVENT_IO_URING = 2,  /* asked for through io_uring: there is no result yet */
	EVENT_CUT = 4,	     /* a parameter did not fit */
	EVENT_NO_RESULT = 8, /* ret says nothing */
	EVENT_DENIED = 16,   /* a seccomp filter ended it by a signal: it never ran, and ret is -EPERM for that */
	EVENT_LEXICAL = 32,  /* where a path led is not known: there was a link that the kernel keeps no text of */
};

enum event_kind {
	EVENT_P_PATH = 1, /* the path argument as it was given; aux is 1 when it could not be read */
	EVENT_P_PATH2,
	EVENT_P_DIR, /* components of the folder that PATH starts from, when PATH is relative; aux: event_reach */
	EVENT_P_DIR2,
	EVENT_P_FILE, /* struct event_file, then components */
	EVENT_P_SOCK, /* struct event_sock, then a unix address */
	EVENT_P_ADDR, /* a sockaddr as it was given */
	EVENT_P_EXEC, /* struct event_exec */
	EVENT_P_EXE,  /* struct event_file of the program, then components */
	EVENT_P_CWD,  /* components */
	EVENT_P_ARGV, /* zero-ended strings */
	EVENT_P_ENV,
	EVENT_P_NAME, /* the program as execve was given it, or the kernel's name for what it is */
	EVENT_P_COMM,
	EVENT_P_TTY,
	EVENT_P_CGROUP, /* text; aux is the hierarchy, 0 for v2 */
	EVENT_P_DATA,	/* the first bytes that were sent or received */
	EVENT_P_CHILD,	/* struct event_child */
	EVENT_P_TEXT,	/* JSON of WATCH_CONTAINER and WATCH_USERS */
	EVENT_P_FOUND,	/* components of where PATH led, for calls that open nothing; aux: event_reach */
	EVENT_P_FOUND2, /* the same of PATH2 */
	EVENT_P_STDIO,	/* struct event_stdio of a program that starts */
	EVENT_P_KINDS
};

/* How far a walk of components came. */
enum event_reach {
	EVENT_AT_ROOT = 1, /* to the root folder of the process */
	EVENT_AT_TOP = 2,  /* to the top of the mounts, outside the root folder of the process */
	EVENT_TOO_DEEP = 4,
	EVENT_UNMOUNTED = 16 /* not in any tree: pipes, sockets, memfds, anonymous inodes */
};

enum event_file_flag {
	EVENT_FILE_OVERLAY = 1,
	EVENT_FILE_UPPER = 2,  /* in the upper layer of an overlay */
	EVENT_FILE_LOWER = 4,  /* has a lower layer below: upper and lower is "changed", upper alone is "new" */
	EVENT_FILE_CREATED = 8 /* this open made it */
};

struct event_file {
	uint64_t ino;
	int64_t mtime, ctime; /* ns since 1970; of programs only, else 0 */
	uint32_t dev;	      /* kernel form: major << 20 | minor */
	uint32_t mode;
	uint32_t flags; /* enum event_file_flag */
	uint32_t open_flags;
	uint32_t links;
	uint32_t uid, gid;
	uint32_t magic; /* of its file system */
};

struct event_sock {
	uint16_t family, type, protocol, state;
	uint16_t local_port, remote_port; /* host order */
	uint32_t reserved;
	uint8_t local[16], remote[16]; /* network order; IPv4 in the first four */
	uint64_t peer;		       /* what names the two ends of a unix socket */
	uint64_t self;
};

struct event_exec {
	uint64_t cap_inheritable, cap_permitted, cap_effective;
	uint64_t parent_start;
	uint32_t ppid, pgid, sid;
	uint32_t vpid, vpgid, vsid; /* in the innermost PID namespace of the task; 0: unknown */
	uint32_t uid, gid, euid, loginuid;
	uint32_t level;	      /* depth of the PID namespace */
	uint32_t readers_pid; /* as the PID namespace of the reader knows it; 0 when it does not */
};

/* Descriptors 0, 1 and 2. */
struct event_stdio {
	uint64_t ids[3];      /* the inode: the two ends of a pipe have one */
	uint16_t modes[3];    /* its kind of file; 0: there is none, or one without a kind */
	uint16_t families[3]; /* of a socket; of a pipe 1 when it has no name, else 0 */
	uint32_t reserved;
};

struct event_child {
	uint64_t start;
	uint32_t pid, tid;
	uint32_t vpid, vtid;
};

struct event {
	uint32_t size; /* of the whole record, a multiple of 8 */
	uint16_t type;
	uint16_t flags;
	uint64_t time;	/* ns, boot-time clock */
	uint64_t start; /* when the process started (boot-time clock): with pid its identity */
	uint32_t pid, tid;
	uint32_t uid, gid;  /* effective, of the initial user namespace */
	uint64_t cgroup;    /* id in the v2 hierarchy */
	uint64_t cgroup_v1; /* id in the hierarchy of the memory controller; the same when that is v2 */
	int64_t ret;
	uint64_t args[6];
};

struct event_param {
	uint16_t kind;
	uint16_t length;
	uint32_t aux;
};

enum { EVENT_PARAMS_MAX = 20 << 10, EVENT_SIZE_MAX = sizeof(struct event) + EVENT_PARAMS_MAX, EVENT_PATH_MAX = 4096 };

#ifndef __bpf__

/* A record that was checked, with each kind of parameter at hand (the first of its kind). Borrows the record. */
struct event_view {
	const struct event *event;
	const struct event_param *params[EVENT_P_KINDS];
};

/* Checks BYTES (aligned to 8): 0, or -EPROTO when they are no event. The record is hostile: it may come from a file. */
int event_view(const void *bytes, size_t size, struct event_view *out);

/* The bytes of a parameter; NULL and 0 when it is absent. */
const char *event_bytes(const struct event_view *view, enum event_kind kind, size_t *length);
/* The text of a zero-ended parameter; NULL when it is absent or could not be read. */
const char *event_text(const struct event_view *view, enum event_kind kind);
/* The fixed part of a parameter, NULL when it is absent or short. */
const void *event_fixed(const struct event_view *view, enum event_kind kind, size_t size);

/*
 * Components as an absolute path. SKIP is the fixed part before them. Returns the length, or -ENOENT when the parameter is
 * absent or ends at no root, -ENAMETOOLONG.
 */
int event_path(const struct event_view *view, enum event_kind kind, size_t skip, char *out, size_t size);

/* A parameter to add: FIXED, then BYTES. */
struct event_piece {
	enum event_kind kind;
	uint32_t aux;
	const void *fixed;
	size_t fixed_size;
	const void *bytes;
	size_t length;
};

/*
 * Writing records outside the kernel: start with event_begin() on an aligned buffer, add, and read event->size.
 * -ENOBUFS when a parameter does not fit; the record stays valid without it.
 */
void event_begin(struct event *event, unsigned type);
int event_add(struct event *event, size_t capacity, const struct event_piece *piece);
/* The same with the components of an absolute path as the bytes. */
int event_add_path(struct event *event, size_t capacity, struct event_piece piece, const char *path);

#endif
