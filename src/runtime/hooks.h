/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Running the specification's hooks (config.md, "POSIX-platform Hooks").
 */
#pragma once

#include "oci/spec.h"
#include "runtime/report.h"

/*
 * Runs every hook of KIND in order, with STATE on its standard input. Stops at the first one that fails, which is
 * killed with all it started when its timeout passes; its output is part of the words. Waits for each hook.
 */
int hooks_run(const struct oci_spec *spec, enum oci_hook_kind kind, const char *state, struct err *e) must_check;
/* The same; a hook that has no environment of its own gets ENV. */
int hooks_run_with(const struct oci_spec *spec, enum oci_hook_kind kind, const char *state, char *const *env,
		   struct err *e) must_check;
/* Runs all of them; each that fails is a warning. */
void hooks_run_all(const struct oci_spec *spec, enum oci_hook_kind kind, const char *state, const struct report *to);
