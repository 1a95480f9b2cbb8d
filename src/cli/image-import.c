/* SPDX-License-Identifier: Apache-2.0 */
/*
 * skep image import: an image from a folder or archive into the store, its layers unpacked.
 */
#include <stdio.h>

#include "commands.h"
#include "flow/image.h"

struct options {
	bool quiet, packed;
};

static const struct cli_option options[] = {
	{'q', "quiet", CLI_FLAG, NULL, "print only the image's id", offsetof(struct options, quiet)},
	{0, "packed", CLI_FLAG, NULL, "do not unpack the layers yet", offsetof(struct options, packed)},
	{0},
};

static void put_notes(const struct flow_unpack_notes *n)
{
	if (n->skipped_devices)
		fprintf(stderr,
			"skep: %llu device nodes of the image were left out; containers get theirs from the runtime\n",
			(unsigned long long)n->skipped_devices);
	if (n->skipped_xattrs)
		fprintf(stderr, "skep: %llu extended attributes that belong to the host were left out\n",
			(unsigned long long)n->skipped_xattrs);
}

static int run(const struct cli_context *c, void *data, char **args, size_t count)
{
	SCOPED_PTR(oci_store) struct oci_store *store = NULL;
	SCOPED(oci_image) struct oci_image image = {0};
	const struct options *o = data;
	struct flow_import_notes imported = {0};
	struct flow_unpack_notes unpacked = {0};
	struct oci_ref ref;
	struct err e = {0};

	if (oci_ref_parse(args[0], &ref, &e) < 0)
		return cli_usage("%s", err_text(&e));
	if (ref.transport == OCI_TRANSPORT_NAME || ref.transport == OCI_TRANSPORT_ROOTFS)
		return cli_usage("image import reads oci:, oci-archive:, docker-archive: and dir:, as in oci:%s",
				 args[0]);
	if (oci_store_open(c->root, &store, &e) < 0 ||
	    flow_import(store, &ref, count > 1 ? args[1] : NULL, &image, &imported, &e) < 0 ||
	    (!o->packed && flow_unpack_layers(store, &image, &unpacked, &e) < 0))
		return cli_fail(&e, 0);
	if (o->quiet)
		printf("%s\n", image.id);
	else
		printf("%s  %.12s  %zu layers, %llu new\n", imported.name, image.id, image.layers.count,
		       (unsigned long long)unpacked.layers);
	put_notes(&unpacked);
	return CLI_OK;
}

const struct cli_command cli_image_import = {
	.name = "image import",
	.arguments = "SOURCE [NAME]",
	.summary = "bring an image from a folder or archive into the store",
	.example = "  skep image import oci:layout:latest web:1.2\n"
		   "  docker save web:1.2 > web.tar && skep image import docker-archive:web.tar\n",
	.options = options,
	.args_min = 1,
	.args_max = 2,
	.size = sizeof(struct options),
	.run = run,
};
