/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the Go linker writes into a program (debug/buildinfo): its own version and the modules. Since Go 1.18 both strings
 * follow the head; before, the head holds addresses of Go strings.
 */
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "program.h"

#define MAGIC "\xff Go buildinf:"
#define MAGIC_LEN 14
#define HEAD_LEN 32
#define STRING_MAX (4u << 20)
#define INLINE_STRINGS 2
#define SENTINEL 16 /* bytes before and behind the module text */

static struct scan_range find_head(const struct scan_elf *e)
{
	struct scan_range r = scan_elf_section(e, ".go.buildinfo");
	struct scan_segment s;
	const uint8_t *at;

	if (r.data && r.len >= HEAD_LEN && memcmp(r.data, MAGIC, MAGIC_LEN) == 0)
		return r;
	/* Stripped of its section names: the head lies at the beginning of a writable segment, on 16 bytes. */
	for (uint16_t i = 0; scan_elf_segment(e, i, &s); i++) {
		struct scan_range data =
			s.flags & 2 && s.file_size ? scan_elf_at(e, s.address, 0) : (struct scan_range){0};
		at = data.data ? memmem(data.data, MIN_OF(data.len, (size_t)1 << 20), MAGIC, MAGIC_LEN) : NULL;
		if (at && data.len - (size_t)(at - data.data) >= HEAD_LEN)
			return (struct scan_range){at, data.len - (size_t)(at - data.data)};
	}
	return (struct scan_range){0};
}

/* A length of seven bits a byte, and that many bytes; moves R behind. */
static struct scan_range inline_string(struct scan_range *r)
{
	uint64_t len = 0;

	for (int shift = 0; shift < 63; shift += 7) {
		if (!r->len)
			return (struct scan_range){0};
		uint8_t byte = *r->data++;
		r->len--;
		len |= (uint64_t)(byte & 0x7f) << shift;
		if (byte & 0x80)
			continue;
		if (len > r->len || len > STRING_MAX)
			break;
		struct scan_range text = {r->data, (size_t)len};
		r->data += len;
		r->len -= (size_t)len;
		return text;
	}
	return (struct scan_range){0};
}

/* A Go string's address and length lie at ADDRESS. */
static struct scan_range string_at(const struct scan_elf *e, uint64_t address, size_t word)
{
	struct scan_range head = scan_elf_at(e, address, 2 * word);

	if (!head.data)
		return head;
	uint64_t len = scan_elf_number(e, head.data + word, word);
	if (!len || len > STRING_MAX)
		return (struct scan_range){0};
	return scan_elf_at(e, scan_elf_number(e, head.data, word), len);
}

struct module {
	struct scan_line path, version;
};

/* TAG path version sum, parted by tabs. */
static bool module_of(const struct scan_line *line, const char *tag, struct module *ret)
{
	size_t skip = strlen(tag);

	if (line->len <= skip || memcmp(line->text, tag, skip) != 0)
		return false;
	const char *at = line->text + skip, *end = line->text + line->len;
	const char *tab = memchr(at, '\t', (size_t)(end - at));
	*ret = (struct module){.path = {at, (size_t)((tab ? tab : end) - at)}};
	if (tab) {
		const char *stop = memchr(tab + 1, '\t', (size_t)(end - tab - 1));
		ret->version = (struct scan_line){tab + 1, (size_t)((stop ? stop : end) - tab - 1)};
	}
	return true;
}

/* A version in LINE, the setting "build -ldflags=...", given to a variable of that name: "-X main.version=v1.2.3". */
static struct scan_line linked_version(struct scan_line line)
{
	static const char *const names[] = {
		".version=",	   ".Version=", ".gitVersion=", ".GitVersion=", ".buildVersion=",
		".BuildVersion=",  ".VERSION=", ".appVersion=", ".AppVersion=", ".currentVersion=",
		".versionNumber=", ".release=", ".Release="};

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		const char *at = memmem(line.text, line.len, names[i], strlen(names[i]));
		struct scan_line v = {at ? at + strlen(names[i]) : line.text, 0};
		while (at && v.text + v.len < line.text + line.len && !strchr(" \t\"'`\\", v.text[v.len]))
			v.len++;
		size_t digits = v.len && *v.text == 'v';
		if (v.len > digits && v.text[digits] >= '0' && v.text[digits] <= '9' && memchr(v.text, '.', v.len))
			return v;
	}
	return (struct scan_line){0};
}

