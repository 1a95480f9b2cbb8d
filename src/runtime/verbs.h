/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Helpers shared by the operations on running containers. Inside the room only.
 */
#pragma once

#include "runtime/container.h"

/* A pidfd of the container's first process, verified to be the one that was started; -ESRCH when it is gone. */
int container_pidfd(const struct container *c) must_check;
