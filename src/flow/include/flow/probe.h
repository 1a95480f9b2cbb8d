/* SPDX-License-Identifier: Apache-2.0 */
/* What the guard holds on this host, each found out by a refusal. */
#pragma once

#include "kern/probe.h"

/* Ends with a NULL name. */
extern const struct kern_probe flow_probes[];
