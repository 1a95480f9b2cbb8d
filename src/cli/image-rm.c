/* SPDX-License-Identifier: Apache-2.0 */
/*
 * skep image rm: removes names, and images nobody names or uses any more.
 */
#include <stdio.h>

#include "commands.h"
#include "oci/store.h"

static int run(const struct cli_context *c, void *data, char **args, size_t count)
{
	SCOPED_PTR(oci_store) struct oci_store *store = NULL;
	struct err e = {0};
	int code = CLI_OK;

	if (oci_store_open(c->root, &store, &e) < 0)
		return cli_fail(&e, 0);
	for (size_t i = 0; i < count; i++) {
		bool deleted = false;
		if (oci_store_remove(store, args[i], &deleted, &e) < 0)
			code = cli_fail(&e, 0);
		else
			printf("%s %s\n", deleted ? "deleted" : "untagged", args[i]);
	}
	return code;
}

const struct cli_command cli_image_rm = {
	.name = "image rm",
	.arguments = "IMAGE...",
	.summary = "remove images from the store",
	.args_min = 1,
	.args_max = 64,
	.run = run,
};
