/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Java archives, and those inside them. Maven writes META-INF/maven/GROUP/ARTIFACT/pom.properties; without one the manifest
 * names the archive, and without that its own name. What was found in "b.jar" inside "a.war" has the path "a.war!/b.jar".
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "readers.h"
#include "xml.h"
#include "zip.h"

#define NESTED_DEPTH_MAX 4
#define NESTED_BYTES_MAX (64u << 20)	/* of one archive inside another */
#define UNPACKED_BYTES_MAX (1ull << 30) /* of all that is unpacked from one file */
#define TEXT_BYTES_MAX (1u << 20)

static bool is_archive(const char *name, size_t len)
{
	static const char *const ends[] = {".jar", ".war", ".ear", ".par", ".hpi", ".jpi", ".aar"};

	for (size_t i = 0; i < ARRAY_LEN(ends); i++)
		if (len > 4 && strncasecmp(name + len - 4, ends[i], 4) == 0)
			return true;
	return false;
}

static enum scan_want wants(const struct scan_file *f)
{
	return is_archive(f->base, strlen(f->base)) ? SCAN_YES : SCAN_NO;
}

struct archive {
	struct scan_out *out;
	char path[SCAN_TEXT_MAX];
	int depth;
	uint64_t *unpacked; /* bytes, of the whole file */
	bool has_pom;
	struct buf manifest, model; /* MANIFEST.MF, pom.xml */
};

static int read_archive(struct archive *a, const uint8_t *data, size_t len, struct err *e);

/* KEY=value, or KEY: value; 0 when there is none. The main section of a manifest ends at its first empty line. */
static struct scan_line value_of(const struct buf *b, const char *key, char separator)
{
	struct scan_lines lines = {buf_str(b), buf_str(b) + b->len};
	struct scan_line line, v;

	while (scan_next_line(&lines, &line) && (line.len || separator == '='))
		if (scan_after(&line, key, &v) && v.len && *v.text == separator)
			return scan_trim((struct scan_line){v.text + 1, v.len - 1});
	return (struct scan_line){0};
}

static void add(struct archive *a, struct scan_line group, struct scan_line artifact, struct scan_line version)
{
	char name[SCAN_TEXT_MAX];
	int n = group.len
			? snprintf(name, sizeof(name), "%.*s:%.*s", (int)MIN_OF(group.len, (size_t)1024), group.text,
				   (int)MIN_OF(artifact.len, (size_t)1024), artifact.text)
			: snprintf(name, sizeof(name), "%.*s", (int)MIN_OF(artifact.len, (size_t)1024), artifact.text);

	scan_add_simple(a->out, MODEL_PACKAGE_MAVEN, scan_text(a->out, name, (size_t)n),
			scan_text(a->out, version.text ? version.text : "", version.len), NULL);
}

/* Lines of a manifest go on behind a line's end and a blank (JAR File Specification). */
static void unfold(struct buf *b)
{
	size_t n = 0;

	for (size_t i = 0; i < b->len; i++) {
		size_t end = b->data[i] == '\r' && i + 1 < b->len && b->data[i + 1] == '\n' ? 2 : b->data[i] == '\n';
		if (end && i + end < b->len && b->data[i + end] == ' ')
			i += end;
		else
			b->data[n++] = b->data[i];
	}
	b->len = n;
}

static int take_pom(struct archive *a, const struct scan_zip_member *m)
{
	SCOPED(buf) struct buf text = BUF_INIT(TEXT_BYTES_MAX);
	int r = *a->unpacked > UNPACKED_BYTES_MAX ? -EFBIG : scan_zip_unpack(m, &text);

	*a->unpacked += text.len;
	if (r < 0)
		return r;
	struct scan_line group = value_of(&text, "groupId", '='), artifact = value_of(&text, "artifactId", '=');
	if (!group.len || !artifact.len)
		return 0;
	add(a, group, artifact, value_of(&text, "version", '='));
	a->has_pom = true;
	return 0;
}

