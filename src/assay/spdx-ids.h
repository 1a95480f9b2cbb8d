/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes of spdx-ids.txt, one identifier a line, put into the program by the build. Inside the room only. */
#pragma once

#include <stddef.h>

extern const unsigned char spdx_ids[];
extern const size_t spdx_ids_size;
