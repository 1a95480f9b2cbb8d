/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Builds the tree from libyaml's events, with a stack instead of recursion.
 */
#include "yaml.h"

#include <yaml.h>

struct open_node {
	struct yaml_node *node;
	struct yaml_node *last; /* last child */
	bool have_key;		/* mapping: last is a key that waits for its value */
};

struct anchor {
	const char *name;
	struct yaml_node *node;
};

struct builder {
	struct arena *arena;
	struct rule_problems *problems;
	struct yaml_file *file;
	struct yaml_node *first, *last; /* documents */
	struct open_node open[YAML_DEPTH_MAX];
	size_t depth, nodes;
	struct anchor anchors[YAML_ANCHORS_MAX];
	size_t anchor_count;
};

static struct rule_place place(const struct builder *b, yaml_mark_t mark)
{
	return (struct rule_place){b->file->name, (unsigned)mark.line + 1, (unsigned)mark.column + 1};
}

static int refuse(struct builder *b, yaml_mark_t mark, const char *what)
{
	rule_problem_add(b->problems, place(b, mark), "%s", what);
	return -EINVAL;
}

static int append(struct builder *b, struct yaml_node *node, yaml_mark_t mark)
{
	if (!b->depth) {
		if (b->last)
			b->last->next = node;
		else
			b->first = node;
		b->last = node;
		return 0;
	}
	struct open_node *top = &b->open[b->depth - 1];
	if (top->have_key) {
		top->last->value = node;
		top->have_key = false;
		return 0;
	}
	if (top->node->kind == YAML_MAPPING) {
		if (node->kind != YAML_SCALAR)
			return refuse(b, mark, "a key must be plain text");
		top->have_key = true;
	}
	if (top->last)
		top->last->next = node;
	else
		top->node->first = node;
	top->last = node;
	top->node->count++;
	return 0;
}

static int new_node(struct builder *b, enum yaml_kind kind, const yaml_event_t *event, struct yaml_node **ret)
{
	if (b->nodes == YAML_NODES_MAX)
		return refuse(b, event->start_mark, "too many values in one file");
	struct yaml_node *node = ARENA_NEW(b->arena, struct yaml_node);
	if (!node)
		return -ENOMEM;
	b->nodes++;
	*node = (struct yaml_node){.kind = kind,
				   .file = b->file,
				   .line = (unsigned)event->start_mark.line + 1,
				   .column = (unsigned)event->start_mark.column + 1};
	*ret = node;
	return 0;
}

static int remember(struct builder *b, const yaml_char_t *name, struct yaml_node *node, yaml_mark_t mark)
{
	if (!name)
		return 0;
	if (b->anchor_count == YAML_ANCHORS_MAX)
		return refuse(b, mark, "too many anchors in one file");
	const char *copy = arena_str(b->arena, (const char *)name);
	if (!copy)
		return -ENOMEM;
	b->anchors[b->anchor_count++] = (struct anchor){copy, node};
	return 0;
}

static int scalar(struct builder *b, const yaml_event_t *event)
{
	static const enum yaml_style styles[] = {
		[YAML_SINGLE_QUOTED_SCALAR_STYLE] = YAML_QUOTED, [YAML_DOUBLE_QUOTED_SCALAR_STYLE] = YAML_QUOTED,
		[YAML_LITERAL_SCALAR_STYLE] = YAML_BLOCK,	 [YAML_FOLDED_SCALAR_STYLE] = YAML_BLOCK,
		[YAML_PLAIN_SCALAR_STYLE] = YAML_PLAIN,
	};
	struct yaml_node *node;
	int r = new_node(b, YAML_SCALAR, event, &node);

	if (r < 0)
		return r;
	size_t len = event->data.scalar.length;
	const char *text = arena_strn(b->arena, (const char *)event->data.scalar.value, len);
	if (!text)
		return -ENOMEM;
	if (memchr(text, '\0', len))
		return refuse(b, event->start_mark, "a NUL character in text");
	node->style = styles[event->data.scalar.style];
	node->text = (struct rule_str){text, (uint32_t)len};
	r = remember(b, event->data.scalar.anchor, node, event->start_mark);
	return r < 0 ? r : append(b, node, event->start_mark);
}

static int begin(struct builder *b, enum yaml_kind kind, const yaml_event_t *event)
{
	struct yaml_node *node;
	const yaml_char_t *anchor =
		kind == YAML_SEQUENCE ? event->data.sequence_start.anchor : event->data.mapping_start.anchor;

	if (b->depth == YAML_DEPTH_MAX)
		return refuse(b, event->start_mark, "nested too deeply");
	int r = new_node(b, kind, event, &node);
	if (r == 0)
		r = append(b, node, event->start_mark);
	if (r == 0)
		r = remember(b, anchor, node, event->start_mark);
	if (r == 0)
		b->open[b->depth++] = (struct open_node){.node = node};
	return r;
}

