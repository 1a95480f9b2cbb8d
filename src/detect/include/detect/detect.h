/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Detection: events go in, in their order; the state they imply is kept (processes, containers, users), each is judged by
 * the rules, and what matches comes out as alerts. Pure over its inputs: it reads no file and no clock, so a recording
 * gives the same alerts each time.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "detect/schema.h"
#include "model/event.h"

struct detect;

struct detect_stats {
	uint64_t events, refused; /* refused: records that could not be read */
	uint64_t forgotten;	  /* processes, cgroups and containers that found no room */
	unsigned processes, containers;
};

/* BOOT is the wall-clock time (ns since 1970) at which the boot-time clock was 0; HOSTNAME stands in alerts. */
int detect_new(struct detect **ret, int64_t boot, const char *hostname) must_check;
void detect_free(struct detect *d);
DEFINE_SCOPED_PTR(detect)

/*
 * Takes one record: its changes to the state are made and its fields can be asked for until detect_end(). -EPROTO when it is no
 * record. Types without a name in the schema are state only: *RET_JUDGED is false for them.
 */
int detect_begin(struct detect *d, const struct event *event, bool *ret_judged) must_check;
/* The changes that come after judging: a process that ended is still there while its end is judged. */
void detect_end(struct detect *d);

/*
 * Takes a record that another detect judges, for its changes to the state alone: detects that are given the same records, each
 * by one of the two ways, are in the same state, so that several threads can share the judging of one stream of events.
 */
void detect_follow(struct detect *d, const struct event *event);

/* Takes a WATCH_CONTAINER or WATCH_USERS record without making it the present event. */
int detect_tell(struct detect *d, const struct event *event) must_check;
/*
 * Whose user names to read before the present event is judged: the id of its container, "" for the host, NULL when the user is known or was
 * asked for not long ago. *RET_PID is the process, as the reader of the events knows it, and *RET_AGAIN whether older names are there.
 */
const char *detect_unnamed(struct detect *d, uint32_t *ret_pid, bool *ret_again);

/* The getter for the rules; CTX is the struct detect. */
int detect_get(void *ctx, unsigned field, const struct rule_arg *arg, struct rule_value *out);
/* The place of the present event's type in detect_schema.events. */
unsigned detect_type(const struct detect *d);
/* Its number: how many were taken or followed, with it. */
uint64_t detect_number(const struct detect *d);
/* Its time, ns since 1970. */
int64_t detect_time(const struct detect *d);
/* Whether its container is the one of that id, beginning of an id, or name. */
enum { DETECT_ID_SHORTEST = 4 };
bool detect_is_of(const struct detect *d, const char *container);

/* The present event as members of the JSON object that is open, with Falco's names for fields. */
void detect_describe(struct detect *d, struct json_out *out);
/* Its process and the ancestors, as an array KEY of the JSON object that is open. */
void detect_ancestry(struct detect *d, struct json_out *out, const char *key);

/* The sensors' name for a place in detect_schema.events: an x86-64 system call number, or -1. */
int detect_call_of(unsigned type);

/* The container that a cgroup path names, and its engine ("skep", "docker"); -ENOENT when it names none. */
int detect_container_id(const char *path, char *id, size_t size, const char **ret_type) must_check;

/* The name of a record's type (enum WATCH_...): "openat", "fork". */
const char *detect_record_name(unsigned type);

struct detect_stats detect_stats(const struct detect *d);
