/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Manifests in XML: NuGet's packages.config, the package references of MSBuild projects (learn.microsoft.com: PackageReference),
 * and the metadata of Flatpak's applications (AppStream).
 */
#include <string.h>

#include "base/str.h"
#include "manifest.h"
#include "pin.h"
#include "xml.h"

int scan_read_packages_config(struct scan_out *o, const struct scan_file *f, struct err *e)
{
	struct scan_xml x = scan_xml_of(f);
	struct scan_xml_event v;
	int r;

	while ((r = scan_xml_next(&x, &v, e)) > 0) {
		if (v.kind != SCAN_XML_START || !scan_line_is(&v.name, "package"))
			continue;
		struct scan_line dev = scan_xml_attribute(&v, "developmentDependency");
		scan_pin(o, MODEL_PACKAGE_NUGET, scan_xml_attribute(&v, "id"), scan_xml_attribute(&v, "version"),
			 dev.len == 4 && strncasecmp(dev.text, "true", 4) == 0);
	}
	if (r == 0)
		scan_group_end(o, f->path, MODEL_GROUP_LOCK);
	return r;
}

/* A version alone is the lowest that is taken, and NuGet takes the lowest; "[1.2]" is exactly that. */
static void take_reference(struct scan_out *o, struct scan_line name, struct scan_line version,
			   struct scan_loose *loose)
{
	if (version.len > 2 && *version.text == '[' && version.text[version.len - 1] == ']')
		version = (struct scan_line){version.text + 1, version.len - 2};
	if (scan_is_version(version))
		scan_pin(o, MODEL_PACKAGE_NUGET, name, version, false);
	else if (name.len)
		scan_loose_add(loose, name);
}

int scan_read_project(struct scan_out *o, const struct scan_file *f, struct err *e)
{
	static const char *const elements[] = {"PackageReference", "PackageVersion", "GlobalPackageReference"};
	struct scan_xml x = scan_xml_of(f);
	struct scan_xml_event v;
	struct scan_line name = {0}, version = {0};
	struct scan_loose loose = {0};
	int r;

	while ((r = scan_xml_next(&x, &v, e)) > 0) {
		bool reference = false;
		for (size_t i = 0; i < ARRAY_LEN(elements); i++)
			reference = reference || scan_line_is(&v.name, elements[i]);
		if (v.kind == SCAN_XML_START && reference) {
			name = scan_xml_attribute(&v, "Include");
			name = name.len ? name : scan_xml_attribute(&v, "Update");
			version = scan_xml_attribute(&v, "VersionOverride");
			version = version.len ? version : scan_xml_attribute(&v, "Version");
		} else if (v.kind == SCAN_XML_TEXT && scan_line_is(&v.name, "Version") && name.len && !version.len) {
			version = v.text;
		} else if (v.kind == SCAN_XML_END && reference) {
			take_reference(o, name, version, &loose);
			name = (struct scan_line){0};
		}
	}
	if (r < 0)
		return r;
	scan_group_end(o, f->path, MODEL_GROUP_LOCK);
	scan_loose_end(&loose, o, f, MODEL_PACKAGE_NUGET);
	return 0;
}

/* component/id, and the newest release, which comes first. */
int scan_read_flatpak(struct scan_out *o, const struct scan_file *f, struct err *e)
{
	struct scan_xml x = scan_xml_of(f);
	struct scan_xml_event v;
	struct scan_line name = {0}, version = {0};
	int r;

	while ((r = scan_xml_next(&x, &v, e)) > 0) {
		if (v.kind == SCAN_XML_TEXT && scan_xml_in(&x, "component/id") && !name.len)
			name = v.text;
		else if (v.kind == SCAN_XML_START && scan_xml_in(&x, "component/releases/release") && !version.len)
			version = scan_xml_attribute(&v, "version");
	}
	if (r < 0)
		return r;
	scan_pin(o, MODEL_PACKAGE_FLATPAK, name, version, false);
	scan_group_end(o, f->path, MODEL_GROUP_INSTALLED);
	return 0;
}
