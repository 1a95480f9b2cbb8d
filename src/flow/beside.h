/* SPDX-License-Identifier: Apache-2.0 */
/* Processes beside a container's monitor, forked from it. Inside the room only. */
#pragma once

#include "base/cleanup.h"

/*
 * In the new process: the container's folder and the line to the monitor stay open, under other numbers, and nothing else of the monitor's:
 * whoever waits for the end of a pipe of its waits for the monitor alone.
 */
int beside_keep(int *dir, int *line) must_check;
