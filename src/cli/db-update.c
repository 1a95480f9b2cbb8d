/* SPDX-License-Identifier: Apache-2.0 */
/*
 * skep db update and skep db publish: the index from signed mirrors, and such a mirror.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "commands.h"
#include "db.h"
#include "flow/publish.h"
#include "flow/update.h"

struct update_options {
	const char *config;
	bool check, allow_expired, quiet;
};

static const struct cli_option update_options[] = {
	{0, "config", CLI_TEXT, "FILE", "the document of mirrors (" FLOW_UPDATE_CONFIG ")",
	 offsetof(struct update_options, config)},
	{0, "check", CLI_FLAG, NULL, "only say what would be taken", offsetof(struct update_options, check)},
	{0, "allow-expired", CLI_FLAG, NULL, "take a list that is expired or older than maxAgeDays",
	 offsetof(struct update_options, allow_expired)},
	{'q', "quiet", CLI_FLAG, NULL, "print nothing but problems", offsetof(struct update_options, quiet)},
	{0},
};

static void say(void *data, const char *line)
{
	fprintf(stderr, "skep: %s; trying the next one\n", line);
}

static void show_progress(void *data, const char *source, uint64_t bytes, uint64_t total)
{
	char done[32], all[32];

	cli_size(bytes, done, sizeof(done));
	cli_size(total, all, sizeof(all));
	fprintf(stderr, "\r%s: %s of %s\033[K%s", source, done, all, bytes == total ? "\n" : "");
}

static int print_check(const struct flow_update *u)
{
	static const char *const heads[] = {"SOURCE", "SIZE", "STATE"};
	struct cli_table t = {.columns = ARRAY_LEN(heads)};
	char text[32];

	for (size_t i = 0; i < ARRAY_LEN(heads); i++)
		cli_table_add(&t, heads[i]);
	for (size_t i = 0; i < u->count; i++) {
		cli_table_add(&t, u->items[i].source);
		cli_size(u->items[i].bytes, text, sizeof(text));
		cli_table_add(&t, text);
		cli_table_add(&t, u->items[i].taken ? "up to date" : "new");
	}
	return cli_table_print(&t);
}

/* "mirror office answered: list 1760000000 of 3 hours ago, 2 of 14 sources are new". */
static void say_answer(const struct flow_update *u)
{
	char time[CLOCK_TEXT_MAX], age[32];

	clock_text(u->created_s * CLOCK_NS_PER_S, time);
	cli_age(time, age, sizeof(age));
	fprintf(stderr, "skep: mirror %s answered: list %llu of %s ago, ", u->mirror, (unsigned long long)u->serial,
		age);
	if (u->fresh)
		fprintf(stderr, "%zu of %zu sources are new\n", u->fresh, u->count);
	else
		fprintf(stderr, "all %zu sources are up to date\n", u->count);
}

static int run_update(const struct cli_context *c, void *data, char **args, size_t count)
{
	const struct update_options *o = data;
	scoped_free struct flow_update *u = calloc(1, sizeof(*u));
	struct err e = {0};
	struct flow_update_options options = {
		.root = c->root,
		.config = o->config,
		.check = o->check,
		.allow_expired = o->allow_expired,
		.say = say,
		.progress = isatty(STDERR_FILENO) && !o->quiet ? show_progress : NULL,
	};
	int r = u ? flow_update(&options, u, &e) : err_sys(&e, -ENOMEM, "updating");

	if (r < 0)
		return cli_fail(&e, u && u->refused ? CLI_REFUSED : 0);
	if (!o->quiet)
		say_answer(u);
	if (o->check)
		return o->quiet ? CLI_OK : print_check(u);
	return u->notes.count ? cli_db_notes(&u->notes, o->quiet) : CLI_OK;
}

const struct cli_command cli_db_update = {
	.name = "db update",
	.arguments = "",
	.summary = "bring the index up to date from the signed mirrors of " FLOW_UPDATE_CONFIG,
	.example = "  skep db update\n"
		   "  skep db update --check\n"
		   "  skep db update -q --config /srv/skep/db.yaml\n",
	.options = update_options,
	.size = sizeof(struct update_options),
	.run = run_update,
};

/* ---- publish ---- */

struct publish_options {
	const char *key, *to, *expires, *serial;
};

static const struct cli_option publish_options[] = {
	{0, "key", CLI_TEXT, "FILE", "the private key that signs (PEM; Ed25519 or ECDSA on P-256)",
	 offsetof(struct publish_options, key)},
	{0, "to", CLI_TEXT, "DIR|oci:DIR:TAG", "where the mirror lies; it is made when it is not there",
	 offsetof(struct publish_options, to)},
	{0, "expires", CLI_TEXT, "DAYS", "after which nobody takes the list any more (30)",
	 offsetof(struct publish_options, expires)},
	{0, "serial", CLI_TEXT, "NUMBER", "of the list, greater than that of any before (the time)",
	 offsetof(struct publish_options, serial)},
	{0},
};

static int run_publish(const struct cli_context *c, void *data, char **args, size_t count)
{
	SCOPED(flow_db_inputs) struct flow_db_inputs in = {0};
	const struct publish_options *o = data;
	struct flow_publish_options options = {.inputs = &in, .key = o->key, .to = o->to, .days = FLOW_PUBLISH_DAYS};
	struct flow_publish done = {0};
	struct err e = {0};
	char size[32];
	int r = 0;

	if (!o->key || !o->to)
		return cli_usage("db publish: --key and --to are needed; see skep db publish --help");
	if (o->expires && str_to_u64(o->expires, UINT32_MAX, &options.days) < 0)
		return cli_usage("db publish: --expires %s: expected a number of days", o->expires);
	if (o->serial && (str_to_u64(o->serial, INT64_MAX, &options.serial) < 0 || !options.serial))
		return cli_usage("db publish: --serial %s: expected a number from 1 on", o->serial);
	for (size_t i = 0; r == 0 && i < count; i++)
		r = flow_db_add_path(&in, args[i], NULL, &e);
	if (r == 0)
		r = flow_publish(&options, &done, &e);
	if (r < 0)
		return cli_fail(&e, 0);
	cli_size(done.bytes, size, sizeof(size));
	printf("published %zu sources (%s) as list %llu, signed by the key %s\n", done.count, size,
	       (unsigned long long)done.serial, done.key.text);
	return CLI_OK;
}

const struct cli_command cli_db_publish = {
	.name = "db publish",
	.arguments = "FILE|DIR...",
	.summary = "make a signed mirror of feeds, for skep db update elsewhere",
	.example = "  openssl genpkey -algorithm ed25519 -out db.key; openssl pkey -in db.key -pubout -out db.pub\n"
		   "  skep db publish osv kev.json epss.csv.gz --key db.key --to /srv/mirror\n"
		   "  skep db publish osv --key db.key --to oci:/srv/layout:db\n"
		   "  skopeo copy oci:/srv/layout:db docker://registry.example.org/skep/db:latest\n",
	.options = publish_options,
	.args_min = 1,
	.args_max = 256,
	.size = sizeof(struct publish_options),
	.run = run_publish,
};
