/* SPDX-License-Identifier: Apache-2.0 */
/* The two numbers in front of a kernel's release. */
#include "kern/release.h"

#include <stdlib.h>
#include <sys/utsname.h>

bool kern_release_text_is(const char *release, unsigned major, unsigned minor)
{
	char *rest;
	unsigned long first = strtoul(release, &rest, 10);
	unsigned long second = *rest == '.' ? strtoul(rest + 1, NULL, 10) : 0;

	return first > major || (first == major && second >= minor);
}

bool kern_release_is(unsigned major, unsigned minor)
{
	struct utsname u;

	return uname(&u) == 0 && kern_release_text_is(u.release, major, minor);
}
