/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Landlock for a container's processes, by the annotation org.skep.landlock, which no runtime specification has yet. Its
 * members are those of the kernel (uapi/linux/landlock.h), its numbers the kernel's:
 *
 *   {"handled_access_fs": N, "handled_access_net": N, "scoped": N, "best_effort": false,
 *    "rules": [{"paths": ["/usr", ...], "allowed_access": N, "optional": false, "itself": false}, {"ports": [443, ...], "allowed_access": N}]}
 *
 * or a name: "read-only" (written is to /dev, /proc, /tmp, /run and /var/tmp alone), "no-tcp", or "strict": both, and no abstract socket and no
 * signal beyond the container. What the kernel does not know of those is left out.
 *
 * Paths are the container's. A rule about a folder is about everything below it, unless it is about the folder ITSELF: then it may be
 * listed, and that is all. The last name of a path may be a pattern: it stands for the files that are there when the container starts. What is handled is denied unless a rule allows it. A process of `exec` has the same rules, but no
 * scope: the domain would be another one, and could not signal the container's own processes.
 */
#pragma once

#include "base/arena.h"
#include "launch.h"

#define LANDLOCK_ANNOTATION "org.skep.landlock"

enum { LANDLOCK_RULES_MAX = 4096, LANDLOCK_ABI_KNOWN = 6 };

struct landlock_rule {
	const char *path; /* NULL: a port */
	uint64_t port, allowed;
	bool optional; /* a path that does not exist is passed over */
	bool itself;   /* of a folder only that it may be listed */
};

struct landlock_domain {
	uint64_t fs, net, scoped; /* handled; all 0: no domain */
	bool best_effort;	  /* what this kernel cannot handle is left out */
	struct landlock_rule *rules;
	size_t count;
};

/* TEXT of the annotation; the domain lives in ARENA. -EINVAL with words. */
int landlock_decode(const char *text, size_t len, struct arena *arena, struct landlock_domain *ret,
		    struct err *e) must_check;
/* Drops, or refuses by name (-ENOTSUP), what Landlock of this ABI version does not know. */
int landlock_fit(struct landlock_domain *d, long abi, struct err *e) must_check;

/* -EINVAL with words for what cannot be honoured: a wrong annotation, a kernel without it, no noNewPrivileges. */
int landlock_check(const struct oci_spec *spec, struct err *e) must_check;
/*
 * Inside the container, while still root: makes the ruleset. Returns its descriptor, -1 without the annotation. Then, with
 * the rights that the process will have, enters it.
 */
int landlock_open(const struct launch *l, int *ret, struct err *e) must_check;
int landlock_enter(int ruleset, struct err *e) must_check;
