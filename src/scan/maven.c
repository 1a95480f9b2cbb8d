/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is to be fetched from Maven's repositories: pom.xml (maven.apache.org/pom.html) with the properties and managed
 * versions that stand in it, Gradle's lock files and verification metadata, sbt's lock. Parents of a POM are not fetched:
 * what they alone say is told as not pinned.
 */
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "manifest.h"
#include "pin.h"
#include "xml.h"

#define PROPERTIES_MAX 2000
#define DEPENDENCIES_MAX 5000
#define RESOLVE_MAX 8 /* properties within properties */

struct dependency {
	struct scan_line group, artifact, version, scope;
	bool managed; /* only says which version is taken */
};

struct pom {
	struct scan_out *out;
	struct {
		struct scan_line name, value;
	} * properties;
	struct dependency *list;
	size_t property_count, count;
	struct dependency project, parent, open;
};

static void add_property(struct pom *p, struct scan_line name, struct scan_line value)
{
	if (p->property_count == PROPERTIES_MAX)
		return;
	p->properties[p->property_count].name = name;
	p->properties[p->property_count++].value = value;
}

static bool take_field(struct dependency *d, const struct scan_xml_event *v)
{
	struct scan_line *into = scan_line_is(&v->name, "groupId")	? &d->group
				 : scan_line_is(&v->name, "artifactId") ? &d->artifact
				 : scan_line_is(&v->name, "version")	? &d->version
				 : scan_line_is(&v->name, "scope")	? &d->scope
									: NULL;
	if (into && !into->len)
		*into = v->text;
	return into;
}

static void take_event(struct pom *p, const struct scan_xml *x, const struct scan_xml_event *v)
{
	static const char plain[] = "project/dependencies", managed[] = "project/dependencyManagement/dependencies";

	if (v->kind == SCAN_XML_END && scan_line_is(&v->name, "dependency") &&
	    (scan_xml_in(x, plain) || scan_xml_in(x, managed))) {
		p->open.managed = scan_xml_in(x, managed);
		if (p->open.artifact.len && p->count < DEPENDENCIES_MAX)
			p->list[p->count++] = p->open;
		p->open = (struct dependency){0};
	}
	if (v->kind != SCAN_XML_TEXT || x->depth < 2)
		return;
	struct scan_xml above = *x;
	above.depth--;
	if (scan_xml_in(&above, "project/properties"))
		add_property(p, v->name, v->text);
	else if (scan_xml_in(&above, "project"))
		take_field(&p->project, v);
	else if (scan_xml_in(&above, "project/parent"))
		take_field(&p->parent, v);
	else if (scan_xml_in(&above, "project/dependencies/dependency") ||
		 scan_xml_in(&above, "project/dependencyManagement/dependencies/dependency"))
		take_field(&p->open, v);
}

/* What NAME stands for; empty when this file does not say. */
static struct scan_line property_of(const struct pom *p, struct scan_line name)
{
	static const char *const prefixes[] = {"project.", "pom."};
	const struct scan_line group = p->project.group.len ? p->project.group : p->parent.group;
	const struct scan_line version = p->project.version.len ? p->project.version : p->parent.version;

	for (size_t i = 0; i < p->property_count; i++)
		if (p->properties[i].name.len == name.len &&
		    memcmp(p->properties[i].name.text, name.text, name.len) == 0)
			return p->properties[i].value;
	for (size_t i = 0; i < ARRAY_LEN(prefixes); i++)
		if (scan_line_starts(&name, prefixes[i])) {
			size_t skip = strlen(prefixes[i]);
			name = (struct scan_line){name.text + skip, name.len - skip};
			break;
		}
	return scan_line_is(&name, "version")	       ? version
	       : scan_line_is(&name, "groupId")	       ? group
	       : scan_line_is(&name, "artifactId")     ? p->project.artifact
	       : scan_line_is(&name, "parent.version") ? p->parent.version
	       : scan_line_is(&name, "parent.groupId") ? p->parent.group
						       : (struct scan_line){0};
}

