/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An image's configuration as a text that can be searched for secrets: a line for each step of its build, variable, label and
 * command, so that a line leads back to what it was. Pure.
 */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "oci/image-config.h"

/* Errors are B's. */
void assay_config_text(const struct oci_image_config *c, struct buf *b);
/* What LINE (from 1) is: "ENV NAME", "LABEL NAME", "step 3 of the build", "the command"; in A. */
const char *assay_config_place(const struct oci_image_config *c, uint64_t line, struct arena *a);
/* A step that only sets a variable to what it is in the end: it stands among the variables as well. */
bool assay_step_is_env(const struct oci_image_config *c, const char *step);
