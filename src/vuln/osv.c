/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An OSV document becomes rows: one per package, ecosystem and range. What a document may leave out is left out, what
 * has another type than the schema says makes it refused. Ranges of commits and packages of ecosystems without a known
 * order of versions are passed over.
 */
#include "osv.h"

#include <string.h>
#include <time.h>

#include "base/str.h"
#include "ecosystem.h"
#include "vuln/build.h"
#include "vuln/cvss.h"

#define ID_MAX 128
#define LIST_MAX 256
#define EVENTS_MAX 512	   /* of a range */
#define VERSIONS_MAX 16384 /* of a row */
#define URL_MAX 512
#define DETAILS_URGENCY_MAX 64

int64_t osv_time(const char *text)
{
	struct tm tm = {0};

	if (!text || (!strptime(text, "%Y-%m-%dT%H:%M:%S", &tm) && !strptime(text, "%Y-%m-%d", &tm)))
		return 0;
	int64_t s = timegm(&tm);
	return s > 0 ? s : 0;
}

/* ---- lists of names ---- */

static int add_strings(struct maker *m, const struct json *document, const char *key, uint32_t *items, uint32_t *count,
		       struct err *e)
{
	const struct json *list = NULL;
	const char *s = NULL;
	int r = json_get_array(document, key, &list, e);

	for (size_t i = 0; r == 0 && list && i < json_count(list) && *count < LIST_MAX; i++) {
		r = json_str(json_at(list, i), &s, e);
		if (r == 0 && *s && strlen(s) < ID_MAX)
			items[(*count)++] = maker_str(m, s);
	}
	return r;
}

/* "DEBIAN-CVE-2024-1" is CVE-2024-1 as Debian sees it. */
static const char *cve_inside(const char *id)
{
	const char *dash = strchr(id, '-');

	return dash && str_starts_with(dash + 1, "CVE-") ? dash + 1 : NULL;
}

static int add_names(struct maker *m, const struct json *document, const char *id, struct disk_document *d,
		     struct err *e)
{
	uint32_t aliases[LIST_MAX + 1], related[LIST_MAX];
	uint32_t alias_count = 0, related_count = 0;
	const char *cve = cve_inside(id);
	int r = add_strings(m, document, "aliases", aliases, &alias_count, e);

	if (r == 0)
		r = add_strings(m, document, "related", related, &related_count, e);
	if (r == 0)
		r = add_strings(m, document, "upstream", related, &related_count, e);
	if (r < 0)
		return r;
	if (cve && alias_count < LIST_MAX)
		aliases[alias_count++] = maker_str(m, cve);
	d->aliases = maker_list(m, aliases, alias_count);
	d->related = maker_list(m, related, related_count);
	uint32_t document_index = (uint32_t)m->documents;
	maker_name(m, d->id, document_index);
	for (uint32_t i = 0; i < alias_count; i++)
		maker_name(m, aliases[i], document_index);
	return 0;
}

/* ---- severity ---- */

static int add_vectors(struct maker *m, const struct json *holder, uint32_t *items, uint32_t *count, uint32_t *word,
		       struct err *e)
{
	const struct json *list = NULL;
	int r = json_get_array(holder, "severity", &list, e);

	for (size_t i = 0; r == 0 && list && i < json_count(list) && *count < 8; i++) {
		const char *type = "", *score = "";
		enum vuln_severity_level level;
		r = json_get_str(json_at(list, i), "type", &type, e);
		if (r == 0)
			r = json_get_str(json_at(list, i), "score", &score, e);
		if (r < 0 || !*score || strlen(score) >= CVSS_VECTOR_MAX)
			continue;
		if (str_starts_with(type, "CVSS_"))
			items[(*count)++] = maker_str(m, score);
		else if (vuln_severity_from(score, &level) == 0)
			*word = maker_str(m, vuln_severity_name(level));
	}
	return r;
}

/* A vendor's word in front of a colon ("Important: ..."), or at the end of its page of classes ("#important"). */
static void vendor_word(struct maker *m, const struct json *document, const char *summary, uint32_t *word)
{
	const struct json *references = json_get(document, "references");
	size_t len = strcspn(summary, ":");
	enum vuln_severity_level level;
	char first[16];
	const char *url = NULL;

	if (summary[len] == ':' && len < sizeof(first)) {
		memcpy(first, summary, len);
		first[len] = '\0';
		if (vuln_severity_from(first, &level) == 0)
			*word = maker_str(m, vuln_severity_name(level));
	}
	for (size_t i = 0; !*word && i < json_count(references); i++) {
		if (json_get_str(json_at(references, i), "url", &url, NULL) < 0 || !url)
			continue;
		const char *hash = strstr(url, "/classification/#") ? strchr(url, '#') : NULL;
		if (hash && vuln_severity_from(hash + 1, &level) == 0)
			*word = maker_str(m, vuln_severity_name(level));
	}
}

