/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What compiling makes of rules, and what judging reads: slots (values to fetch), tests (comparisons of slots), the
 * graph of expressions, and for each class of event types a program that visits no more rules than it must.
 */
#pragma once

#include "condition.h"
#include "expr.h"
#include "library.h"
#include "regex.h"
#include "rule/set.h"

#define SLOTS_MAX 100000
#define NO_SLOT UINT32_MAX
#define SET_BYTES_MAX (512u << 20)

enum call {
	CALL_TOLOWER,
	CALL_TOUPPER,
	CALL_B64,
	CALL_BASENAME,
	CALL_LEN,
	CALL_JOIN,
	CALL_CONCAT,
	CALL_GETOPT,
	CALL_VAL,
	CALL_LIST, /* (a, b): only as an argument of another */
};
enum slot_kind { SLOT_FIELD, SLOT_TEXT, SLOT_CALL };
enum time_style { TIME_CLOCK, TIME_CLOCK_S, TIME_ISO, TIME_DATE, TIME_DATE_S };

/* A value that tests or outputs need, fetched at most once per event. */
struct slot {
	enum slot_kind kind;
	enum rule_type type;
	bool any;     /* a bare ancestor field: "in" holds when one of the list is in */
	bool is_type; /* the event's type: known before anything is fetched */
	enum time_style style;
	unsigned field; /* FIELD */
	struct rule_arg arg;
	enum call call; /* CALL */
	uint32_t *args;
	uint32_t arg_count;
	struct rule_str text; /* TEXT: the value; else as rules write it; followed by a NUL */
};

/* Strings by hash: for in, intersects and =, and the paths of pmatch. */
struct string_set {
	struct rule_str *at; /* .at NULL: empty */
	uint32_t *hashes;
	uint32_t mask, count;
	struct rule_str *items; /* the same in order of writing */
};

struct net {
	struct rule_ip ip;
	unsigned bits; /* of the 128 */
};

/* Several tests of one slot in one: the text begins with one of these, or is one of those. */
struct any_of {
	uint64_t *masks, *words; /* the first eight bytes of each beginning, as many as it has */
	struct rule_str *starts;
	uint32_t start_count;
	struct string_set whole;
	uint32_t *tests; /* what it stands for */
	uint32_t test_count;
};

/* Small, and all of a size that divides a cache line. */
struct test {
	uint8_t op;   /* enum check_op */
	uint8_t type; /* enum rule_type: of the left side */
	bool any;
	uint8_t cost;	      /* rough, to try the cheap first */
	uint32_t slot, other; /* other: the right side is a slot too */
	uint32_t count;	      /* of numbers, nets or patterns */
	union {
		struct rule_str str;   /* single text; lower case for icontains; bytes for bcontains */
		struct string_set set; /* in, intersects, pmatch */
		int64_t *numbers;      /* sorted */
		struct net *nets;
		double real;
		struct regex *regex;
		struct any_of *any_of;
	};
	struct rule_str *patterns; /* pmatch: those with wildcards */
};

/* A piece of an output: text, then a slot. */
struct output_piece {
	struct rule_str text;
	uint32_t slot; /* NO_SLOT at the end */
};

struct watcher {
	enum watch_kind kind;
	uint32_t by[WATCH_BY_MAX];
	size_t by_count;
	uint32_t of;
	uint64_t within_ns;
	uint32_t at_least, step_count;
};

struct rule_entry {
	struct rule_info info;
	struct watcher watch;
	uint32_t conditions[WATCH_STEPS_MAX]; /* one, or one a step */
	uint32_t condition_count;
	struct output_piece *output;
	size_t output_count;
	const struct rule_def *def; /* for explain */
	uint64_t *events;	    /* bits: event types that can match */
};

/*
 * Expressions as judging reads them: a reference is a test (number * 4 + negated * 2 + 1) or a join (number * 2), whose
 * parts lie next to each other.
 */
struct join {
	uint32_t first, count; /* in join_parts */
	bool either;	       /* or */
};
#define REF_TEST(test, negated) ((test) << 2 | (uint32_t)(negated) << 1 | 1u)

/* What is judged: a plain rule's condition, or one step of a watching rule. */
struct pattern {
	uint32_t rule, step, expr;
};

/* Programs: blocks of steps. A block is left at its end; every step that holds runs its own block on top. */
enum step_kind {
	STEP_MATCH,  /* pattern number .a holds */
	STEP_IF,     /* when all of .count expressions at .a hold, block .b */
	STEP_LOOKUP, /* the value of slot .a chooses blocks by lookup .b */
};
struct step {
	uint8_t kind;
	uint32_t a, b, count;
};
struct block {
	uint32_t first, count; /* steps */
};
/*
 * Values of one slot to the blocks worth running: those of the whole value, and those of its beginnings. The blocks
 * test again what the lookup only made likely.
 */
