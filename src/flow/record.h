/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A container's record on disk. Inside the room only.
 */
#pragma once

#include "flow/container.h"

#define RECORD_BYTES_MAX (4u << 20)

/* What it is: written once. */
int record_save(const struct flow_record *r, int dir, struct err *e) must_check;
/* What became of it: replaced in one step. */
int record_save_state(const struct flow_record *r, int dir, struct err *e) must_check;
/* Reads both; a missing state.json is a container that never started. */
int record_load(int dir, struct flow_record *ret, struct err *e) must_check;
