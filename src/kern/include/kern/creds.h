/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a process may do: capability sets, users and groups, by the bare system calls, so that nothing depends on
 * libc's idea of all threads. Every function returns 0 or -errno and acts on the calling thread.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/cleanup.h"

/* The number of the last capability this kernel knows (/proc/sys/kernel/cap_last_cap by PR_CAPBSET_READ). */
int kern_caps_last(void);
/* Drops everything outside KEEP from the bounding set. */
int kern_caps_bound(uint64_t keep) must_check;
int kern_caps_set(uint64_t effective, uint64_t permitted, uint64_t inheritable) must_check;
int kern_caps_get(uint64_t *ret_effective, uint64_t *ret_permitted, uint64_t *ret_inheritable) must_check;
uint64_t kern_caps_bounding(void);
/* Empties the ambient set, then raises what is in SET. */
int kern_caps_ambient(uint64_t set) must_check;

int kern_set_ids(uid_t uid, gid_t gid) must_check;
int kern_set_groups(const gid_t *groups, size_t count) must_check;
