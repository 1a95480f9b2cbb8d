/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzzes an opened index (its digest unchecked): sources, texts, lists, and matching packages against whatever it says.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "segment.h"
#include "vuln/match.h"

#define ARENA_MAX (64u << 20)
#define INPUT_MAX (1u << 20)

static const struct model_package packages[] = {
	{.type = MODEL_PACKAGE_DEB, .name = "shifty", .version = "1.2-1"},
	{.type = MODEL_PACKAGE_NPM, .name = "left-shift", .version = "1.2.0"},
	{.type = MODEL_PACKAGE_PYPI, .name = "left.shift.py", .version = "1.0"},
	{.type = MODEL_PACKAGE_GOLANG, .name = "stdlib", .version = "go1.20"},
};

static void match(const struct vuln_index *x, struct vuln_scope *scope, const struct model_package *p)
{
	SCOPED(arena) struct arena a = ARENA_INIT(ARENA_MAX);
	struct vuln_findings found = {0};
	struct vuln_text text;
	struct err e;

	if (vuln_match(x, scope, p, &a, &found, &e) < 0)
		return;
	for (size_t i = 0; i < found.count; i++)
		if (vuln_text_get(x, found.items[i].place, &a, &text, &e) == 0 && strlen(text.summary) > TEXT_BLOCK_MAX)
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct vuln_scope scope;
	static const struct model_release release = {.id = "debian", .version_id = "12"};
	struct vuln_index *x = calloc(1, sizeof(*x));
	/* malloc's memory is aligned as a mapping is, as far as the tables need. */
	uint8_t *copy = malloc(size ? size : 1);
	struct vuln_source s;
	struct vuln_kev kev;
	struct vuln_epss epss;
	struct err e;

	if (x && copy && size <= INPUT_MAX) {
		memcpy(copy, data, size);
		if (index_open_memory(copy, size, false, x, &e) == 0) {
			for (size_t i = 0; vuln_source_at(x, i, &s); i++)
				if (strlen(s.name) >= VULN_NAME_MAX)
					abort();
			vuln_kev_get(x, "CVE-2024-91001", &kev);
			vuln_epss_get(x, "CVE-2024-91001", &epss);
			vuln_scope_make(x, &release, 0, &scope);
			for (int all = 0; all < 2; all++)
				for (size_t i = 0; i < sizeof(packages) / sizeof(packages[0]); i++) {
					scope.show_all = all;
					match(x, &scope, &packages[i]);
				}
		}
	}
	free(copy);
	free(x);
	return 0;
}
