/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An index made of a few documents, kept with another one, and asked: what is found, what is said in words, which
 * texts and lists belong to it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "base/path.h"
#include "base/str.h"
#include "vuln/build.h"
#include "vuln/match.h"

#define NOW 1709300000

static const char language[] =
	"{\"id\":\"GHSA-1\",\"modified\":\"2024-03-01T00:00:00Z\",\"aliases\":[\"CVE-2024-1\"],\"summary\":"
	"\"One\\ntwo\","
	"\"severity\":[{\"type\":\"CVSS_V3\",\"score\":\"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H\"}],"
	"\"affected\":[{\"package\":{\"ecosystem\":\"npm\",\"name\":\"a\"},\"ranges\":[{\"type\":\"SEMVER\",\"events\":"
	"[{\"fixed\":\"2.1.0\"},{\"introduced\":\"2.0.0\"},{\"introduced\":\"1.0.0\"},{\"fixed\":\"1.4.2\"}]}]}],"
	"\"references\":[{\"type\":\"WEB\",\"url\":\"https://w\"},{\"type\":\"FIX\",\"url\":\"https://f\"}]}\n"
	"{\"id\":\"OTHER-1\",\"modified\":\"2024-03-01T00:00:00Z\",\"aliases\":[\"CVE-2024-1\"],"
	"\"affected\":[{\"package\":{\"ecosystem\":\"npm\",\"name\":\"a\"},\"versions\":[\"1.0.7\"]}]}\n"
	"{\"id\":\"MAL-1\",\"affected\":[{\"package\":{\"ecosystem\":\"PyPI\",\"name\":\"B_.b\"},\"ranges\":"
	"[{\"type\":\"ECOSYSTEM\",\"events\":[{\"introduced\":\"0\"}]}]}]}\n";
static const char debian[] =
	"{\"id\":\"CVE-2024-2\",\"modified\":\"2024-03-01T00:00:00Z\",\"affected\":[{\"package\":{\"ecosystem\":"
	"\"Debian:12\","
	"\"name\":\"src\"},\"ranges\":[{\"type\":\"ECOSYSTEM\",\"events\":[{\"introduced\":\"0\"},{\"fixed\":\"2-1\"}]}"
	"],"
	"\"ecosystem_specific\":{\"urgency\":\"low\"}}]}\n"
	"{\"id\":\"DSA-1-1\",\"modified\":\"2024-03-01T00:00:00Z\",\"related\":[\"CVE-2024-2\"],\"affected\":[{"
	"\"package\":"
	"{\"ecosystem\":\"Debian:12\",\"name\":\"src\"},\"ranges\":[{\"type\":\"ECOSYSTEM\",\"events\":"
	"[{\"introduced\":\"0\"},{\"fixed\":\"2-1\"}]}]}]}\n";
static const char kev[] = "{\"catalogVersion\":\"1\",\"dateReleased\":\"2024-03-01\",\"vulnerabilities\":[{\"cveID\":"
			  "\"CVE-2024-2\",\"dateAdded\":\"2024-02-01\",\"knownRansomwareCampaignUse\":\"Known\"}]}";
static const char epss[] = "#model_version:v1,score_date:2024-03-01T00:00:00+0000\ncve,epss,percentile\n"
			   "CVE-2024-2,0.5,0.75\nCVE-2023-99999,1,1\n";

static int memory_file(const char *text)
{
	int fd = memfd_create("test", MFD_CLOEXEC);

	if (fd >= 0 && (fd_write_all(fd, text, strlen(text)) < 0 || lseek(fd, 0, SEEK_SET) < 0)) {
		close(fd);
		return -1;
	}
	return fd;
}

/* An index of TEXT as SOURCE, and of what OLD holds besides. */
static int make(const char *source, const char *text, const struct vuln_index *old, struct vuln_index **ret)
{
	SCOPED_PTR(vuln_builder) struct vuln_builder *b = NULL;
	scoped_fd int in = memory_file(text), segments = memory_file(""), out = memory_file("");
	struct vuln_piece pieces[VULN_SEGMENT_KINDS];
	struct vuln_part parts[VULN_SEGMENT_KINDS];
	struct err e = {0};
	size_t count = 0;
	int r = vuln_builder_new(source, NOW, &b, &e);

	if (r == 0)
		r = vuln_build_file(b, in, source, &e);
	if (r == 0)
		r = vuln_builder_write(b, segments, pieces, &count, &e);
	for (size_t i = 0; r == 0 && i < count; i++)
		parts[i] = (struct vuln_part){segments, pieces[i]};
	if (r == 0)
		r = vuln_assemble(out, old, parts, count, &e);
	return r == 0 ? vuln_open(out, ret, &e) : r;
}

