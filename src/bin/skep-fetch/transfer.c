/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libcurl is known to this file alone. It checks certificates, never goes from TLS to none, follows few redirects, and ends
 * by itself when nothing comes any more. What was cut is asked for again from there on (RFC 9110, Range); a server
 * that gives no ranges sends it all again.
 */
#include "transfer.h"

#include <string.h>
#include <sys/types.h>
#include <time.h>

#include "base/path.h"
#include "base/str.h"
#include "oci/token.h"

#define REDIRECTS_MAX 5L
#define CONNECT_SECONDS 30L
#define QUIET_SECONDS 60L
#define SLOW_BYTES 1024L /* a second, over QUIET_SECONDS */
#define SMALL_BYTES (16u << 20)
#define SMALL_SECONDS 300L
#define TRIES 4	      /* without a byte in between */
#define TRIES_MAX 100 /* in all */
#define PAUSE_MS 500  /* doubled each time */
#define URL_MAX 8192

struct session {
	struct transfer *t;
	CURL *curl;
	struct curl_slist *headers;
	struct buf token;
	int write_error;
	char words[CURL_ERROR_SIZE];
};

static size_t put(char *data, size_t size, size_t count, void *to)
{
	struct session *s = to;
	size_t len = size * count;

	if (len > s->t->max - s->t->have)
		s->write_error = -EFBIG;
	else
		s->write_error = fd_write_all(s->t->fd, data, len);
	if (s->write_error < 0)
		return 0;
	s->t->have += len;
	return len;
}

static size_t keep(char *data, size_t size, size_t count, void *to)
{
	return buf_add(to, data, size * count) == 0 ? size * count : 0;
}

static int set_up(CURL *c, const struct transfer *t, char *words)
{
	const char *protocols = t->plain ? "http,https" : "https";
	struct curl_blob ca = {t->ca ? t->ca->data : NULL, t->ca ? t->ca->len : 0, CURL_BLOB_NOCOPY};

	curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 1L);
	curl_easy_setopt(c, CURLOPT_MAXREDIRS, REDIRECTS_MAX);
	curl_easy_setopt(c, CURLOPT_FAILONERROR, 1L);
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, CONNECT_SECONDS);
	curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, SLOW_BYTES);
	/* Who sends just enough to keep us would keep us from the next mirror. */
	if (t->max <= SMALL_BYTES)
		curl_easy_setopt(c, CURLOPT_TIMEOUT, SMALL_SECONDS);
	curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, QUIET_SECONDS);
	curl_easy_setopt(c, CURLOPT_ERRORBUFFER, words);
	if (t->ca && (curl_easy_setopt(c, CURLOPT_CAINFO_BLOB, &ca) != CURLE_OK ||
		      curl_easy_setopt(c, CURLOPT_CAPATH, NULL) != CURLE_OK))
		return -EIO;
	return curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, protocols) == CURLE_OK &&
			       curl_easy_setopt(c, CURLOPT_REDIR_PROTOCOLS_STR, protocols) == CURLE_OK &&
			       curl_easy_setopt(c, CURLOPT_USERAGENT, "skep/" SKEP_VERSION) == CURLE_OK
		       ? 0
		       : -EIO;
}

/* ---- tokens ---- */

static int ask_for_token(struct session *s, const char *url, struct err *e)
{
	SCOPED(buf) struct buf answer = BUF_INIT(OCI_TOKEN_BYTES_MAX);
	char words[CURL_ERROR_SIZE] = "";
	CURL *c = curl_easy_init();
	int r = c ? set_up(c, s->t, words) : -ENOMEM;

	if (r == 0 && curl_easy_setopt(c, CURLOPT_URL, url) != CURLE_OK)
		r = -ENOMEM;
	if (r < 0) {
		curl_easy_cleanup(c);
		return err_set(e, r, "cannot set up a transfer");
	}
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, keep);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, &answer);
	CURLcode code = curl_easy_perform(c);
	curl_easy_cleanup(c);
	if (code != CURLE_OK)
		return err_set(e, -EIO, "no token from %.300s: %s", url, words[0] ? words : curl_easy_strerror(code));
	buf_reset(&s->token);
	return oci_token_decode(buf_str(&answer), answer.len, &s->token, e);
}

static int log_in(struct session *s, struct err *e)
{
	SCOPED(buf) struct buf url = BUF_INIT(URL_MAX);
	struct oci_challenge challenge;
	struct curl_header *header = NULL;

	if (curl_easy_header(s->curl, "WWW-Authenticate", 0, CURLH_HEADER, -1, &header) != CURLHE_OK)
		return err_set(e, -EIO, "the registry refuses it and does not say what it wants");
	int r = oci_challenge_read(header->value, &challenge, e);
	if (r == 0)
		r = oci_challenge_url(&challenge, &url, e);
	if (r == 0)
		r = ask_for_token(s, buf_str(&url), e);
	if (r < 0)
		return r;
	/* libcurl gives it to this host alone, not to those it is sent on to. */
	curl_easy_setopt(s->curl, CURLOPT_HTTPAUTH, CURLAUTH_BEARER);
	return curl_easy_setopt(s->curl, CURLOPT_XOAUTH2_BEARER, buf_str(&s->token)) == CURLE_OK
		       ? 0
		       : err_set(e, -ENOMEM, "out of memory");
}

