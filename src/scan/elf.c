/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Headers and tables of ELF files.
 */
#include "elf.h"

#include <elf.h>
#include <string.h>

uint64_t scan_elf_number(const struct scan_elf *e, const uint8_t *at, size_t size)
{
	uint64_t n = 0;

	for (size_t i = 0; i < size; i++)
		n |= (uint64_t)at[e->big ? size - 1 - i : i] << (8 * i);
	return n;
}

static struct scan_range range(const struct scan_elf *e, uint64_t offset, uint64_t len)
{
	if (offset > e->len || len > e->len - offset)
		return (struct scan_range){0};
	return (struct scan_range){e->data + offset, (size_t)len};
}

bool scan_elf_open(const uint8_t *data, size_t len, struct scan_elf *ret)
{
	struct scan_elf e = {.data = data, .len = len};

	if (len < sizeof(Elf32_Ehdr) || memcmp(data, ELFMAG, SELFMAG) != 0)
		return false;
	e.wide = data[EI_CLASS] == ELFCLASS64;
	e.big = data[EI_DATA] == ELFDATA2MSB;
	if (e.wide && len < sizeof(Elf64_Ehdr))
		return false;
	e.type = (uint16_t)scan_elf_number(&e, data + 16, 2);
	size_t word = e.wide ? 8 : 4;
	const uint8_t *at = data + 24 + word; /* behind the entry point */
	e.segments = scan_elf_number(&e, at, word);
	e.sections = scan_elf_number(&e, at + word, word);
	at += 2 * word + 4 + 2; /* flags and the header's own size */
	e.segment_size = (uint16_t)scan_elf_number(&e, at, 2);
	e.segment_count = (uint16_t)scan_elf_number(&e, at + 2, 2);
	e.section_size = (uint16_t)scan_elf_number(&e, at + 4, 2);
	e.section_count = (uint16_t)scan_elf_number(&e, at + 6, 2);
	e.names = (uint16_t)scan_elf_number(&e, at + 8, 2);
	/* The kernel loads no program with a longer table (binfmt_elf.c). */
	if (e.segment_count > 65536 / (e.wide ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr)))
		return false;
	*ret = e;
	return e.type == ET_EXEC || e.type == ET_DYN;
}

bool scan_elf_segment(const struct scan_elf *e, uint16_t i, struct scan_segment *ret)
{
	size_t want = e->wide ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr);
	struct scan_range r;

	if (i >= e->segment_count || e->segment_size < want ||
	    e->segments > e->len) /* an offset near the end of numbers must not wrap */
		return false;
	r = range(e, e->segments + (uint64_t)i * e->segment_size, want);
	if (!r.data)
		return false;
	ret->type = (uint32_t)scan_elf_number(e, r.data, 4);
	if (e->wide) {
		ret->flags = (uint32_t)scan_elf_number(e, r.data + 4, 4);
		ret->offset = scan_elf_number(e, r.data + 8, 8);
		ret->address = scan_elf_number(e, r.data + 16, 8);
		ret->file_size = scan_elf_number(e, r.data + 32, 8);
	} else {
		ret->offset = scan_elf_number(e, r.data + 4, 4);
		ret->address = scan_elf_number(e, r.data + 8, 4);
		ret->file_size = scan_elf_number(e, r.data + 16, 4);
		ret->flags = (uint32_t)scan_elf_number(e, r.data + 24, 4);
	}
	return true;
}

struct section {
	uint32_t name, type;
	uint64_t offset, size;
};

static bool section_at(const struct scan_elf *e, uint16_t i, struct section *ret)
{
	size_t want = e->wide ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr), word = e->wide ? 8 : 4;
	struct scan_range r;

	if (i >= e->section_count || e->section_size < want || e->sections > e->len)
		return false;
	r = range(e, e->sections + (uint64_t)i * e->section_size, want);
	if (!r.data)
		return false;
	ret->name = (uint32_t)scan_elf_number(e, r.data, 4);
	ret->type = (uint32_t)scan_elf_number(e, r.data + 4, 4);
	ret->offset = scan_elf_number(e, r.data + 8 + 2 * word, word);
	ret->size = scan_elf_number(e, r.data + 8 + 3 * word, word);
	return true;
}

struct scan_range scan_elf_section(const struct scan_elf *e, const char *name)
{
	struct section names, s;
	size_t len = strlen(name) + 1;

	if (!section_at(e, e->names, &names))
		return (struct scan_range){0};
	struct scan_range text = range(e, names.offset, names.size);
	for (uint16_t i = 0; text.data && section_at(e, i, &s); i++)
		if (s.type != SHT_NOBITS && s.name < text.len && text.len - s.name >= len &&
		    memcmp(text.data + s.name, name, len) == 0)
			return range(e, s.offset, s.size);
	return (struct scan_range){0};
}

struct scan_range scan_elf_at(const struct scan_elf *e, uint64_t address, uint64_t len)
{
	struct scan_segment s;

	for (uint16_t i = 0; scan_elf_segment(e, i, &s); i++) {
		if (s.type != PT_LOAD || address < s.address || address - s.address >= s.file_size)
			continue;
		uint64_t into = address - s.address, left = s.file_size - into;
		if (len > left || s.offset > e->len || into > e->len - s.offset)
			return (struct scan_range){0};
		struct scan_range r = range(e, s.offset + into, len ? len : left);
		if (!r.data && !len) /* a file that was cut: what there is */
			r = range(e, s.offset + into, e->len - s.offset - into);
		return r;
	}
	return (struct scan_range){0};
}
