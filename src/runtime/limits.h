/* SPDX-License-Identifier: Apache-2.0 */
/*
 * linux.resources put into effect on a container's control groups. Inside the room only.
 */
#pragma once

#include "kern/cgroup.h"
#include "oci/resources.h"

/* Every limit that is set, on whichever version has its controller. A limit that no controller here can hold is an
 * error that names it. */
int limits_apply(const struct kern_cgroup *c, const struct oci_resources *r, struct err *e) must_check;
/* The device rules: nothing but what the rules and the default devices allow. */
int limits_devices(const struct kern_cgroup *c, const struct oci_resources *r, struct err *e) must_check;
/* What every container may use besides its rules. */
const struct oci_device_rule *limits_standard_devices(size_t *ret_count);
/* Whether the rules end by allowing everything. */
bool limits_devices_open(const struct oci_resources *r);
/* Whether R asks for any limit besides device rules. */
bool limits_any(const struct oci_resources *r);

/* -EBUSY with words when FILE in DIR says that more than LIMIT bytes are in use (memory.checkBeforeUpdate). */
int limits_check_usage(int dir, const char *file, int64_t limit, struct err *e) must_check;

/* The two versions. */
int limits_apply_v1(const struct kern_cgroup *c, const struct oci_resources *r, struct err *e) must_check;
int limits_apply_v2(const struct kern_cgroup *c, const struct oci_resources *r, struct err *e) must_check;
