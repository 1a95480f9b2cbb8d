/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rpm's header (rpm.org, "Package format", header structure without its magic): a count of entries, a count of bytes, the
 * entries (tag, type, offset, count), the bytes. Numbers have their most significant byte first.
 */
#include "rpm-header.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"

#define ENTRIES_MAX 65536
#define ENTRY_LEN 16
#define PUBLIC_KEY "gpg-pubkey"

enum tag {
	TAG_NAME = 1000,
	TAG_VERSION = 1001,
	TAG_RELEASE = 1002,
	TAG_EPOCH = 1003,
	TAG_LICENSE = 1014,
	TAG_ARCH = 1022,
	TAG_SOURCERPM = 1044,
	TAG_DIRINDEXES = 1116,
	TAG_BASENAMES = 1117,
	TAG_DIRNAMES = 1118,
};
enum type { TYPE_INT32 = 4, TYPE_STRING = 6, TYPE_STRINGS = 8, TYPE_I18N = 9 };

struct header {
	const uint8_t *entries, *bytes;
	uint32_t count, byte_count;
};

static uint32_t number(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

struct value {
	uint32_t type, count;
	const uint8_t *at;
	size_t left; /* bytes behind it, in all */
};

static bool find(const struct header *h, enum tag tag, struct value *ret)
{
	for (uint32_t i = 0; i < h->count; i++) {
		const uint8_t *e = h->entries + (size_t)i * ENTRY_LEN;
		uint32_t offset = number(e + 8);
		if (number(e) != tag || offset >= h->byte_count)
			continue;
		*ret = (struct value){number(e + 4), number(e + 12), h->bytes + offset, h->byte_count - offset};
		return true;
	}
	return false;
}

/* The next string of a value; NULL after the last. */
static const char *next_string(struct value *v)
{
	size_t len = v->count ? strnlen((const char *)v->at, v->left) : 0;
	const char *text = (const char *)v->at;

	if (!v->count || len == v->left)
		return NULL;
	v->at += len + 1;
	v->left -= len + 1;
	v->count--;
	return text;
}

static const char *text_of(const struct header *h, enum tag tag)
{
	struct value v;

	if (!find(h, tag, &v) || (v.type != TYPE_STRING && v.type != TYPE_I18N))
		return NULL;
	v.count = 1;
	return next_string(&v);
}

static void own_files(struct scan_out *o, const struct header *h)
{
	struct value names, folders, indexes;
	const char *places[4096], *name;
	size_t place_count = 0;
	char path[SCAN_TEXT_MAX];

	if (!find(h, TAG_BASENAMES, &names) || !find(h, TAG_DIRNAMES, &folders) || !find(h, TAG_DIRINDEXES, &indexes) ||
	    names.type != TYPE_STRINGS || folders.type != TYPE_STRINGS || indexes.type != TYPE_INT32)
		return;
	while (place_count < ARRAY_LEN(places) && (name = next_string(&folders)))
		places[place_count++] = name;
	for (size_t i = 0; i < indexes.count && indexes.left >= 4 && (name = next_string(&names)); i++) {
		uint32_t place = number(indexes.at);
		indexes.at += 4;
		indexes.left -= 4;
		int n = place < place_count ? snprintf(path, sizeof(path), "%s%s", places[place], name) : 0;
		if (n > 0 && n < (int)sizeof(path))
			scan_own(o, path, (size_t)n);
	}
}

/* "openssl-3.0.7-6.el9.src.rpm": the name and version-release it was built from. */
static void set_source(struct scan_out *o, const char *file, const char *epoch, struct model_package *p)
{
	const char *end = file ? strstr(file, ".src.rpm") : NULL;
	const char *release = end ? memrchr(file, '-', (size_t)(end - file)) : NULL;
	const char *version = release ? memrchr(file, '-', (size_t)(release - file)) : NULL;
	char text[SCAN_TEXT_MAX];

	if (!version)
		return;
	p->source_name = scan_text(o, file, (size_t)(version - file));
	int n = snprintf(text, sizeof(text), "%s%.*s", epoch, (int)MIN_OF(end - version - 1, 2000), version + 1);
	p->source_version = scan_text(o, text, (size_t)n);
}

static int add_package(struct scan_out *o, const struct header *h, struct err *e)
{
	const char *name = text_of(h, TAG_NAME), *version = text_of(h, TAG_VERSION), *release = text_of(h, TAG_RELEASE);
	const char *arch = text_of(h, TAG_ARCH), *licence = text_of(h, TAG_LICENSE);
	struct model_package p = {.type = MODEL_PACKAGE_RPM};
	struct value v;
	char text[SCAN_TEXT_MAX], epoch[16] = "";

	if (!name)
		return err_set(e, -EBADMSG, "a package's header has no name");
	/* Keys that signatures are checked with are kept as packages. */
	if (str_eq(name, PUBLIC_KEY))
		return 0;
	if (find(h, TAG_EPOCH, &v) && v.type == TYPE_INT32 && v.left >= 4)
		snprintf(epoch, sizeof(epoch), "%u:", number(v.at));
	/* Built without rpmbuild, headers may lack tags: the package is there all the same. */
	if (version)
		snprintf(text, sizeof(text), "%s%.2000s%s%.2000s", epoch, version, release ? "-" : "",
			 release ? release : "");
	else
		text[0] = '\0';
	p.name = scan_text(o, name, strlen(name));
	p.version = scan_text(o, text, strlen(text));
	p.arch = arch ? scan_text(o, arch, strlen(arch)) : NULL;
	p.licence = licence ? scan_text(o, licence, strlen(licence)) : NULL;
	set_source(o, text_of(h, TAG_SOURCERPM), epoch, &p);
	scan_add(o, &p);
	own_files(o, h);
	return 0;
}

int scan_rpm_header(struct scan_out *o, const uint8_t *data, size_t len, struct err *e)
{
	struct header h = {0};

	if (len < 8)
		return err_set(e, -EBADMSG, "a package's header is cut off");
	h.count = number(data);
	h.byte_count = number(data + 4);
	if (h.count > ENTRIES_MAX || (size_t)h.count * ENTRY_LEN > len - 8 ||
	    h.byte_count > len - 8 - (size_t)h.count * ENTRY_LEN)
		return err_set(e, -EBADMSG, "a package's header says more than there is");
	h.entries = data + 8;
	h.bytes = h.entries + (size_t)h.count * ENTRY_LEN;
	return add_package(o, &h, e);
}
