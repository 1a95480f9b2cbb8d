/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a specification can be honoured here: what it asks for must have an effect, or be refused by name.
 */
#pragma once

#include "oci/spec.h"

int validate_spec(const struct oci_spec *spec, struct err *e) must_check;
