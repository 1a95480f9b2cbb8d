/* SPDX-License-Identifier: Apache-2.0 */
/*
 * skep image export: an image of the store as an OCI layout, in a folder or an archive.
 */
#include "commands.h"
#include "flow/image.h"

static int run(const struct cli_context *c, void *data, char **args, size_t count)
{
	SCOPED_PTR(oci_store) struct oci_store *store = NULL;
	SCOPED(oci_image) struct oci_image image = {0};
	struct oci_ref to;
	struct err e = {0};

	if (oci_ref_parse(args[1], &to, &e) < 0)
		return cli_usage("%s", err_text(&e));
	if (to.transport != OCI_TRANSPORT_LAYOUT && to.transport != OCI_TRANSPORT_OCI_ARCHIVE)
		return cli_usage("image export writes oci:DIR[:TAG] and oci-archive:FILE[:TAG]");
	if (oci_store_open(c->root, &store, &e) < 0 || oci_store_find(store, args[0], &image, &e) < 0 ||
	    flow_export(store, &image, &to, &e) < 0)
		return cli_fail(&e, 0);
	return CLI_OK;
}

const struct cli_command cli_image_export = {
	.name = "image export",
	.arguments = "IMAGE DESTINATION",
	.summary = "write an image to oci:DIR[:TAG] or oci-archive:FILE[:TAG]",
	.example = "  skep image export web:1.2 oci-archive:web.tar:1.2\n",
	.args_min = 2,
	.args_max = 2,
	.run = run,
};