static int take_nested(struct archive *a, const struct scan_zip_member *m, struct err *e)
{
	SCOPED(buf) struct buf inner = BUF_INIT(NESTED_BYTES_MAX);
	struct archive below = {.out = a->out, .depth = a->depth + 1, .unpacked = a->unpacked};

	int n = snprintf(below.path, sizeof(below.path), "%s!/%.*s", a->path, (int)m->name_len, m->name);
	int r = below.depth > NESTED_DEPTH_MAX || n >= (int)sizeof(below.path) ? -ELOOP : scan_zip_unpack(m, &inner);
	*a->unpacked += inner.len;
	if (*a->unpacked > UNPACKED_BYTES_MAX)
		return err_set(e, -EFBIG, "unpacks to more than %llu MiB; refused as a bomb", UNPACKED_BYTES_MAX >> 20);
	struct err why = {0};
	if (r == 0)
		r = read_archive(&below, (const uint8_t *)buf_str(&inner), inner.len, &why);
	if (r < 0)
		scan_remark(a->out, MODEL_REMARK_UNREAD, MODEL_GAP_NONE, SCAN_AT(a->path), "%.*s inside not read: %s",
			    (int)MIN_OF(m->name_len, (size_t)256), m->name, r == -ELOOP ? "too deep" : err_text(&why));
	return r == -EFBIG && *a->unpacked > UNPACKED_BYTES_MAX ? err_set(e, r, "%s", err_text(&why)) : 0;
}

static bool ends_in(const struct scan_zip_member *m, const char *end)
{
	size_t len = strlen(end);

	return m->name_len > len && memcmp(m->name + m->name_len - len, end, len) == 0;
}

/* First what is in this archive; what is inside others comes when this one's group is closed. */
static int take_own(const struct scan_zip_member *m, void *arg, struct err *e)
{
	static const char manifest[] = "META-INF/MANIFEST.MF";
	struct archive *a = arg;

	if (m->name_len == strlen(manifest) && memcmp(m->name, manifest, m->name_len) == 0 && !a->manifest.len)
		ignore(scan_zip_unpack(m, &a->manifest)); /* then its name tells */
	if (ends_in(m, "/pom.properties"))
		ignore(take_pom(a, m)); /* likewise */
	if (ends_in(m, "/pom.xml") && m->name_len > 15 && memcmp(m->name, "META-INF/maven/", 15) == 0 && !a->model.len)
		ignore(scan_zip_unpack(m, &a->model)); /* likewise */
	return 0;
}

static int take_inner(const struct scan_zip_member *m, void *arg, struct err *e)
{
	return is_archive(m->name, m->name_len) ? take_nested(arg, m, e) : 0;
}

/* "log4j-core-2.14.1.jar": the version begins at the first dash before a digit. */
static void name_by_file(struct archive *a, struct scan_line title, struct scan_line version)
{
	const char *slash = strrchr(a->path, '/');
	const char *base = slash ? slash + 1 : a->path;
	size_t len = strlen(base);
	struct scan_line name = {base, len > 4 ? len - 4 : 0}, number = {0};

	for (size_t i = 1; i + 1 < name.len; i++)
		if (name.text[i] == '-' && isdigit((unsigned char)name.text[i + 1])) {
			number = (struct scan_line){name.text + i + 1, name.len - i - 1};
			name.len = i;
			break;
		}
	if (!number.len)
		number = version;
	if (number.len)
		add(a, title, name, number);
}

/* A plugin of Jenkins: "Short-Name", and "Group-Id" since that is written. */
static bool take_plugin(struct archive *a)
{
	struct scan_line name = value_of(&a->manifest, "Short-Name", ':');
	struct scan_line version = value_of(&a->manifest, "Plugin-Version", ':');
	struct scan_line group = value_of(&a->manifest, "Group-Id", ':');
	const char *blank = version.len ? memchr(version.text, ' ', version.len) : NULL;

	/* "1.2 (private-...)" */
	if (blank)
		version.len = (size_t)(blank - version.text);
	if (name.len && version.len)
		add(a, group, name, version);
	return name.len && version.len;
}