/* "${a}-${b}" with what its names stand for; as it is where that is not known. */
static struct scan_line resolved(const struct pom *p, struct scan_line text)
{
	for (int round = 0; round < RESOLVE_MAX; round++) {
		char whole[512];
		const char *open = text.len ? memmem(text.text, text.len, "${", 2) : NULL;
		const char *close = open ? memchr(open, '}', text.len - (size_t)(open - text.text)) : NULL;
		if (!close)
			break;
		struct scan_line value = property_of(p, (struct scan_line){open + 2, (size_t)(close - open) - 2});
		size_t before = (size_t)(open - text.text), behind = text.len - before - (size_t)(close + 1 - open);
		if (!value.len || before + value.len + behind >= sizeof(whole))
			break;
		memcpy(whole, text.text, before);
		memcpy(whole + before, value.text, value.len);
		memcpy(whole + before + value.len, close + 1, behind);
		size_t len = before + value.len + behind;
		text = (struct scan_line){scan_text(p->out, whole, len), len};
		if (!text.text)
			return (struct scan_line){0};
	}
	return text;
}

static bool equal(struct scan_line a, struct scan_line b)
{
	return a.len == b.len && (!a.len || memcmp(a.text, b.text, a.len) == 0);
}

static struct scan_line managed_version(const struct pom *p, const struct dependency *d)
{
	for (size_t i = 0; i < p->count; i++)
		if (p->list[i].managed && equal(p->list[i].artifact, d->artifact) && equal(p->list[i].group, d->group))
			return resolved(p, p->list[i].version);
	return (struct scan_line){0};
}

static struct scan_line coordinates(struct scan_out *o, struct scan_line group, struct scan_line artifact)
{
	char name[SCAN_TEXT_MAX];
	int n = snprintf(name, sizeof(name), "%.*s%s%.*s", (int)MIN_OF(group.len, (size_t)1024),
			 group.len ? group.text : "", group.len ? ":" : "", (int)MIN_OF(artifact.len, (size_t)1024),
			 artifact.len ? artifact.text : "");

	return (struct scan_line){scan_text(o, name, (size_t)n), (size_t)n};
}

static void add_dependencies(struct pom *p, struct scan_loose *loose)
{
	for (size_t i = 0; i < p->count; i++) {
		struct dependency d = p->list[i];
		if (d.managed)
			continue;
		struct scan_line version = resolved(p, d.version.len ? d.version : managed_version(p, &d));
		d.group = resolved(p, d.group);
		d.artifact = resolved(p, d.artifact);
		struct scan_line name = coordinates(p->out, d.group, d.artifact);
		/* "[1.0]" is exactly 1.0. */
		if (version.len > 2 && *version.text == '[' && version.text[version.len - 1] == ']')
			version = (struct scan_line){version.text + 1, version.len - 2};
		bool pinned = version.len && !memchr(version.text, '$', version.len) &&
			      !memchr(version.text, ',', version.len) && !strchr("[(", *version.text) &&
			      !scan_line_is(&version, "LATEST") && !scan_line_is(&version, "RELEASE");
		if (pinned)
			scan_pin(p->out, MODEL_PACKAGE_MAVEN, name, version, scan_line_is(&d.scope, "test"));
		else if (name.text)
			scan_loose_add(loose, name);
	}
}

int scan_read_pom(struct scan_out *o, const struct scan_file *f, struct err *e)
{
	struct scan_xml x = scan_xml_of(f);
	struct scan_xml_event v;
	struct scan_loose loose = {0};
	struct pom p = {.out = o};
	int r;

	p.properties = arena_array(&o->arena, PROPERTIES_MAX, sizeof(*p.properties));
	p.list = arena_array(&o->arena, DEPENDENCIES_MAX, sizeof(*p.list));
	if (!p.properties || !p.list)
		return 0; /* the arena's failure is seen at the end */
	while ((r = scan_xml_next(&x, &v, e)) > 0)
		take_event(&p, &x, &v);
	if (r < 0)
		return r;
	if (p.count == DEPENDENCIES_MAX || p.property_count == PROPERTIES_MAX)
		return err_set(e, -EBADMSG, "more than %d dependencies or %d properties", DEPENDENCIES_MAX,
			       PROPERTIES_MAX);
	add_dependencies(&p, &loose);
	scan_group_end(o, f->path, MODEL_GROUP_LOCK);
	scan_loose_end(&loose, o, f, MODEL_PACKAGE_MAVEN);
	return 0;
}

