/* SPDX-License-Identifier: Apache-2.0 */
/*
 * usage: match-list INDEX [time]
 * Matches packages without an image around them: JSON lines in, {"type","name","version","source","sourceVersion",
 * "release":{"id","versionId","codename"}}, and one JSON line each out with what was found. With "time" the whole list
 * is matched some times more and the best time written to stderr. For the tests that hold the matcher against another one.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "vuln/match.h"

#define REPEATS 30
#define LINES_MAX 100000
#define ARENA_MAX (512u << 20)

struct line {
	struct json *json; /* owned */
	struct model_package p;
	struct model_release release;
	bool has_release, all;
};

static int read_line(const char *text, size_t len, struct line *l, struct err *e)
{
	const struct json *release;
	const char *type = "";
	int r = json_parse(text, len, JSON_LIMITS_CONFIG, &l->json, e);

	if (r < 0)
		return r;
	l->p.version = "";
	release = json_get(l->json, "release");
	l->has_release = release != NULL;
	if (json_get_str(l->json, "type", &type, e) < 0 || model_package_type_from(type, &l->p.type) < 0 ||
	    json_get_str(l->json, "name", &l->p.name, e) < 0 ||
	    json_get_str(l->json, "version", &l->p.version, e) < 0 ||
	    json_get_str(l->json, "source", &l->p.source_name, e) < 0 ||
	    json_get_str(l->json, "sourceVersion", &l->p.source_version, e) < 0 ||
	    json_get_bool(l->json, "all", &l->all, e) < 0 || json_get_str(release, "id", &l->release.id, e) < 0 ||
	    json_get_str(release, "versionId", &l->release.version_id, e) < 0 ||
	    json_get_str(release, "codename", &l->release.codename, e) < 0 || !l->p.name)
		return -EINVAL;
	return 0;
}

static void put_finding(struct json_out *o, const struct vuln_finding *f)
{
	json_out_object(o, NULL);
	json_out_str(o, "id", f->id);
	json_out_array(o, "ids");
	for (size_t i = 0; i < f->id_count; i++)
		json_out_str(o, NULL, f->ids[i]);
	json_out_array_end(o);
	json_out_str(o, "status", vuln_status_name(f->status));
	json_out_str(o, "severity", vuln_severity_name(f->severity.level));
	json_out_i64(o, "tenths", f->severity.tenths);
	json_out_str(o, "from", f->severity.from);
	json_out_str(o, "fixed", f->fixed);
	json_out_str(o, "source", f->source);
	json_out_str(o, "ecosystem", f->ecosystem);
	json_out_str(o, "package", f->package);
	json_out_str(o, "row", f->row);
	json_out_str(o, "reason", f->reason);
	json_out_str(o, "urgency", f->urgency);
	json_out_bool(o, "malicious", f->malicious);
	json_out_bool(o, "kev", f->kev);
	if (f->has_epss)
		json_out_u64(o, "epss", f->epss.score);
	json_out_object_end(o);
}

static void put_line(const struct line *l, const struct vuln_scope *scope, const struct vuln_findings *found)
{
	SCOPED(buf) struct buf b = BUF_INIT(256u << 20);
	struct json_out o = JSON_OUT(&b);

	json_out_object(&o, NULL);
	json_out_value(&o, "package", l->json);
	json_out_bool(&o, "judged", found->judged);
	json_out_str(&o, "release", vuln_release_state_name(scope->state));
	json_out_i64(&o, "ends", scope->end_life_s);
	json_out_str(&o, "words", scope->words);
	json_out_u64(&o, "undecided", found->undecided);
	json_out_array(&o, "findings");
	for (size_t i = 0; i < found->count; i++)
		put_finding(&o, &found->items[i]);
	json_out_array_end(&o);
	json_out_object_end(&o);
	puts(buf_str(&b));
}

/* The scope is made anew only for another release, as a scan makes one. */
static int match_all(const struct vuln_index *x, const struct line *lines, size_t count, bool print, struct err *e)
{
	SCOPED(arena) struct arena a = ARENA_INIT(ARENA_MAX);
	static struct vuln_scope scope;
	const struct model_release *last = NULL;
	int r = 0;

	vuln_scope_make(x, NULL, clock_wall() / CLOCK_NS_PER_S, &scope);
	for (size_t i = 0; r == 0 && i < count; i++) {
		struct vuln_findings found = {0};
		const struct model_release *release = lines[i].has_release ? &lines[i].release : NULL;
		if (i == 0 || !release != !last ||
		    (release &&
		     (strcmp(release->id, last->id) != 0 || strcmp(release->version_id, last->version_id) != 0)))
			vuln_scope_make(x, release, clock_wall() / CLOCK_NS_PER_S, &scope);
		last = release;
		scope.show_all = lines[i].all;
		r = vuln_match(x, &scope, &lines[i].p, &a, &found, e);
		if (r == 0 && print)
			put_line(&lines[i], &scope, &found);
	}
	return r;
}

static int run(const char *index, unsigned repeat, struct line *lines, size_t *count, struct err *e)
{
	SCOPED_PTR(vuln_index) struct vuln_index *x = NULL;
	scoped_free char *text = NULL;
	size_t room = 0;
	ssize_t len;
	int64_t best = INT64_MAX;
	scoped_fd int fd = open(index, O_RDONLY | O_CLOEXEC);
	int r = fd < 0 ? err_sys(e, -errno, "%s", index) : vuln_open(fd, &x, e);

	while (r == 0 && *count < LINES_MAX && (len = getline(&text, &room, stdin)) > 0)
		r = read_line(text, (size_t)len, &lines[(*count)++], e);
	if (r == 0)
		r = match_all(x, lines, *count, true, e);
	for (unsigned i = 0; r == 0 && i < repeat; i++) {
		int64_t start = clock_boot();
		r = match_all(x, lines, *count, false, e);
		best = MIN_OF(best, clock_boot() - start);
	}
	if (r == 0 && repeat)
		fprintf(stderr, "%zu packages in %.2f ms\n", *count, (double)best / CLOCK_NS_PER_MS);
	return r;
}

int main(int argc, char **argv)
{
	scoped_free struct line *lines = calloc(LINES_MAX, sizeof(*lines));
	struct err e = {0};
	size_t count = 0;
	int r = !lines || argc < 2 ? err_set(&e, -EINVAL, "usage: match-list INDEX [time]")
				   : run(argv[1], argc > 2 ? REPEATS : 0, lines, &count, &e);

	if (r < 0)
		fprintf(stderr, "match-list: %s\n", err_text(&e));
	for (size_t i = 0; lines && i < count; i++)
		json_free(lines[i].json);
	return r < 0;
}
