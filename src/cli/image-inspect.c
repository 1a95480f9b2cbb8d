/* SPDX-License-Identifier: Apache-2.0 */
/*
 * skep image inspect: what an image is and what it runs, as JSON.
 */
#include "commands.h"
#include "oci/store.h"

static void put_strings(struct json_out *o, const char *key, const struct oci_strings *s)
{
	json_out_array(o, key);
	for (size_t i = 0; i < s->count; i++)
		json_out_str(o, NULL, s->items[i]);
	json_out_array_end(o);
}

static void put_strv(struct json_out *o, const char *key, const struct strv *v)
{
	json_out_array(o, key);
	for (size_t i = 0; i < v->count; i++)
		json_out_str(o, NULL, v->items[i]);
	json_out_array_end(o);
}

static void put_config(struct json_out *o, const struct oci_image_config *c)
{
	json_out_object(o, "Config");
	json_out_str(o, "User", c->user ? c->user : "");
	put_strings(o, "Env", &c->env);
	put_strings(o, "Entrypoint", &c->entrypoint);
	put_strings(o, "Cmd", &c->cmd);
	json_out_str(o, "WorkingDir", c->working_dir ? c->working_dir : "");
	json_out_str(o, "StopSignal", c->stop_signal ? c->stop_signal : "");
	put_strings(o, "Volumes", &c->volumes);
	put_strings(o, "ExposedPorts", &c->exposed_ports);
	json_out_object(o, "Labels");
	for (size_t i = 0; i < c->label_keys.count; i++)
		json_out_str(o, c->label_keys.items[i], c->label_values.items[i]);
	json_out_object_end(o);
	json_out_object_end(o);
}

static void put_image(struct json_out *o, const struct oci_image *image, const struct oci_image_docs *docs)
{
	const struct oci_image_config *c = &docs->config;

	json_out_object(o, NULL);
	json_out_str(o, "Id", image->config.text);
	put_strv(o, "RepoTags", &image->names);
	json_out_str(o, "Digest", image->manifest.text);
	json_out_str(o, "Created", c->created ? c->created : "");
	json_out_str(o, "Imported", image->imported);
	json_out_str(o, "Architecture", c->architecture ? c->architecture : "");
	json_out_str(o, "Os", c->os ? c->os : "linux");
	json_out_u64(o, "Size", image->size);
	put_config(o, c);
	json_out_array(o, "Layers");
	for (size_t i = 0; i < docs->manifest.layer_count; i++) {
		json_out_object(o, NULL);
		json_out_str(o, "MediaType", docs->manifest.layers[i].media_text);
		json_out_str(o, "Digest", docs->manifest.layers[i].digest.text);
		json_out_u64(o, "Size", docs->manifest.layers[i].size);
		json_out_str(o, "DiffId", c->diff_ids[i].text);
		json_out_object_end(o);
	}
	json_out_array_end(o);
	json_out_object_end(o);
}

static int run(const struct cli_context *c, void *data, char **args, size_t count)
{
	SCOPED_PTR(oci_store) struct oci_store *store = NULL;
	SCOPED(buf) struct buf b = BUF_INIT(64u << 20);
	struct json_out o = JSON_OUT_PRETTY(&b);
	struct err e = {0};

	if (oci_store_open(c->root, &store, &e) < 0)
		return cli_fail(&e, 0);
	json_out_array(&o, NULL);
	for (size_t i = 0; i < count; i++) {
		SCOPED(oci_image) struct oci_image image = {0};
		SCOPED(arena) struct arena a = ARENA_INIT(32u << 20);
		struct oci_image_docs docs = {0};
		if (oci_store_find(store, args[i], &image, &e) < 0 ||
		    oci_store_read_docs(store, &image.manifest, &a, &docs, &e) < 0)
			return cli_fail(&e, 0);
		put_image(&o, &image, &docs);
	}
	json_out_array_end(&o);
	return cli_put(&b);
}

const struct cli_command cli_image_inspect = {
	.name = "image inspect",
	.arguments = "IMAGE...",
	.summary = "show what an image is and what it runs",
	.args_min = 1,
	.args_max = 64,
	.run = run,
};
