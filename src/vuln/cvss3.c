/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Base scores of versions 2.0 (first.org/cvss/v2/guide, section 3.2.1) and 3 (v3.1/specification-document, 7.1), whose
 * formulas are alike. Of versions 3.0 and 3.1 only the rounding differs, where 3.1 says what 3.0 meant.
 */
#include <errno.h>

#include "metrics.h"

/* ---- 3.0 and 3.1 ---- */

enum { AV, AC, PR, UI, S, C, I, A };

static const struct metric metrics3[] = {
	{"AV", "NALP", true},
	{"AC", "LH", true},
	{"PR", "NLH", true},
	{"UI", "NR", true},
	{"S", "UC", true},
	{"C", "HLN", true},
	{"I", "HLN", true},
	{"A", "HLN", true},
	/* Temporal and environmental: only their form counts here. */
	{"E", "XHFPU"},
	{"RL", "XUWTO"},
	{"RC", "XCRU"},
	{"CR", "XHML"},
	{"IR", "XHML"},
	{"AR", "XHML"},
	{"MAV", "XNALP"},
	{"MAC", "XLH"},
	{"MPR", "XNLH"},
	{"MUI", "XNR"},
	{"MS", "XUC"},
	{"MC", "XHLN"},
	{"MI", "XHLN"},
	{"MA", "XHLN"},
};

static double impact3(char value)
{
	return value == 'H' ? .56 : value == 'L' ? .22 : 0;
}

static double privileges3(char value, bool changed)
{
	if (value == 'N')
		return .85;
	if (value == 'L')
		return changed ? .68 : .62;
	return changed ? .5 : .27;
}

static double power15(double x)
{
	double x3 = x * x * x;

	return x3 * x3 * x3 * x3 * x3;
}

/* Up to the next tenth, by whole numbers, as 7.1's appendix A has it. */
static int round_up(double score)
{
	long whole = (long)(score * 100000 + .5);

	return (int)(whole % 10000 == 0 ? whole / 10000 : whole / 10000 + 1);
}

int cvss3_score(const char *text, int *ret_tenths)
{
	struct metrics m;

	if (!metrics_read(text, metrics3, sizeof(metrics3) / sizeof(metrics3[0]), &m))
		return -EINVAL;
	bool changed = m.value[S] == 'C';
	char av = m.value[AV];
	double base = 1 - (1 - impact3(m.value[C])) * (1 - impact3(m.value[I])) * (1 - impact3(m.value[A]));
	double impact = changed ? 7.52 * (base - .029) - 3.25 * power15(base - .02) : 6.42 * base;
	double reach = av == 'N' ? .85 : av == 'A' ? .62 : av == 'L' ? .55 : .2;
	double exploitability = 8.22 * reach * (m.value[AC] == 'L' ? .77 : .44) * privileges3(m.value[PR], changed) *
				(m.value[UI] == 'N' ? .85 : .62);
	double score = (impact + exploitability) * (changed ? 1.08 : 1);
	*ret_tenths = impact <= 0 ? 0 : round_up(score < 10 ? score : 10);
	return 0;
}

/* ---- 2.0 ---- */

enum { AV2, AC2, AU2, C2, I2, A2 };

static const struct metric metrics2[] = {
	{"AV", "LAN", true},  {"AC", "HML", true},	 {"Au", "MSN", true},	{"C", "NPC", true},
	{"I", "NPC", true},   {"A", "NPC", true},	 {"E", "U POC F H ND"}, {"RL", "OF TF W U ND"},
	{"RC", "UC UR C ND"}, {"CDP", "N L LM MH H ND"}, {"TD", "N L M H ND"},	{"CR", "L M H ND"},
	{"IR", "L M H ND"},   {"AR", "L M H ND"},
};

static double impact2(char value)
{
	return value == 'C' ? .66 : value == 'P' ? .275 : 0;
}

int cvss2_score(const char *text, int *ret_tenths)
{
	struct metrics m;

	if (!metrics_read(text, metrics2, sizeof(metrics2) / sizeof(metrics2[0]), &m))
		return -EINVAL;
	char av = m.value[AV2], ac = m.value[AC2], au = m.value[AU2];
	double impact =
		10.41 * (1 - (1 - impact2(m.value[C2])) * (1 - impact2(m.value[I2])) * (1 - impact2(m.value[A2])));
	double exploitability = 20 *
				(av == 'L'   ? .395
				 : av == 'A' ? .646
					     : 1) *
				(ac == 'H'   ? .35
				 : ac == 'M' ? .61
					     : .71) *
				(au == 'M'   ? .45
				 : au == 'S' ? .56
					     : .704);
	double score = (.6 * impact + .4 * exploitability - 1.5) * (impact > 0 ? 1.176 : 0);
	*ret_tenths = score > 0 ? (int)(score * 10 + .5) : 0;
	return 0;
}