static int add_severity(struct maker *m, const struct json *document, const char *summary, struct disk_document *d,
			struct err *e)
{
	const struct json *affected = json_get(document, "affected");
	const struct json *special = json_get(document, "database_specific");
	uint32_t vectors[8];
	uint32_t count = 0;
	enum vuln_severity_level level;
	const char *word = NULL;
	int r = add_vectors(m, document, vectors, &count, &d->word, e);

	/* Schema 1.3 on: a row may have its own. */
	for (size_t i = 0; r == 0 && !count && i < json_count(affected); i++)
		r = add_vectors(m, json_at(affected, i), vectors, &count, &d->word, e);
	if (r < 0)
		return r;
	d->vectors = maker_list(m, vectors, count);
	if (special && json_kind(json_get(special, "severity")) == JSON_STRING &&
	    json_get_str(special, "severity", &word, e) == 0 && word && vuln_severity_from(word, &level) == 0)
		d->word = maker_str(m, vuln_severity_name(level));
	if (!d->word)
		vendor_word(m, document, summary, &d->word);
	return 0;
}

/* ---- texts ---- */

/* Its first line, cut between signs of UTF-8. */
static void add_summary(struct buf *text, const char *summary, const char *details)
{
	const char *from = *summary ? summary : details;
	size_t len = strcspn(from, "\r\n");

	if (len > VULN_SUMMARY_MAX) {
		len = VULN_SUMMARY_MAX;
		while (len && ((unsigned char)from[len] & 0xc0) == 0x80)
			len--;
	}
	buf_add(text, from, len);
	buf_add_char(text, '\0');
}

static bool is_wanted(const char *type, int pass)
{
	bool first = str_eq(type, "ADVISORY") || str_eq(type, "FIX");

	return pass == 0 ? first : !first;
}

/* Advisories and fixes first. */
static void add_references(struct buf *text, const struct json *document)
{
	const struct json *list = json_get(document, "references");
	size_t count_at = text->len;
	unsigned count = 0;

	buf_add_char(text, '\0');
	for (int pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < json_count(list) && count < VULN_REFERENCES_MAX; i++) {
			const char *type = "WEB", *url = NULL;
			const struct json *item = json_at(list, i);
			if (json_get_str(item, "type", &type, NULL) < 0 || json_get_str(item, "url", &url, NULL) < 0 ||
			    !url || strlen(url) > URL_MAX || strlen(type) > 32 || !is_wanted(type, pass))
				continue;
			buf_add(text, type, strlen(type) + 1);
			buf_add(text, url, strlen(url) + 1);
			count++;
		}
	if (buf_error(text) == 0)
		text->data[count_at] = (char)count;
}

/* ---- rows ---- */

struct event {
	uint32_t kind;
	const char *version;
};

/* By version; events of one version in the order of their kinds. The sort is stable and needs no order to exist. */
static void sort_events(const struct ecosystem *eco, struct event *events, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		struct event moved = events[i];
		size_t j = i;
		for (; j > 0; j--) {
			int order;
			if (str_eq(moved.version, "0"))
				order = str_eq(events[j - 1].version, "0") ? 0 : -1;
			else if (ecosystem_compare_bound(eco, moved.version, events[j - 1].version, &order) < 0)
				break;
			if (order > 0 || (order == 0 && moved.kind >= events[j - 1].kind))
				break;
			events[j] = events[j - 1];
		}
		events[j] = moved;
	}
}

static int read_events(const struct json *range, struct event *events, size_t *count, struct err *e)
{
	static const char *const kinds[EVENTS] = {"introduced", "fixed", "last_affected", "limit"};
	const struct json *list = NULL;
	int r = json_get_array(range, "events", &list, e);

	for (size_t i = 0; r == 0 && list && i < json_count(list); i++)
		for (uint32_t k = 0; k < EVENTS && r == 0; k++) {
			const char *version = NULL;
			r = json_get_str(json_at(list, i), kinds[k], &version, e);
			if (r < 0 || !version)
				continue;
			if (*count >= EVENTS_MAX || strlen(version) > VULN_VERSION_MAX)
				return err_set(e, -EBADMSG, "a range with too many or too long events");
			/* No limit is the same as none. */
			if (k != EVENT_LIMIT || !str_eq(version, "*"))
				events[(*count)++] = (struct event){k, version};
		}
	return r;
}

