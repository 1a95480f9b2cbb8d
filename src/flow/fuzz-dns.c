/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzzes answers of name servers: the first byte is the type of the question, the rest the answer to "db.example.com". */
#include <stdlib.h>
#include <string.h>

#include "dns.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t query[DNS_QUERY_MAX];
	struct dns_answer answer;

	if (!size || size > DNS_ANSWER_MAX)
		return 0;
	int len = dns_query("db.example.com", 0x6162, data[0] & 1 ? DNS_TYPE_AAAA : DNS_TYPE_A, query);
	if (len < 0)
		abort();
	if (dns_answer(data + 1, size - 1, query, (size_t)len, &answer) == 0 && answer.count > DNS_ADDRESSES_MAX)
		abort();
	return 0;
}
