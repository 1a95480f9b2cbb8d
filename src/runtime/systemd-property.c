/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Limits in systemd's words. What it has no name for is written to the group's files all the same; what has one is told
 * to systemd as well, which would otherwise write its own value over ours when it reloads.
 */
#include "systemd-property.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/path.h"
#include "base/str.h"
#include "limits.h"
#include "process.h"

#define CPUS_MAX 4096

/* The start of one item: its name, and the type of its value. */
static void begin(struct buf *b, const char *name, const char *type)
{
	bus_align(b, 8);
	bus_put_str(b, name);
	bus_put_signature(b, type);
}

void systemd_put_text(struct buf *b, const char *name, const char *value)
{
	begin(b, name, "s");
	bus_put_str(b, value);
}

void systemd_put_bool(struct buf *b, const char *name, bool value)
{
	begin(b, name, "b");
	bus_put_bool(b, value);
}

void systemd_put_number(struct buf *b, const char *name, uint64_t value)
{
	begin(b, name, "t");
	bus_put_u64(b, value);
}

void systemd_put_pid(struct buf *b, const char *name, pid_t pid)
{
	begin(b, name, "au");
	size_t list = bus_array_open(b, 4);
	bus_put_u32(b, (uint32_t)pid);
	bus_array_close(b, list, 4);
}

/* A list of processors or nodes as a bit mask, lowest first. */
static void put_mask(struct buf *b, const char *name, const char *list)
{
	unsigned long bits[CPUS_MAX / (8 * sizeof(long))] = {0};
	uint8_t mask[CPUS_MAX / 8] = {0};
	size_t len = 0;

	if (!list || !*list || process_parse_list(list, bits, CPUS_MAX) < 0)
		return;
	for (size_t i = 0; i < CPUS_MAX; i++) {
		if (!(bits[i / (8 * sizeof(long))] >> i % (8 * sizeof(long)) & 1))
			continue;
		mask[i / 8] |= (uint8_t)(1u << i % 8);
		len = i / 8 + 1;
	}
	begin(b, name, "ay");
	bus_put_bytes(b, mask, len);
}

static void put_limit(struct buf *b, const char *name, struct opt_i64 v)
{
	if (v.value)
		systemd_put_number(b, name, v.value < 0 ? UINT64_MAX : (uint64_t)v.value);
}

static void put_cpu(struct buf *b, const struct oci_resources *r, bool unified)
{
	uint64_t period = r->cpu.period.value ? r->cpu.period.value : 100000, shares = r->cpu.shares.value;

	if (shares && unified)
		systemd_put_number(b, "CPUWeight", 1 + (MIN_OF(shares < 2 ? 2 : shares, 262144u) - 2) * 9999 / 262142);
	else if (shares)
		systemd_put_number(b, "CPUShares", shares);
	if (r->cpu.quota.value < 0)
		systemd_put_number(b, "CPUQuotaPerSecUSec", UINT64_MAX);
	/* In hundredths of a processor, as systemd keeps it, and not less than asked for. */
	if (r->cpu.quota.value > 0 && r->cpu.quota.value < INT64_MAX / 1000000)
		systemd_put_number(b, "CPUQuotaPerSecUSec",
				   ((uint64_t)r->cpu.quota.value * 1000000 / period + 9999) / 10000 * 10000);
	if (unified && r->cpu.period.value)
		systemd_put_number(b, "CPUQuotaPeriodUSec", r->cpu.period.value);
	if (unified) {
		put_mask(b, "AllowedCPUs", r->cpu.cpus);
		put_mask(b, "AllowedMemoryNodes", r->cpu.mems);
	}
}

void systemd_put_resources(struct buf *b, const struct oci_resources *r, bool unified)
{
	const struct opt_i64 limit = r->memory.limit, swap = r->memory.swap;

	put_limit(b, unified ? "MemoryMax" : "MemoryLimit", limit);
	if (unified)
		put_limit(b, "MemoryLow", r->memory.reservation);
	if (unified && swap.value < 0)
		systemd_put_number(b, "MemorySwapMax", UINT64_MAX);
	else if (unified && swap.value > 0 && limit.value > 0 && swap.value >= limit.value)
		systemd_put_number(b, "MemorySwapMax", (uint64_t)(swap.value - limit.value));
	put_cpu(b, r, unified);
	put_limit(b, "TasksMax", r->pids_limit);
	if (r->block_io.weight.value && unified)
		systemd_put_number(b, "IOWeight", 1 + (MIN_OF(r->block_io.weight.value, 1000u) - 10) * 9999 / 990);
	else if (r->block_io.weight.value)
		systemd_put_number(b, "BlockIOWeight", r->block_io.weight.value);
}

