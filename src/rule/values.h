/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Right sides of comparisons: text as rules write it to numbers, addresses, networks, bytes.
 */
#pragma once

#include "compiled.h"

/* Each returns 0, or -EINVAL when the text is no such thing. */
int value_number(struct rule_str text, int64_t *ret) must_check;
int value_real(struct rule_str text, double *ret) must_check;
int value_port(struct rule_str text, int64_t *ret) must_check;
int value_ip(struct rule_str text, struct rule_ip *ret) must_check;
int value_net(struct rule_str text, struct net *ret) must_check;
/* Hexadecimal digits to bytes, in place of TEXT's length / 2. */
int value_hex(struct rule_str text, char *ret) must_check;
