/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is worth a remark about a file by its name and permissions alone. Inside the room only.
 */
#pragma once

#include "oci/tar.h"
#include "out.h"

/* A link where a package database is looked for may lead to one that is not found: remarked. */
void scan_look_at_link(struct scan_out *o, const char *path, const char *target);
void scan_look_at_entry(struct scan_out *o, const char *path, enum oci_tar_type type, uint32_t mode);
