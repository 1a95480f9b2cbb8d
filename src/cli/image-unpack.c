/* SPDX-License-Identifier: Apache-2.0 */
/*
 * skep image unpack: an image's root file system as a plain folder.
 */
#include "commands.h"
#include "flow/image.h"

static int run(const struct cli_context *c, void *data, char **args, size_t count)
{
	SCOPED_PTR(oci_store) struct oci_store *store = NULL;
	SCOPED(oci_image) struct oci_image image = {0};
	struct flow_unpack_notes notes = {0};
	struct err e = {0};

	if (oci_store_open(c->root, &store, &e) < 0 || oci_store_find(store, args[0], &image, &e) < 0 ||
	    flow_unpack_layers(store, &image, &notes, &e) < 0 || flow_unpack_to(store, &image, args[1], &e) < 0)
		return cli_fail(&e, 0);
	return CLI_OK;
}

const struct cli_command cli_image_unpack = {
	.name = "image unpack",
	.arguments = "IMAGE DIR",
	.summary = "write an image's root file system into a new folder",
	.args_min = 2,
	.args_max = 2,
	.run = run,
};
