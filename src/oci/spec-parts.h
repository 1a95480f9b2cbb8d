/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts of the runtime configuration, each decoded by a file of its own. Inside the room only.
 */
#pragma once

#include "decode.h"

decode_fn oci_decode_process;	/* struct oci_process */
decode_fn oci_decode_linux;	/* struct oci_linux */
decode_fn oci_decode_resources; /* struct oci_resources */
decode_fn oci_decode_seccomp;	/* struct oci_seccomp */

extern const struct decode_field oci_id_mapping_fields[];
