/* SPDX-License-Identifier: Apache-2.0 */
/* PR_SET_MDWE by annotation. */
#include "promise.h"

#include <errno.h>
#include <string.h>
#include <sys/prctl.h>

#include "kern/process.h"

enum { SET_MDWE = 65, REFUSE_EXEC_GAIN = 1 }; /* newer than Debian 12's headers */

static const char *find(const struct oci_spec *spec)
{
	for (size_t i = 0; i < spec->annotations.count; i++)
		if (strcmp(spec->annotations.at[i].key, PROMISE_ANNOTATION) == 0)
			return spec->annotations.at[i].value;
	return NULL;
}

int promise_check(const struct oci_spec *spec, struct err *e)
{
	const char *value = find(spec);

	if (!value)
		return 0;
	if (strcmp(value, "write-xor-execute") != 0)
		return err_set(e, -EINVAL, "annotation " PROMISE_ANNOTATION ": \"%.60s\" is not \"write-xor-execute\"",
			       value);
	if (!kern_has_mdwe())
		return err_set(e, -ENOTSUP,
			       "annotation " PROMISE_ANNOTATION ": this kernel cannot hold it (Linux 6.3 can)");
	return 0;
}

int promise_make(const struct launch *l, struct err *e)
{
	if (!find(l->spec))
		return 0;
	return prctl(SET_MDWE, REFUSE_EXEC_GAIN, 0, 0, 0) < 0 ? err_sys(e, -errno, "cannot promise write-xor-execute")
							      : 0;
}
