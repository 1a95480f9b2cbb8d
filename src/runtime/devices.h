/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The devices that every container has (config-linux.md, "Default Devices").
 */
#pragma once

#include "launch.h"

#define DEFAULT_DEVICES 6

struct default_device {
	const char *name;
	unsigned major, minor;
};
extern const struct default_device default_devices[DEFAULT_DEVICES];
