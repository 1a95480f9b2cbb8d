/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The runtime's config.json of a container: image, options and profile become one specification. Inside the room only.
 */
#pragma once

#include "flow/container.h"
#include "hold.h"
#include "profile.h"
#include "user.h"

struct flow_config {
	const struct flow_record *record;
	const struct flow_run_options *options;
	const struct oci_image_config *image; /* NULL for rootfs: */
	const struct flow_profile *profile;
	const struct hold *hold; /* a behaviour profile over it; NULL: none */
	const struct flow_user *user;
	const char *dir; /* the container's folder, absolute */
	bool read_only;
};

/* Appends the JSON. -EINVAL with words for an option that cannot be. */
int flow_config_write(const struct flow_config *c, struct buf *b, struct err *e) must_check;

/* The container's users on the host's range, as the member KEY. */
void flow_config_map(const struct flow_config *c, struct json_out *o, const char *key);

/* The parts, a file each. */
int flow_config_mounts(const struct flow_config *c, struct json_out *o, struct err *e) must_check;
void flow_config_seccomp(const struct flow_config *c, struct json_out *o);
int flow_config_resources(const struct flow_config *c, struct json_out *o, struct err *e) must_check;
