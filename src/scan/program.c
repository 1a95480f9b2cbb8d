/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Programs: what they are made of, what they need, and how the compiler hardened them. Which of them belong to a package
 * is found out later.
 */
#include "program.h"

#include <elf.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

#include "base/str.h"
#include "readers.h"

#define CRATES_BYTES_MAX (8u << 20)
#define NEEDED_MAX 64
#define NOTE_TYPE 0xcafe1a7e /* systemd.io/ELF_PACKAGE_METADATA */

static enum scan_want wants(const struct scan_file *f)
{
	bool likely = f->mode & 0111 || strstr(f->base, ".so");

	if (!f->options->packages && !f->options->programs)
		return SCAN_NO;
	if (!likely || f->size < sizeof(Elf32_Ehdr))
		return SCAN_NO;
	if (!f->head)
		return SCAN_LOOK;
	return f->head_len >= SELFMAG && memcmp(f->head, ELFMAG, SELFMAG) == 0 ? SCAN_YES : SCAN_NO;
}

/* ---- hardening ---- */

struct dynamic {
	uint64_t strings, strings_len, flags, flags_1;
	bool now;
	uint64_t needed[NEEDED_MAX];
	size_t needed_count;
};

static void read_dynamic(const struct scan_elf *e, struct scan_range table, struct dynamic *d)
{
	size_t word = e->wide ? 8 : 4;

	for (size_t at = 0; at + 2 * word <= table.len; at += 2 * word) {
		uint64_t tag = scan_elf_number(e, table.data + at, word);
		uint64_t value = scan_elf_number(e, table.data + at + word, word);
		if (tag == DT_NULL)
			break;
		if (tag == DT_NEEDED && d->needed_count < NEEDED_MAX)
			d->needed[d->needed_count++] = value;
		else if (tag == DT_STRTAB)
			d->strings = value;
		else if (tag == DT_STRSZ)
			d->strings_len = value;
		else if (tag == DT_BIND_NOW)
			d->now = true;
		else if (tag == DT_FLAGS)
			d->flags = value;
		else if (tag == DT_FLAGS_1)
			d->flags_1 = value;
	}
}

static bool names(struct scan_range strings, const char *name, size_t len)
{
	return strings.data && memmem(strings.data, strings.len, name, len);
}

/* The guard's name also ends in _chk. */
static bool has_fortify(struct scan_range strings)
{
	static const char tail[] = "_chk", guard[] = "__stack_chk_fail";
	const uint8_t *at = strings.data, *end = strings.data ? strings.data + strings.len : NULL;

	while (at && at < end && (at = memmem(at, (size_t)(end - at), tail, sizeof(tail))))
		if ((size_t)(at - strings.data) < strlen("__stack") || memcmp(at - 7, guard, 7) != 0)
			return true;
		else
			at++;
	return false;
}

static void add_needed(char *text, size_t len, struct scan_range strings, const struct dynamic *d)
{
	size_t n = 0;

	for (size_t i = 0; i < d->needed_count; i++) {
		if (d->needed[i] >= strings.len)
			continue;
		const char *name = (const char *)strings.data + d->needed[i];
		size_t room = strings.len - (size_t)d->needed[i], size = strnlen(name, room);
		if (size == room || n + size + 2 > len)
			continue;
		n += (size_t)snprintf(text + n, len - n, "%s%s", n ? " " : "", name);
	}
}

static void look_at_hardening(const struct scan_elf *e, struct model_part_program *p, char *needed, size_t needed_len)
{
	struct scan_segment s;
	struct dynamic d = {0};
	bool interpreter = false, dynamic = false;

	for (uint16_t i = 0; scan_elf_segment(e, i, &s); i++) {
		if (s.type == PT_INTERP)
			interpreter = true;
		else if (s.type == PT_GNU_RELRO)
			p->hardening |= MODEL_PROGRAM_RELRO;
		else if (s.type == PT_GNU_STACK && !(s.flags & PF_X))
			p->hardening |= MODEL_PROGRAM_NX;
		else if (s.type == PT_DYNAMIC && !dynamic && s.offset <= e->len && s.file_size <= e->len - s.offset) {
			dynamic = true;
			read_dynamic(e, (struct scan_range){e->data + s.offset, (size_t)s.file_size}, &d);
		}
	}
	struct scan_range strings = d.strings_len ? scan_elf_at(e, d.strings, d.strings_len) : (struct scan_range){0};
	struct scan_range symbols = scan_elf_section(e, ".strtab");
	if (e->type == ET_DYN)
		p->hardening |= MODEL_PROGRAM_PIE;
	if (d.now || d.flags & DF_BIND_NOW || d.flags_1 & DF_1_NOW)
		p->hardening |= MODEL_PROGRAM_NOW;
	if (!interpreter && (!dynamic || !d.needed_count))
		p->hardening |= MODEL_PROGRAM_STATIC;
	if (names(strings, "__stack_chk_fail", 17) || names(symbols, "__stack_chk_fail", 17))
		p->hardening |= MODEL_PROGRAM_CANARY;
	if (has_fortify(strings))
		p->hardening |= MODEL_PROGRAM_FORTIFY;
	if (strings.data)
		add_needed(needed, needed_len, strings, &d);
}

