/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mounts that a profile allows by kind and path, made by a process of ours in the caller's namespaces: a filter of calls sees no path, and who
 * is held by Landlock mounts nothing. The caller waits (seccomp user notification); what it asked is read once, and what is done is what was
 * read. Without that process the calls are not there (ENOSYS). Inside the room only.
 */
#pragma once

#include <limits.h>

#include "flow/container.h"
#include "model/profile.h"

#define MOUNTS_SOCKET "mounts.sock" /* in the container's folder: where the runtime hands over what asks */

/* One call of mount(2) or umount2(2), as it was asked. */
struct mount_request {
	bool unmount;
	uint64_t flags;
	char kind[64], source[256], target[PATH_MAX], data[PATH_MAX];
};

/* Kinds of file systems that show nothing but what is made in them, or what the caller sees anyway: of others the path says too little. */
bool mounts_is_kind(const char *kind);
/* Whether some profile's mounts need that process: those that are enforced and may be asked for at all. */
bool mounts_are_told(const struct profile *p);
/* 0, or the errno for what no profile allows: binds, moves, other kinds, changes of what is mounted. */
int mounts_check(const struct mount_request *q) must_check;
/* Whether P allows KIND at PATH, which is the container's. */
bool mounts_allow(const struct profile *p, const char *kind, const char *path);
/* The flags of the kernel's for a mount at PATH: no devices and no foreign privileges, no programs where P runs none. */
uint64_t mounts_flags(const struct profile *p, const char *path, uint64_t asked);

/* Who asks: descriptors that belong to the one whose call it is. */
struct mounts_caller {
	int user_ns, mount_ns, root, folder;
	uint32_t uid, gid; /* for files, as the host numbers them */
};

enum { MOUNTS_MADE_MAX = 256 };
/* What was made, by the kernel's numbers of mounts: nothing else is unmounted. */
struct mounts_made {
	uint64_t ids[MOUNTS_MADE_MAX];
	size_t count;
};

/* Does it, in a child that becomes one of the caller's: 0 or -errno, for the caller. Q's texts are taken apart. */
int mounts_act(const struct mounts_caller *c, struct mount_request *q, const struct profile *p,
	       struct mounts_made *made) must_check;

struct mounts_process {
	pid_t pid;
	int line; /* when it closes, the process ends */
};
#define MOUNTS_PROCESS_INIT ((struct mounts_process){.line = -1})
/* Before the container starts; no process when its profile allows no mounts. DIR is its folder. */
int mounts_begin(const struct flow_record *r, int dir, struct mounts_process *ret, struct err *e) must_check;
void mounts_end(struct mounts_process *p);
