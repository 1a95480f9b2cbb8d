/* SPDX-License-Identifier: Apache-2.0 */
/* The behaviour profile that a container was started with, and is held to now: a file in its folder. Inside the room only. */
#pragma once

#include "model/profile.h"

#define BEHAVIOUR_FILE "profile.json"

int behaviour_save(const struct profile *p, int dir, struct err *e) must_check;
int behaviour_load(int dir, struct profile *ret, struct err *e) must_check;
