/* SPDX-License-Identifier: Apache-2.0 */
/* Names are compared in the question alone: who could forge the rest of an answer could forge the address as well. */
#include "dns.h"

#include <errno.h>
#include <string.h>

enum {
	HEAD = 12, /* bytes of a header, and of a question behind its name */
	QUESTION_TAIL = 4,
	RECORD_HEAD = 10,
	LABEL_MAX = 63,
	POINTER = 0xc0,
	CLASS_INTERNET = 1,
	TYPE_OPTIONS = 41,
	FLAG_ANSWER = 0x8000,
	FLAG_WANTED = 0x0100, /* recursion */
	CODE_MASK = 0xf,
	CODE_GOOD = 0,
	CODE_NO_NAME = 3,
	RECORDS_MAX = 128,
	TTL_MAX = 0x7fffffff
};

static unsigned get16(const uint8_t *at)
{
	return (unsigned)at[0] << 8 | at[1];
}

static void put16(uint8_t *at, unsigned value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

int dns_query(const char *name, uint16_t id, unsigned type, uint8_t ret[DNS_QUERY_MAX])
{
	size_t at = HEAD, len = strlen(name);

	if (!len || len >= DNS_NAME_MAX)
		return -EINVAL;
	memset(ret, 0, HEAD);
	put16(ret, id);
	put16(ret + 2, FLAG_WANTED);
	put16(ret + 4, 1);  /* question */
	put16(ret + 10, 1); /* more: how long an answer may be */
	while (*name) {
		size_t label = strcspn(name, ".");
		if (!label || label > LABEL_MAX)
			return -EINVAL;
		ret[at++] = (uint8_t)label;
		memcpy(ret + at, name, label);
		at += label;
		name += label + (name[label] == '.');
	}
	ret[at++] = 0;
	put16(ret + at, type);
	put16(ret + at + 2, CLASS_INTERNET);
	at += QUESTION_TAIL;
	memset(ret + at, 0, RECORD_HEAD + 1);
	put16(ret + at + 1, TYPE_OPTIONS);
	put16(ret + at + 3, DNS_ANSWER_MAX);
	return (int)(at + RECORD_HEAD + 1);
}

/* Behind the name at AT; 0 when it does not end. */
static size_t skip_name(const uint8_t *bytes, size_t len, size_t at)
{
	while (at < len) {
		if ((bytes[at] & POINTER) == POINTER)
			return at + 2 <= len ? at + 2 : 0;
		if (bytes[at] > LABEL_MAX)
			return 0;
		if (!bytes[at])
			return at + 1;
		at += 1 + (size_t)bytes[at];
	}
	return 0;
}

static uint8_t lower(uint8_t letter)
{
	return letter >= 'A' && letter <= 'Z' ? (uint8_t)(letter + 'a' - 'A') : letter;
}

/* Whether the answer repeats the question, whose letters may have become large or small. */
static size_t check_question(const uint8_t *bytes, size_t len, const uint8_t *query, size_t query_len)
{
	size_t end = skip_name(query, query_len, HEAD) + QUESTION_TAIL;

	if (len < end || query_len < end || get16(bytes) != get16(query) || !(get16(bytes + 2) & FLAG_ANSWER) ||
	    get16(bytes + 4) != 1)
		return 0;
	for (size_t i = HEAD; i < end; i++)
		if (lower(bytes[i]) != lower(query[i]))
			return 0;
	return end;
}

static void add_address(const uint8_t *data, size_t size, struct dns_answer *ret)
{
	static const uint8_t v4_prefix[12] = {[10] = 0xff, [11] = 0xff};

	if (ret->count == DNS_ADDRESSES_MAX)
		return;
	uint8_t *to = ret->addresses[ret->count++];
	if (size == 4)
		memcpy(to, v4_prefix, sizeof(v4_prefix));
	memcpy(to + 16 - size, data, size);
}

int dns_answer(const uint8_t *bytes, size_t len, const uint8_t *query, size_t query_len, struct dns_answer *ret)
{
	*ret = (struct dns_answer){.ttl_s = TTL_MAX};
	if (len < HEAD || query_len < HEAD)
		return -EPROTO;
	size_t at = check_question(bytes, len, query, query_len);
	if (!at)
		return -EPROTO;
	unsigned code = get16(bytes + 2) & CODE_MASK, type = get16(query + at - QUESTION_TAIL);
	if (code != CODE_GOOD && code != CODE_NO_NAME)
		return -EAGAIN;
	unsigned records = get16(bytes + 6);
	for (unsigned i = 0; i < records && i < RECORDS_MAX; i++) {
		at = skip_name(bytes, len, at);
		if (!at || len - at < RECORD_HEAD)
			break; /* cut off on the way: what is there is good */
		const uint8_t *head = bytes + at;
		size_t size = get16(head + 8);
		at += RECORD_HEAD;
		if (len - at < size)
			break;
		uint32_t ttl = (uint32_t)get16(head + 4) << 16 | get16(head + 6);
		if (get16(head + 2) == CLASS_INTERNET && get16(head) == type && size == (type == DNS_TYPE_A ? 4 : 16))
			add_address(bytes + at, size, ret);
		ret->ttl_s = ttl < ret->ttl_s ? ttl : ret->ttl_s;
		at += size;
	}
	return 0;
}
