/* SPDX-License-Identifier: Apache-2.0 */
/* Folders below ROOT that decide what skep believes: the owner's alone. Inside the room only. */
#pragma once

#include <stdbool.h>

/* ROOT/NAME, made when it is not there and MAKE; -1 when there is none, or when anybody else owns or may write it. */
int own_folder_open(const char *root, const char *name, bool make);
