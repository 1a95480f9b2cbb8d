/* SPDX-License-Identifier: Apache-2.0 */
/* One event after the other: state, and the fields of the present one. */
#include "detect/detect.h"

#include <asm/unistd.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "look.h"
#include "sock.h"

#include "calls.inc"

struct detect {
	struct procs procs;
	struct containers containers;
	struct sock_cache sockets;
	uint64_t refused;
	struct proc *proc; /* of the present event */
	struct event_view view;
	look_fn *fields[DETECT_FIELD_COUNT];
	char hostname[256];
	uint16_t types[WATCH_TYPES]; /* to places in detect_schema.events */
	struct look look;
};

enum { NO_TYPE = 0xffff, NAMES_ASKED_BY_PROGRAMS = 16, NAMES_DOUBLED_MAX = 10 };
#define NAMES_AGAIN_NS 500000000ull

static void set_type(struct detect *d, unsigned type, const char *name)
{
	int place = name ? rule_schema_event(&detect_schema, name, strlen(name)) : -1;
	d->types[type] = place < 0 ? NO_TYPE : (uint16_t)place;
}

static void map_types(struct detect *d)
{
	for (unsigned i = 0; i < WATCH_OWN; i++)
		set_type(d, i, call_names[i]);
	for (unsigned i = WATCH_OWN; i < WATCH_TYPES; i++)
		d->types[i] = NO_TYPE;
	set_type(d, WATCH_EXIT, "procexit");
	set_type(d, WATCH_CONTAINER, "container");
}

look_fn *look_of_field(unsigned field)
{
	static look_fn *const *const tables[] = {look_proc_fields,  look_program_fields,   look_fd_fields,
						 look_event_fields, look_container_fields, look_user_fields,
						 look_path_fields};
	for (size_t i = 0; i < ARRAY_LEN(tables); i++)
		if (tables[i][field])
			return tables[i][field];
	return NULL;
}

static void map_fields(struct detect *d)
{
	for (unsigned field = 0; field < DETECT_FIELD_COUNT; field++)
		d->fields[field] = look_of_field(field);
}

int detect_call_of(unsigned type)
{
	if (type >= DETECT_EVENT_COUNT)
		return -1;
	for (int i = 0; i < WATCH_OWN; i++)
		if (call_names[i] && strcmp(call_names[i], detect_schema.events[type]) == 0)
			return i;
	return -1;
}

int detect_new(struct detect **ret, int64_t boot, const char *hostname)
{
	struct detect *d = calloc(1, sizeof(*d));
	*ret = NULL;
	if (!d)
		return -ENOMEM;
	if (procs_init(&d->procs) < 0 || containers_init(&d->containers) < 0) {
		detect_free(d);
		return -ENOMEM;
	}
	map_types(d);
	map_fields(d);
	snprintf(d->hostname, sizeof(d->hostname), "%s", hostname);
	d->look.hostname = d->hostname;
	d->look.boot = boot;
	d->look.procs = &d->procs;
	d->look.containers = &d->containers;
	d->look.sockets = &d->sockets;
	*ret = d;
	return 0;
}

void detect_free(struct detect *d)
{
	if (!d)
		return;
	procs_done(&d->procs);
	containers_done(&d->containers);
	free(d);
}

static void count(struct look *l, const struct event *event)
{
	l->number++;
	if (!l->began)
		l->began = event->time;
}

int detect_begin(struct detect *d, const struct event *event, bool *ret_judged)
{
	struct look *l = &d->look;
	*ret_judged = false;
	if (event_view(event, event->size, &d->view) < 0) {
		d->refused++;
		return -EPROTO;
	}
	if (containers_event(&d->containers, &d->view) == -EPROTO)
		d->refused++;
	d->proc = procs_before(&d->procs, &d->containers, &d->view);
	l->view = &d->view;
	l->event = event;
	l->proc = d->proc;
	l->container = d->containers.told ? d->containers.told
		       : d->proc	  ? d->proc->container
					  : containers_find(&d->containers, event->cgroup, event->cgroup_v1);
	l->type = d->types[event->type];
	count(l, event);
	l->name_changed = -1;
	l->used = 0;
	/* What is told of a container again, with more in it, is no event. */
	*ret_judged = l->type != NO_TYPE && (event->type != WATCH_CONTAINER || d->containers.told);
	return 0;
}

/* Whether records of this type say more of the state than their head does. */
static bool changes_state(unsigned type)
{
	return type >= WATCH_OWN || type == __NR_execve || type == __NR_execveat || type == __NR_chdir ||
	       type == __NR_chroot || type == __NR_fchdir;
}

void detect_follow(struct detect *d, const struct event *event)
{
	bool judged;
	uint64_t refused = d->refused;
	if (event->type < WATCH_TYPES && changes_state(event->type)) {
		if (detect_begin(d, event, &judged) == 0)
			detect_end(d);
	} else {
		count(&d->look, event);
		procs_head(&d->procs, &d->containers, event);
	}
	d->refused = refused; /* counted where it is judged */
}

int detect_tell(struct detect *d, const struct event *event)
{
	struct event_view view;
	int r = event_view(event, event->size, &view);
	return r < 0 ? r : containers_event(&d->containers, &view);
}

static bool starts_program(const struct event *event)
{
	return (event->type == __NR_execve || event->type == __NR_execveat) && event->ret == 0;
}

