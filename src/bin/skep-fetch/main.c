/* SPDX-License-Identifier: Apache-2.0 */
/*
 * skep-fetch URL: what lies at an HTTP or HTTPS address, to the standard output. A program of its own because libcurl
 * cannot be linked statically here, and so that skep itself has no code that reaches a network. It checks certificates,
 * follows a few redirects within HTTP and HTTPS, and ends by itself when nothing comes any more.
 */
#include <curl/curl.h>
#include <stdio.h>

#define BYTES_MAX ((curl_off_t)8 << 30)
#define REDIRECTS_MAX 5L
#define CONNECT_SECONDS 30L
#define QUIET_SECONDS 60L

static int set_up(CURL *c, const char *url, char *words)
{
	CURLcode r = curl_easy_setopt(c, CURLOPT_URL, url);

	if (r == CURLE_OK)
		r = curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
	if (r == CURLE_OK)
		r = curl_easy_setopt(c, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
	if (r == CURLE_OK)
		r = curl_easy_setopt(c, CURLOPT_MAXFILESIZE_LARGE, BYTES_MAX);
	if (r == CURLE_OK)
		r = curl_easy_setopt(c, CURLOPT_USERAGENT, "skep/" SKEP_VERSION);
	if (r != CURLE_OK)
		return -1;
	curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 1L);
	curl_easy_setopt(c, CURLOPT_MAXREDIRS, REDIRECTS_MAX);
	curl_easy_setopt(c, CURLOPT_FAILONERROR, 1L);
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, CONNECT_SECONDS);
	curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, 1L);
	curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, QUIET_SECONDS);
	curl_easy_setopt(c, CURLOPT_ERRORBUFFER, words);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, stdout);
	return 0;
}

int main(int argc, char **argv)
{
	char words[CURL_ERROR_SIZE] = "";

	if (argc != 2) {
		fprintf(stderr, "usage: skep-fetch URL >FILE\n");
		return 2;
	}
	CURL *c = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? curl_easy_init() : NULL;
	if (!c || set_up(c, argv[1], words) < 0) {
		fprintf(stderr, "skep-fetch: cannot set up a transfer\n");
		return 1;
	}
	CURLcode r = curl_easy_perform(c);
	curl_easy_cleanup(c);
	if (r == CURLE_OK && fflush(stdout) != 0)
		r = CURLE_WRITE_ERROR;
	if (r != CURLE_OK)
		fprintf(stderr, "skep: %s: %s\n", argv[1], words[0] ? words : curl_easy_strerror(r));
	return r != CURLE_OK;
}