/* Whether the sorted events say that VERSION is affected. */
static bool is_covered(const struct ecosystem *eco, const struct event *events, size_t count, const char *version)
{
	bool inside = false;

	for (size_t i = 0; i < count; i++) {
		int order;
		if (ecosystem_compare_bound(eco, version, events[i].version, &order) < 0)
			return false;
		if (events[i].kind == EVENT_INTRODUCED	    ? order >= 0
		    : events[i].kind == EVENT_LAST_AFFECTED ? order > 0
							    : order >= 0)
			inside = events[i].kind == EVENT_INTRODUCED;
	}
	return inside;
}

struct row {
	struct maker *m;
	const struct ecosystem *eco;
	uint32_t ecosystem, name, document, urgency;
	struct event events[EVENTS_MAX];
	size_t event_count;
	uint32_t words[3 + 2 * EVENTS_MAX + VERSIONS_MAX];
};

/*
 * Versions that are listed and lie in a range as well say nothing new: only the others are kept. Of a distribution the
 * range decides alone, for its lists are what was in the archive on some day.
 */
static int put_row(struct row *row, const struct json *versions, struct err *e)
{
	struct disk_range head = {.events = (uint32_t)row->event_count, .urgency = row->urgency};
	size_t at = 3;

	for (size_t i = 0; i < row->event_count; i++) {
		row->words[at++] = row->events[i].kind;
		row->words[at++] = maker_str(row->m, row->events[i].version);
	}
	if (row->eco->is_os && head.events)
		versions = NULL;
	for (size_t i = 0; i < json_count(versions); i++) {
		const char *version;
		int r = json_str(json_at(versions, i), &version, e);
		if (r < 0)
			return r;
		if (is_covered(row->eco, row->events, row->event_count, version))
			continue;
		if (head.versions >= VERSIONS_MAX || strlen(version) > VULN_VERSION_MAX)
			return err_set(e, -EBADMSG, "a row with too many or too long versions");
		row->words[at++] = maker_str(row->m, version);
		head.versions++;
	}
	if (!head.events && !head.versions)
		return 0;
	memcpy(row->words, &head, sizeof(head));
	struct raw_row raw = {row->ecosystem, row->name, row->document, maker_range(row->m, row->words, at)};
	maker_row(row->m, &raw);
	return 0;
}

/* All ranges together: a version is affected when one of them says so. */
static int put_ranges(struct row *row, const struct json *affected, struct err *e)
{
	const struct json *ranges = NULL, *versions = NULL;
	size_t done = 0;
	int r = json_get_array(affected, "ranges", &ranges, e);

	if (r == 0)
		r = json_get_array(affected, "versions", &versions, e);
	for (size_t i = 0; r == 0 && ranges && i < json_count(ranges); i++) {
		const char *type = NULL;
		r = json_get_str(json_at(ranges, i), "type", &type, e);
		if (r < 0 || !type || str_eq(type, "GIT"))
			continue;
		row->event_count = 0;
		r = read_events(json_at(ranges, i), row->events, &row->event_count, e);
		sort_events(row->eco, row->events, row->event_count);
		if (r == 0)
			r = put_row(row, done++ ? NULL : versions, e);
	}
	if (r == 0 && !done) {
		row->event_count = 0;
		r = put_row(row, versions, e);
	}
	return r;
}

static int put_affected(struct row *row, const struct json *affected, struct err *e)
{
	const struct json *package = NULL, *special = NULL;
	const char *ecosystem = NULL, *name = NULL, *urgency = "";
	char base[ECOSYSTEM_NAME_MAX], normal[PACKAGE_NAME_MAX];
	int r = json_get_object(affected, "package", &package, e);

	if (r == 0)
		r = json_get_str(package, "ecosystem", &ecosystem, e);
	if (r == 0)
		r = json_get_str(package, "name", &name, e);
	if (r < 0 || !ecosystem || !name || strlen(ecosystem) >= sizeof(base))
		return r;
	row->eco = ecosystem_find(ecosystem);
	if (!row->eco)
		return 0;
	if (ecosystem_package_name(row->eco, name, normal) < 0)
		return err_set(e, -EBADMSG, "a package with no name or too long a name");
	special = json_get(affected, "ecosystem_specific");
	if (json_kind(json_get(special, "urgency")) == JSON_STRING)
		r = json_get_str(special, "urgency", &urgency, e);
	if (r < 0 || strlen(urgency) > DETAILS_URGENCY_MAX)
		return r;
	row->ecosystem = maker_str(row->m, row->eco->is_os ? ecosystem : row->eco->base);
	row->name = maker_str(row->m, normal);
	row->urgency = maker_str(row->m, urgency);
	return put_ranges(row, affected, e);
}

