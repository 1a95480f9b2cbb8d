/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which Linux this is. To be asked only where trying is not possible or leaves words in the kernel's log: a vendor's
 * kernel may have what its number does not promise.
 */
#pragma once

#include <stdbool.h>

#include "base/cleanup.h"

/* Whether RELEASE ("6.1.0-56-cloud-amd64") is MAJOR.MINOR or newer; false for what is no release. */
bool kern_release_text_is(const char *release, unsigned major, unsigned minor) must_check;

/* The same of the kernel that runs. */
bool kern_release_is(unsigned major, unsigned minor) must_check;