#define DEVICES_FILE_MAX 65536

/* The name of a driver in /proc/devices, which is how systemd names all devices of a major number. */
static bool driver_name(char type, long long major, char name[64])
{
	SCOPED(buf) struct buf text = BUF_INIT(DEVICES_FILE_MAX);
	bool in_section = false;

	if (path_read_file(AT_FDCWD, "/proc/devices", &text) < 0)
		return false;
	char *rest = text.data;
	while (rest && *rest) {
		const char *line = strsep(&rest, "\n");
		long long number;
		char word[64];
		if (str_ends_with(line, "devices:"))
			in_section = line[0] == (type == 'b' ? 'B' : 'C');
		else if (in_section && sscanf(line, "%lld %63s", &number, word) == 2 && number == major) {
			snprintf(name, 64, "%s", word);
			return true;
		}
	}
	return false;
}

static void put_device(struct buf *b, const struct oci_device_rule *r, char type)
{
	bool any_major = !r->major.set || r->major.value < 0, any_minor = !r->minor.set || r->minor.value < 0;
	const char *kind = type == 'b' ? "block" : "char";
	char node[128], name[64] = "*", access[4] = "";

	if (!any_minor)
		snprintf(node, sizeof(node), "/dev/%s/%lld:%lld", kind, (long long)r->major.value,
			 (long long)r->minor.value);
	else if (any_major || driver_name(type, r->major.value, name))
		snprintf(node, sizeof(node), "%s-%s", kind, name);
	else
		return; /* no driver, no device */
	snprintf(access, sizeof(access), "%s%s%s", r->read ? "r" : "", r->write ? "w" : "", r->mknod ? "m" : "");
	bus_align(b, 8);
	bus_put_str(b, node);
	bus_put_str(b, access);
}

static void put_device_rules(struct buf *b, const struct oci_device_rule *rules, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (rules[i].allow && rules[i].type != 'b')
			put_device(b, &rules[i], 'c');
		if (rules[i].allow && rules[i].type != 'c')
			put_device(b, &rules[i], 'b');
	}
}

void systemd_put_devices(struct buf *b, const struct oci_resources *r)
{
	size_t count = 0;
	const struct oci_device_rule *standard = limits_standard_devices(&count);

	if (limits_devices_open(r)) {
		systemd_put_text(b, "DevicePolicy", "auto");
		return;
	}
	systemd_put_text(b, "DevicePolicy", "strict");
	begin(b, "DeviceAllow", "a(ss)");
	size_t list = bus_array_open(b, 8);
	put_device_rules(b, r->devices.at, r->devices.count);
	put_device_rules(b, standard, count);
	bus_array_close(b, list, 8);
}

/* "'text'", "true", "uint64 5", "int32 -1", "5", "['a', 'b']". */
enum kind { KIND_TEXT, KIND_TEXTS, KIND_BOOL, KIND_U64, KIND_U32, KIND_I64, KIND_I32, KIND_NONE };

struct value {
	enum kind kind;
	uint64_t number;
	const char *text; /* behind the first quote or bracket */
};

static bool is_quoted(const char *text)
{
	size_t len = strlen(text);
	return len >= 2 && (text[0] == '\'' || text[0] == '"') && text[len - 1] == text[0] &&
	       strcspn(text + 1, (char[]){text[0], '\\', '\0'}) == len - 2;
}

static bool read_number(const char *text, const char *prefix, struct value *ret, enum kind kind)
{
	int64_t i = 0;

	if (!str_starts_with(text, prefix))
		return false;
	text += strlen(prefix);
	ret->kind = kind;
	if (kind == KIND_U64 || kind == KIND_U32)
		return str_to_u64(text, kind == KIND_U64 ? UINT64_MAX : UINT32_MAX, &ret->number) == 0;
	if (str_to_i64(text, &i) < 0 || (kind == KIND_I32 && (i < INT32_MIN || i > INT32_MAX)))
		return false;
	ret->number = (uint64_t)i;
	return true;
}

/* The next text of a list at *AT, cut out into ITEM; false at the end, with *at NULL where that is no end of a list. */
static bool next_item(const char **at, char item[SYSTEMD_ITEM_MAX])
{
	const char *s = *at + strspn(*at, " ,");
	char quote = *s;
	size_t len = quote ? strcspn(s + 1, (char[]){quote, '\\', '\0'}) : 0;

	if (quote == ']' && !s[1])
		return false;
	if ((quote != '\'' && quote != '"') || s[1 + len] != quote || len >= SYSTEMD_ITEM_MAX) {
		*at = NULL;
		return false;
	}
	memcpy(item, s + 1, len);
	item[len] = '\0';
	*at = s + len + 2;
	return true;
}

