/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The list of system calls of workers, as a seccomp filter. Inside the room only.
 */
#pragma once

#include "base/err.h"

int priv_confine_syscalls(struct err *e) must_check;
