/* SPDX-License-Identifier: Apache-2.0 */
/* What an item of a profile is good for in an attack. Inside the room only. */
#pragma once

#include "policy/profile.h"

/* The level of an item, and why; *RET_WHY is NULL when it is what programs usually do. */
enum remark_level risk_of(enum profile_list list, const char *item, const char **ret_why);
/* A shell or interpreter, with which one program is all programs. */
bool risk_is_shell(const char *path);
/* An endpoint outside the machine. */
bool risk_is_outbound(const char *endpoint);
