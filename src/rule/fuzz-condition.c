/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzzes conditions and outputs: the input, up to a line of dashes, is the condition of a rule, and the rest its output.
 */
#include <stdint.h>
#include <stdlib.h>

#include "fuzz-schema.h"

/* As a quoted scalar, in which every byte but the quote stands for itself; folding changes line ends only. */
static void add_quoted(struct buf *b, const char *text, size_t len)
{
	buf_add_char(b, '\'');
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '\'')
			buf_add_char(b, '\'');
		buf_add_char(b, text[i]);
	}
	buf_add_str(b, "'\n");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SCOPED(buf) struct buf b = BUF_INIT(1 << 20);
	const char *text = (const char *)data, *line = memmem(data, size, "\n---\n", 5);
	size_t len = line ? (size_t)(line - text) : size;

	if (size > 16384)
		return 0;
	buf_add_str(&b, "- list: l\n  items: [a, '\"b c\"']\n- macro: m\n  condition: proc.name in (l)\n"
			"- rule: r\n  desc: d\n  priority: INFO\n  condition: ");
	add_quoted(&b, text, len);
	buf_add_str(&b, "  output: ");
	if (line)
		add_quoted(&b, line + 5, size - len - 5);
	else
		buf_add_str(&b, "o %proc.name\n");
	fuzz_rules(buf_str(&b), b.len);
	return 0;
}
