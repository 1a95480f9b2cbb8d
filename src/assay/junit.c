/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JUnit's XML, as test servers read it: a suite for each kind, a case for each finding, which is a failure unless it is
 * ignored.
 */
#include <string.h>

#include "base/str.h"
#include "words.h"

/* XML 1.0 knows no control characters, not even escaped. */
static void put_xml(struct buf *b, const char *s)
{
	for (; s && *s; s++) {
		unsigned char c = (unsigned char)*s;
		if (c == '<')
			buf_add_str(b, "&lt;");
		else if (c == '>')
			buf_add_str(b, "&gt;");
		else if (c == '&')
			buf_add_str(b, "&amp;");
		else if (c == '"')
			buf_add_str(b, "&quot;");
		else if (c < 0x20)
			buf_add_char(b, ' ');
		else if (c >= 0x80)
			buf_add_char(b, '?'); /* what is no UTF-8 would make the whole document unreadable */
		else
			buf_add_char(b, (char)c);
	}
}

static void put_case(struct buf *b, const char *class, const char *name, const char *ignored, const char *message)
{
	buf_add_str(b, "    <testcase classname=\"");
	put_xml(b, class);
	buf_add_str(b, "\" name=\"");
	put_xml(b, name);
	buf_add_str(b, ignored ? "\"><skipped message=\"" : "\"><failure message=\"");
	put_xml(b, ignored ? ignored : message);
	buf_add_str(b, "\"/></testcase>\n");
}

static void put_error(struct buf *b, const char *name, const char *message)
{
	buf_add_str(b, "    <testcase classname=\"reading\" name=\"");
	put_xml(b, name);
	buf_add_str(b, "\"><error message=\"");
	put_xml(b, message);
	buf_add_str(b, "\"/></testcase>\n");
}

static void put_finding(const struct assay_report *r, const struct assay_finding *f, struct buf *b)
{
	const struct model_package *p = &r->inventory.packages[f->package].package;
	SCOPED(buf) struct buf class = BUF_INIT(16384), message = BUF_INIT(16384);

	buf_printf(&class, "%s %s", p->name, p->version);
	buf_printf(&message, "%s%s%s", vuln_severity_name(f->vuln.severity.level), f->vuln.fixed ? ", fixed in " : "",
		   f->vuln.fixed ? f->vuln.fixed : "");
	put_case(b, buf_str(&class), f->vuln.id, f->ignored, buf_str(&message));
}

static void put_suite(const struct assay_report *r, const char *kind, size_t count, size_t ignored, struct buf *b)
{
	buf_add_str(b, "  <testsuite name=\"");
	put_xml(b, r->name);
	buf_printf(b, " %s\" tests=\"%zu\" failures=\"%zu\" skipped=\"%zu\" errors=\"0\">\n", kind, count,
		   count - ignored, ignored);
}

/* What was not read is an error of its own: an empty suite would look like a clean image. */
static void put_gaps(const struct assay_report *r, struct buf *b)
{
	size_t count = r->failed_layers + r->inventory.grave;

	buf_add_str(b, "  <testsuite name=\"");
	put_xml(b, r->name);
	buf_printf(b, " reading\" tests=\"%zu\" failures=\"0\" skipped=\"0\" errors=\"%zu\">\n", count, count);
	for (size_t i = 0; i < r->layer_count; i++)
		if (r->layers[i].error[0])
			put_error(b, r->layers[i].digest, r->layers[i].error);
	for (size_t i = 0; i < r->inventory.remark_count; i++) {
		const struct model_part_remark *m = &r->inventory.remarks[i].remark;
		if (assay_gap(m))
			put_error(b, m->path, m->text);
	}
	buf_add_str(b, "  </testsuite>\n");
}

void assay_junit(const struct assay_report *r, struct buf *b)
{
	size_t ignored = 0;

	buf_add_str(b, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"skep\">\n");
	put_gaps(r, b);
	for (size_t i = 0; i < r->finding_count; i++)
		ignored += r->findings[i].ignored != NULL;
	put_suite(r, "vulnerabilities", r->finding_count, ignored, b);
	for (size_t i = 0; i < r->finding_count; i++)
		put_finding(r, &r->findings[i], b);
	buf_add_str(b, "  </testsuite>\n");
	ignored = 0;
	for (size_t i = 0; i < r->issue_count; i++)
		ignored += r->issues[i].ignored != NULL;
	put_suite(r, "issues", r->issue_count, ignored, b);
	for (size_t i = 0; i < r->issue_count; i++)
		put_case(b, r->issues[i].rule, r->issues[i].path[0] ? r->issues[i].path : r->name, r->issues[i].ignored,
			 r->issues[i].title);
	buf_add_str(b, "  </testsuite>\n</testsuites>");
}