static struct vuln_index *make_all(void)
{
	static const struct {
		const char *source, *text;
	} all[] = {{"languages", language}, {"Debian", debian}, {"k", kev}, {"e", epss}};
	struct vuln_index *x = NULL, *next = NULL;

	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		int r = make(all[i].source, all[i].text, x, &next);
		vuln_index_free(x);
		/* Every allocation of this test is failed in turn: nothing to look at then. */
		if (r < 0)
			skip();
		x = take_ptr(next);
	}
	return x;
}

static int look(const struct vuln_index *x, const struct model_package *p, bool all, struct arena *a,
		struct vuln_findings *found)
{
	static const struct model_release bookworm = {.id = "debian", .version_id = "12"};
	struct err e = {0};
	scoped_free struct vuln_scope *scope = calloc(1, sizeof(*scope));

	*found = (struct vuln_findings){0};
	if (!scope)
		return -ENOMEM;
	vuln_scope_make(x, &bookworm, NOW, scope);
	scope->show_all = all;
	return vuln_match(x, scope, p, a, found, &e);
}

static void languages_are_matched(void **state)
{
	SCOPED(arena) struct arena a = ARENA_INIT(1u << 20);
	SCOPED_PTR(vuln_index) struct vuln_index *x = make_all();
	struct model_package p = {.type = MODEL_PACKAGE_NPM, .name = "a", .version = "1.0.7"};
	struct vuln_findings f;
	struct vuln_text text;
	struct err e;

	if (look(x, &p, false, &a, &f) < 0)
		return;
	assert_int_equal(1, f.count);
	assert_string_equal("CVE-2024-1", f.items[0].id);
	assert_int_equal(3, f.items[0].id_count);
	/* The other document lists the version and knows no fix. */
	assert_int_equal(VULN_NO_FIX, f.items[0].status);
	assert_int_equal(98, f.items[0].severity.tenths);
	p.version = "2.0.5";
	if (look(x, &p, false, &a, &f) < 0)
		return;
	assert_int_equal(1, f.count);
	assert_string_equal("2.1.0", f.items[0].fixed);
	assert_string_equal(">= 1.0.0, < 1.4.2 || >= 2.0.0, < 2.1.0", f.items[0].row);
	assert_string_equal("2.0.5 is before 2.1.0 (npm)", f.items[0].reason);
	if (vuln_text_get(x, f.items[0].place, &a, &text, &e) < 0)
		return;
	assert_string_equal("One", text.summary);
	assert_int_equal(2, text.reference_count);
	assert_string_equal("FIX", text.references[0].type);
	p = (struct model_package){.type = MODEL_PACKAGE_PYPI, .name = "b-B", .version = "1"};
	if (look(x, &p, false, &a, &f) < 0)
		return;
	assert_int_equal(1, f.count);
	assert_true(f.items[0].malicious);
	assert_int_equal(VULN_SEVERITY_CRITICAL, f.items[0].severity.level);
}

static void distributions_are_matched(void **state)
{
	SCOPED(arena) struct arena a = ARENA_INIT(1u << 20);
	SCOPED_PTR(vuln_index) struct vuln_index *x = make_all();
	struct model_package p = {.type = MODEL_PACKAGE_DEB,
				  .name = "bin",
				  .version = "9",
				  .source_name = "src",
				  .source_version = "1-1"};
	struct vuln_findings f;

	if (look(x, &p, false, &a, &f) < 0)
		return;
	assert_int_equal(1, f.count);
	assert_string_equal("CVE-2024-2", f.items[0].ids[0]);
	assert_string_equal("DSA-1-1", f.items[0].ids[1]);
	assert_true(f.items[0].kev && f.items[0].kev_entry.ransomware);
	assert_true(f.items[0].has_epss);
	assert_int_equal(500000, f.items[0].epss.score);
	assert_int_equal(VULN_SEVERITY_LOW, f.items[0].severity.level);
	p.source_version = "2-1";
	if (look(x, &p, false, &a, &f) < 0)
		return;
	assert_int_equal(0, f.count);
	assert_true(f.judged);
	if (look(x, &p, true, &a, &f) < 0)
		return;
	assert_int_equal(VULN_NOT_AFFECTED, f.items[0].status);
	assert_string_equal("2-1 is not before 2-1, the fix (dpkg)", f.items[0].reason);
	/* A package of another manager's is nobody's. */
	p.type = MODEL_PACKAGE_RPM;
	if (look(x, &p, false, &a, &f) == 0)
		assert_false(f.judged);
}