/* "(devel)", nothing, or a commit's pseudo-version: built from a working copy. */
static bool is_vague(const struct scan_line *version)
{
	return !version->len || scan_line_is(version, "(devel)") ||
	       (version->len > 7 && memcmp(version->text, "v0.0.0-", 7) == 0);
}

static void add_module(struct scan_out *o, const struct module *m)
{
	if (!m->path.len)
		return;
	/* Built from a working copy: no version that could be judged. */
	bool devel = scan_line_is(&m->version, "(devel)");
	scan_add_simple(o, MODEL_PACKAGE_GOLANG, scan_text(o, m->path.text, m->path.len),
			devel ? "" : scan_text(o, m->version.text, m->version.len), NULL);
}

static void read_modules(struct scan_out *o, struct scan_range text, char *note, size_t note_len)
{
	struct scan_lines lines;
	struct scan_line line;
	struct module m, pending = {0}, own = {0};

	if (text.len <= 2 * SENTINEL)
		return;
	lines = (struct scan_lines){(const char *)text.data + SENTINEL, (const char *)text.data + text.len - SENTINEL};
	while (scan_next_line(&lines, &line)) {
		if (module_of(&line, "=>\t", &m)) {
			/* What was built in instead; a folder has neither a name nor a version that feeds know. */
			if (m.path.len && *m.path.text != '.' && *m.path.text != '/')
				pending = m;
			else
				pending.version = (struct scan_line){0};
			continue;
		}
		if (is_vague(&own.version) && scan_after(&line, "build\t-ldflags=", &m.path)) {
			struct scan_line linked = linked_version(m.path);
			own.version = linked.len ? linked : own.version;
			continue;
		}
		bool mod = module_of(&line, "mod\t", &m);
		if (!mod && !module_of(&line, "dep\t", &m))
			continue;
		add_module(o, &pending);
		pending = mod ? (struct module){0} : m;
		own = mod ? m : own;
	}
	add_module(o, &pending);
	add_module(o, &own);
	if (own.path.len)
		snprintf(note, note_len, "Go program %.*s %.*s", (int)MIN_OF(own.path.len, (size_t)200), own.path.text,
			 (int)MIN_OF(own.version.len, (size_t)100), own.version.len ? own.version.text : "");
}

void scan_go_modules(struct scan_out *o, const struct scan_elf *e, char *note, size_t note_len)
{
	struct scan_range head = find_head(e), version, modules;

	if (!head.data)
		return;
	uint8_t word = head.data[MAGIC_LEN], flags = head.data[MAGIC_LEN + 1];
	if (flags & INLINE_STRINGS) {
		struct scan_range rest = {head.data + HEAD_LEN, head.len - HEAD_LEN};
		version = inline_string(&rest);
		modules = inline_string(&rest);
	} else {
		struct scan_elf order = *e;
		order.big = flags & 1;
		if (word != 4 && word != 8)
			return;
		version = string_at(&order, scan_elf_number(&order, head.data + 16, word), word);
		modules = string_at(&order, scan_elf_number(&order, head.data + 16 + word, word), word);
	}
	/* "go1.21.3 X:experiment" */
	if (version.data && version.len > 2 && memcmp(version.data, "go", 2) == 0) {
		const uint8_t *blank = memchr(version.data, ' ', version.len);
		size_t len = blank ? (size_t)(blank - version.data) : version.len;
		scan_add_simple(o, MODEL_PACKAGE_GOLANG, "stdlib",
				scan_text(o, (const char *)version.data + 2, len - 2), NULL);
	}
	if (modules.data)
		read_modules(o, modules, note, note_len);
}
