/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scores of version 4.0 (first.org/cvss/v4.0/specification-document, section 8). Metrics that belong together make six
 * equivalence classes (EQ1 to EQ6); their levels make a MacroVector, whose score the specification lists; the way of
 * the vector from the worst one of its MacroVector to the next lower one takes a part of the difference off.
 */
#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "metrics.h"

enum {
	AV,
	AC,
	AT,
	PR,
	UI,
	VC,
	VI,
	VA,
	SC,
	SI,
	SA,
	BASE_COUNT,
	E = BASE_COUNT,
	CR,
	IR,
	AR,
	MODIFIED,
	SUPPLEMENTAL = MODIFIED + 11
};

static const struct metric metrics4[] = {
	{"AV", "NALP", true}, {"AC", "LH", true},  {"AT", "NP", true},	{"PR", "NLH", true},
	{"UI", "NPA", true},  {"VC", "HLN", true}, {"VI", "HLN", true}, {"VA", "HLN", true},
	{"SC", "HLN", true},  {"SI", "HLN", true}, {"SA", "HLN", true}, {"E", "XAPU"},
	{"CR", "XHML"},	      {"IR", "XHML"},	   {"AR", "XHML"},	{"MAV", "XNALP"},
	{"MAC", "XLH"},	      {"MAT", "XNP"},	   {"MPR", "XNLH"},	{"MUI", "XNPA"},
	{"MVC", "XHLN"},      {"MVI", "XHLN"},	   {"MVA", "XHLN"},	{"MSC", "XHLN"},
	{"MSI", "XSHLN"},     {"MSA", "XSHLN"},	   {"S", "XNP"},	{"AU", "XNY"},
	{"R", "XAUI"},	      {"V", "XDC"},	   {"RE", "XLMH"},	{"U", "X Clear Green Amber Red"},
};

/* The worst value first: a value's distance from the worst is its place. */
static const char *const scales[] = {
	[AV] = "NALP", [AC] = "LH",  [AT] = "NP",  [PR] = "NLH",  [UI] = "NPA",
	[VC] = "HLN",  [VI] = "HLN", [VA] = "HLN", [SC] = "SHLN", [SI] = "SHLN",
	[SA] = "SHLN", [E] = "APU",  [CR] = "HML", [IR] = "HML",  [AR] = "HML",
};

/* By EQ1 and EQ2, then EQ3 with EQ6 (00, 01, 10, 11, 21), then EQ4 and EQ5; in tenths. */
#define JOINT 5
#define LAST 9
static const unsigned char scores[6][JOINT][LAST] = {
	{{100, 98, 95, 100, 93, 91, 93, 89, 81},
	 {99, 95, 92, 96, 87, 81, 90, 80, 68},
	 {98, 95, 90, 93, 89, 81, 88, 78, 69},
	 {95, 92, 84, 92, 81, 65, 80, 70, 48},
	 {92, 82, 72, 79, 69, 50, 69, 55, 27}},
	{{99, 95, 92, 95, 90, 84, 92, 82, 72},
	 {97, 92, 85, 91, 83, 71, 81, 71, 53},
	 {95, 92, 85, 92, 80, 70, 84, 71, 50},
	 {93, 85, 73, 82, 72, 59, 70, 52, 30},
	 {86, 75, 52, 71, 52, 29, 63, 29, 17}},
	{{98, 94, 91, 94, 86, 77, 87, 74, 63},
	 {95, 87, 81, 89, 74, 64, 75, 63, 49},
	 {94, 88, 76, 86, 74, 59, 72, 57, 52},
	 {89, 77, 67, 76, 58, 50, 57, 52, 25},
	 {83, 70, 54, 65, 58, 26, 53, 21, 13}},
	{{95, 88, 76, 90, 75, 61, 77, 68, 52},
	 {90, 76, 70, 77, 62, 53, 66, 59, 30},
	 {89, 76, 62, 74, 57, 47, 61, 57, 24},
	 {78, 67, 58, 59, 57, 23, 52, 29, 16},
	 {71, 59, 30, 58, 26, 15, 23, 13, 6}},
	{{93, 86, 75, 86, 74, 56, 70, 52, 40},
	 {87, 72, 58, 74, 61, 34, 54, 40, 22},
	 {85, 74, 62, 72, 55, 46, 53, 34, 19},
	 {75, 55, 51, 57, 41, 19, 36, 19, 8},
	 {64, 51, 20, 47, 21, 11, 24, 9, 4}},
	{{88, 73, 60, 73, 59, 41, 54, 45, 20},
	 {75, 53, 50, 55, 40, 20, 43, 22, 11},
	 {75, 58, 40, 61, 48, 20, 46, 17, 8},
	 {55, 45, 21, 51, 18, 9, 18, 7, 2},
	 {53, 24, 14, 24, 12, 5, 10, 3, 1}},
};