/* ---- one try after the other ---- */

static bool is_passing(CURLcode code, long status)
{
	switch ((int)code) {
	case CURLE_PARTIAL_FILE:
	case CURLE_RECV_ERROR:
	case CURLE_SEND_ERROR:
	case CURLE_GOT_NOTHING:
	case CURLE_OPERATION_TIMEDOUT:
	case CURLE_HTTP2:
	case CURLE_HTTP2_STREAM:
		return true;
	default:
		return code == CURLE_HTTP_RETURNED_ERROR &&
		       (status == 408 || status == 429 || (status >= 500 && status <= 504 && status != 501));
	}
}

static int begin_anew(struct session *s, struct err *e)
{
	if (ftruncate(s->t->fd, 0) < 0 || lseek(s->t->fd, 0, SEEK_SET) < 0)
		return err_sys(e, -errno, "beginning the file anew");
	s->t->have = 0;
	return 0;
}

static int give_up(struct session *s, CURLcode code, long status, struct err *e)
{
	int why = status == 404 || status == 410 ? -ENOENT : -EIO;

	if (s->write_error == -EFBIG || code == CURLE_FILESIZE_EXCEEDED)
		return err_set(e, -EFBIG, "it is larger than %llu bytes", (unsigned long long)s->t->max);
	if (s->write_error < 0)
		return err_sys(e, s->write_error, "writing it");
	return err_set(e, why, "%s", s->words[0] ? s->words : curl_easy_strerror(code));
}

static void wait_ms(long ms)
{
	struct timespec t = {ms / 1000, ms % 1000 * 1000000};

	while (nanosleep(&t, &t) < 0 && errno == EINTR)
		;
}

static int try_all(struct session *s, struct err *e)
{
	bool asked = false;
	int without_bytes = 0;

	for (int n = 0; n < TRIES_MAX; n++) {
		uint64_t before = s->t->have;
		long status = 0;
		int r = 0;

		s->words[0] = '\0';
		curl_easy_setopt(s->curl, CURLOPT_RESUME_FROM_LARGE, (curl_off_t)before);
		CURLcode code = curl_easy_perform(s->curl);
		curl_easy_getinfo(s->curl, CURLINFO_RESPONSE_CODE, &status);
		if (code == CURLE_OK)
			return 0;
		if (status == 401 && s->t->registry && !asked) {
			asked = true;
			r = log_in(s, e);
		} else if (code == CURLE_RANGE_ERROR && before) {
			r = begin_anew(s, e);
		} else if (!s->write_error && is_passing(code, status)) {
			without_bytes = s->t->have > before ? 0 : without_bytes + 1;
			if (without_bytes == TRIES)
				return give_up(s, code, status, e);
			wait_ms(PAUSE_MS << without_bytes);
			/* A token does not live long. */
			asked = false;
		} else {
			r = give_up(s, code, status, e);
		}
		if (r < 0)
			return r;
	}
	return err_set(e, -EIO, "it was cut %d times", TRIES_MAX);
}

static int prepare(struct session *s, struct err *e)
{
	SCOPED(buf) struct buf accept = BUF_INIT(1024);
	int r = set_up(s->curl, s->t, s->words);

	if (r == 0 && s->t->accept) {
		buf_printf(&accept, "Accept: %s", s->t->accept);
		s->headers = buf_error(&accept) ? NULL : curl_slist_append(NULL, buf_str(&accept));
		r = s->headers && curl_easy_setopt(s->curl, CURLOPT_HTTPHEADER, s->headers) == CURLE_OK ? 0 : -ENOMEM;
	}
	if (r == 0 && (curl_easy_setopt(s->curl, CURLOPT_URL, s->t->url) != CURLE_OK ||
		       curl_easy_setopt(s->curl, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)s->t->max) != CURLE_OK))
		r = -EIO;
	curl_easy_setopt(s->curl, CURLOPT_WRITEFUNCTION, put);
	curl_easy_setopt(s->curl, CURLOPT_WRITEDATA, s);
	return r < 0 ? err_set(e, -EIO, "cannot set up a transfer") : 0;
}

int transfer_run(struct transfer *t, struct err *e)
{
	struct session s = {.t = t, .curl = curl_easy_init(), .token = BUF_INIT(OCI_TOKEN_MAX)};
	int r = s.curl ? prepare(&s, e) : err_set(e, -ENOMEM, "out of memory");

	if (r == 0)
		r = try_all(&s, e);
	curl_easy_cleanup(s.curl);
	curl_slist_free_all(s.headers);
	buf_done(&s.token);
	return r;
}
