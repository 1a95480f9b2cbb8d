/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names made of what is in a report, so that two runs on the same image write the same.
 */
#include "words.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/digest.h"
#include "base/str.h"
#include "model/purl.h"

void words_time(int64_t s, char text[WORDS_TIME_MAX])
{
	time_t t = (time_t)s;
	struct tm tm;

	if (!gmtime_r(&t, &tm) || !strftime(text, WORDS_TIME_MAX, "%Y-%m-%dT%H:%M:%SZ", &tm))
		snprintf(text, WORDS_TIME_MAX, "1970-01-01T00:00:00Z");
}

void words_uuid(const struct assay_report *r, char uuid[WORDS_UUID_MAX])
{
	SCOPED(buf) struct buf seed = BUF_INIT(64u << 10);
	struct digest d = {.text = "sha256:0000000000000000000000000000000000000000000000000000000000000000"};

	buf_printf(&seed, "%s|%s|%s|%lld", r->name, r->manifest, r->config_digest, (long long)r->now_s);
	ignore(digest_of(buf_str(&seed), seed.len, &d)); /* zeros are a UUID too */
	const char *h = digest_hex(&d);
	snprintf(uuid, WORDS_UUID_MAX, "%.8s-%.4s-5%.3s-8%.3s-%.12s", h, h + 8, h + 13, h + 17, h + 20);
}

static bool same_url(const struct model_package *a, const struct model_package *b)
{
	return a->type == b->type && str_eq(a->name, b->name) && str_eq(a->version, b->version) &&
	       str_eq(a->arch ? a->arch : "", b->arch ? b->arch : "");
}

void words_reference(const struct assay_report *r, size_t i, struct buf *b)
{
	const struct assay_inventory *inv = &r->inventory;
	const struct model_package *p = &inv->packages[i].package;
	/* Names of languages that differ may still have one URL. */
	bool alone = model_package_is_os(p->type) && (!i || !same_url(&inv->packages[i - 1].package, p)) &&
		     (i + 1 == inv->package_count || !same_url(&inv->packages[i + 1].package, p));

	model_purl_format(p, &inv->release, b);
	if (!alone)
		buf_printf(b, "#%s%s", p->path, inv->packages[i].lock ? "!lock" : "");
}

void words_finding_key(const struct assay_report *r, const struct assay_finding *f, struct buf *b)
{
	const struct model_package *p = &r->inventory.packages[f->package].package;

	buf_printf(b, "%s|%s|%s|%s", f->vuln.id, model_package_type_name(p->type), p->name,
		   model_package_is_os(p->type) ? "" : p->path);
}

bool words_is_content(const struct assay_issue *x)
{
	return x->kind == MODEL_REMARK_SECRET || x->kind == MODEL_REMARK_MALWARE;
}

const char *words_issue_name(const struct assay_issue *x)
{
	return words_is_content(x) ? x->rule : x->title;
}

void words_issue_key(const struct assay_issue *x, struct buf *b)
{
	buf_printf(b, "%s|%s|%s", x->rule, x->path, x->kind == MODEL_REMARK_CONFIG ? x->text : "");
}

void assay_count(const struct assay_report *r, struct assay_counts *ret)
{
	*ret = (struct assay_counts){0};
	for (size_t i = 0; i < r->finding_count; i++) {
		const struct assay_finding *f = &r->findings[i];
		if (f->ignored) {
			ret->ignored++;
			continue;
		}
		ret->levels[f->vuln.severity.level]++;
		ret->fixable += f->vuln.status == VULN_FIXABLE;
		ret->exploited += f->vuln.kev;
		ret->malware += f->vuln.malicious;
	}
	for (size_t i = 0; i < r->issue_count; i++) {
		const struct assay_issue *x = &r->issues[i];
		ret->ignored += x->ignored != NULL;
		ret->secrets += !x->ignored && x->kind == MODEL_REMARK_SECRET;
		ret->malware += !x->ignored && x->kind == MODEL_REMARK_MALWARE;
	}
}

bool assay_is_whole(const struct assay_report *r, size_t *ret_manifests, size_t *ret_packages)
{
	size_t packages = 0;

	for (size_t i = 0; i < MODEL_PACKAGE_TYPES; i++)
		packages += r->without_feed[i];
	if (ret_manifests)
		*ret_manifests = r->inventory.grave;
	if (ret_packages)
		*ret_packages = packages;
	return !r->failed_layers && !r->inventory.grave && !packages;
}