/* ---- Gradle ---- */

/* Configurations of tests alone. */
static bool is_test(struct scan_line configurations)
{
	while (configurations.len) {
		struct scan_line one = scan_before(configurations, ',');
		if (!scan_line_has(&one, "test") && !scan_line_has(&one, "Test"))
			return false;
		configurations = scan_behind(configurations, ',');
	}
	return true;
}

/* "group:artifact:version=configurations" */
int scan_read_gradle_lock(struct scan_out *o, const struct scan_file *f, struct err *e)
{
	struct scan_lines lines = scan_lines_of(f);
	struct scan_line line;

	while (scan_next_line(&lines, &line)) {
		line = scan_trim(line);
		struct scan_line names = scan_before(line, '='), configurations = scan_behind(line, '=');
		const char *last = names.len ? memrchr(names.text, ':', names.len) : NULL;
		if (!line.len || *line.text == '#' || scan_line_starts(&line, "empty="))
			continue;
		if (!last || !memchr(names.text, ':', (size_t)(last - names.text)))
			return err_set(e, -EBADMSG, "a line is not GROUP:ARTIFACT:VERSION");
		scan_pin(o, MODEL_PACKAGE_MAVEN, (struct scan_line){names.text, (size_t)(last - names.text)},
			 (struct scan_line){last + 1, names.len - (size_t)(last + 1 - names.text)},
			 configurations.len && is_test(configurations));
	}
	scan_group_end(o, f->path, MODEL_GROUP_LOCK);
	return 0;
}

int scan_read_gradle_metadata(struct scan_out *o, const struct scan_file *f, struct err *e)
{
	struct scan_xml x = scan_xml_of(f);
	struct scan_xml_event v;
	int r;

	while ((r = scan_xml_next(&x, &v, e)) > 0)
		if (v.kind == SCAN_XML_START && scan_line_is(&v.name, "component"))
			scan_pin(o, MODEL_PACKAGE_MAVEN,
				 coordinates(o, scan_xml_attribute(&v, "group"), scan_xml_attribute(&v, "name")),
				 scan_xml_attribute(&v, "version"), false);
	if (r == 0)
		scan_group_end(o, f->path, MODEL_GROUP_LOCK);
	return r;
}

/* ---- sbt ---- */

/* Only test configurations. */
static bool is_for_tests(const struct json *list)
{
	bool any = false;

	for (size_t i = 0; list && json_kind(list) == JSON_ARRAY && i < json_count(list); i++) {
		const char *text = NULL;
		if (json_kind(json_at(list, i)) != JSON_STRING || json_str(json_at(list, i), &text, NULL) < 0 ||
		    !str_starts_with(text, "test"))
			return false;
		any = true;
	}
	return any;
}

int scan_read_sbt_lock(struct scan_out *o, const struct scan_file *f, struct err *e)
{
	SCOPED_PTR(json) struct json *doc = NULL;
	const struct json *list = NULL;
	int r = scan_json(f, &doc, e);

	if (r == 0)
		r = json_get_array(doc, "dependencies", &list, e);
	for (size_t i = 0; r == 0 && list && i < json_count(list); i++) {
		const struct json *v = json_at(list, i);
		scan_pin(
			o, MODEL_PACKAGE_MAVEN,
			coordinates(o, scan_line_of(scan_member(o, v, "org")), scan_line_of(scan_member(o, v, "name"))),
			scan_line_of(scan_member(o, v, "version")), is_for_tests(json_get(v, "configurations")));
	}
	if (r == 0)
		scan_group_end(o, f->path, MODEL_GROUP_LOCK);
	return r;
}
