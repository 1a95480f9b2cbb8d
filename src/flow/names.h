/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ids and names of containers. Inside the room only.
 */
#pragma once

#include "flow/container.h"

/* 64 random hex digits. */
int flow_new_id(char id[FLOW_ID_MAX], struct err *e) must_check;
/* Two words made from an id's digits; TRY gives others. */
void flow_make_name(const char *id, unsigned try, char name[FLOW_NAME_MAX]);
/* Letters, digits, _ . - after a letter or digit; -EINVAL with words. */
int flow_check_name(const char *name, struct err *e) must_check;
