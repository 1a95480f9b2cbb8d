/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of orders, and what they share.
 */
#include "vuln/version.h"

#include <string.h>

#include "base/str.h"
#include "order.h"

static const struct order_ops *const orders[VULN_ORDERS] = {
	[VULN_ORDER_DPKG] = &order_dpkg, [VULN_ORDER_APK] = &order_apk,		  [VULN_ORDER_RPM] = &order_rpm,
	[VULN_ORDER_ALPM] = &order_alpm, [VULN_ORDER_NPM] = &order_npm,		  [VULN_ORDER_PEP440] = &order_pep440,
	[VULN_ORDER_GO] = &order_go,	 [VULN_ORDER_CARGO] = &order_cargo,	  [VULN_ORDER_MAVEN] = &order_maven,
	[VULN_ORDER_GEM] = &order_gem,	 [VULN_ORDER_COMPOSER] = &order_composer, [VULN_ORDER_NUGET] = &order_nuget,
};

const char *vuln_order_name(enum vuln_order o)
{
	return (size_t)o < ARRAY_LEN(orders) ? orders[o]->name : "unknown";
}

int vuln_order_from(const char *name, enum vuln_order *ret)
{
	for (size_t i = 0; i < ARRAY_LEN(orders); i++)
		if (str_eq(name, orders[i]->name)) {
			*ret = (enum vuln_order)i;
			return 0;
		}
	return -EINVAL;
}

bool vuln_order_of_type(enum model_package_type t, enum vuln_order *ret)
{
	static const struct {
		bool known;
		enum vuln_order order;
	} of[MODEL_PACKAGE_TYPES] = {
		[MODEL_PACKAGE_DEB] = {true, VULN_ORDER_DPKG},
		[MODEL_PACKAGE_APK] = {true, VULN_ORDER_APK},
		[MODEL_PACKAGE_RPM] = {true, VULN_ORDER_RPM},
		[MODEL_PACKAGE_ALPM] = {true, VULN_ORDER_ALPM},
		[MODEL_PACKAGE_NPM] = {true, VULN_ORDER_NPM},
		[MODEL_PACKAGE_PYPI] = {true, VULN_ORDER_PEP440},
		[MODEL_PACKAGE_GOLANG] = {true, VULN_ORDER_GO},
		[MODEL_PACKAGE_CARGO] = {true, VULN_ORDER_CARGO},
		[MODEL_PACKAGE_MAVEN] = {true, VULN_ORDER_MAVEN},
		[MODEL_PACKAGE_GEM] = {true, VULN_ORDER_GEM},
		[MODEL_PACKAGE_COMPOSER] = {true, VULN_ORDER_COMPOSER},
		[MODEL_PACKAGE_NUGET] = {true, VULN_ORDER_NUGET},
		[MODEL_PACKAGE_PUB] = {true, VULN_ORDER_NPM},
		[MODEL_PACKAGE_HEX] = {true, VULN_ORDER_NPM},
		[MODEL_PACKAGE_SWIFT] = {true, VULN_ORDER_NPM},
		[MODEL_PACKAGE_CONAN] = {true, VULN_ORDER_NPM},
		[MODEL_PACKAGE_CRAN] = {true, VULN_ORDER_RPM},
		[MODEL_PACKAGE_HACKAGE] = {true, VULN_ORDER_RPM},
		[MODEL_PACKAGE_JULIA] = {true, VULN_ORDER_NPM},
		[MODEL_PACKAGE_GITHUB] = {true, VULN_ORDER_NPM},
		[MODEL_PACKAGE_BITNAMI] = {true, VULN_ORDER_NPM},
	};

	if ((size_t)t >= ARRAY_LEN(of) || !of[t].known)
		return false;
	*ret = of[t].order;
	return true;
}

int vuln_version_compare(enum vuln_order o, const char *a, const char *b, int *ret)
{
	if ((size_t)o >= ARRAY_LEN(orders) || strnlen(a, VULN_VERSION_MAX + 1) > VULN_VERSION_MAX ||
	    strnlen(b, VULN_VERSION_MAX + 1) > VULN_VERSION_MAX)
		return -EINVAL;
	return orders[o]->compare(a, b, ret);
}

static bool has_digit(const char *s)
{
	return s[strcspn(s, "0123456789")];
}

int vuln_version_compare_any(enum vuln_order o, const char *a, const char *b, int *ret)
{
	int r = vuln_version_compare(o, a, b, ret);

	if (r != -EINVAL || (size_t)o >= ARRAY_LEN(orders) || !orders[o]->compare_any || !has_digit(a) ||
	    !has_digit(b) || strnlen(a, VULN_VERSION_MAX + 1) > VULN_VERSION_MAX ||
	    strnlen(b, VULN_VERSION_MAX + 1) > VULN_VERSION_MAX)
		return r;
	*ret = orders[o]->compare_any(a, b);
	return 0;
}

bool vuln_version_is_valid(enum vuln_order o, const char *v)
{
	int ignored;

	return vuln_version_compare(o, v, v, &ignored) == 0;
}

struct piece piece_digits(const char *s)
{
	struct piece p = {s, 0};

	while (is_digit(s[p.len]))
		p.len++;
	return p;
}

struct piece piece_letters(const char *s)
{
	struct piece p = {s, 0};

	while (is_alpha(s[p.len]))
		p.len++;
	return p;
}

bool piece_is_number(struct piece p)
{
	for (size_t i = 0; i < p.len; i++)
		if (!is_digit(p.s[i]))
			return false;
	return p.len > 0;
}

int piece_compare_numbers(struct piece a, struct piece b)
{
	for (; a.len && *a.s == '0'; a.s++)
		a.len--;
	for (; b.len && *b.s == '0'; b.s++)
		b.len--;
	if (a.len != b.len)
		return a.len < b.len ? -1 : 1;
	return a.len ? sign_of(memcmp(a.s, b.s, a.len)) : 0;
}

int piece_compare_text(struct piece a, struct piece b)
{
	size_t common = MIN_OF(a.len, b.len);
	int r = common ? sign_of(memcmp(a.s, b.s, common)) : 0;

	return r ? r : (a.len > b.len) - (a.len < b.len);
}

int piece_compare_caseless(struct piece a, struct piece b)
{
	for (size_t i = 0; i < a.len && i < b.len; i++)
		if (to_lower(a.s[i]) != to_lower(b.s[i]))
			return sign_of((unsigned char)to_lower(a.s[i]) - (unsigned char)to_lower(b.s[i]));
	return (a.len > b.len) - (a.len < b.len);
}

bool piece_equals(struct piece p, const char *text)
{
	return strlen(text) == p.len && piece_compare_caseless(p, (struct piece){text, p.len}) == 0;
}

struct piece piece_trimmed(const char *s)
{
	struct piece p;

	while (*s && strchr(" \t\n\v\f\r", *s))
		s++;
	p = (struct piece){s, strlen(s)};
	while (p.len && strchr(" \t\n\v\f\r", p.s[p.len - 1]))
		p.len--;
	return p;
}
