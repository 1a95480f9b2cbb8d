/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Connections to ClamAV's clamd, for workers that may make none. Inside the room only.
 */
#pragma once

#include "base/err.h"

#define SCAN_CLAMD_TIMEOUT_S 180 /* beyond clamd's own MaxScanTime of two minutes */

/* A stream socket whose calls end after a while; -errno with words. */
int scan_clamd_connect(const char *path, struct err *e) must_check;
/* Does what listens at PATH answer as clamd does? */
int scan_clamd_check(const char *path, struct err *e) must_check;