/* The worst vectors of each level: values of the class's metrics in the order of its list. */
#define WORST_MAX 6
static const unsigned char eq1_metrics[] = {AV, PR, UI}, eq2_metrics[] = {AC, AT}, eq4_metrics[] = {SC, SI, SA},
			   joint_metrics[] = {VC, VI, VA, CR, IR, AR};
static const char *const eq1_worst[3][WORST_MAX] = {{"NNN"}, {"ANN", "NLN", "NNP"}, {"PNN", "ALP"}};
static const char *const eq2_worst[2][WORST_MAX] = {{"LN"}, {"HN", "LP"}};
static const char *const eq4_worst[3][WORST_MAX] = {{"HSS"}, {"HHH"}, {"LLL"}};
static const char *const joint_worst[JOINT][WORST_MAX] = {
	{"HHHHHH"}, {"HHLMMH", "HHHMMM"}, {"LHHHHH", "HLHHHH"}, {"LHLHMH", "LHHHMM", "HLHMHM", "HLLMHH", "LLHHHM"},
	{"LLLHHH"},
};
/* How far a vector of the level can be from the worst one, plus one. */
static const unsigned char eq1_depth[] = {1, 4, 5}, eq2_depth[] = {1, 2}, eq4_depth[] = {6, 5, 4},
			   joint_depth[] = {7, 6, 8, 8, 10};

struct levels {
	int eq1, eq2, joint, eq4, eq5;
};

/* The value that counts: the modified one, or the base one; requirements and threat are the worst when not given. */
static char value_of(const struct metrics *m, int metric)
{
	char modified = metric < BASE_COUNT ? m->value[MODIFIED + metric] : '\0';
	char value = modified && modified != 'X' ? modified : m->value[metric];

	return value && value != 'X' ? value : *scales[metric];
}

static int place_on_scale(int metric, char value)
{
	const char *at = strchr(scales[metric], value);

	return at ? (int)(at - scales[metric]) : 0;
}

static int level_of_eq1(char av, char pr, char ui)
{
	if (av == 'N' && pr == 'N' && ui == 'N')
		return 0;
	return av != 'P' && (av == 'N' || pr == 'N' || ui == 'N') ? 1 : 2;
}

/* EQ3 and EQ6 are looked up together: 00, 01, 10, 11, 21. */
static int level_of_joint(const struct metrics *m)
{
	bool vc = value_of(m, VC) == 'H', vi = value_of(m, VI) == 'H', va = value_of(m, VA) == 'H';
	int eq3 = vc && vi ? 0 : vc || vi || va ? 1 : 2;
	bool required =
		(vc && value_of(m, CR) == 'H') || (vi && value_of(m, IR) == 'H') || (va && value_of(m, AR) == 'H');

	return eq3 == 2 ? 4 : 2 * eq3 + !required;
}

static int level_of_eq4(char sc, char si, char sa)
{
	if (si == 'S' || sa == 'S')
		return 0;
	return sc == 'H' || si == 'H' || sa == 'H' ? 1 : 2;
}

