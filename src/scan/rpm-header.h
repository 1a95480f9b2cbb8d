/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The header of an installed rpm, as its database keeps it. Inside the room only.
 */
#pragma once

#include "reader.h"

/* Adds the package and its files to the open group; -EBADMSG with words. */
int scan_rpm_header(struct scan_out *o, const uint8_t *data, size_t len, struct err *e) must_check;
