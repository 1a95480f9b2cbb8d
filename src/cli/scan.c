/* SPDX-License-Identifier: Apache-2.0 */
/*
 * skep scan and skep sbom: what is in an image, and what is wrong with it.
 */
#include <stdio.h>
#include <unistd.h>

#include "commands.h"
#include "flow/build.h"

#define OUTPUT_BYTES (1024u << 20)

struct options {
	const char *format;
	bool fresh;
};

static const struct cli_option sbom_options[] = {
	{'o', "output", CLI_TEXT, "FORMAT", "cyclonedx (1.6; the default), cyclonedx-1.7 or spdx (2.3)",
	 offsetof(struct options, format)},
	{0, "fresh", CLI_FLAG, NULL, "read every layer again, whatever the cache has", offsetof(struct options, fresh)},
	{0},
};

static void show_progress(void *data, size_t done, size_t count)
{
	if (count > 1)
		fprintf(stderr, "\r%zu of %zu layers read%s", done, count, done == count ? "\r\033[K" : "");
}

/* What could not be read is said on stderr, whatever the form; true when the inventory may not be whole. */
static bool say_gaps(const struct assay_report *r)
{
	for (size_t i = 0; i < r->layer_count; i++)
		if (r->layers[i].error[0])
			fprintf(stderr, "skep: layer %zu (%.19s): %s\n", i + 1, r->layers[i].digest,
				r->layers[i].error);
	for (size_t i = 0; i < r->inventory.remark_count; i++) {
		const struct model_part_remark *m = &r->inventory.remarks[i].remark;
		if (m->kind != MODEL_REMARK_UNREAD)
			continue;
		char line[512];
		snprintf(line, sizeof(line), "%s%s%s", m->path, m->path[0] ? ": " : "", m->text);
		str_plain(line, strlen(line));
		fprintf(stderr, "skep: %s%s\n", str_eq(m->rule, "grave") ? "packages may be missing: " : "", line);
	}
	return r->failed_layers || r->inventory.grave;
}

static struct flow_scan_options what_to_read(const struct cli_context *c, const struct options *o, char **args,
					     uint32_t flags)
{
	return (struct flow_scan_options){.target = args[0],
					  .root = c->root,
					  .flags = flags,
					  .fresh = o->fresh,
					  .progress = isatty(STDERR_FILENO) ? show_progress : NULL};
}

static int run_sbom(const struct cli_context *c, void *data, char **args, size_t count)
{
	const struct options *o = data;
	struct flow_scan_options read = what_to_read(c, o, args, MODEL_SCAN_PACKAGES);
	SCOPED(flow_assessment) struct flow_assessment a = {0};
	SCOPED(buf) struct buf b = BUF_INIT(OUTPUT_BYTES);
	bool spdx = str_eq(o->format, "spdx"), newer = str_eq(o->format, "cyclonedx-1.7");
	struct err e = {0};

	if (o->format && !spdx && !newer && !str_eq(o->format, "cyclonedx"))
		return cli_usage("-o %s: expected cyclonedx, cyclonedx-1.7 or spdx", o->format);
	if (flow_assess(&read, &a, &e) < 0)
		return cli_fail(&e, 0);
	if (spdx)
		assay_spdx(&a.report, &b);
	else
		assay_cyclonedx(&a.report, newer ? ASSAY_CYCLONEDX_1_7 : ASSAY_CYCLONEDX_1_6, &b);
	int code = cli_put(&b);
	return say_gaps(&a.report) && code == CLI_OK ? CLI_FAILED : code;
}

const struct cli_command cli_sbom = {
	.name = "sbom",
	.arguments = "IMAGE|PATH",
	.summary = "list what is in an image, as an SBOM",
	.example = "skep sbom web:1.2 >web.cdx.json\nskep sbom -o spdx oci:DIR:TAG\nskep sbom docker-archive:web.tar\n"
		   "skep sbom /srv/rootfs",
	.options = sbom_options,
	.args_min = 1,
	.args_max = 1,
	.size = sizeof(struct options),
	.run = run_sbom,
};
