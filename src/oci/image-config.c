/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decodes an image's configuration. The members that end up in a process (environment, arguments, working folder)
 * are checked here once, so that nobody behind this file meets an environment entry without a name.
 */
#include "oci/image-config.h"

#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "oci/manifest.h"

static int copy_str(const struct json *v, const char *key, struct arena *a, const char **ret, struct err *e)
{
	const char *s = NULL;
	int r = json_get_str(v, key, &s, e);

	if (r == 0 && s && *s && !(*ret = arena_str(a, s)))
		return err_set(e, -ENOMEM, "%s: out of memory", key);
	return r;
}

static int new_strings(size_t count, const char *key, struct arena *a, struct oci_strings *ret, struct err *e)
{
	if (count > OCI_CONFIG_STRINGS_MAX)
		return err_set(e, -E2BIG, "%s: %zu entries, at most %d are read", key, count, OCI_CONFIG_STRINGS_MAX);
	ret->items = ARENA_ARRAY(a, count + 1, const char *);
	ret->count = 0;
	return ret->items ? 0 : err_set(e, -ENOMEM, "%s: out of memory", key);
}

static int copy_list(const struct json *v, const char *key, struct arena *a, struct oci_strings *ret, struct err *e)
{
	const struct json *list = NULL;
	int r = json_get_array(v, key, &list, e);

	if (r < 0 || !list)
		return r;
	r = new_strings(json_count(list), key, a, ret, e);
	for (size_t i = 0; r == 0 && i < json_count(list); i++) {
		const char *s = NULL;
		r = json_str(json_at(list, i), &s, e);
		if (r < 0)
			return err_wrap(e, r, "%s[%zu]", key, i);
		ret->items[i] = arena_str(a, s);
		if (!ret->items[i])
			return err_set(e, -ENOMEM, "%s: out of memory", key);
		ret->count++;
	}
	return r;
}

struct keys {
	struct arena *a;
	struct oci_strings *names;
	struct oci_strings *values; /* NULL: a set, values do not matter */
};

static int copy_key(const char *key, const struct json *value, void *data, struct err *e)
{
	struct keys *k = data;
	const char *text = NULL;

	if (k->values) {
		int r = json_str(value, &text, e);
		if (r < 0)
			return err_wrap(e, r, "%s", key);
		k->values->items[k->values->count] = arena_str(k->a, text);
		if (!k->values->items[k->values->count++])
			return err_set(e, -ENOMEM, "out of memory");
	}
	k->names->items[k->names->count] = arena_str(k->a, key);
	return k->names->items[k->names->count++] ? 0 : err_set(e, -ENOMEM, "out of memory");
}

static int copy_keys(const struct json *v, const char *key, struct arena *a, struct oci_strings *names,
		     struct oci_strings *values, struct err *e)
{
	const struct json *object = NULL;
	struct keys k = {.a = a, .names = names, .values = values};
	int r = json_get_object(v, key, &object, e);

	if (r < 0 || !object)
		return r;
	r = new_strings(json_count(object), key, a, names, e);
	if (r == 0 && values)
		r = new_strings(json_count(object), key, a, values, e);
	if (r == 0)
		r = json_each(object, copy_key, &k, e);
	return r < 0 ? err_wrap(e, r, "%s", key) : 0;
}

static int check_process(const struct oci_image_config *c, struct err *e)
{
	for (size_t i = 0; i < c->env.count; i++)
		if (c->env.items[i][0] == '=' || !strchr(c->env.items[i], '='))
			return err_set(e, -EINVAL, "config.Env[%zu]: expected NAME=VALUE", i);
	/* Windows images carry "C:\\..."; a relative folder means below the root, as docker reads it. */
	return 0;
}

static int decode_process(const struct json *doc, struct arena *a, struct oci_image_config *c, struct err *e)
{
	const struct json *v = NULL;
	int r = json_get_object(doc, "config", &v, e);

	if (r < 0 || !v)
		return r;
	if ((r = copy_str(v, "User", a, &c->user, e)) < 0 ||
	    (r = copy_str(v, "WorkingDir", a, &c->working_dir, e)) < 0 ||
	    (r = copy_str(v, "StopSignal", a, &c->stop_signal, e)) < 0 ||
	    (r = copy_list(v, "Env", a, &c->env, e)) < 0 ||
	    (r = copy_list(v, "Entrypoint", a, &c->entrypoint, e)) < 0 ||
	    (r = copy_list(v, "Cmd", a, &c->cmd, e)) < 0 ||
	    (r = copy_keys(v, "Volumes", a, &c->volumes, NULL, e)) < 0 ||
	    (r = copy_keys(v, "ExposedPorts", a, &c->exposed_ports, NULL, e)) < 0 ||
	    (r = copy_keys(v, "Labels", a, &c->label_keys, &c->label_values, e)) < 0)
		return err_wrap(e, r, "config");
	c->has_healthcheck = json_get(v, "Healthcheck") != NULL;
	return check_process(c, e);
}

