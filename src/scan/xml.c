/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A reader of XML by tags. It checks that elements are closed in order, so that a cut file is an error and not a short
 * list.
 */
#include "xml.h"

#include <ctype.h>
#include <string.h>

#include "base/str.h"

struct scan_xml scan_xml_of(const struct scan_file *f)
{
	return (struct scan_xml){.at = (const char *)f->data, .end = (const char *)f->data + f->len};
}

static bool looking_at(const struct scan_xml *x, const char *word)
{
	size_t len = strlen(word);

	return (size_t)(x->end - x->at) >= len && memcmp(x->at, word, len) == 0;
}

/* Moves behind the next WORD; what is before it is the result. */
static bool take_until(struct scan_xml *x, const char *word, struct scan_line *ret)
{
	const char *found = memmem(x->at, (size_t)(x->end - x->at), word, strlen(word));

	if (!found)
		return false;
	*ret = (struct scan_line){x->at, (size_t)(found - x->at)};
	x->at = found + strlen(word);
	return true;
}

static struct scan_line local_name(const char *text, size_t len)
{
	const char *colon = memchr(text, ':', len);

	return colon ? (struct scan_line){colon + 1, len - (size_t)(colon + 1 - text)} : (struct scan_line){text, len};
}

static struct scan_line trimmed(struct scan_line v)
{
	while (v.len && isspace((unsigned char)*v.text)) {
		v.text++;
		v.len--;
	}
	while (v.len && isspace((unsigned char)v.text[v.len - 1]))
		v.len--;
	return v;
}

static int pop(struct scan_xml *x, struct scan_xml_event *ret)
{
	*ret = (struct scan_xml_event){.kind = SCAN_XML_END, .name = x->open[--x->depth]};
	x->empty = false;
	return 1;
}

/* Behind "<"; a ">" within quotes does not end the tag. */
static bool take_tag(struct scan_xml *x, struct scan_line *ret)
{
	char quote = '\0';

	for (const char *p = x->at; p < x->end; p++) {
		if (quote) {
			quote = *p == quote ? '\0' : quote;
		} else if (*p == '"' || *p == '\'') {
			quote = *p;
		} else if (*p == '>') {
			*ret = (struct scan_line){x->at, (size_t)(p - x->at)};
			x->at = p + 1;
			return true;
		}
	}
	return false;
}

static int take_end_tag(struct scan_xml *x, struct scan_line tag, struct scan_xml_event *ret, struct err *e)
{
	struct scan_line whole = trimmed((struct scan_line){tag.text + 1, tag.len - 1});
	struct scan_line name = local_name(whole.text, whole.len);

	if (!x->depth || x->open[x->depth - 1].len != name.len ||
	    memcmp(x->open[x->depth - 1].text, name.text, name.len) != 0)
		return err_set(e, -EBADMSG, "not well-formed XML: </%.*s> closes nothing",
			       (int)MIN_OF(name.len, (size_t)64), name.text);
	return pop(x, ret);
}

static int take_start_tag(struct scan_xml *x, struct scan_line tag, struct scan_xml_event *ret, struct err *e)
{
	size_t len = 0;

	x->empty = tag.text[tag.len - 1] == '/';
	tag.len -= x->empty;
	while (len < tag.len && !isspace((unsigned char)tag.text[len]))
		len++;
	if (!len)
		return err_set(e, -EBADMSG, "not well-formed XML: an element without a name");
	if (x->depth == SCAN_XML_DEPTH_MAX)
		return err_set(e, -EBADMSG, "XML deeper than %d elements", SCAN_XML_DEPTH_MAX);
	*ret = (struct scan_xml_event){.kind = SCAN_XML_START,
				       .name = local_name(tag.text, len),
				       .attributes = {tag.text + len, tag.len - len}};
	x->open[x->depth++] = ret->name;
	x->any = true;
	return 1;
}

/* Comments, processing instructions, document types: 1 when one was skipped, 2 and *RET for the text of a CDATA section. */
static int skip_special(struct scan_xml *x, struct scan_line *ret)
{
	static const struct {
		const char *begin, *end;
	} kinds[] = {{"<!--", "-->"}, {"<![CDATA[", "]]>"}, {"<?", "?>"}, {"<!", ">"}};

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		if (!looking_at(x, kinds[i].begin))
			continue;
		x->at += strlen(kinds[i].begin);
		return !take_until(x, kinds[i].end, ret) ? -EBADMSG : i == 1 ? 2 : 1;
	}
	return 0;
}

/* Text up to the next tag, without blanks around it. */
static bool take_text(struct scan_xml *x, struct scan_line *ret)
{
	const char *open = memchr(x->at, '<', (size_t)(x->end - x->at));
	const char *stop = open ? open : x->end;

	*ret = trimmed((struct scan_line){x->at, (size_t)(stop - x->at)});
	x->at = stop;
	return ret->len && x->depth;
}

int scan_xml_next(struct scan_xml *x, struct scan_xml_event *ret, struct err *e)
{
	struct scan_line piece;

	if (x->empty)
		return pop(x, ret);
	while (x->at < x->end) {
		int special = *x->at == '<' ? skip_special(x, &piece) : 0;
		if (special < 0)
			return err_set(e, -EBADMSG, "not well-formed XML: it ends within a comment or declaration");
		if (special == 1)
			continue;
		if (special == 2 || *x->at != '<') {
			if (special != 2 && !take_text(x, &piece))
				continue;
			*ret = (struct scan_xml_event){.kind = SCAN_XML_TEXT, .text = trimmed(piece)};
			ret->name = x->depth ? x->open[x->depth - 1] : (struct scan_line){0};
			return 1;
		}
		x->at++;
		if (!take_tag(x, &piece) || !piece.len)
			return err_set(e, -EBADMSG, "not well-formed XML: it ends within a tag");
		return *piece.text == '/' ? take_end_tag(x, piece, ret, e) : take_start_tag(x, piece, ret, e);
	}
	if (x->depth || !x->any)
		return err_set(e, -EBADMSG, "not well-formed XML: it ends too early");
	return 0;
}

struct scan_line scan_xml_attribute(const struct scan_xml_event *v, const char *name)
{
	const char *at = v->attributes.text, *end = at + v->attributes.len;
	size_t len = strlen(name);

	while (at < end) {
		const char *equals = memchr(at, '=', (size_t)(end - at));
		const char *open = equals ? equals + 1 : NULL;
		while (open && open < end && isspace((unsigned char)*open))
			open++;
		if (!open || open >= end || (*open != '"' && *open != '\''))
			break;
		const char *close = memchr(open + 1, *open, (size_t)(end - open - 1));
		if (!close)
			break;
		struct scan_line key = trimmed((struct scan_line){at, (size_t)(equals - at)});
		if (key.len == len && strncasecmp(key.text, name, len) == 0)
			return trimmed((struct scan_line){open + 1, (size_t)(close - open - 1)});
		at = close + 1;
	}
	return (struct scan_line){0};
}

bool scan_xml_in(const struct scan_xml *x, const char *path)
{
	size_t i = 0;

	for (const char *at = path; *at; i++) {
		size_t len = strcspn(at, "/");
		if (i == x->depth || x->open[i].len != len || memcmp(x->open[i].text, at, len) != 0)
			return false;
		at += len + (at[len] == '/');
	}
	return i == x->depth;
}
