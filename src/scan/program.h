/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What programs carry in themselves: the modules of Go, the crates of Rust, a package note. Each adds packages to the
 * open group. Inside the room only.
 */
#pragma once

#include "elf.h"
#include "reader.h"

/* NOTE gets a few words on what the program is, when it says so. */
void scan_go_modules(struct scan_out *o, const struct scan_elf *e, char *note, size_t note_len);
void scan_cargo_crates(struct scan_out *o, const struct scan_elf *e);
void scan_package_note(struct scan_out *o, const struct scan_elf *e, char *note, size_t note_len);
