/* SPDX-License-Identifier: Apache-2.0 */
/*
 * YAML text as a tree that knows where each piece stood, so that a mistake inside a condition of ten folded lines is
 * shown at its own line and column. Limits on bytes, depth and nodes hold before memory is spent; an alias is the node
 * it names, not a copy of it.
 */
#pragma once

#include "base/arena.h"
#include "rule/problem.h"
#include "rule/value.h"

#define YAML_BYTES_MAX (32u << 20)
#define YAML_DEPTH_MAX 32
#define YAML_NODES_MAX 500000
#define YAML_ANCHORS_MAX 1000

enum yaml_kind { YAML_SCALAR, YAML_SEQUENCE, YAML_MAPPING };
enum yaml_style { YAML_PLAIN, YAML_QUOTED, YAML_BLOCK };

struct yaml_file {
	const char *name;
	const char *text; /* borrowed */
	size_t len;
	size_t *lines; /* offset of each line; in the tree's arena */
	size_t line_count;
};

struct yaml_node {
	enum yaml_kind kind;
	enum yaml_style style;
	unsigned line, column; /* from 1 */
	const struct yaml_file *file;
	struct rule_str text;	 /* scalars; followed by a NUL */
	struct yaml_node *next;	 /* the node after this one in its collection */
	struct yaml_node *value; /* of a key in a mapping */
	struct yaml_node *first; /* children: items, or keys */
	size_t count;
};

/*
 * Reads all documents of the file. *RET is the first document, ->next the following; NULL for an empty file. Returns 0;
 * -EINVAL after noting the problem; -ENOMEM. The tree lives in ARENA and borrows the text.
 */
int yaml_read(struct arena *arena, const char *name, const char *text, size_t len, struct rule_problems *problems,
	      struct yaml_node **ret) must_check;

/* Where the character at OFFSET of a scalar's content stands in its file. */
struct rule_place yaml_place(const struct yaml_node *scalar, size_t offset);
/* Where the byte at OFFSET of the file is; it is not before LINE. */
struct rule_place yaml_place_at(const struct yaml_file *f, size_t offset, unsigned line);
/* Where a node begins. */
struct rule_place yaml_place_of(const struct yaml_node *node);

/* The value of a key, or NULL. */
struct yaml_node *yaml_get(const struct yaml_node *mapping, const char *key);
