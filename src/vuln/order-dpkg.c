/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Debian's order (deb-version(7)): epoch, upstream version, revision. Runs of other signs and runs of digits take
 * turns; a tilde sorts before the end, letters before everything else. As dpkg --compare-versions does, signs the
 * policy forbids are compared and not refused; an epoch that is no number and an empty part are refused.
 */
#include <string.h>

#include "order.h"

#define EPOCH_MAX 2147483647

struct parts {
	long epoch;
	struct piece upstream, revision;
};

static int read_epoch(const char *s, const char *end, long *ret)
{
	long value = 0;

	if (s == end)
		return -EINVAL;
	for (; s < end; s++) {
		if (!is_digit(*s))
			return -EINVAL;
		value = value * 10 + (*s - '0');
		if (value > EPOCH_MAX)
			return -EINVAL;
	}
	*ret = value;
	return 0;
}

static int split(const char *text, struct parts *ret)
{
	struct piece whole = piece_trimmed(text);
	const char *end = whole.s + whole.len, *s = whole.s;
	const char *colon = memchr(s, ':', whole.len);

	for (const char *c = s; c < end; c++)
		if (*c == ' ' || (*c >= '\t' && *c <= '\r'))
			return -EINVAL;
	ret->epoch = 0;
	if (colon) {
		if (read_epoch(s, colon, &ret->epoch) < 0)
			return -EINVAL;
		s = colon + 1;
	}
	const char *dash = s < end ? memrchr(s, '-', (size_t)(end - s)) : NULL;
	ret->upstream = (struct piece){s, (size_t)((dash ? dash : end) - s)};
	ret->revision = (struct piece){dash ? dash + 1 : end, dash ? (size_t)(end - dash - 1) : 0};
	return ret->upstream.len == 0 || (dash && ret->revision.len == 0) ? -EINVAL : 0;
}

/* What stands at POS where digits end a run: 0, as does the end. */
static int weight(struct piece p, size_t pos)
{
	char c = pos < p.len ? p.s[pos] : '0';

	if (is_digit(c))
		return 0;
	if (c == '~')
		return -1;
	return is_alpha(c) ? (unsigned char)c : (unsigned char)c + 256;
}

static struct piece digits_at(struct piece p, size_t pos)
{
	struct piece d = {p.s + pos, 0};

	while (pos + d.len < p.len && is_digit(d.s[d.len]))
		d.len++;
	return d;
}

static int compare_part(struct piece a, struct piece b)
{
	size_t i = 0, j = 0;

	while (i < a.len || j < b.len) {
		while ((i < a.len && !is_digit(a.s[i])) || (j < b.len && !is_digit(b.s[j]))) {
			int l = weight(a, i), r = weight(b, j);
			if (l != r)
				return l < r ? -1 : 1;
			i++;
			j++;
		}
		struct piece m = digits_at(a, MIN_OF(i, a.len)), n = digits_at(b, MIN_OF(j, b.len));
		int r = piece_compare_numbers(m, n);
		if (r)
			return r;
		i += m.len;
		j += n.len;
	}
	return 0;
}

static int compare(const char *a, const char *b, int *ret)
{
	struct parts l, r;

	if (split(a, &l) < 0 || split(b, &r) < 0)
		return -EINVAL;
	int order = sign_of(l.epoch - r.epoch);
	if (!order)
		order = compare_part(l.upstream, r.upstream);
	*ret = order ? order : compare_part(l.revision, r.revision);
	return 0;
}

const struct order_ops order_dpkg = {"dpkg", compare, NULL};
