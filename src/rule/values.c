/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers, ports by number or service, addresses and networks of both families.
 */
#include "values.h"

#include <arpa/inet.h>
#include <stdlib.h>

#define TEXT_MAX 64

static int copy_text(struct rule_str text, char out[TEXT_MAX])
{
	if (!text.len || text.len >= TEXT_MAX || memchr(text.at, '\0', text.len))
		return -EINVAL;
	memcpy(out, text.at, text.len);
	out[text.len] = '\0';
	return 0;
}

int value_number(struct rule_str text, int64_t *ret)
{
	char copy[TEXT_MAX], *end;

	if (copy_text(text, copy) < 0)
		return -EINVAL;
	const char *digits = copy + (copy[0] == '-' || copy[0] == '+');
	bool hex = digits[0] == '0' && (digits[1] | 0x20) == 'x';
	if (digits[0] < '0' || digits[0] > '9')
		return -EINVAL;
	errno = 0;
	long long number = strtoll(copy, &end, hex ? 16 : 10);
	if (errno || *end)
		return -EINVAL;
	*ret = number;
	return 0;
}

int value_real(struct rule_str text, double *ret)
{
	char copy[TEXT_MAX], *end;

	if (copy_text(text, copy) < 0 || !strchr("+-.0123456789", copy[0]))
		return -EINVAL;
	errno = 0;
	*ret = strtod(copy, &end);
	return errno || *end ? -EINVAL : 0;
}

int value_port(struct rule_str text, int64_t *ret)
{
	static const struct {
		const char *name;
		int port;
	} services[] = {{"ftp", 21},	 {"ssh", 22},	 {"telnet", 23},       {"smtp", 25},	{"domain", 53},
			{"http", 80},	 {"pop3", 110},	 {"ntp", 123},	       {"imap2", 143},	{"snmp", 161},
			{"ldap", 389},	 {"https", 443}, {"submission", 587},  {"ldaps", 636},	{"imaps", 993},
			{"mysql", 3306}, {"rdp", 3389},	 {"postgresql", 5432}, {"redis", 6379}, {"http-alt", 8080}};

	for (size_t i = 0; i < ARRAY_LEN(services); i++) {
		if (rule_str_eq(rule_str_of(services[i].name), text)) {
			*ret = services[i].port;
			return 0;
		}
	}
	int r = value_number(text, ret);
	return r < 0 || *ret < 0 || *ret > 65535 ? -EINVAL : 0;
}

static int read_ip(const char *text, struct rule_ip *ret, unsigned *ret_bits)
{
	static const uint8_t v4_prefix[12] = {[10] = 0xff, [11] = 0xff};

	if (inet_pton(AF_INET6, text, ret->bytes) == 1) {
		*ret_bits = 128;
		return 0;
	}
	memcpy(ret->bytes, v4_prefix, sizeof(v4_prefix));
	*ret_bits = 32;
	return inet_pton(AF_INET, text, ret->bytes + 12) == 1 ? 0 : -EINVAL;
}

int value_ip(struct rule_str text, struct rule_ip *ret)
{
	char copy[TEXT_MAX];
	unsigned bits;

	return copy_text(text, copy) < 0 ? -EINVAL : read_ip(copy, ret, &bits);
}

int value_net(struct rule_str text, struct net *ret)
{
	char copy[TEXT_MAX];
	unsigned bits;
	int64_t prefix;

	if (copy_text(text, copy) < 0)
		return -EINVAL;
	char *slash = strchr(copy, '/');
	if (slash)
		*slash = '\0';
	if (read_ip(copy, &ret->ip, &bits) < 0)
		return -EINVAL;
	prefix = bits;
	if (slash && (value_number(rule_str_of(slash + 1), &prefix) < 0 || prefix < 0 || prefix > bits))
		return -EINVAL;
	ret->bits = (unsigned)prefix + 128 - bits;
	return 0;
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int value_hex(struct rule_str text, char *ret)
{
	if (!text.len || text.len % 2)
		return -EINVAL;
	for (uint32_t i = 0; i < text.len; i += 2) {
		int high = digit(text.at[i]), low = digit(text.at[i + 1]);
		if (high < 0 || low < 0)
			return -EINVAL;
		ret[i / 2] = (char)(high << 4 | low);
	}
	return 0;
}
