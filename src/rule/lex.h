/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Characters of a condition to words: what condition-parse.c asks for at each point of the grammar. Which characters
 * make a word depends on where it stands (a bare value may hold slashes, a field dots), so the parser asks for one kind.
 */
#pragma once

#include "condition.h"

struct lexer {
	struct arena *arena;
	const struct condition *condition;
	struct rule_problems *problems;
	const char *text;
	size_t at, len;
	unsigned depth;
};

void lex_blank(struct lexer *l);
/* The keyword WORD at this point, not part of a longer word; moves behind it. */
bool lex_keyword(struct lexer *l, const char *word);
/* The character at this point after blanks; moves behind it. */
bool lex_char(struct lexer *l, char c);
/* A name of letters, digits and _, empty when there is none; with DOTS, joined by dots. Moves behind it. */
struct rule_str lex_name(struct lexer *l, bool dots);
/* A field's argument in brackets, included in the returned text, which starts at START. -EINVAL after noting. */
int lex_bracket(struct lexer *l, size_t start, struct rule_str *ret);
/* A quoted or bare value. -EINVAL after noting. */
int lex_value(struct lexer *l, struct operand *ret);
/* An operator, or OP_COUNT. Moves behind it. */
enum check_op lex_operator(struct lexer *l);

/* Notes "expected WHAT, found ..." at this point; returns -EINVAL. */
int lex_expected(struct lexer *l, const char *what);
int lex_problem(struct lexer *l, size_t at, const char *what);
