/* SPDX-License-Identifier: Apache-2.0 */
/*
 * User and group mappings of user namespaces and idmapped mounts (config-linux.md, "User namespace mappings").
 */
#pragma once

#include "base/buf.h"
#include "oci/spec.h"

/* Lines for a uid_map or gid_map file. */
int ids_format(const struct oci_id_mappings *m, struct buf *b) must_check;
/* Writes the maps of the process PID; where an unprivileged caller may not, through newuidmap and newgidmap. */
int ids_write_maps(const struct oci_spec *spec, pid_t pid, bool rootless, struct err *e) must_check;
/* A user namespace with these mappings, for an idmapped mount. */
int ids_userns(const struct oci_id_mappings *uids, const struct oci_id_mappings *gids, struct err *e) must_check;
