/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How bad a finding is, and who says so. The word of the feed that the row is from counts first: it knows how the
 * package was built. Then vectors, the highest score; then what other sources of the index say of the same CVE.
 */
#include <string.h>

#include "base/str.h"
#include "verdict.h"

static void take_vectors(const struct segment *s, const struct disk_document *d, struct vuln_severity *ret,
			 struct arena *a)
{
	struct segment_list vectors = segment_list(s, d->vectors);

	for (uint32_t i = 0; i < vectors.count; i++) {
		const char *vector = segment_str(s, vectors.items[i]);
		struct cvss_score score;
		if (cvss_parse(vector, &score) < 0 || score.tenths <= ret->tenths)
			continue;
		const char *from = arena_printf(a, "CVSS %s of %s in %s", cvss_version_name(score.version),
						segment_str(s, d->id), s->head->name);
		*ret = (struct vuln_severity){vuln_severity_of_score(score.tenths), score.tenths, vector,
					      from ? from : ""};
	}
}

static void take_word(const char *word, const char *from, enum vuln_severity_level *level, const char **ret_from)
{
	enum vuln_severity_level l;

	if (word && *word && vuln_severity_from(word, &l) == 0 && l > *level) {
		*level = l;
		*ret_from = from;
	}
}

/* What other documents of the index say of CVE. */
static void take_from_others(const struct vuln_index *x, const char *cve, struct vuln_severity *ret,
			     enum vuln_severity_level *word, const char **from, struct arena *a)
{
	for (size_t i = 0; i < x->count; i++) {
		const struct segment *s = &x->segments[i];
		size_t count;
		segment_table(s, TABLE_NAMES, sizeof(struct disk_name), &count);
		size_t at = segment_lower_bound(s, TABLE_NAMES, sizeof(struct disk_name), 0, count, cve);
		for (; at < count; at++) {
			const struct disk_name *n = SEGMENT_AT(s, TABLE_NAMES, struct disk_name, at);
			const struct disk_document *d =
				SEGMENT_AT(s, TABLE_DOCUMENTS, struct disk_document, n->document);
			if (!str_eq(segment_str(s, n->name), cve))
				break;
			if (!d)
				continue;
			take_vectors(s, d, ret, a);
			take_word(segment_str(s, d->word), s->head->name, word, from);
		}
	}
}

void severity_of(const struct vuln_index *x, const struct hit *hits, uint32_t group, struct vuln_finding *f,
		 struct arena *a)
{
	enum vuln_severity_level word = VULN_SEVERITY_UNKNOWN;
	const char *from = "";
	const struct ecosystem *eco = ecosystem_find(f->ecosystem);

	f->severity = (struct vuln_severity){.tenths = -1, .from = ""};
	for (const struct hit *h = &hits[group]; h; h = h->next ? &hits[h->next] : NULL) {
		const struct segment *s = &x->segments[h->segment];
		take_vectors(s, h->d, &f->severity, a);
		take_word(segment_str(s, h->d->word), s->head->name, &word, &from);
	}
	take_word(f->urgency, f->source, &word, &from);
	for (size_t i = 0; f->severity.tenths < 0 && i < f->id_count; i++) {
		enum vuln_severity_level others = word;
		const char *others_from = from;
		if (!str_starts_with(f->ids[i], "CVE-"))
			continue;
		take_from_others(x, f->ids[i], &f->severity, &others, &others_from, a);
		/* A word from elsewhere only where there is none at all. */
		if (!word) {
			word = others;
			from = others_from;
		}
	}
	if (f->malicious) {
		word = VULN_SEVERITY_CRITICAL;
		from = f->source;
	}
	/* A language's advisory has a word made from its vector; a distribution's is a judgement of its own. */
	if (word && ((eco && eco->is_os) || f->malicious || f->severity.tenths < 0)) {
		const char *words = arena_printf(a, "the word of %s", from);
		f->severity.level = word;
		f->severity.from = words ? words : "";
	}
}