static int score_of(struct levels l)
{
	return scores[2 * l.eq1 + l.eq2][l.joint][3 * l.eq4 + l.eq5];
}

/* The score of the next lower level of EQ3 and EQ6; where two are next, the higher; -1: there is none. */
static int next_joint(struct levels l)
{
	struct levels other = l;
	static const int next[] = {1, 3, 3, 4, -1};

	if (next[l.joint] < 0)
		return -1;
	other.joint = next[l.joint];
	int score = score_of(other);
	if (l.joint != 0)
		return score;
	other.joint = 2;
	return score_of(other) > score ? score_of(other) : score;
}

/* From the first worst vector that is nowhere better than M. */
static int distance(const struct metrics *m, const unsigned char *metrics, size_t count,
		    const char *const worst[WORST_MAX])
{
	for (size_t w = 0; w < WORST_MAX && worst[w]; w++) {
		int sum = 0;
		bool fits = true;
		for (size_t i = 0; i < count; i++) {
			int d = place_on_scale(metrics[i], value_of(m, metrics[i])) -
				place_on_scale(metrics[i], worst[w][i]);
			fits = fits && d >= 0;
			sum += d;
		}
		if (fits)
			return sum;
	}
	return 0;
}

struct mean {
	double sum;
	int count;
};

static void add_part(struct mean *mean, int score, int next, int way, int depth)
{
	if (next < 0)
		return;
	mean->sum += (double)(score - next) * way / depth;
	mean->count++;
}

static int interpolate(const struct metrics *m, struct levels l)
{
	struct levels eq1 = l, eq2 = l, eq4 = l, eq5 = l;
	struct mean mean = {0};
	int score = score_of(l);

	eq1.eq1++;
	eq2.eq2++;
	eq4.eq4++;
	eq5.eq5++;
	add_part(&mean, score, l.eq1 < 2 ? score_of(eq1) : -1,
		 distance(m, eq1_metrics, ARRAY_LEN(eq1_metrics), eq1_worst[l.eq1]), eq1_depth[l.eq1]);
	add_part(&mean, score, l.eq2 < 1 ? score_of(eq2) : -1,
		 distance(m, eq2_metrics, ARRAY_LEN(eq2_metrics), eq2_worst[l.eq2]), eq2_depth[l.eq2]);
	add_part(&mean, score, next_joint(l),
		 distance(m, joint_metrics, ARRAY_LEN(joint_metrics), joint_worst[l.joint]), joint_depth[l.joint]);
	add_part(&mean, score, l.eq4 < 2 ? score_of(eq4) : -1,
		 distance(m, eq4_metrics, ARRAY_LEN(eq4_metrics), eq4_worst[l.eq4]), eq4_depth[l.eq4]);
	/* EQ5 has one metric: its levels have no inside. */
	add_part(&mean, score, l.eq5 < 2 ? score_of(eq5) : -1, 0, 1);
	double result = score - (mean.count ? mean.sum / mean.count : 0);
	return result <= 0 ? 0 : result >= 100 ? 100 : (int)(result + .5 + 1e-6);
}

int cvss4_score(const char *text, int *ret_tenths)
{
	struct metrics m;
	bool harmless = true;

	if (!metrics_read(text, metrics4, ARRAY_LEN(metrics4), &m))
		return -EINVAL;
	for (int i = VC; i <= SA; i++)
		harmless = harmless && value_of(&m, i) == 'N';
	struct levels l = {
		.eq1 = level_of_eq1(value_of(&m, AV), value_of(&m, PR), value_of(&m, UI)),
		.eq2 = value_of(&m, AC) == 'L' && value_of(&m, AT) == 'N' ? 0 : 1,
		.joint = level_of_joint(&m),
		.eq4 = level_of_eq4(value_of(&m, SC), value_of(&m, SI), value_of(&m, SA)),
		.eq5 = place_on_scale(E, value_of(&m, E)),
	};
	*ret_tenths = harmless ? 0 : interpolate(&m, l);
	return 0;
}