/* A user without a name may have been made meanwhile; where there is none for long, the names are read ever more seldom. */
const char *detect_unnamed(struct detect *d, uint32_t *ret_pid, bool *ret_again)
{
	if (!d->proc)
		return NULL;
	struct container *c = d->proc->container ? d->proc->container : d->containers.host;
	uint64_t now = d->look.event->time;
	bool host = c == d->containers.host;
	if ((c->named && containers_user(&d->containers, d->proc->container, d->proc->uid)) ||
	    (!host && !d->proc->readers_pid))
		return NULL;
	/* Before the container's first program the root folder is not yet its own: the first programs ask again at once. */
	bool first = starts_program(d->look.event) && c->asked_by_programs < NAMES_ASKED_BY_PROGRAMS;
	if (now < c->ask_at && !first)
		return NULL;
	c->asked_by_programs += first;
	c->ask_at = now + (NAMES_AGAIN_NS << MIN_OF(c->asked, (unsigned)NAMES_DOUBLED_MAX));
	c->asked += !first;
	*ret_pid = d->proc->readers_pid;
	*ret_again = c->named;
	return c->id;
}

void detect_end(struct detect *d)
{
	procs_after(&d->procs, d->proc, &d->view);
	d->proc = NULL;
	d->look.proc = NULL;
	d->look.container = NULL;
}

int detect_get(void *ctx, unsigned field, const struct rule_arg *arg, struct rule_value *out)
{
	struct detect *d = ctx;
	return field < DETECT_FIELD_COUNT && d->fields[field] ? d->fields[field](&d->look, arg, out) : 0;
}

unsigned detect_type(const struct detect *d)
{
	return d->look.type;
}

uint64_t detect_number(const struct detect *d)
{
	return d->look.number;
}

int64_t detect_time(const struct detect *d)
{
	return look_wall(&d->look, d->look.event->time);
}

bool detect_is_of(const struct detect *d, const char *container)
{
	const struct container *c = d->look.container;
	size_t len = strlen(container);
	return c && (strcmp(c->id, container) == 0 || (c->name && strcmp(c->name, container) == 0) ||
		     (len >= DETECT_ID_SHORTEST && strncmp(c->id, container, len) == 0));
}

static void put_field(struct detect *d, struct json_out *out, unsigned field)
{
	static const struct rule_arg none;
	struct rule_value value;
	const char *name = detect_schema.fields[field].name;
	if (!detect_get(d, field, &none, &value))
		return;
	if (value.type == RULE_STRING) {
		struct rule_str first = value.list_count ? value.strs[0] : value.str;
		scoped_free char *text = strndup(first.at, first.len);
		json_out_str(out, name, text);
	} else if (value.type == RULE_BOOL) {
		json_out_bool(out, name, value.flag);
	} else {
		json_out_i64(out, name, value.number);
	}
}

void detect_describe(struct detect *d, struct json_out *out)
{
	static const unsigned fields[] = {
		FIELD_EVT_NUM,	      FIELD_EVT_RAWTIME,     FIELD_EVT_TYPE,	  FIELD_EVT_RES,   FIELD_EVT_RAWRES,
		FIELD_EVT_ARGS,	      FIELD_PROC_NAME,	     FIELD_PROC_PID,	  FIELD_PROC_PPID, FIELD_PROC_EXEPATH,
		FIELD_PROC_CMDLINE,   FIELD_PROC_CWD,	     FIELD_USER_UID,	  FIELD_USER_NAME, FIELD_CONTAINER_ID,
		FIELD_CONTAINER_NAME, FIELD_CONTAINER_IMAGE, FIELD_FD_NUM,	  FIELD_FD_TYPE,   FIELD_FD_NAME,
		FIELD_FS_PATH_NAME,   FIELD_FS_PATH_SOURCE,  FIELD_FS_PATH_TARGET};
	for (size_t i = 0; i < ARRAY_LEN(fields); i++)
		put_field(d, out, fields[i]);
	if (d->look.event->flags & EVENT_IO_URING)
		json_out_bool(out, "io_uring", true);
	if (d->look.event->flags & EVENT_COMPAT)
		json_out_bool(out, "32bit", true);
	if (d->look.event->flags & EVENT_DENIED)
		json_out_bool(out, "seccomp", true);
	if (d->look.event->flags & EVENT_LEXICAL)
		json_out_bool(out, "lexical", true);
}

void detect_ancestry(struct detect *d, struct json_out *out, const char *key)
{
	json_out_array(out, key);
	for (const struct proc *p = d->proc; p; p = p->parent) {
		json_out_object(out, NULL);
		json_out_u64(out, "pid", p->pid);
		json_out_str(out, "name", p->program ? p->program->name : NULL);
		json_out_str(out, "exepath", p->program ? p->program->path : NULL);
		json_out_str(out, "cmdline", p->program ? p->program->line : NULL);
		json_out_object_end(out);
	}
	json_out_array_end(out);
}

int detect_container_id(const char *path, char *id, size_t size, const char **ret_type)
{
	char found[CONTAINER_ID_MAX];
	int r = container_id_of(path, found, ret_type);
	if (r == 0)
		snprintf(id, size, "%s", found);
	return r;
}

const char *detect_record_name(unsigned type)
{
	static const char *const own[] = {"process", "fork", "exit", "cgroup-new", "cgroup-gone", "container", "users"};
	_Static_assert(ARRAY_LEN(own) == WATCH_TYPES - WATCH_OWN, "a name for each");
	if (type >= WATCH_TYPES)
		return "?";
	if (type >= WATCH_OWN)
		return own[type - WATCH_OWN];
	return call_names[type] ? call_names[type] : "?";
}

struct detect_stats detect_stats(const struct detect *d)
{
	return (struct detect_stats){
		.events = d->look.number,
		.refused = d->refused,
		.forgotten = d->procs.forgotten + d->containers.forgotten,
		.processes = d->procs.count - d->procs.ended,
		.containers = d->containers.count - 1,
	};
}