#define LOOKUP_LENGTHS_MAX 24
struct lookup_entry {
	struct rule_str key; /* .at NULL: empty */
	uint32_t hash;
	uint32_t first, count; /* blocks, at list */
};
struct lookup {
	struct lookup_entry *at, *prefixes;
	uint32_t mask, prefix_mask;
	uint32_t lengths[LOOKUP_LENGTHS_MAX]; /* of prefixes, rising */
	uint32_t length_count;
	uint32_t *list;
};

struct rule_set {
	struct arena arena;   /* what judging needs */
	struct arena library; /* definitions and trees, for explain */
	struct library lib;
	const struct rule_schema *schema;
	struct slot *slots;
	size_t slot_count, slot_capacity;
	struct names slot_names;
	struct test *tests;
	size_t test_count, test_capacity;
	struct names test_names;
	struct exprs exprs;
	struct rule_entry *rules;
	size_t rule_count;
	struct pattern *patterns;
	size_t pattern_count;
	uint16_t *class_of; /* event type -> class; the last is for unknown types */
	uint32_t *class_block;
	size_t class_count;
	struct step *steps;
	struct block *blocks;
	struct lookup *lookups;
	uint32_t *lists; /* expressions of STEP_IF; references once all is laid out */
	struct join *joins;
	uint32_t *join_parts;
	size_t join_count, join_capacity, part_count, part_capacity;
	size_t step_count, block_count, lookup_count, list_count;
	size_t step_capacity, block_capacity, lookup_capacity, list_capacity;
	uint64_t *wanted_fields;
	bool lenient; /* while a rule is compiled that may be left out */
	bool unused;  /* while a macro is compiled that no rule uses: names that are not known are only warned about */
};

static inline bool bit_get(const uint64_t *bits, size_t i)
{
	return bits[i / 64] >> (i % 64) & 1;
}

static inline void bit_set(uint64_t *bits, size_t i)
{
	bits[i / 64] |= 1ull << (i % 64);
}

#define BITS_WORDS(n) (((n) + 63) / 64)

/* Where something stands, worked out only when there is a problem to show. */
struct where {
	const struct condition *condition; /* NULL: FIXED */
	size_t at;
	struct rule_place fixed;
};
struct rule_place where_place(const struct rule_set *set, struct where w);

/* slot.c. Notes problems at PLACE; -EINVAL then. */
int slot_of_operand(struct rule_set *set, const struct operand *o, struct where place, uint32_t *ret) must_check;
int slot_of_text(struct rule_set *set, struct rule_str text, struct where place, uint32_t *ret) must_check;
/* check.c: one comparison as an expression, lists filled in; each.c: the same with oneof, anyof and allof. */
int test_make_plain(struct rule_set *set, const struct check *check, const struct condition *c,
		    uint32_t *ret) must_check;
int test_make(struct rule_set *set, const struct check *check, const struct condition *c, uint32_t *ret) must_check;
int string_set_make(struct arena *arena, struct string_set *s, const struct rule_str *items, size_t count,
		    bool paths) must_check;
bool string_set_has(const struct string_set *s, struct rule_str text, uint32_t hash);
/* The hash of a path up to each component, as pmatch compares it; see path.c. */
#define PATH_HASH_START 2166136261u
static inline uint32_t path_hash_add(uint32_t h, char c)
{
	return (h ^ (unsigned char)c) * 16777619u;
}
/* lower.c */
int lower_condition(struct rule_set *set, const struct condition *c, unsigned visible, uint32_t *ret) must_check;
/* Checks a macro that no rule uses. Returns 0 also when problems were noted; -ENOMEM. */
int lower_unused(struct rule_set *set, struct macro *m) must_check;
int macro_tree(struct rule_set *set, struct macro *m, struct node **ret) must_check;
/* output.c: "%field" text to pieces. */
int output_parse(struct rule_set *set, struct rule_str text, struct where place, struct rule_entry *rule) must_check;
/* set.c: sets a bit for each field the rule needs; SEEN has a bit for each expression. */
void rule_mark_fields(const struct rule_set *set, size_t rule, uint64_t *fields, uint64_t *seen);
/* code.c: expressions of STEP_IF to references. */
int code_make(struct rule_set *set) must_check;
/* program.c */
int program_make(struct rule_set *set) must_check;

/* The list that a bare value names, or NULL. */
const struct list *list_named(const struct rule_set *set, const struct operand *o);
/* Whether a test holds for a value that is there, without a judge: for tests of the event type. */
bool test_holds_for(const struct test *t, const struct rule_value *v);
