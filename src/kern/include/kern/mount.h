/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The mount calls of Linux 5.12 and later (open_tree, move_mount, fsopen, mount_setattr), by descriptor only: a mount
 * is made detached, given its attributes, and attached to a place that was opened before, so that no path is walked
 * twice. Every function returns 0 or a descriptor, or -errno. Nothing here decides anything.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/* A detached copy of the mount at PATH below DIRFD ("" for DIRFD itself), with what is mounted below it if RECURSIVE. */
int kern_mount_clone(int dirfd, const char *path, bool recursive) must_check;

/* Attaches a detached mount on the object behind TARGET (an O_PATH descriptor in the caller's mount namespace). */
int kern_mount_attach(int mount, int target) must_check;

/* Takes an attached mount away again, with what is mounted on it; its descriptor stays good. */
int kern_mount_detach(int mount) must_check;

/* Sets and clears MOUNT_ATTR_*, and the propagation (MS_SHARED, ... or 0 to leave it). */
int kern_mount_set(int mount, bool recursive, uint64_t set, uint64_t clear, uint64_t propagation) must_check;

/* Maps owners by the user namespace behind USERNS (MOUNT_ATTR_IDMAP). The mount must be detached. */
int kern_mount_idmap(int mount, bool recursive, int userns) must_check;

/* A new file-system instance being configured. Errors carry the kernel's own words where it gave some. */
int kern_fs_open(const char *type, struct err *e) must_check;
int kern_fs_set(int fs, const char *key, const char *value, struct err *e) must_check; /* VALUE NULL: a flag */
/* Creates it and returns its detached mount with MOUNT_ATTR_* ATTRS. */
int kern_fs_mount(int fs, uint64_t attrs, struct err *e) must_check;

/* Makes every mount of the caller's namespace a slave or private: MS_SLAVE, MS_PRIVATE, ... */
int kern_mount_propagation_all(uint64_t propagation) must_check;

/* pivot_root(2) onto the mount ROOT (attached in this namespace), the old root detached. The cwd is then "/". */
int kern_pivot_root(int root) must_check;
