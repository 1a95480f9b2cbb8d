/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Running the specification's hooks (config.md, "POSIX-platform Hooks").
 */
#pragma once

#include "oci/spec.h"

/*
 * Runs every hook of KIND in order, with STATE on its standard input. Stops at the first one that fails, which is
 * killed with all it started when its timeout passes; its output is part of the words. Waits for each hook.
 */
int hooks_run(const struct oci_spec *spec, enum oci_hook_kind kind, const char *state, struct err *e) must_check;