/* A POM without properties beside it; what it does not say itself its parent does. */
static bool take_model(struct archive *a)
{
	struct scan_file f = {.data = (const uint8_t *)buf_str(&a->model), .len = a->model.len};
	struct scan_xml x = scan_xml_of(&f);
	struct scan_xml_event v;
	struct scan_line group = {0}, artifact = {0}, version = {0}, parent_group = {0}, parent_version = {0};
	const struct {
		const char *path;
		struct scan_line *into;
	} fields[] = {{"project/groupId", &group},
		      {"project/artifactId", &artifact},
		      {"project/version", &version},
		      {"project/parent/groupId", &parent_group},
		      {"project/parent/version", &parent_version}};

	while (a->model.len && scan_xml_next(&x, &v, NULL) > 0)
		for (size_t i = 0; v.kind == SCAN_XML_TEXT && i < ARRAY_LEN(fields); i++)
			if (scan_xml_in(&x, fields[i].path))
				*fields[i].into = v.text;
	group = group.len ? group : parent_group;
	version = version.len ? version : parent_version;
	if (!group.len || !artifact.len || !version.len || memchr(version.text, '$', version.len))
		return false;
	add(a, group, artifact, version);
	return true;
}

/* Names of groups have dots and no blanks: "org.apache.commons". */
static bool is_group(struct scan_line v)
{
	return v.len && memchr(v.text, '.', v.len) && !memchr(v.text, ' ', v.len) && !memchr(v.text, '/', v.len);
}

/* The group is often said as the vendor's id or the beginning of the bundle's name. */
static void take_manifest(struct archive *a)
{
	struct scan_line vendor = value_of(&a->manifest, "Implementation-Vendor-Id", ':');
	struct scan_line bundle = value_of(&a->manifest, "Bundle-SymbolicName", ':');
	struct scan_line version = value_of(&a->manifest, "Implementation-Version", ':');

	if (!version.len)
		version = value_of(&a->manifest, "Bundle-Version", ':');
	const char *stop = bundle.len ? memchr(bundle.text, ';', bundle.len) : NULL;
	if (stop)
		bundle.len = (size_t)(stop - bundle.text);
	if (!is_group(vendor) && is_group(bundle)) {
		const char *dot = memrchr(bundle.text, '.', bundle.len);
		vendor = (struct scan_line){bundle.text, dot ? (size_t)(dot - bundle.text) : bundle.len};
	} else if (!is_group(vendor)) {
		vendor = bundle.len ? bundle : vendor;
	}
	name_by_file(a, vendor, version);
}

static int read_archive(struct archive *a, const uint8_t *data, size_t len, struct err *e)
{
	a->manifest = BUF_INIT(TEXT_BYTES_MAX);
	a->model = BUF_INIT(TEXT_BYTES_MAX);
	scan_group_begin(a->out);
	int r = scan_zip_each(data, len, take_own, a, e);
	unfold(&a->manifest);
	if (r == 0 && !a->has_pom && !take_plugin(a) && !take_model(a))
		take_manifest(a);
	buf_done(&a->manifest);
	buf_done(&a->model);
	if (r < 0)
		return r;
	scan_group_end(a->out, a->path, MODEL_GROUP_INSTALLED);
	scan_group_begin(a->out);
	return scan_zip_each(data, len, take_inner, a, e);
}

static int read_java(struct scan_out *o, const struct scan_file *f, struct err *e)
{
	uint64_t unpacked = 0;
	struct archive a = {.out = o, .unpacked = &unpacked};

	snprintf(a.path, sizeof(a.path), "%s", f->path);
	return read_archive(&a, f->data, f->len, e);
}

const struct scan_reader scan_java = {
	.name = "Java archive",
	.wants = wants,
	.bytes_max = 1u << 30,
	.read = read_java,
};
