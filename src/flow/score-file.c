/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file an image. Who may write the folder decides what may run, so it is the owner's alone; another's is not believed.
 * By the manifest, since it names the very bytes that were scanned: two of one configuration may not.
 */
#include "score-file.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/path.h"
#include "own-folder.h"

#define FOLDER "scores"
#define BYTES_MAX 4096
#define DAY_S 86400

int score_file_keep(const char *root, const struct assay_report *r, struct err *e)
{
	SCOPED(buf) struct buf b = BUF_INIT(BYTES_MAX);
	struct json_out o = JSON_OUT(&b);
	struct digest d;

	if (digest_parse(r->manifest, &d) < 0)
		return 0; /* no image, and nothing that could be run by its name */
	scoped_fd int folder = own_folder_open(root, FOLDER, true);
	if (folder < 0)
		return err_set(e, -EPERM, "%s/" FOLDER " is not ours alone; the score is not kept", root);
	if (r->failed_layers || r->inventory.grave || !r->judged || r->unscored) {
		if (unlinkat(folder, digest_hex(&d), 0) < 0 && errno != ENOENT)
			return err_sys(e, -errno, "%s/" FOLDER, root);
		return r->unscored ? err_set(e, -ENODATA,
					     "the score is not kept for skep run: %zu packages could not be judged",
					     r->unscored)
				   : 0;
	}
	json_out_object(&o, NULL);
	json_out_i64(&o, "score", r->score.value);
	json_out_i64(&o, "scored", r->now_s);
	json_out_i64(&o, "advisories", r->data_s);
	json_out_object_end(&o);
	int bad = buf_error(&b);
	if (bad == 0)
		bad = path_write_file(folder, digest_hex(&d), b.data, b.len, 0600, false);
	return bad < 0 ? err_sys(e, bad, "keeping the score in %s/" FOLDER, root) : 0;
}

static int decode(const struct buf *text, int64_t now_s, struct admission_facts *ret)
{
	SCOPED_PTR(json) struct json *doc = NULL;
	const struct json_limits limits = {.bytes_max = BYTES_MAX, .depth_max = 2};
	int64_t score = -1, scored = -1, advisories = -1; /* what is missing stays */

	if (json_parse(text->data, text->len, limits, &doc, NULL) < 0 || json_get_i64(doc, "score", &score, NULL) < 0 ||
	    json_get_i64(doc, "scored", &scored, NULL) < 0 || json_get_i64(doc, "advisories", &advisories, NULL) < 0 ||
	    score < 0 || score > 100 || scored < 0 || advisories < 0)
		return -EINVAL;
	int64_t oldest = MIN_OF(scored, advisories), age = (now_s - oldest) / DAY_S;
	*ret = (struct admission_facts){.scored = true,
					.score = (unsigned)score,
					.age_days = age < 0 ? 0 : (unsigned)MIN_OF(age, (int64_t)INT_MAX)};
	return 0;
}

void score_file_find(const char *root, const char *manifest, int64_t now_s, struct admission_facts *ret)
{
	SCOPED(buf) struct buf text = BUF_INIT(BYTES_MAX);
	struct digest d;

	*ret = (struct admission_facts){.scored = false};
	scoped_fd int folder = own_folder_open(root, FOLDER, false);
	if (folder < 0 || digest_parse(manifest, &d) < 0 || path_read_file(folder, digest_hex(&d), &text) < 0)
		return;
	ignore(decode(&text, now_s, ret)); /* then the image has no score */
}
