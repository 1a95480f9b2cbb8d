/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an order of versions is inside the room: two functions per ecosystem, and the few questions about digits and
 * letters that all of them ask. Letters and digits are ASCII's, whatever the locale.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "vuln/version.h"

struct order_ops {
	const char *name;
	/* As vuln_version_compare(); both are at most VULN_VERSION_MAX bytes. */
	int (*compare)(const char *a, const char *b, int *ret);
	/*
	 * For versions that compare() refuses: what feeds' own code does with them. Any text with a digit in it has a
	 * place. NULL: none is known.
	 */
	int (*compare_any)(const char *a, const char *b);
};

extern const struct order_ops order_dpkg, order_apk, order_rpm, order_alpm, order_npm, order_pep440, order_go,
	order_cargo, order_maven, order_gem, order_composer, order_nuget;

static inline bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static inline bool is_alnum(char c)
{
	return is_digit(c) || is_alpha(c);
}

static inline char to_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static inline int sign_of(long v)
{
	return (v > 0) - (v < 0);
}

/* A piece of a version. */
struct piece {
	const char *s;
	size_t len;
};

/* The digits, or letters, that S begins with. */
struct piece piece_digits(const char *s);
struct piece piece_letters(const char *s);
bool piece_is_number(struct piece p);
/* Decimal numbers of any length; the empty one is 0. */
int piece_compare_numbers(struct piece a, struct piece b);
/* Bytes, a shorter one first. */
int piece_compare_text(struct piece a, struct piece b);
/* The same with ASCII letters taken as small ones. */
int piece_compare_caseless(struct piece a, struct piece b);
bool piece_equals(struct piece p, const char *text);
/* Without ASCII blanks around it. */
struct piece piece_trimmed(const char *s);
