/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A condition as text and as a tree. The text may be put together from pieces of several files (append, override,
 * exceptions); each piece remembers its YAML value, so that any offset leads back to a line and column.
 */
#pragma once

#include "base/arena.h"
#include "rule/problem.h"
#include "rule/value.h"

#define CONDITION_BYTES_MAX (1u << 20)
#define CONDITION_DEPTH_MAX 100 /* parentheses and nots inside each other */
#define CONDITION_PIECES_MAX 1000
#define CALL_ARGS_MAX 32

struct yaml_node;

struct condition_piece {
	const struct yaml_node *node;
	size_t start; /* in the whole text */
	bool made;    /* written by us from NODE: its place is the node's */
	struct condition_piece *next;
};

struct condition {
	const char *text;
	size_t len;
	struct condition_piece *first, *last;
	size_t pieces;
};

/* Adds the scalar NODE, or TEXT made from NODE, behind a space. -E2BIG over a limit (the caller says so), -ENOMEM. */
int condition_add(struct arena *arena, struct condition *c, const struct yaml_node *node, const char *made) must_check;
/* Puts the text in parentheses. */
int condition_wrap(struct arena *arena, struct condition *c, const struct yaml_node *node) must_check;
struct rule_place condition_place(const struct condition *c, size_t offset);

enum node_kind { NODE_AND, NODE_OR, NODE_NOT, NODE_CHECK, NODE_MACRO };

enum check_op {
	OP_EXISTS,
	OP_EQ,
	OP_NE,
	OP_LT,
	OP_LE,
	OP_GT,
	OP_GE,
	OP_CONTAINS,
	OP_ICONTAINS,
	OP_BCONTAINS,
	OP_STARTSWITH,
	OP_BSTARTSWITH,
	OP_ENDSWITH,
	OP_GLOB,
	OP_IGLOB,
	OP_REGEX,
	OP_IN,
	OP_INTERSECTS,
	OP_PMATCH,
	OP_COUNT,
	OP_ANY_OF = OP_COUNT, /* only made by the compiler */
};
extern const char *const check_op_names[OP_COUNT];
bool check_op_takes_list(enum check_op op);

/* "startswith anyof (a, b)": the comparison is made with each value of a list. */
enum check_each { EACH_NONE, EACH_ONE, EACH_ANY, EACH_ALL, EACH_COUNT };
extern const char *const check_each_names[EACH_COUNT];
bool check_op_takes_each(enum check_op op);

enum operand_kind { OPERAND_FIELD, OPERAND_CALL, OPERAND_LIST, OPERAND_TEXT };

struct operand {
	enum operand_kind kind;
	uint32_t at;	      /* offset in the text */
	bool quoted;	      /* TEXT */
	struct rule_str text; /* field with its argument, function's name, or text with escapes resolved */
	struct operand *args; /* CALL, LIST */
	uint32_t arg_count;
	bool selects;	      /* CALL: the last argument was in brackets behind the others: getopt(args, "a:")[a] */
	struct operand *next; /* in a list of values */
};

struct check {
	struct operand *left;
	enum check_op op;
	enum check_each each;
	bool list;		/* the right side was in parentheses */
	struct operand *values; /* NULL for exists */
};

struct node {
	enum node_kind kind;
	uint32_t at;
	struct node *first; /* AND, OR, NOT: children */
	struct node *next;
	union {
		struct check *check;
		struct rule_str macro;
	};
};

/*
 * Reads the condition. Returns 0 and *RET; -EINVAL after noting the first mistake; -ENOMEM. The tree lives in ARENA and
 * borrows the text.
 */
int condition_parse(struct arena *arena, const struct condition *c, struct rule_problems *problems,
		    struct node **ret) must_check;

/* The names of functions that may stand around a field; NULL-terminated. */
extern const char *const call_names[];
