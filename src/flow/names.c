/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names people can say: an adjective of weather and temper, and a noun of what grows and flies around a hive.
 */
#include "names.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

static const char *const adjectives[] = {
	"amber",  "balmy",  "bold",   "brisk",	 "calm",   "clear",  "cosy",  "crisp",	"dapper", "dewy",   "eager",
	"early",  "fair",   "fleet",  "fresh",	 "frosty", "gentle", "glad",  "golden", "hale",	  "hardy",  "hasty",
	"hazy",	  "honest", "humble", "keen",	 "kind",   "lively", "lucid", "lunar",	"mellow", "merry",  "mild",
	"misty",  "nimble", "noble",  "patient", "placid", "plucky", "quick", "quiet",	"rapid",  "ready",  "rosy",
	"rustic", "sage",   "serene", "shiny",	 "silent", "sleek",  "snug",  "solid",	"spry",	  "steady", "sturdy",
	"sunny",  "swift",  "tidy",   "trusty",	 "vivid",  "warm",   "wary",  "wise",	"zesty",
};
static const char *const nouns[] = {
	"acorn",  "alder",  "apiary", "apple",	"aster",    "balsam", "basil",	  "beech",   "birch",	"borage",
	"briar",  "broom",  "cedar",  "cherry", "clover",   "comb",   "cowslip",  "crocus",  "daisy",	"drone",
	"elder",  "fennel", "fern",   "finch",	"foxglove", "gorse",  "hawthorn", "hazel",   "heather", "hive",
	"holly",  "hyssop", "iris",   "ivy",	"larch",    "lark",   "lavender", "lily",    "linden",	"lupin",
	"maple",  "meadow", "mint",   "moss",	"nectar",   "oak",    "orchid",	  "pollen",  "poppy",	"primrose",
	"robin",  "rowan",  "sage",   "sorrel", "sparrow",  "swarm",  "tansy",	  "thistle", "thyme",	"tulip",
	"violet", "willow", "wren",   "yarrow",
};

int flow_new_id(char id[FLOW_ID_MAX], struct err *e)
{
	unsigned char bytes[32];

	if (getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes))
		return err_sys(e, -errno, "random numbers");
	for (size_t i = 0; i < sizeof(bytes); i++)
		snprintf(id + 2 * i, 3, "%02x", bytes[i]);
	return 0;
}

void flow_make_name(const char *id, unsigned try, char name[FLOW_NAME_MAX])
{
	unsigned long number = 0;

	if (sscanf(id, "%8lx", &number) != 1)
		number = 0;
	number += try * 2654435761u;
	const char *first = adjectives[number % ARRAY_LEN(adjectives)];
	const char *second = nouns[number / ARRAY_LEN(adjectives) % ARRAY_LEN(nouns)];
	if (try > 8)
		snprintf(name, FLOW_NAME_MAX, "%s_%s_%u", first, second, try);
	else
		snprintf(name, FLOW_NAME_MAX, "%s_%s", first, second);
}

int flow_check_name(const char *name, struct err *e)
{
	size_t len = strlen(name);
	bool ok = len > 0 && len < FLOW_NAME_MAX && isalnum((unsigned char)name[0]);

	for (size_t i = 0; ok && i < len; i++)
		ok = isalnum((unsigned char)name[i]) || strchr("_.-", name[i]);
	return ok ? 0
		  : err_set(e, -EINVAL, "container name \"%.80s\": expected 1 to %d letters, digits, _ . -", name,
			    FLOW_NAME_MAX - 1);
}
