/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every reader, by the file that holds it. Inside the room only.
 */
#pragma once

#include "reader.h"

extern const struct scan_reader scan_release;		    /* release.c */
extern const struct scan_reader scan_dpkg, scan_dpkg_files; /* dpkg.c */
extern const struct scan_reader scan_apk;		    /* apk.c */