static int put_rows(struct maker *m, const struct json *document, uint32_t index, struct err *e)
{
	const struct json *affected = NULL;
	scoped_free struct row *row = calloc(1, sizeof(*row));
	int r = json_get_array(document, "affected", &affected, e);

	if (!row)
		return err_sys(e, -ENOMEM, "a document");
	row->m = m;
	row->document = index;
	for (size_t i = 0; r == 0 && affected && i < json_count(affected); i++)
		r = put_affected(row, json_at(affected, i), e);
	return r;
}

/* ---- the document ---- */

static bool is_malware(const char *id, const struct maker *m, uint32_t aliases)
{
	const struct buf *lists = &m->tables[TABLE_LISTS], *strings = &m->tables[TABLE_STRINGS];
	const uint32_t *words = (const void *)lists->data;

	if (str_starts_with(id, "MAL-"))
		return true;
	for (uint32_t i = 0; aliases && maker_error(m) == 0 && i < words[aliases]; i++)
		if (str_starts_with(strings->data + words[aliases + 1 + i], "MAL-"))
			return true;
	return false;
}

/*
 * Malware that somebody put into a package which people trust has an advisory like any other: it is told by its kind (CWE-506,
 * "Embedded Malicious Code") or by the words that such advisories begin with.
 */
static bool was_planted(const struct json *document, const char *summary, const char *details)
{
	static const char words[] = "malicious code was discovered";
	const struct json *kinds = json_get(json_get(document, "database_specific"), "cwe_ids");
	const char *kind = NULL;

	for (size_t i = 0; kinds && json_kind(kinds) == JSON_ARRAY && i < json_count(kinds); i++)
		if (json_kind(json_at(kinds, i)) == JSON_STRING && json_str(json_at(kinds, i), &kind, NULL) == 0 &&
		    str_eq(kind, "CWE-506"))
			return true;
	return strncasecmp(summary, words, strlen(words)) == 0 || strncasecmp(details, words, strlen(words)) == 0;
}

static int add_document(struct maker *m, const struct json *document, const char *id, struct err *e)
{
	SCOPED(buf) struct buf text = BUF_INIT(TEXT_BLOCK_MAX / 2);
	const char *summary = "", *details = "", *published = NULL, *modified = NULL;
	struct disk_document d = {.id = maker_str(m, id)};
	int r = json_get_str(document, "summary", &summary, e);

	if (r == 0)
		r = json_get_str(document, "details", &details, e);
	if (r == 0)
		r = json_get_str(document, "published", &published, e);
	if (r == 0)
		r = json_get_str(document, "modified", &modified, e);
	if (r == 0)
		r = add_severity(m, document, summary, &d, e);
	if (r == 0)
		r = put_rows(m, document, (uint32_t)m->documents, e);
	if (r == 0)
		r = add_names(m, document, id, &d, e);
	if (r < 0)
		return r;
	d.published_s = osv_time(published);
	d.modified_s = osv_time(modified);
	bool malware = is_malware(id, m, d.aliases) || was_planted(document, summary, details);
	d.flags = malware ? DOCUMENT_MALICIOUS : 0;
	m->malicious += d.flags & DOCUMENT_MALICIOUS;
	maker_date(m, d.modified_s ? d.modified_s : d.published_s);
	add_summary(&text, summary, details);
	add_references(&text, document);
	if (buf_error(&text) < 0)
		return err_sys(e, buf_error(&text), "the texts of %s", id);
	maker_text(m, &text, &d.block, &d.text);
	maker_document(m, &d);
	return maker_error(m) < 0 ? err_sys(e, maker_error(m), "the rows of %s", id) : 0;
}

int osv_add(struct maker *m, const struct json *document, struct err *e)
{
	const char *id = NULL, *withdrawn = NULL;
	size_t rows_before = m->tables[TABLE_ROWS].len, names_before = m->tables[TABLE_NAMES].len;
	uint64_t count_before = m->rows;
	int r = json_kind(document) == JSON_OBJECT ? json_get_str(document, "id", &id, e) : -EINVAL;

	if (r == 0)
		r = json_get_str(document, "withdrawn", &withdrawn, e);
	if (r < 0 || !id || !*id || strlen(id) >= ID_MAX)
		return err_set(e, -EBADMSG, "no OSV document: it has no id");
	if (withdrawn) {
		m->withdrawn++;
		return 0;
	}
	r = add_document(m, document, id, e);
	if (r < 0 && r != -ENOMEM && maker_error(m) == 0) {
		/* Nothing of a refused document stays. */
		m->tables[TABLE_ROWS].len = rows_before;
		m->tables[TABLE_NAMES].len = names_before;
		m->rows = count_before;
		return err_wrap(e, -EBADMSG, "%s", id);
	}
	return r;
}
