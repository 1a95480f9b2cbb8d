/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Helpers of the file-tree building that have a file of their own. Used by rootfs.c alone.
 */
#pragma once

#include "launch.h"

/* The cgroup file system as the container sees it, on TARGET: v2 as one tree, v1 as a folder of hierarchies. */
int rootfs_mount_cgroup(const struct launch *l, const struct launch_mount *m, int target, struct err *e) must_check;

/* Copies what is in folder FROM to folder TO: files, folders, links, owners, modes. Limits are named in the file. */
int rootfs_copy_up(int from, int to, struct err *e) must_check;
