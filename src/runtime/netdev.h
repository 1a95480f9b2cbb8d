/* SPDX-License-Identifier: Apache-2.0 */
/*
 * linux.netDevices (config-linux.md, "Network Devices"): host interfaces moved into the container.
 */
#pragma once

#include "oci/spec.h"

/* Moves every interface into the network namespace JOINED, or that of PID when it is -1, renamed where a name is given, with its global addresses,
 * and brings it up there when it was up before. */
int netdev_move_all(const struct oci_pairs *devices, int joined, pid_t pid, struct err *e) must_check;
