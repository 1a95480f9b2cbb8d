/* SPDX-License-Identifier: Apache-2.0 */
/* What the items of a profile mean: paths, endpoints, and which of them contains which. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "model/profile.h"

enum { NET_BITS = 128, V4_OFFSET = 96, PORT_MAX = 65535 };

/*
 * Whether PATTERN, at a place of its own, goes with TEXT to the end. A star takes anything within a folder, two take anything at
 * all; TEXT may be a pattern itself, whose stars only stars can take: then the answer is "contains". Each of the two kinds of
 * star keeps one place to come back to, so the time is bounded by the product of the lengths.
 */
static bool goes_with(const char *pattern, const char *text)
{
	const char *one = NULL, *one_text = NULL, *two = NULL, *two_text = NULL;

	for (;;) {
		if (pattern[0] == '*' && pattern[1] == '*') {
			two = pattern + 2;
			two_text = text;
			one = NULL;
			pattern = two;
		} else if (pattern[0] == '*') {
			one = pattern + 1;
			one_text = text;
			pattern = one;
		} else if (*text && *text == *pattern && *text != '*') {
			text++;
			pattern++;
		} else if (!*text && !*pattern) {
			return true;
		} else if (one && *one_text && *one_text != '/' && !(one_text[0] == '*' && one_text[1] == '*')) {
			text = ++one_text;
			pattern = one;
		} else if (two && *two_text) {
			text = ++two_text;
			pattern = two;
			one = NULL;
		} else {
			return false;
		}
	}
}

bool profile_path_matches(const char *pattern, const char *path)
{
	return profile_path_covers(pattern, path);
}

bool profile_path_covers(const char *outer, const char *inner)
{
	size_t len = strlen(outer);
	/* "/etc/" and "/etc/ **" mean the folder itself too. */
	if (len > 3 && strcmp(outer + len - 3, "/**") == 0 && strlen(inner) == len - 3 &&
	    strncmp(outer, inner, len - 3) == 0)
		return true;
	return goes_with(outer, inner);
}

/* ---- endpoints ---- */

static int read_ports(const char *text, struct profile_endpoint *ret)
{
	char first[8] = "", last[8] = "";
	uint64_t a, b;
	const char *dash = strchr(text, '-');
	size_t len = dash ? (size_t)(dash - text) : strlen(text);

	if (str_eq(text, "any")) {
		ret->first = 0;
		ret->last = PORT_MAX;
		return 0;
	}
	if (len >= sizeof(first) || (dash && strlen(dash + 1) >= sizeof(last)))
		return -EINVAL;
	memcpy(first, text, len);
	snprintf(last, sizeof(last), "%s", dash ? dash + 1 : first);
	if (str_to_u64(first, PORT_MAX, &a) < 0 || str_to_u64(last, PORT_MAX, &b) < 0 || a > b)
		return -EINVAL;
	ret->first = (uint16_t)a;
	ret->last = (uint16_t)b;
	return 0;
}

static int read_net(const char *text, struct profile_endpoint *ret)
{
	static const uint8_t v4_prefix[12] = {[10] = 0xff, [11] = 0xff};
	char address[64] = "";
	const char *slash = strchr(text, '/');
	size_t len = slash ? (size_t)(slash - text) : strlen(text);
	uint64_t bits = NET_BITS;

	if (len >= sizeof(address))
		return -EINVAL;
	memcpy(address, text, len);
	unsigned offset = 0;
	if (inet_pton(AF_INET, address, ret->net + 12) == 1) {
		memcpy(ret->net, v4_prefix, sizeof(v4_prefix));
		offset = V4_OFFSET;
	} else if (inet_pton(AF_INET6, address, ret->net) != 1) {
		return -EINVAL;
	}
	if (slash && str_to_u64(slash + 1, NET_BITS - offset, &bits) < 0)
		return -EINVAL;
	ret->bits = slash ? (unsigned)bits + offset : NET_BITS;
	ret->is_net = true;
	return 0;
}

static bool is_host(const char *text)
{
	size_t len = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789.-*");
	return len && !text[len] && len < 254;
}