/* A copy of the node's head, so that it can have a place of its own in a collection; its children are shared. */
static int alias(struct builder *b, const yaml_event_t *event)
{
	const char *name = (const char *)event->data.alias.anchor;

	for (size_t i = b->anchor_count; i-- > 0;) {
		struct yaml_node *node;
		if (strcmp(b->anchors[i].name, name) != 0)
			continue;
		for (size_t k = 0; k < b->depth; k++) {
			if (b->open[k].node == b->anchors[i].node)
				return refuse(b, event->start_mark, "a value that contains itself");
		}
		int r = new_node(b, b->anchors[i].node->kind, event, &node);
		if (r < 0)
			return r;
		*node = *b->anchors[i].node;
		node->next = node->value = NULL;
		return append(b, node, event->start_mark);
	}
	return refuse(b, event->start_mark, "an alias of an anchor that is not there");
}

static int take(struct builder *b, const yaml_event_t *event)
{
	switch ((int)event->type) {
	case YAML_SCALAR_EVENT:
		return scalar(b, event);
	case YAML_SEQUENCE_START_EVENT:
		return begin(b, YAML_SEQUENCE, event);
	case YAML_MAPPING_START_EVENT:
		return begin(b, YAML_MAPPING, event);
	case YAML_ALIAS_EVENT:
		return alias(b, event);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		b->depth--;
		return 0;
	default:
		return 0;
	}
}

static int note_parser_problem(struct builder *b, const yaml_parser_t *parser)
{
	if (parser->error == YAML_MEMORY_ERROR)
		return -ENOMEM;
	yaml_mark_t mark = parser->problem_mark;
	if (parser->error == YAML_READER_ERROR) {
		struct rule_place at = yaml_place_at(b->file, parser->problem_offset, 1);
		rule_problem_add(b->problems, at, "not UTF-8 text: %s", parser->problem);
		return -EINVAL;
	}
	rule_problem_add(b->problems, place(b, mark), "not valid YAML: %s%s%s", parser->context ? parser->context : "",
			 parser->context ? ": " : "", parser->problem ? parser->problem : "unknown");
	return -EINVAL;
}

/* The length of the line break at AT, 0 when there is none: as libyaml counts lines (YAML 1.1, section 4.2). */
static size_t line_break(const struct yaml_file *f, size_t at)
{
	static const char *const breaks[] = {"\r\n", "\r", "\n", "\xc2\x85", "\xe2\x80\xa8", "\xe2\x80\xa9"};

	for (size_t i = 0; i < ARRAY_LEN(breaks); i++) {
		size_t len = strlen(breaks[i]);
		if (f->len - at >= len && memcmp(f->text + at, breaks[i], len) == 0)
			return len;
	}
	return 0;
}

static int find_lines(struct arena *arena, struct yaml_file *file)
{
	size_t count = 1, lines = 0;

	for (size_t i = 0; i < file->len; i++)
		count += line_break(file, i) != 0;
	file->lines = ARENA_ARRAY(arena, count, size_t);
	if (!file->lines)
		return -ENOMEM;
	file->lines[lines++] = 0;
	for (size_t i = 0, len; i < file->len; i += len ? len : 1) {
		len = line_break(file, i);
		if (len)
			file->lines[lines++] = i + len;
	}
	file->line_count = lines;
	return 0;
}

static int read_events(struct builder *b, yaml_parser_t *parser)
{
	for (;;) {
		yaml_event_t event;
		if (!yaml_parser_parse(parser, &event))
			return note_parser_problem(b, parser);
		bool end = event.type == YAML_STREAM_END_EVENT;
		int r = take(b, &event);
		yaml_event_delete(&event);
		if (r < 0 || end)
			return r;
	}
}

int yaml_read(struct arena *arena, const char *name, const char *text, size_t len, struct rule_problems *problems,
	      struct yaml_node **ret)
{
	struct yaml_file *file = ARENA_NEW(arena, struct yaml_file);
	struct builder *b = ARENA_NEW(arena, struct builder);
	yaml_parser_t parser;

	if (!file || !b)
		return -ENOMEM;
	/* libyaml takes a byte order mark for a column, which puts the first line out of line with the others. */
	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
		text += 3;
		len -= 3;
	}
	*file = (struct yaml_file){.name = arena_str(arena, name), .text = text, .len = len};
	b->arena = arena;
	b->problems = problems;
	b->file = file;
	if (len > YAML_BYTES_MAX) {
		struct rule_place at = {.file = name};
		rule_problem_add(problems, at, "a file of %zu bytes, at most %u", len, YAML_BYTES_MAX);
		return -EINVAL;
	}
	if (!file->name || find_lines(arena, file) < 0 || !yaml_parser_initialize(&parser))
		return -ENOMEM;
	yaml_parser_set_input_string(&parser, (const unsigned char *)text, len);
	yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
	int r = read_events(b, &parser);
	yaml_parser_delete(&parser);
	if (r == 0)
		*ret = b->first;
	return r;
}
