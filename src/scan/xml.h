/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The events of an XML document (XML 1.0), as much as manifests use: elements, attributes and text. Entities are not
 * expanded, document types are skipped, so a document cannot grow. Inside the room only.
 */
#pragma once

#include "reader.h"

#define SCAN_XML_DEPTH_MAX 64

enum scan_xml_kind { SCAN_XML_START, SCAN_XML_END, SCAN_XML_TEXT };

struct scan_xml_event {
	enum scan_xml_kind kind;
	struct scan_line name;	     /* of the element, without a namespace's prefix; of the innermost one for text */
	struct scan_line attributes; /* of a start: everything behind the name */
	struct scan_line text;
};

struct scan_xml {
	const char *at, *end;
	struct scan_line open[SCAN_XML_DEPTH_MAX]; /* the elements around the event; of a start, itself as well */
	size_t depth;
	bool empty; /* the last start was <x/>: its end comes next */
	bool any;
};
struct scan_xml scan_xml_of(const struct scan_file *f);
/* 1 and the next event, 0 at the end, -EBADMSG: not well-formed, or deeper than SCAN_XML_DEPTH_MAX. */
int scan_xml_next(struct scan_xml *x, struct scan_xml_event *ret, struct err *e) must_check;
/* The value of the attribute NAME, whatever its case; empty when it is not there. */
struct scan_line scan_xml_attribute(const struct scan_xml_event *v, const char *name);
/* Are the open elements those of PATH ("project/dependencies")? */
bool scan_xml_in(const struct scan_xml *x, const char *path);