static int read_internet(const char *address, const char *ports, struct profile_endpoint *ret)
{
	if (str_eq(address, "any"))
		ret->any = true;
	else if (read_net(address, ret) < 0 && is_host(address))
		snprintf(ret->host, sizeof(ret->host), "%s", address);
	else if (!ret->is_net)
		return -EINVAL;
	return read_ports(ports, ret);
}

int profile_endpoint_read(const char *text, struct profile_endpoint *ret, struct err *e)
{
	char protocol[8], address[256], ports[16], more[2];
	int parts = sscanf(text, "%7s %255s %15s %1s", protocol, address, ports, more);
	int r = -EINVAL;

	*ret = (struct profile_endpoint){.last = PORT_MAX};
	if (parts >= 2)
		snprintf(ret->protocol, sizeof(ret->protocol), "%s", protocol);
	if (parts == 2 && str_eq(protocol, "unix") && (address[0] == '/' || address[0] == '@')) {
		snprintf(ret->host, sizeof(ret->host), "%s", address);
		return 0;
	}
	if (parts == 3 && (str_eq(protocol, "tcp") || str_eq(protocol, "udp") || str_eq(protocol, "any")))
		r = read_internet(address, ports, ret);
	return r < 0 ? err_set(e, r,
			       "\"%.100s\" is no endpoint: write \"tcp 10.0.0.0/8 443\", \"udp any 53\", \"tcp "
			       "db.example.com "
			       "5432-5439\" or \"unix /run/x.sock\"",
			       text)
		     : 0;
}

static bool same_bits(const uint8_t *a, const uint8_t *b, unsigned bits)
{
	if (memcmp(a, b, bits / 8) != 0)
		return false;
	unsigned rest = bits % 8, mask = 0xff00u >> rest & 0xff;
	return !rest || ((a[bits / 8] ^ b[bits / 8]) & mask) == 0;
}

bool profile_endpoint_speaks(const struct profile_endpoint *e, const char *protocol)
{
	return str_eq(e->protocol, protocol) || str_eq(e->protocol, "any");
}

bool profile_endpoint_covers(const struct profile_endpoint *outer, const struct profile_endpoint *inner)
{
	if (!str_eq(outer->protocol, "any") && !str_eq(outer->protocol, inner->protocol))
		return false;
	if (str_eq(inner->protocol, "unix"))
		return str_eq(outer->protocol, "unix") && profile_path_covers(outer->host, inner->host);
	if (inner->first < outer->first || inner->last > outer->last)
		return false;
	if (outer->any || inner->any)
		return outer->any;
	if (outer->is_net != inner->is_net)
		return false;
	return outer->is_net ? outer->bits <= inner->bits && same_bits(outer->net, inner->net, outer->bits)
			     : goes_with(outer->host, inner->host);
}

/* "tmpfs /run/ *": the same kind, and a pattern of paths. */
static bool covers_mount(const char *outer, const char *inner)
{
	size_t kind = strcspn(outer, " ");
	return strncmp(outer, inner, kind) == 0 && outer[kind] == ' ' && inner[kind] == ' ' &&
	       profile_path_covers(outer + kind + 1, inner + kind + 1);
}

static bool covers(enum profile_list list, const char *outer, const char *inner)
{
	struct profile_endpoint a, b;

	if (list <= PROFILE_EXECUTE)
		return profile_path_covers(outer, inner);
	if (list == PROFILE_CONNECT || list == PROFILE_LISTEN)
		return profile_endpoint_read(outer, &a, NULL) == 0 && profile_endpoint_read(inner, &b, NULL) == 0 &&
		       profile_endpoint_covers(&a, &b);
	if (list == PROFILE_MOUNTS)
		return covers_mount(outer, inner);
	return strcmp(outer, inner) == 0;
}

bool profile_allows(const struct profile *p, enum profile_list list, const char *item)
{
	for (size_t i = 0; i < p->lists[list].count; i++)
		if (covers(list, p->lists[list].at[i], item))
			return true;
	return false;
}