static bool read_value(const char *text, struct value *ret)
{
	char item[SYSTEMD_ITEM_MAX];

	*ret = (struct value){.text = text + 1};
	if (str_eq(text, "true") || str_eq(text, "false")) {
		*ret = (struct value){.kind = KIND_BOOL, .number = text[0] == 't'};
		return true;
	}
	if (is_quoted(text)) {
		ret->kind = KIND_TEXT;
		return strlen(text) < SYSTEMD_ITEM_MAX;
	}
	if (text[0] == '[') {
		const char *at = text + 1;
		while (next_item(&at, item))
			;
		ret->kind = KIND_TEXTS;
		return at != NULL;
	}
	return read_number(text, "uint64 ", ret, KIND_U64) || read_number(text, "uint32 ", ret, KIND_U32) ||
	       read_number(text, "int64 ", ret, KIND_I64) || read_number(text, "int32 ", ret, KIND_I32) ||
	       read_number(text, "", ret, KIND_I32);
}

static void put_texts(struct buf *b, const char *at)
{
	char item[SYSTEMD_ITEM_MAX];
	size_t list = bus_array_open(b, 4);

	while (next_item(&at, item))
		bus_put_str(b, item);
	bus_array_close(b, list, 4);
}

static void put_value(struct buf *b, const char *name, const struct value *v)
{
	static const char *const types[] = {[KIND_TEXT] = "s", [KIND_TEXTS] = "as", [KIND_BOOL] = "b", [KIND_U64] = "t",
					    [KIND_U32] = "u",  [KIND_I64] = "x",    [KIND_I32] = "i"};
	char text[SYSTEMD_ITEM_MAX];

	begin(b, name, types[v->kind]);
	switch (v->kind) {
	case KIND_TEXT:
		snprintf(text, sizeof(text), "%.*s", (int)strlen(v->text) - 1, v->text);
		bus_put_str(b, text);
		break;
	case KIND_TEXTS:
		put_texts(b, v->text);
		break;
	case KIND_U64:
	case KIND_I64:
		bus_put_u64(b, v->number);
		break;
	case KIND_BOOL:
	case KIND_U32:
	case KIND_I32:
		bus_put_u32(b, (uint32_t)v->number);
		break;
	case KIND_NONE:
	default:
		break;
	}
}

/* "TimeoutStopSec" is what people write; on the bus it is TimeoutStopUSec, in microseconds. */
static bool in_seconds(const char *name, struct value *v, char changed[SYSTEMD_ITEM_MAX])
{
	size_t len = strlen(name);

	if (!str_ends_with(name, "Sec") || str_ends_with(name, "USec"))
		return false;
	if (v->kind == KIND_U64 || v->kind == KIND_U32 || (v->kind == KIND_I32 && (int32_t)v->number >= 0)) {
		v->number = v->number > UINT64_MAX / 1000000 ? UINT64_MAX : v->number * 1000000;
		v->kind = KIND_U64;
	}
	snprintf(changed, SYSTEMD_ITEM_MAX, "%.*sUSec", (int)(len - 3), name);
	return true;
}

static const char *property_of(const struct oci_pair *annotation)
{
	return str_starts_with(annotation->key, SYSTEMD_ANNOTATION) ? annotation->key + strlen(SYSTEMD_ANNOTATION)
								    : NULL;
}

int systemd_check_annotations(const struct oci_spec *spec, struct err *e)
{
	struct value v;

	for (size_t i = 0; i < spec->annotations.count; i++) {
		const char *name = property_of(&spec->annotations.at[i]);
		if (!name)
			continue;
		if (strlen(name) < 3 || strlen(name) > 64 ||
		    name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")])
			return err_set(e, -EINVAL, "annotation %.128s: no property has such a name",
				       spec->annotations.at[i].key);
		if (!read_value(spec->annotations.at[i].value, &v))
			return err_set(e, -EINVAL, "annotation %.128s: cannot read the value \"%.64s\"",
				       spec->annotations.at[i].key, spec->annotations.at[i].value);
	}
	return 0;
}

void systemd_put_annotations(struct buf *b, const struct oci_spec *spec)
{
	char changed[SYSTEMD_ITEM_MAX];
	struct value v;

	for (size_t i = 0; i < spec->annotations.count; i++) {
		const char *name = property_of(&spec->annotations.at[i]);
		if (name && read_value(spec->annotations.at[i].value, &v))
			put_value(b, in_seconds(name, &v, changed) ? changed : name, &v);
	}
}
