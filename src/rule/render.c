/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values as people and outputs see them.
 */
#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "judging.h"

size_t render_ip(const struct rule_ip *ip, char *out, size_t size)
{
	static const uint8_t v4_prefix[12] = {[10] = 0xff, [11] = 0xff};
	bool v4 = memcmp(ip->bytes, v4_prefix, sizeof(v4_prefix)) == 0;

	if (!inet_ntop(v4 ? AF_INET : AF_INET6, ip->bytes + (v4 ? 12 : 0), out, (socklen_t)size))
		out[0] = '\0';
	return strlen(out);
}

struct rule_str render_time(enum time_style style, uint64_t ns, char *out, size_t size)
{
	bool date = style != TIME_CLOCK && style != TIME_CLOCK_S;
	bool fraction = style != TIME_CLOCK_S && style != TIME_DATE_S;
	time_t seconds = (time_t)(ns / 1000000000);
	struct tm tm = {0};
	int len = 0;

	gmtime_r(&seconds, &tm);
	if (date)
		len = snprintf(out, size, "%04d-%02d-%02d%c", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
			       style == TIME_ISO ? 'T' : ' ');
	len += snprintf(out + len, size - (size_t)len, "%02d:%02d:%02d", tm.tm_hour, tm.tm_min, tm.tm_sec);
	if (fraction)
		len += snprintf(out + len, size - (size_t)len, ".%09u%s", (unsigned)(ns % 1000000000),
				style == TIME_ISO ? "+0000" : "");
	return (struct rule_str){out, (uint32_t)len};
}

static void render_single(struct buf *out, const struct rule_value *v)
{
	char ip[RENDER_IP_MAX];

	switch (v->type) {
	case RULE_STRING:
	case RULE_TIME:
		buf_add(out, v->str.at, v->str.len);
		return;
	case RULE_NUMBER:
	case RULE_PORT:
		buf_printf(out, "%" PRId64, v->number);
		return;
	case RULE_REAL:
		buf_printf(out, "%.6g", v->real);
		return;
	case RULE_BOOL:
		buf_add_str(out, v->flag ? "true" : "false");
		return;
	case RULE_IP:
	case RULE_NET:
		break;
	}
	render_ip(&v->ip, ip, sizeof(ip));
	buf_add_str(out, ip);
}

void render_value(struct buf *out, const struct rule_value *v)
{
	if (!v->list_count) {
		render_single(out, v);
		return;
	}
	for (uint32_t i = 0; i < v->list_count; i++) {
		struct rule_value one = rule_value_item(v, i);
		buf_add_str(out, i ? "," : "");
		render_single(out, &one);
	}
}
