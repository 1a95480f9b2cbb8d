/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes of rules/skep.yaml, put into the program by the build. Inside the room only. */
#pragma once

#include <stddef.h>

extern const unsigned char default_rules[];
extern const size_t default_rules_size;
