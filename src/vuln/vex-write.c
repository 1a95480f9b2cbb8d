/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Findings as OpenVEX 0.2.0 (github.com/openvex/spec).
 */
#include <stdio.h>
#include <time.h>

#include "model/purl.h"
#include "vuln/vex.h"

#define TIME_MAX 32

static const char *time_text(int64_t s, char text[TIME_MAX])
{
	time_t t = (time_t)s;
	struct tm tm;

	if (!gmtime_r(&t, &tm) || !strftime(text, TIME_MAX, "%Y-%m-%dT%H:%M:%SZ", &tm))
		return "1970-01-01T00:00:00Z";
	return text;
}

void vuln_openvex_begin(struct json_out *o, const char *id, const char *author, int64_t now_s)
{
	char text[TIME_MAX];

	json_out_object(o, NULL);
	json_out_str(o, "@context", "https://openvex.dev/ns/v0.2.0");
	json_out_str(o, "@id", id);
	json_out_str(o, "author", author);
	json_out_str(o, "timestamp", time_text(now_s, text));
	json_out_i64(o, "version", 1);
	json_out_str(o, "tooling", "skep " SKEP_VERSION);
	json_out_array(o, "statements");
}

static void put_status(struct json_out *o, const struct vuln_finding *f)
{
	SCOPED(buf) struct buf action = BUF_INIT(4096);

	if (f->suppressed || f->status == VULN_NOT_AFFECTED) {
		json_out_str(o, "status", vuln_vex_status_name(VEX_NOT_AFFECTED));
		json_out_str(o, "impact_statement", f->suppressed ? f->suppressed : f->reason);
		return;
	}
	if (f->status == VULN_UNDECIDED) {
		json_out_str(o, "status", vuln_vex_status_name(VEX_UNDER_INVESTIGATION));
		json_out_str(o, "status_notes", f->reason);
		return;
	}
	json_out_str(o, "status", vuln_vex_status_name(VEX_AFFECTED));
	json_out_str(o, "status_notes", f->reason);
	if (f->fixed)
		buf_printf(&action, "Update %s to %s.", f->package, f->fixed);
	else
		buf_add_str(&action, "No fix is known yet.");
	json_out_str(o, "action_statement", buf_str(&action));
}

void vuln_openvex_finding(struct json_out *o, const struct model_package *p, const struct model_release *release,
			  const struct vuln_finding *f)
{
	SCOPED(buf) struct buf purl = BUF_INIT(MODEL_PURL_MAX);

	model_purl_format(p, release, &purl);
	json_out_object(o, NULL);
	json_out_object(o, "vulnerability");
	json_out_str(o, "name", f->id);
	if (f->id_count > 1) {
		json_out_array(o, "aliases");
		for (size_t i = 1; i < f->id_count; i++)
			json_out_str(o, NULL, f->ids[i]);
		json_out_array_end(o);
	}
	json_out_object_end(o);
	json_out_array(o, "products");
	json_out_object(o, NULL);
	json_out_str(o, "@id", buf_str(&purl));
	json_out_object_end(o);
	json_out_array_end(o);
	put_status(o, f);
	json_out_object_end(o);
	/* Out of memory for the name is out of memory for the document. */
	if (buf_error(&purl) < 0 && o->buf->error == 0)
		o->buf->error = buf_error(&purl);
}

void vuln_openvex_end(struct json_out *o)
{
	json_out_array_end(o);
	json_out_object_end(o);
}
