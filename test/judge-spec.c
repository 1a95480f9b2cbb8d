/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The decoder's verdict on many configurations: reads one JSON text per line, prints "good" or "bad" and the words for
 * each. tools/schema-cases compares the verdicts with those of a validator of JSON schemas.
 */
#include <stdio.h>
#include <stdlib.h>

#include "oci/spec.h"

int main(void)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t len;

	while ((len = getline(&line, &size, stdin)) > 0) {
		struct oci_spec spec = {0};
		struct err e = {0};
		int r = oci_spec_decode(line, (size_t)len, &spec, &e);
		printf("%s %s\n", r == 0 ? "good" : "bad", r == 0 ? "" : e.text);
		if (r == 0)
			oci_spec_done(&spec);
	}
	free(line);
	return 0;
}
