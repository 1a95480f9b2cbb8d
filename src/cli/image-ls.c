/* SPDX-License-Identifier: Apache-2.0 */
/*
 * skep image ls: the images of the store, one line per name.
 */
#include <stdio.h>

#include "commands.h"
#include "oci/store.h"

struct options {
	const char *format;
	bool quiet;
};

static const struct cli_option options[] = {
	{'o', "output", CLI_TEXT, "FORMAT", "table or json", offsetof(struct options, format)},
	{'q', "quiet", CLI_FLAG, NULL, "ids only", offsetof(struct options, quiet)},
	{0},
};

struct list {
	bool quiet;
	struct cli_table table;
	struct json_out *json;
};

static void add_row(struct list *l, const struct oci_image *image, const char *name)
{
	char id[16], size[32], age[32];
	const char *colon = strrchr(name, ':');

	snprintf(id, sizeof(id), "%.12s", image->id);
	cli_size(image->size, size, sizeof(size));
	cli_age(image->imported, age, sizeof(age));
	if (l->quiet) {
		printf("%s\n", id);
		return;
	}
	scoped_free char *repository = str_printf("%.*s", colon ? (int)(colon - name) : 255, name);
	cli_table_add(&l->table, repository ? repository : name);
	cli_table_add(&l->table, colon ? colon + 1 : "<none>");
	cli_table_add(&l->table, id);
	cli_table_add(&l->table, age);
	cli_table_add(&l->table, size);
}

static void add_json(struct json_out *o, const struct oci_image *image)
{
	json_out_object(o, NULL);
	json_out_str(o, "id", image->id);
	json_out_array(o, "names");
	for (size_t i = 0; i < image->names.count; i++)
		json_out_str(o, NULL, image->names.items[i]);
	json_out_array_end(o);
	json_out_str(o, "digest", image->manifest.text);
	json_out_u64(o, "size", image->size);
	json_out_u64(o, "layers", image->layers.count);
	json_out_str(o, "imported", image->imported);
	json_out_object_end(o);
}

static int visit(const struct oci_image *image, void *data, struct err *e)
{
	struct list *l = data;

	if (l->json)
		add_json(l->json, image);
	else if (l->quiet || !image->names.count)
		add_row(l, image, "<none>");
	else
		for (size_t i = 0; i < image->names.count; i++)
			add_row(l, image, image->names.items[i]);
	return 0;
}

static int run(const struct cli_context *c, void *data, char **args, size_t count)
{
	static const char *const heads[] = {"REPOSITORY", "TAG", "IMAGE ID", "IMPORTED", "SIZE"};
	SCOPED_PTR(oci_store) struct oci_store *store = NULL;
	SCOPED(buf) struct buf b = BUF_INIT(64u << 20);
	struct json_out json = JSON_OUT_PRETTY(&b);
	const struct options *o = data;
	struct list l = {.quiet = o->quiet, .table = {.columns = ARRAY_LEN(heads)}};
	struct err e = {0};
	bool as_json;

	if (cli_format(o->format, &as_json, &e) < 0)
		return cli_usage("%s", err_text(&e));
	for (size_t i = 0; !as_json && !o->quiet && i < ARRAY_LEN(heads); i++)
		cli_table_add(&l.table, heads[i]);
	l.json = as_json ? &json : NULL;
	if (as_json)
		json_out_array(&json, NULL);
	if (oci_store_open(c->root, &store, &e) < 0 || oci_store_each_image(store, visit, &l, &e) < 0) {
		strv_done(&l.table.cells);
		return cli_fail(&e, 0);
	}
	if (as_json)
		json_out_array_end(&json);
	return as_json ? cli_put(&b) : cli_table_print(&l.table);
}

const struct cli_command cli_image_ls = {
	.name = "image ls",
	.arguments = "",
	.summary = "list the images of the store",
	.options = options,
	.size = sizeof(struct options),
	.run = run,
};
