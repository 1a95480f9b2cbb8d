/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CycloneDX (ECMA-424) 1.6 and 1.7: the packages as components, what they were found in as properties. What skep needs to
 * judge the document again (the source package, the release) is in the package URLs and the operating system's component.
 */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "model/purl.h"
#include "words.h"

#define PURL_BYTES 16384

static void property(struct json_out *o, const char *name, const char *value)
{
	if (!value || !*value)
		return;
	json_out_object(o, NULL);
	json_out_str(o, "name", name);
	json_out_str(o, "value", value);
	json_out_object_end(o);
}

static void put_tool(struct json_out *o)
{
	json_out_object(o, "tools");
	json_out_array(o, "components");
	json_out_object(o, NULL);
	json_out_str(o, "type", "application");
	json_out_str(o, "name", "skep");
	json_out_str(o, "version", SKEP_VERSION);
	json_out_object_end(o);
	json_out_array_end(o);
	json_out_object_end(o);
}

static void put_metadata(struct json_out *o, const struct assay_report *r)
{
	char time[WORDS_TIME_MAX];

	words_time(r->now_s, time);
	json_out_object(o, "metadata");
	json_out_str(o, "timestamp", time);
	put_tool(o);
	json_out_object(o, "component");
	json_out_str(o, "type", r->is_image ? "container" : "file");
	json_out_str(o, "bom-ref", "scanned");
	json_out_str(o, "name", r->name);
	if (r->manifest[0] || r->config_digest[0])
		json_out_str(o, "version", r->manifest[0] ? r->manifest : r->config_digest);
	if (r->layer_count && r->layers[0].digest[0]) {
		json_out_array(o, "properties");
		for (size_t i = 0; i < r->layer_count; i++)
			property(o, "skep:layer", r->layers[i].digest);
		json_out_array_end(o);
	}
	json_out_object_end(o);
	json_out_object_end(o);
}

static void put_release(struct json_out *o, const struct model_release *r)
{
	json_out_object(o, NULL);
	json_out_str(o, "type", "operating-system");
	json_out_str(o, "bom-ref", "operating-system");
	json_out_str(o, "name", r->id ? r->id : "unknown");
	if (r->version_id)
		json_out_str(o, "version", r->version_id);
	if (r->pretty_name)
		json_out_str(o, "description", r->pretty_name);
	json_out_array(o, "properties");
	property(o, "skep:id_like", r->id_like);
	property(o, "skep:codename", r->codename);
	property(o, "skep:cpe", r->cpe_name);
	json_out_array_end(o);
	json_out_object_end(o);
}

static void put_licence(struct json_out *o, const char *licence)
{
	if (!licence || !*licence)
		return;
	json_out_array(o, "licenses");
	json_out_object(o, NULL);
	json_out_object(o, "license");
	json_out_str(o, "name", licence);
	json_out_object_end(o);
	json_out_object_end(o);
	json_out_array_end(o);
}

static void put_package(struct json_out *o, const struct assay_report *r, size_t i)
{
	const struct assay_package *a = &r->inventory.packages[i];
	const struct model_package *p = &a->package;
	SCOPED(buf) struct buf text = BUF_INIT(PURL_BYTES);
	bool layered = p->layer < r->layer_count && r->layers[p->layer].digest[0];

	words_reference(r, i, &text);
	json_out_object(o, NULL);
	json_out_str(o, "type", "library");
	json_out_str(o, "bom-ref", buf_str(&text));
	json_out_str(o, "name", p->name);
	json_out_str(o, "version", p->version);
	/* A part that only development needs is not in what is delivered. */
	if (p->dev)
		json_out_str(o, "scope", "excluded");
	put_licence(o, p->licence);
	buf_reset(&text);
	model_purl_format(p, &r->inventory.release, &text);
	json_out_str(o, "purl", buf_str(&text));
	json_out_array(o, "properties");
	property(o, "skep:path", p->path);
	property(o, "skep:layer", layered ? r->layers[p->layer].digest : NULL);
	property(o, "skep:lock", a->lock ? "true" : NULL);
	json_out_array_end(o);
	json_out_object_end(o);
}

