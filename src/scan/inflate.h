/* SPDX-License-Identifier: Apache-2.0 */
/* The inflater of layers. */
#pragma once

#include "oci/stream.h"

extern const struct oci_inflater scan_inflater;
