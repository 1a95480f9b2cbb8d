/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An image is read layer by layer, the layers are put on top of each other, and what is there is judged.
 */
#include "flow/build.h"

#include "base/clock.h"

#define ARENA_BYTES (1024u << 20)

void flow_assessment_done(struct flow_assessment *a)
{
	flow_scan_done(&a->scan);
	arena_done(&a->arena);
}

static int make_inventory(struct flow_assessment *a, struct err *e)
{
	const struct flow_scan *s = &a->scan;
	struct model_part *parts = ARENA_ARRAY(&a->arena, s->layer_count + 1, struct model_part);

	if (!parts)
		return err_set(e, -ENOMEM, "out of memory");
	for (size_t i = 0; i < s->layer_count; i++)
		parts[i] = s->layers[i].part;
	return assay_inventory_make(parts, s->layer_count, &a->arena, &a->report.inventory, e);
}

static int fill_report(struct flow_assessment *a, struct err *e)
{
	const struct flow_scan *s = &a->scan;
	struct assay_layer *layers = ARENA_ARRAY(&a->arena, s->layer_count + 1, struct assay_layer);

	if (!layers)
		return err_set(e, -ENOMEM, "out of memory");
	for (size_t i = 0; i < s->layer_count; i++)
		layers[i] = (struct assay_layer){.digest = s->layers[i].digest,
						 .created_by = s->layers[i].created_by,
						 .error = s->layers[i].error,
						 .bytes = s->layers[i].bytes};
	a->report.name = s->name;
	a->report.manifest = s->manifest;
	a->report.config_digest = s->config_digest;
	a->report.is_image = s->is_image;
	a->report.layers = layers;
	a->report.layer_count = s->layer_count;
	a->report.failed_layers = s->failed;
	a->report.now_s = clock_wall() / CLOCK_NS_PER_S;
	return 0;
}

int flow_assess(const struct flow_scan_options *o, struct flow_assessment *ret, struct err *e)
{
	*ret = (struct flow_assessment){.arena = ARENA_INIT(ARENA_BYTES)};
	int r = flow_scan_read(o, &ret->scan, e);

	if (r == 0)
		r = make_inventory(ret, e);
	if (r == 0)
		r = fill_report(ret, e);
	return r;
}
