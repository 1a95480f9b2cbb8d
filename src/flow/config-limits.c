/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a container may use: cgroup limits out of the options and the profile.
 */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "config.h"

#define CPU_PERIOD_US 100000

/* "1.5" as thousandths; no signs, no exponents. */
static int parse_cpus(const char *text, uint64_t *ret_milli, struct err *e)
{
	uint64_t whole = 0, part = 0;
	const char *dot = strchr(text, '.');
	scoped_free char *left = dot ? str_printf("%.*s", (int)MIN_OF(dot - text, 8), text) : str_dup(text);
	char digits[4] = "000";
	size_t n = dot ? strlen(dot + 1) : 0;

	memcpy(digits, dot ? dot + 1 : "", MIN_OF(n, (size_t)3));
	if (!left || str_to_u64(left[0] ? left : "0", 4096, &whole) < 0 || str_to_u64(digits, 999, &part) < 0 ||
	    n > 3 || whole + part == 0)
		return err_set(e, -EINVAL, "--cpus %.40s: expected a number such as 1.5", text);
	*ret_milli = whole * 1000 + part;
	return 0;
}

static int put_memory(const struct flow_config *c, struct json_out *o, struct err *e)
{
	uint64_t bytes;

	if (!c->options->memory && !(c->hold && c->hold->profile->limits.memory_bytes))
		return 0;
	if (!c->options->memory)
		bytes = c->hold->profile->limits.memory_bytes;
	else if (str_to_size(c->options->memory, &bytes) < 0 || bytes < 512 << 10)
		return err_set(e, -EINVAL, "--memory %.40s: expected a size of at least 512k, such as 64m or 1g",
			       c->options->memory);
	json_out_object(o, "memory");
	json_out_u64(o, "limit", bytes);
	json_out_object_end(o);
	return 0;
}

static int put_cpu(const struct flow_config *c, struct json_out *o, struct err *e)
{
	uint64_t milli = c->hold ? c->hold->profile->limits.cpu_thousandths : 0;
	int r = c->options->cpus ? parse_cpus(c->options->cpus, &milli, e) : 0;

	if (r < 0 || !milli)
		return r;
	json_out_object(o, "cpu");
	json_out_u64(o, "quota", milli * CPU_PERIOD_US / 1000);
	json_out_u64(o, "period", CPU_PERIOD_US);
	json_out_object_end(o);
	return 0;
}

static int put_io(const struct flow_config *c, struct json_out *o, struct err *e)
{
	uint64_t weight;

	if (!c->options->io)
		return 0;
	if (str_to_u64(c->options->io, 1000, &weight) < 0 || weight < 10)
		return err_set(e, -EINVAL, "--io %.40s: expected a weight from 10 to 1000", c->options->io);
	json_out_object(o, "blockIO");
	json_out_u64(o, "weight", weight);
	json_out_object_end(o);
	return 0;
}

int flow_config_resources(const struct flow_config *c, struct json_out *o, struct err *e)
{
	uint64_t pids =
		c->hold && c->hold->profile->limits.processes ? c->hold->profile->limits.processes : c->profile->pids;
	int r = 0;

	if (c->options->pids && (str_to_u64(c->options->pids, 1u << 22, &pids) < 0 || !pids))
		return err_set(e, -EINVAL, "--pids %.40s: expected a number of processes", c->options->pids);
	json_out_object(o, "resources");
	json_out_array(o, "devices");
	json_out_object(o, NULL);
	json_out_bool(o, "allow", false);
	json_out_str(o, "access", "rwm");
	json_out_object_end(o);
	json_out_array_end(o);
	json_out_object(o, "pids");
	json_out_u64(o, "limit", pids);
	json_out_object_end(o);
	r = put_memory(c, o, e);
	if (r == 0)
		r = put_cpu(c, o, e);
	if (r == 0)
		r = put_io(c, o, e);
	json_out_object_end(o);
	return r;
}
