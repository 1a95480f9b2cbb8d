/* SPDX-License-Identifier: Apache-2.0 */
/* Warnings about a process that is going to be started. Inside the room only. */
#pragma once

#include "launch.h"
#include "runtime/report.h"

void warn_capabilities(const struct launch *l, const struct report *to);
/* What is left out of a container without mounts of its own. */
void warn_mounts(const struct launch *l, const struct report *to);
