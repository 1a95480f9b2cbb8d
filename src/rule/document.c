/* SPDX-License-Identifier: Apache-2.0 */
/* YAML nodes written as JSON. */
#include "rule/document.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "yaml.h"

enum { TREE_BYTES_MAX = 256 << 20 };

static void put_node(struct json_out *o, const char *key, const struct yaml_node *n);

static void put_scalar(struct json_out *o, const char *key, const struct yaml_node *n)
{
	const char *text = n->text.at;
	bool plain = n->style == YAML_PLAIN;

	if (plain && (strcmp(text, "true") == 0 || strcmp(text, "false") == 0))
		json_out_bool(o, key, text[0] == 't');
	else if (plain && (!text[0] || strcmp(text, "~") == 0 || strcmp(text, "null") == 0))
		json_out_null(o, key);
	else
		json_out_str(o, key, text);
}

/* An alias is the node it names, so a small file can mean a huge document: the buffer's limit ends it. */
static void put_node(struct json_out *o, const char *key, const struct yaml_node *n)
{
	if (buf_error(o->buf))
		return;
	if (n->kind == YAML_SCALAR) {
		put_scalar(o, key, n);
		return;
	}
	if (n->kind == YAML_SEQUENCE)
		json_out_array(o, key);
	else
		json_out_object(o, key);
	for (const struct yaml_node *at = n->first; at && !buf_error(o->buf); at = at->next)
		if (n->kind == YAML_SEQUENCE)
			put_node(o, NULL, at);
		else
			put_node(o, at->text.at, at->value);
	if (n->kind == YAML_SEQUENCE)
		json_out_array_end(o);
	else
		json_out_object_end(o);
}

int rule_document_json(const char *name, const char *text, size_t len, struct rule_problems *problems, struct buf *out)
{
	SCOPED(arena) struct arena arena = ARENA_INIT(TREE_BYTES_MAX);
	struct yaml_node *document = NULL;
	struct json_out o = JSON_OUT(out);
	int r = yaml_read(&arena, name, text, len, problems, &document);

	if (r == 0 && (!document || document->next)) {
		struct rule_place at = {.file = name};
		rule_problem_add(problems, at, "one document is expected, %s",
				 document ? "there are several" : "there is none");
		r = -EINVAL;
	}
	if (r < 0)
		return r;
	put_node(&o, NULL, document);
	return buf_error(out);
}

/* The key of a mapping that PATH goes on with; the longest, since keys may have dots in them. */
static const struct yaml_node *find_key(const struct yaml_node *n, const char *path, size_t *used)
{
	const struct yaml_node *found = NULL;

	*used = 0;
	for (const struct yaml_node *at = n->kind == YAML_MAPPING ? n->first : NULL; at; at = at->next) {
		size_t len = at->text.len;
		if (len >= *used && strncmp(at->text.at, path, len) == 0 && (!path[len] || strchr(".[", path[len]))) {
			found = at;
			*used = len;
		}
	}
	return found;
}

static const struct yaml_node *find_item(const struct yaml_node *n, const char *path, size_t *used)
{
	char *end = NULL;
	unsigned long index = strtoul(path + 1, &end, 10);
	const struct yaml_node *at = n->kind == YAML_SEQUENCE ? n->first : NULL;

	*used = (size_t)(end - path) + (*end == ']');
	while (at && index--)
		at = at->next;
	return at;
}

struct rule_place rule_document_place(const char *name, const char *text, size_t len, const char *path)
{
	SCOPED(arena) struct arena arena = ARENA_INIT(TREE_BYTES_MAX);
	SCOPED(rule_problems) struct rule_problems ignored = RULE_PROBLEMS_INIT;
	struct rule_place place = {.file = name};
	struct yaml_node *document = NULL;

	if (yaml_read(&arena, name, text, len, &ignored, &document) < 0)
		return place;
	for (const struct yaml_node *n = document; n && *path;) {
		size_t used = 0;
		bool item = *path == '[';
		const struct yaml_node *found = item ? find_item(n, path, &used) : find_key(n, path, &used);
		if (!found)
			break;
		place = (struct rule_place){name, found->line, found->column};
		path += used;
		path += *path == '.';
		n = item ? found : found->value;
	}
	return place;
}