static void sources_replace_each_other(void **state)
{
	SCOPED_PTR(vuln_index) struct vuln_index *x = make_all(), *again = NULL;
	struct vuln_source s;
	size_t old = vuln_source_count(x);

	assert_int_equal(4, old);
	if (make("Debian", debian, x, &again) < 0)
		return;
	assert_int_equal(old, vuln_source_count(again));
	assert_true(vuln_source_at(again, 0, &s));
	assert_string_equal("Debian", s.name);
	assert_int_equal(2, s.documents);
	assert_int_equal(1709251200, s.newest_s);
	assert_false(vuln_source_at(again, old, &s));
	/* The same content gives the same digest. */
	assert_string_equal(vuln_index_digest(x), vuln_index_digest(again));
}

static void releases_have_states(void **state)
{
	static const struct {
		struct model_release release;
		enum vuln_release_state state;
		int64_t now;
	} cases[] = {
		{{.id = "debian", .version_id = "12"}, VULN_RELEASE_KNOWN, NOW},
		{{.id = "debian", .codename = "bookworm"}, VULN_RELEASE_KNOWN, NOW},
		{{.id = "debian", .version_id = "12"}, VULN_RELEASE_END_OF_LIFE, 1900000000},
		{{.id = "debian", .version_id = "1"}, VULN_RELEASE_NO_FEED, NOW},
		{{.id = "alpine", .version_id = "3.20.1"}, VULN_RELEASE_NO_FEED, NOW},
		{{.id = "debian"}, VULN_RELEASE_UNKNOWN, NOW},
		{{.id = "beos"}, VULN_RELEASE_UNKNOWN, NOW},
		{{.id = "arch"}, VULN_RELEASE_ROLLING, NOW},
		{{.id = NULL}, VULN_RELEASE_NONE, NOW},
	};
	SCOPED_PTR(vuln_index) struct vuln_index *x = make_all();
	scoped_free struct vuln_scope *scope = calloc(1, sizeof(*scope));

	for (size_t i = 0; scope && i < ARRAY_LEN(cases); i++) {
		vuln_scope_make(x, &cases[i].release, cases[i].now, scope);
		assert_int_equal(cases[i].state, scope->state);
		assert_true(scope->words[0] != '\0');
		assert_string_not_equal("", vuln_release_state_name(scope->state));
	}
}

static void nonsense_is_refused(void **state)
{
	static const char *const bad[] = {"",
					  "[]x",
					  "{}",
					  "{\"id\":5}",
					  "{\"id\":\"A\",\"affected\":{}}",
					  "cve,epss,percentile\nCVE-2024-1,7,1\n"};
	SCOPED_PTR(vuln_index) struct vuln_index *x = NULL;
	SCOPED_PTR(vuln_builder) struct vuln_builder *b = NULL;
	struct err e = {0};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		/* A source without a document makes no segment; an index of nothing is still an index. */
		if (make("bad", bad[i], NULL, &x) == 0)
			assert_int_equal(0, vuln_source_count(x));
		vuln_index_free(take_ptr(x));
	}
	if (vuln_builder_new("bad", NOW, &b, &e) < 0)
		return;
	assert_true(vuln_build_json(b, "{\"id\":5}", 8, &e) < 0);
	assert_true(vuln_builder_refusals(b)->count <= 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(languages_are_matched),      cmocka_unit_test(distributions_are_matched),
		cmocka_unit_test(sources_replace_each_other), cmocka_unit_test(releases_have_states),
		cmocka_unit_test(nonsense_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
