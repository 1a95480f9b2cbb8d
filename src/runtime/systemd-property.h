/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Properties of a unit, each "(sv)" of a list: limits and annotations in systemd's words. Inside the room only.
 */
#pragma once

#include "bus.h"
#include "oci/spec.h"

void systemd_put_text(struct buf *b, const char *name, const char *value);
void systemd_put_bool(struct buf *b, const char *name, bool value);
void systemd_put_number(struct buf *b, const char *name, uint64_t value);
void systemd_put_pid(struct buf *b, const char *name, pid_t pid);

/* Every limit that systemd has a name for. UNIFIED: cgroup v2 alone. */
void systemd_put_resources(struct buf *b, const struct oci_resources *r, bool unified);

/* The device rules as a list of what is allowed; a rule that takes something away again is the kernel's alone. */
void systemd_put_devices(struct buf *b, const struct oci_resources *r);

/* Annotations "org.systemd.property.NAME", with values as GVariant writes them. */
#define SYSTEMD_ITEM_MAX 1024
#define SYSTEMD_ANNOTATION "org.systemd.property."
void systemd_put_annotations(struct buf *b, const struct oci_spec *spec);
/* Each annotation of that kind can be read: -EINVAL with words for one that cannot. Pure. */
int systemd_check_annotations(const struct oci_spec *spec, struct err *e) must_check;