static int decode_rootfs(const struct json *doc, struct arena *a, struct oci_image_config *c, struct err *e)
{
	const struct json *rootfs = NULL, *ids = NULL;
	const char *type = NULL;
	int r = json_get_object(doc, "rootfs", &rootfs, e);

	if (r == 0 && rootfs)
		r = json_get_str(rootfs, "type", &type, e);
	if (r == 0 && rootfs)
		r = json_get_array(rootfs, "diff_ids", &ids, e);
	if (r < 0)
		return err_wrap(e, r, "rootfs");
	if (!type || !str_eq(type, "layers"))
		return err_set(e, -EOPNOTSUPP, "rootfs.type: expected \"layers\"");
	size_t count = ids ? json_count(ids) : 0;
	if (count > OCI_LAYERS_MAX)
		return err_set(e, -E2BIG, "rootfs.diff_ids: %zu layers, at most %d are read", count, OCI_LAYERS_MAX);
	c->diff_ids = ARENA_ARRAY(a, count ? count : 1, struct digest);
	if (!c->diff_ids)
		return err_set(e, -ENOMEM, "rootfs: out of memory");
	for (size_t i = 0; i < count; i++) {
		const char *text = NULL;
		r = json_str(json_at(ids, i), &text, e);
		if (r == 0 && (r = digest_parse(text, &c->diff_ids[i])) < 0)
			r = err_set(e, r, "\"%.80s\" is not a digest", text);
		if (r < 0)
			return err_wrap(e, r, "rootfs.diff_ids[%zu]", i);
	}
	c->diff_id_count = count;
	return 0;
}

static int decode_history(const struct json *doc, struct arena *a, struct oci_image_config *c, struct err *e)
{
	const struct json *list = NULL;
	int r = json_get_array(doc, "history", &list, e);

	if (r < 0 || !list)
		return r;
	if (json_count(list) > OCI_CONFIG_STRINGS_MAX)
		return err_set(e, -E2BIG, "history: %zu steps, at most %d are read", json_count(list),
			       OCI_CONFIG_STRINGS_MAX);
	c->history = ARENA_ARRAY(a, json_count(list) + 1, struct oci_history);
	if (!c->history)
		return err_set(e, -ENOMEM, "history: out of memory");
	for (size_t i = 0; i < json_count(list); i++) {
		struct oci_history *step = &c->history[c->history_count];
		r = copy_str(json_at(list, i), "created_by", a, &step->created_by, e);
		if (r == 0)
			r = json_get_bool(json_at(list, i), "empty_layer", &step->empty_layer, e);
		if (r < 0)
			return err_wrap(e, r, "history[%zu]", i);
		c->history_count++;
	}
	return 0;
}

int oci_image_config_decode(const char *text, size_t len, struct arena *a, struct oci_image_config *ret, struct err *e)
{
	SCOPED_PTR(json) struct json *doc = NULL;
	struct oci_image_config c = {0};
	int r = json_parse(text, len, OCI_JSON_LIMITS, &doc, e);

	if (r == 0 && json_kind(doc) != JSON_OBJECT)
		r = err_set(e, -EINVAL, "expected an object");
	if (r < 0 || (r = copy_str(doc, "os", a, &c.os, e)) < 0 ||
	    (r = copy_str(doc, "architecture", a, &c.architecture, e)) < 0 ||
	    (r = copy_str(doc, "created", a, &c.created, e)) < 0 ||
	    (r = copy_str(doc, "author", a, &c.author, e)) < 0 || (r = decode_process(doc, a, &c, e)) < 0 ||
	    (r = decode_rootfs(doc, a, &c, e)) < 0 || (r = decode_history(doc, a, &c, e)) < 0)
		return err_wrap(e, r, "image configuration");
	if (c.os && !str_eq(c.os, "linux"))
		return err_set(e, -EOPNOTSUPP, "image configuration: os is \"%.40s\"; skep runs linux images", c.os);
	*ret = c;
	return 0;
}
