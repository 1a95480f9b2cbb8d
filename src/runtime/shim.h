/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The executable that shim.c becomes, embedded by the build.
 */
#pragma once

#include <stddef.h>

extern const unsigned char shim_image[];
extern const size_t shim_image_size;
