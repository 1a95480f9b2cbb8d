/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SPDX 2.3 as JSON: one package for what was scanned, one for the operating system, one for each found, related by
 * DESCRIBES and CONTAINS.
 */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "model/purl.h"
#include "licence.h"
#include "words.h"

#define ROOT_ID "SPDXRef-Scanned"
#define SYSTEM_ID "SPDXRef-OperatingSystem"

static void put_head(struct json_out *o, const struct assay_report *r)
{
	char uuid[WORDS_UUID_MAX], space[WORDS_UUID_MAX + 64], time[WORDS_TIME_MAX];

	words_uuid(r, uuid);
	words_time(r->now_s, time);
	snprintf(space, sizeof(space), "https://spdx.org/spdxdocs/skep-%s", uuid);
	json_out_str(o, "spdxVersion", "SPDX-2.3");
	json_out_str(o, "dataLicense", "CC0-1.0");
	json_out_str(o, "SPDXID", "SPDXRef-DOCUMENT");
	json_out_str(o, "name", r->name);
	json_out_str(o, "documentNamespace", space);
	json_out_object(o, "creationInfo");
	json_out_str(o, "created", time);
	json_out_array(o, "creators");
	json_out_str(o, NULL, "Tool: skep-" SKEP_VERSION);
	json_out_array_end(o);
	json_out_object_end(o);
}

static void put_common(struct json_out *o, const char *id, const char *name, const char *version, const char *purpose)
{
	json_out_str(o, "SPDXID", id);
	json_out_str(o, "name", name);
	if (version && *version)
		json_out_str(o, "versionInfo", version);
	json_out_str(o, "downloadLocation", "NOASSERTION");
	json_out_bool(o, "filesAnalyzed", false);
	json_out_str(o, "licenseConcluded", "NOASSERTION");
	json_out_str(o, "copyrightText", "NOASSERTION");
	json_out_str(o, "primaryPackagePurpose", purpose);
}

static void put_url(struct json_out *o, const struct assay_report *r, const struct model_package *p)
{
	SCOPED(buf) struct buf url = BUF_INIT(16384);

	model_purl_format(p, &r->inventory.release, &url);
	json_out_array(o, "externalRefs");
	json_out_object(o, NULL);
	json_out_str(o, "referenceCategory", "PACKAGE-MANAGER");
	json_out_str(o, "referenceType", "purl");
	json_out_str(o, "referenceLocator", buf_str(&url));
	json_out_object_end(o);
	json_out_array_end(o);
}

static void put_licence(struct json_out *o, const char *licence, struct strv *others)
{
	SCOPED(buf) struct buf text = BUF_INIT(65536);
	bool known = licence && *licence && licence_to_spdx(licence, &text, others) == 0 && !buf_error(&text);

	json_out_str(o, "licenseDeclared", known ? buf_str(&text) : "NOASSERTION");
}

/* Licences that are not on SPDX's list, by what stood there. */
static void put_others(struct json_out *o, const struct strv *others)
{
	if (!others->count)
		return;
	json_out_array(o, "hasExtractedLicensingInfos");
	for (size_t i = 0; i + 1 < others->count; i += 2) {
		json_out_object(o, NULL);
		json_out_str(o, "licenseId", others->items[i]);
		json_out_str(o, "name", others->items[i + 1]);
		json_out_str(o, "extractedText", others->items[i + 1]);
		json_out_object_end(o);
	}
	json_out_array_end(o);
}

static void put_package(struct json_out *o, const struct assay_report *r, size_t i, struct strv *others)
{
	const struct model_package *p = &r->inventory.packages[i].package;
	SCOPED(buf) struct buf from = BUF_INIT(16384);
	char id[48];

	snprintf(id, sizeof(id), "SPDXRef-Package-%zu", i + 1);
	json_out_object(o, NULL);
	put_common(o, id, p->name, p->version, "LIBRARY");
	put_licence(o, p->licence, others);
	buf_printf(&from, "found in: %s%s", p->path, r->inventory.packages[i].lock ? " (lock)" : "");
	json_out_str(o, "sourceInfo", buf_str(&from));
	put_url(o, r, p);
	json_out_object_end(o);
}

static void put_packages(struct json_out *o, const struct assay_report *r, struct strv *others)
{
	const struct model_release *release = &r->inventory.release;

	json_out_array(o, "packages");
	json_out_object(o, NULL);
	put_common(o, ROOT_ID, r->name, r->manifest[0] ? r->manifest : r->config_digest,
		   r->is_image ? "CONTAINER" : "FILE");
	json_out_str(o, "licenseDeclared", "NOASSERTION");
	json_out_object_end(o);
	if (r->inventory.has_release) {
		json_out_object(o, NULL);
		put_common(o, SYSTEM_ID, release->id ? release->id : "unknown", release->version_id,
			   "OPERATING_SYSTEM");
		json_out_str(o, "licenseDeclared", "NOASSERTION");
		json_out_object_end(o);
	}
	for (size_t i = 0; i < r->inventory.package_count; i++)
		put_package(o, r, i, others);
	json_out_array_end(o);
}

static void relate(struct json_out *o, const char *a, const char *type, const char *b)
{
	json_out_object(o, NULL);
	json_out_str(o, "spdxElementId", a);
	json_out_str(o, "relationshipType", type);
	json_out_str(o, "relatedSpdxElement", b);
	json_out_object_end(o);
}

void assay_spdx(const struct assay_report *r, struct buf *b)
{
	SCOPED(strv) struct strv others = {0};
	struct json_out o = JSON_OUT_PRETTY(b);
	char id[48];

	json_out_object(&o, NULL);
	put_head(&o, r);
	put_packages(&o, r, &others);
	put_others(&o, &others);
	json_out_array(&o, "relationships");
	relate(&o, "SPDXRef-DOCUMENT", "DESCRIBES", ROOT_ID);
	if (r->inventory.has_release)
		relate(&o, ROOT_ID, "CONTAINS", SYSTEM_ID);
	for (size_t i = 0; i < r->inventory.package_count; i++) {
		snprintf(id, sizeof(id), "SPDXRef-Package-%zu", i + 1);
		if (r->inventory.packages[i].package.dev)
			relate(&o, id, "DEV_DEPENDENCY_OF", ROOT_ID);
		else
			relate(&o, ROOT_ID, "CONTAINS", id);
	}
	json_out_array_end(&o);
	json_out_object_end(&o);
}
