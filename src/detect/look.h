/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One event being looked at: its record, its process, its container, and the memory for values that have to be put
 * together. A field is a function here; the tables of the fields-*.c files say which.
 */
#pragma once

#include "detect/schema.h"
#include "proc.h"

enum { LOOK_MEMORY = 256 << 10, LOOK_LIST_MAX = 64 };

struct sock_cache;

struct look {
	const struct event_view *view;
	const struct event *event;
	const struct proc *proc;
	const struct procs *procs;
	const struct containers *containers;
	const struct container *container; /* NULL on the host */
	struct sock_cache *sockets;
	const char *hostname;
	unsigned type;	      /* enum detect_event */
	uint64_t number;      /* of the event, from 1 */
	uint64_t began;	      /* when watching began, boot-time ns */
	int64_t boot;	      /* wall clock at boot-time 0, ns since 1970 */
	int64_t name_changed; /* -1: not known yet */
	size_t used;
	char memory[LOOK_MEMORY]; /* values live here until the next event */
};

/* 1 and the value, or 0. */
typedef int look_fn(struct look *l, const struct rule_arg *arg, struct rule_value *out);

extern look_fn *const look_event_fields[DETECT_FIELD_COUNT];
extern look_fn *const look_proc_fields[DETECT_FIELD_COUNT];
extern look_fn *const look_program_fields[DETECT_FIELD_COUNT];
extern look_fn *const look_user_fields[DETECT_FIELD_COUNT];
extern look_fn *const look_container_fields[DETECT_FIELD_COUNT];
extern look_fn *const look_fd_fields[DETECT_FIELD_COUNT];
extern look_fn *const look_path_fields[DETECT_FIELD_COUNT];

/* What answers for a field; NULL: no event has it. */
look_fn *look_of_field(unsigned field);

/* Memory of the event; NULL when it is used up. */
void *look_alloc(struct look *l, size_t size);
/* Text in that memory; a value without text is absent. */
int look_text(struct rule_value *out, const char *text);
int look_copy(struct look *l, struct rule_value *out, const char *text, size_t length);
int look_printf(struct look *l, struct rule_value *out, const char *format, ...) printf_like(3, 4);
int look_number(struct rule_value *out, int64_t number);
int look_bool(struct rule_value *out, bool flag);

/* Flag names, "A|B"; NONE when no bit has a name. */
struct look_flag {
	uint64_t bits;
	const char *name;
};
int look_flags(struct look *l, struct rule_value *out, const struct look_flag *flags, uint64_t value, const char *none);

/* The path of an argument joined with the folder or descriptor it is relative to and tidied, links not followed. NULL: none. */
const char *look_joined(struct look *l, enum event_kind path, enum event_kind dir);
/* The absolute path of an argument: as the kernel resolved it where it did, otherwise joined and tidied. NULL: none. */
const char *look_path(struct look *l, enum event_kind path, enum event_kind dir);
/* The path of the file that a descriptor of the event stands for; NULL when it is no file. */
const char *look_file_path(struct look *l);

/* A boot-time clock as ns since 1970; wraps where a recording lies about its clock. */
int64_t look_wall(const struct look *l, uint64_t time);
bool look_opens(const struct look *l);
bool look_failed(const struct look *l);
/* The descriptor the event is about, -1 when it is about none or the call that makes it failed. */
int64_t look_fd(const struct look *l);

/* One argument by its name or number; as text, or as a number for evt.rawarg. */
int look_argument(struct look *l, const struct rule_arg *arg, bool raw, struct rule_value *out);
/* All of them, "name=value name=value". */
int look_arguments(struct look *l, struct rule_value *out);
/* "EACCES" for -13; NULL when it has no name. */
const char *look_errno_name(int64_t number);
