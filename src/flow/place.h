/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names and ranges: claimed by creating a file that holds the claimer's id. Inside the room only.
 */
#pragma once

#include "flow/container.h"
#include "overlay.h"

/* -EEXIST with words when another container has the name. */
int place_claim_name(struct flow_place *p, const char *name, const char *id, struct err *e) must_check;
/* *RET is the first host id of a range no other container has. */
int place_claim_range(struct flow_place *p, const char *id, uint32_t *ret, struct err *e) must_check;
/* Gives back what R holds; what is gone already is fine. */
void place_release(struct flow_place *p, const struct flow_record *r);
/* Folder of the runtime's own state, made where missing. */
int place_runtime_root(const struct flow_place *p, char *path, size_t len, struct err *e) must_check;
/* The layers that a container runs on, the topmost first, opened. */
int place_lowers(struct flow_place *p, const struct flow_record *r, struct flow_lowers *l, struct err *e) must_check;
