/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A container's folder: ROOT/ID/ with state.json, process (the first process's pid and start time), config.json (the specification it was created from, kept because the
 * bundle may change afterwards) and start.sock (while it is created but not started). Inside the room only.
 */
#pragma once

#include "runtime/container.h"

#define STATE_START_SOCKET "start.sock"

/* Names that are safe as one path component: letters, digits, '_', '+', '-', '.', not beginning with '.'. */
int state_check_id(const char *id, struct err *e) must_check;
/* Makes and locks the folder. -EEXIST: "container with given ID already exists". */
int state_make(const char *root, const char *id, int *ret_dir, struct err *e) must_check;
/* Locks an existing folder; waits for whoever changes it at most WAIT_MS, then -EBUSY. */
#define STATE_LOCK_WAIT_MS 10000
int state_lock(int dir, int wait_ms) must_check;
/* Saves what is known before there is a process. */
int state_save(const struct container *c, struct err *e) must_check;
/* Adds the first process, once: a file of its own, so that neither has to be written twice. */
int state_save_process(const struct container *c, struct err *e) must_check;
/* Removes the folder with what is in it. */
int state_remove(const char *root, const char *id, struct err *e) must_check;
int state_save_config(int dir, const struct buf *text, struct err *e) must_check;
/* A folder for compiled filters below ROOT, made when missing; -1 without one. */
int state_filter_cache(const char *root);

/* Tells the caller's files and sockets of a new process. */
int container_announce(const char *pid_file, const char *pidfd_socket, pid_t pid, int pidfd, struct err *e) must_check;
/* Runs the hooks of KIND in the container's namespaces, as its root. */
int container_run_inside(struct container *c, enum oci_hook_kind kind, const char *state, struct err *e) must_check;
