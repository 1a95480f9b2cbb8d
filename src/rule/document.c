/* SPDX-License-Identifier: Apache-2.0 */
/* YAML nodes written as JSON. */
#include "rule/document.h"

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