static void put_dependencies(struct json_out *o, const struct assay_report *r)
{
	json_out_array(o, "dependencies");
	json_out_object(o, NULL);
	json_out_str(o, "ref", "scanned");
	json_out_array(o, "dependsOn");
	if (r->inventory.has_release)
		json_out_str(o, NULL, "operating-system");
	for (size_t i = 0; i < r->inventory.package_count; i++) {
		SCOPED(buf) struct buf text = BUF_INIT(PURL_BYTES);
		words_reference(r, i, &text);
		json_out_str(o, NULL, buf_str(&text));
	}
	json_out_array_end(o);
	json_out_object_end(o);
	json_out_array_end(o);
}

/* ---- vulnerabilities ---- */

static void put_rating(struct json_out *o, const struct vuln_severity *s)
{
	static const char *const words[VULN_SEVERITY_LEVELS] = {"unknown", "info", "low", "medium", "high", "critical"};

	json_out_array(o, "ratings");
	json_out_object(o, NULL);
	if (s->tenths >= 0)
		json_out_real(o, "score", s->tenths / 10.0);
	json_out_str(o, "severity", words[s->level]);
	if (s->vector)
		json_out_str(o, "vector", s->vector);
	json_out_object_end(o);
	json_out_array_end(o);
}

static void put_vulnerability(struct json_out *o, const struct assay_report *r, const struct assay_finding *f)
{
	SCOPED(buf) struct buf text = BUF_INIT(PURL_BYTES);

	json_out_object(o, NULL);
	json_out_str(o, "id", f->vuln.id);
	put_rating(o, &f->vuln.severity);
	if (f->vuln.reason)
		json_out_str(o, "detail", f->vuln.reason);
	if (f->vuln.fixed) {
		buf_printf(&text, "Upgrade to %s", f->vuln.fixed);
		json_out_str(o, "recommendation", buf_str(&text));
		buf_reset(&text);
	}
	if (f->ignored) {
		json_out_object(o, "analysis");
		json_out_str(o, "state", "not_affected");
		json_out_str(o, "detail", f->ignored);
		json_out_object_end(o);
	}
	words_reference(r, f->package, &text);
	json_out_array(o, "affects");
	json_out_object(o, NULL);
	json_out_str(o, "ref", buf_str(&text));
	json_out_object_end(o);
	json_out_array_end(o);
	json_out_object_end(o);
}

void assay_cyclonedx(const struct assay_report *r, enum assay_cyclonedx version, struct buf *b)
{
	const char *number = version == ASSAY_CYCLONEDX_1_7 ? "1.7" : "1.6";
	struct json_out o = JSON_OUT_PRETTY(b);
	char uuid[WORDS_UUID_MAX], urn[WORDS_UUID_MAX + 16], schema[80];

	words_uuid(r, uuid);
	snprintf(urn, sizeof(urn), "urn:uuid:%s", uuid);
	snprintf(schema, sizeof(schema), "http://cyclonedx.org/schema/bom-%s.schema.json", number);
	json_out_object(&o, NULL);
	json_out_str(&o, "$schema", schema);
	json_out_str(&o, "bomFormat", "CycloneDX");
	json_out_str(&o, "specVersion", number);
	json_out_str(&o, "serialNumber", urn);
	json_out_i64(&o, "version", 1);
	put_metadata(&o, r);
	json_out_array(&o, "components");
	if (r->inventory.has_release)
		put_release(&o, &r->inventory.release);
	for (size_t i = 0; i < r->inventory.package_count; i++)
		put_package(&o, r, i);
	json_out_array_end(&o);
	put_dependencies(&o, r);
	if (r->judged) {
		json_out_array(&o, "vulnerabilities");
		for (size_t i = 0; i < r->finding_count; i++)
			put_vulnerability(&o, r, &r->findings[i]);
		json_out_array_end(&o);
	}
	json_out_object_end(&o);
}
