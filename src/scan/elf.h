/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looking into ELF files (System V ABI, chapters 4 and 5; both classes, both byte orders) without believing a number in
 * them: every range is checked against the file. Inside the room only.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct scan_elf {
	const uint8_t *data;
	size_t len;
	bool wide, big; /* 64 bits; most significant byte first */
	uint16_t type;
	uint64_t segments, sections; /* offsets of the tables */
	uint16_t segment_size, segment_count, section_size, section_count, names;
};

struct scan_range {
	const uint8_t *data; /* NULL: not there */
	size_t len;
};

struct scan_segment {
	uint32_t type, flags;
	uint64_t offset, address, file_size;
};

/* False when it is no ELF file of a kind that is known. */
bool scan_elf_open(const uint8_t *data, size_t len, struct scan_elf *ret);
struct scan_range scan_elf_section(const struct scan_elf *e, const char *name);
bool scan_elf_segment(const struct scan_elf *e, uint16_t i, struct scan_segment *ret);
/* LEN bytes (0: as many as there are) that will lie at ADDRESS. */
struct scan_range scan_elf_at(const struct scan_elf *e, uint64_t address, uint64_t len);
/* A number of 1, 2, 4 or 8 bytes; the caller knows that they are there. */
uint64_t scan_elf_number(const struct scan_elf *e, const uint8_t *at, size_t size);
