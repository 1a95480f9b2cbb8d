/* SPDX-License-Identifier: Apache-2.0 */
/* What the guard is told about a container of ours. Inside the room only. */
#pragma once

#include "flow/denials.h"
#include "guard/guard.h"
#include "hosts.h"
#include "model/profile.h"

#define GUARDED_FILE "refused.json"

/* The guard of skep's own containers; -ENOTSUP and others with words where this host has none. */
int guarding_open(struct guard *ret, struct err *e) must_check;
/* What it can hold here: nothing where it cannot be had. */
struct guard_offers guarding_offers(void);

/*
 * P's endpoints and modes, and what is done about programs that are not the image's. P may be NULL: any address is allowed. HOSTS has the
 * addresses of P's names; what is beyond GUARD_RULES_MAX is not allowed. The device of the root is the caller's to set.
 */
void guarding_policy(const struct profile *p, const struct hosts *hosts, enum guard_mode drift,
		     struct guard_policy *ret);
/* The endpoints alone, in place of those that are there. */
void guarding_rules(const struct profile *p, const struct hosts *hosts, struct guard_policy *ret);

/* The unix sockets that P may connect to; -E2BIG with words. */
int guarding_sockets(const struct profile *p, struct guard_sockets *ret, struct err *e) must_check;

/* Whether PATH can be the place number INDEX of those where drift is allowed; -EINVAL and -E2BIG with words. */
int guarding_check_place(const char *path, size_t index, struct err *e) must_check;

/*
 * Before its first instruction, when its cgroup is there: the container R, whose folder is DIR and whose root file system is ROOT, gets
 * its policy if it needs one. Fails where something that is enforced could not be.
 */
int guarding_begin(const struct flow_record *r, int dir, int root, struct err *e) must_check;
/*
 * Changes the policy of a running container, one caller at a time. DIR is its folder. -ENOTSUP with words when it has none.
 */
typedef void guarding_change_fn(struct guard_policy *policy, void *data);
int guarding_change(const struct flow_record *r, int dir, guarding_change_fn *change, void *data,
		    struct err *e) must_check;
/* After its last one, before its cgroup goes: what was refused is kept in its folder. */
void guarding_end(const struct flow_record *r, int dir);
/* What the guard has counted for a running container. */
int guarding_denials(const struct flow_record *r, flow_denial_fn *fn, void *data, struct err *e) must_check;