/* ---- what it is made of ---- */

/* cargo-auditable: a section of zlib-packed JSON. */
static int unpack_crates(struct scan_range packed, struct buf *b)
{
	z_stream z = {.next_in = (Bytef *)packed.data, .avail_in = (uInt)MIN_OF(packed.len, (size_t)CRATES_BYTES_MAX)};
	int r = inflateInit(&z) == Z_OK ? Z_OK : Z_MEM_ERROR;

	while (r == Z_OK) {
		char *room = buf_reserve(b, 64u << 10);
		if (!room)
			break;
		z.next_out = (Bytef *)room;
		z.avail_out = 64u << 10;
		r = inflate(&z, Z_NO_FLUSH);
		b->len += (64u << 10) - z.avail_out;
		if (r == Z_BUF_ERROR)
			break;
	}
	inflateEnd(&z);
	return r == Z_STREAM_END ? 0 : -EBADMSG;
}

void scan_cargo_crates(struct scan_out *o, const struct scan_elf *e)
{
	struct scan_range packed = scan_elf_section(e, ".dep-v0");
	SCOPED(buf) struct buf text = BUF_INIT(CRATES_BYTES_MAX);
	SCOPED_PTR(json) struct json *doc = NULL;
	struct json_limits limits = {.bytes_max = CRATES_BYTES_MAX, .depth_max = 16};

	if (!packed.data || unpack_crates(packed, &text) < 0 ||
	    json_parse(buf_str(&text), text.len, limits, &doc, NULL) < 0)
		return;
	const struct json *list = json_get(doc, "packages");
	for (size_t i = 0; list && json_kind(list) == JSON_ARRAY && i < json_count(list); i++) {
		const struct json *v = json_at(list, i);
		const char *source = scan_member(o, v, "source"), *kind = scan_member(o, v, "kind");
		bool root = false;
		/* The root is what the program itself is; other local crates are parts of it that no registry has. */
		ignore(json_get_bool(v, "root", &root, NULL)); /* then it is none */
		if ((!str_eq(source, "local") || root) && !str_eq(kind, "build"))
			scan_add_simple(o, MODEL_PACKAGE_CARGO, scan_member(o, v, "name"), scan_member(o, v, "version"),
					NULL);
	}
}

void scan_package_note(struct scan_out *o, const struct scan_elf *e, char *note, size_t note_len)
{
	struct scan_range r = scan_elf_section(e, ".note.package");
	SCOPED_PTR(json) struct json *doc = NULL;
	struct json_limits limits = {.bytes_max = 64u << 10, .depth_max = 8};

	if (!r.data || r.len < 16 || scan_elf_number(e, r.data, 4) != 4 ||
	    scan_elf_number(e, r.data + 8, 4) != NOTE_TYPE || memcmp(r.data + 12, "FDO", 4) != 0)
		return;
	size_t len = (size_t)MIN_OF(scan_elf_number(e, r.data + 4, 4), (uint64_t)r.len - 16);
	len = strnlen((const char *)r.data + 16, len);
	if (json_parse((const char *)r.data + 16, len, limits, &doc, NULL) < 0)
		return;
	struct model_package p = {.type = MODEL_PACKAGE_GENERIC,
				  .name = scan_member(o, doc, "name"),
				  .version = scan_member(o, doc, "version"),
				  .arch = scan_member(o, doc, "architecture")};
	const char *type = scan_member(o, doc, "type");
	if (!p.name || !p.version)
		return;
	if (type && model_package_type_from(type, &p.type) < 0)
		p.type = MODEL_PACKAGE_GENERIC;
	if (!*note)
		snprintf(note, note_len, "%s %s", p.name, p.version);
	scan_add(o, &p);
}

static int read_program(struct scan_out *o, const struct scan_file *f, struct err *e)
{
	struct scan_elf elf;
	char needed[1024] = "", note[512] = "";
	struct model_part_program p = {.path = f->path, .needed = needed, .note = note};

	if (!scan_elf_open(f->data, f->len, &elf))
		return 0; /* an object file, or nothing a kernel would load */
	if (f->options->packages) {
		scan_go_modules(o, &elf, note, sizeof(note));
		scan_cargo_crates(o, &elf);
		scan_package_note(o, &elf, note, sizeof(note));
		scan_group_end(o, f->path, MODEL_GROUP_INSTALLED);
	}
	if (f->options->programs) {
		look_at_hardening(&elf, &p, needed, sizeof(needed));
		scan_add_program(o, &p);
	}
	return 0;
}

const struct scan_reader scan_program = {
	.name = "program",
	.wants = wants,
	.bytes_max = 1u << 30,
	.read = read_program,
};
