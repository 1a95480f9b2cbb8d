/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes of rules/secrets.toml, put into the program by the build. Inside the room only. */
#pragma once

#include <stddef.h>

extern const unsigned char secret_words[];
extern const size_t secret_words_size;
