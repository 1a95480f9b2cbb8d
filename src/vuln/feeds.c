/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CISA's catalogue of exploited vulnerabilities (JSON) and FIRST's table of chances (EPSS, CSV).
 */
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "osv.h"

#define CVE_MAX 64
#define DATE_MAX 32
#define MILLION 1000000

bool kev_is_catalogue(const struct json *document)
{
	return json_get(document, "catalogVersion") && json_kind(json_get(document, "vulnerabilities")) == JSON_ARRAY;
}

static int kev_entry(struct maker *m, const struct json *item, struct err *e)
{
	const char *cve = NULL, *added = "", *due = "", *ransomware = "";
	int r = json_get_str(item, "cveID", &cve, e);

	if (r == 0)
		r = json_get_str(item, "dateAdded", &added, e);
	if (r == 0)
		r = json_get_str(item, "dueDate", &due, e);
	if (r == 0)
		r = json_get_str(item, "knownRansomwareCampaignUse", &ransomware, e);
	if (r < 0 || !cve || strlen(cve) > CVE_MAX || strlen(added) > DATE_MAX || strlen(due) > DATE_MAX)
		return err_set(e, -EBADMSG, "an entry of the KEV catalogue without a CVE or with a strange date");
	struct disk_kev k = {maker_str(m, cve), maker_str(m, added), maker_str(m, due), str_eq(ransomware, "Known")};
	buf_add(&m->tables[TABLE_KEV], &k, sizeof(k));
	m->documents++;
	return maker_error(m);
}

int kev_add(struct maker *m, const struct json *document, struct err *e)
{
	const struct json *list = json_get(document, "vulnerabilities");
	const char *released = NULL;
	int r = json_get_str(document, "dateReleased", &released, e);

	maker_date(m, osv_time(released));
	for (size_t i = 0; r == 0 && i < json_count(list); i++)
		r = kev_entry(m, json_at(list, i), e);
	return r;
}

/* ---- EPSS ---- */

bool epss_is_head(const char *line)
{
	return str_starts_with(line, "#model_version") || str_starts_with(line, "cve,epss");
}

/* A number from 0 to 1 in millionths: "0.97565", "1", "1.2e-05" as some exports write it. */
static int read_chance(const char *text, uint32_t *ret)
{
	double value;
	int used = 0;

	if (sscanf(text, "%lf%n", &value, &used) != 1 || text[used] || !(value >= 0 && value <= 1))
		return -EBADMSG;
	*ret = (uint32_t)(value * MILLION + .5);
	return 0;
}

int epss_add(struct maker *m, const char *line, struct err *e)
{
	char text[160];
	char *rest = NULL;
	struct disk_epss item;

	if (*line == '#') {
		const char *date = strstr(line, "score_date:");
		maker_date(m, osv_time(date ? date + strlen("score_date:") : NULL));
		return 0;
	}
	if (str_starts_with(line, "cve,"))
		return 0;
	if (strlen(line) >= sizeof(text))
		return err_set(e, -EBADMSG, "a line of the EPSS table is too long");
	memcpy(text, line, strlen(line) + 1);
	const char *cve = strtok_r(text, ",", &rest), *score = strtok_r(NULL, ",", &rest);
	const char *percentile = strtok_r(NULL, ",", &rest);
	if (!cve || !score || !percentile || !segment_cve(cve, &item.year, &item.number) ||
	    read_chance(score, &item.score) < 0 || read_chance(percentile, &item.percentile) < 0)
		return err_set(e, -EBADMSG, "a line of the EPSS table is not \"CVE,score,percentile\"");
	buf_add(&m->tables[TABLE_EPSS], &item, sizeof(item));
	m->documents++;
	return maker_error(m);
}
