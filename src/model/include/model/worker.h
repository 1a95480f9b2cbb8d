/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The messages between a flow and its workers on image bytes. Fixed widths, no pointers, no padding; the worker's side
 * is hostile until proved otherwise, so the flow accepts exactly these, in the order of a job: JOB, then any number of
 * OPAQUE (answered by DONE) and PROGRESS, then one DONE_* or FAILED.
 */
#pragma once

#include <stdint.h>

enum model_worker_message {
	MODEL_WORKER_UNPACK = 1,   /* flow: model_unpack_job; fds: layer blob, target folder, lower folders... */
	MODEL_WORKER_IMPORT = 2,   /* flow: model_import_job; fds: source, folder for blobs, the store's blobs */
	MODEL_WORKER_OPAQUE = 3,   /* worker: mark this folder opaque; fd: the folder */
	MODEL_WORKER_ANSWER = 4,   /* flow: model_worker_answer, to OPAQUE */
	MODEL_WORKER_UNPACKED = 5, /* worker: model_unpack_result */
	MODEL_WORKER_IMPORTED = 6, /* worker: model_import_result */
	MODEL_WORKER_FAILED = 7,   /* worker: model_worker_failure */
	/* Of skep-scan. */
	MODEL_WORKER_PLAN = 8,	   /* flow: model_import_job; fds: source, scratch folder, file for the configuration */
	MODEL_WORKER_LAYER = 9,	   /* worker: model_plan_layer, bottom first; fd: the blob or its archive */
	MODEL_WORKER_PLANNED = 10, /* worker: model_plan_result */
	MODEL_WORKER_SCAN = 11,	   /* flow: model_scan_job; fds: blob or folder, file for the report, scratch file,
					 and what was made ready about malware when it is looked for */
	MODEL_WORKER_SCANNED = 12, /* worker: model_scan_result */
	MODEL_WORKER_RULES = 13,   /* flow: model_rules_file; fd: it; any number of them */
	MODEL_WORKER_MAKE = 14,	   /* flow: no more of them; fd: file for what is made of them */
	MODEL_WORKER_MADE = 15,	   /* worker */
	MODEL_WORKER_ASK = 16,	   /* worker, while scanning: a connection to clamd */
	MODEL_WORKER_SOCKET = 17,  /* flow: model_worker_failure, or nothing; fd: the connection */
};

#define MODEL_WORKER_TEXT 1024
#define MODEL_DIGEST_TEXT 136
#define MODEL_NAME_TEXT 512

struct model_unpack_job {
	uint64_t blob_bytes;
};

struct model_import_job {
	uint32_t transport; /* enum oci_transport */
	uint32_t reserved;
	char name[MODEL_NAME_TEXT];
	char tag[MODEL_NAME_TEXT];
};

struct model_worker_answer {
	int32_t result; /* 0 or -errno */
};

struct model_unpack_result {
	char diff_id[MODEL_DIGEST_TEXT];
	uint64_t entries, bytes, skipped_devices, skipped_xattrs;
};

struct model_import_result {
	char manifest[MODEL_DIGEST_TEXT];
	char name[MODEL_NAME_TEXT]; /* what the image calls itself, "" when it does not */
	uint64_t copied_bytes;
};

struct model_plan_layer {
	uint64_t offset, bytes;
	char digest[MODEL_DIGEST_TEXT]; /* "" in a docker archive: only its content has one */
};

struct model_plan_result {
	char manifest[MODEL_DIGEST_TEXT]; /* "" for a docker archive */
	char config[MODEL_DIGEST_TEXT];
	char name[MODEL_NAME_TEXT];
};

enum model_scan_kind { MODEL_SCAN_LAYER = 1, MODEL_SCAN_FOLDER = 2, MODEL_SCAN_SBOM = 3, MODEL_SCAN_TEXT = 4 };
enum model_scan_flag {
	MODEL_SCAN_PACKAGES = 1,
	MODEL_SCAN_PROGRAMS = 2,
	MODEL_SCAN_FILES = 4,
	MODEL_SCAN_SECRETS = 8,
	MODEL_SCAN_HASH_OUTPUT = 16, /* the digest is of the unpacked bytes */
	MODEL_SCAN_MALWARE = 32,
	MODEL_SCAN_CLAMD = 64,	      /* connections to clamd are to be had */
	MODEL_SCAN_OWN_SECRETS = 128, /* the last descriptor is a file of rules about secrets */
};
struct model_scan_job {
	uint32_t kind, flags;
	uint64_t offset, bytes; /* of the layer in its file */
	char algorithm[8];	/* of its digest */
};

struct model_scan_result {
	char digest[MODEL_DIGEST_TEXT]; /* of the layer's bytes; "" for a folder */
};

enum model_rules_kind { MODEL_RULES_YARA = 1, MODEL_RULES_HASHES = 2, MODEL_RULES_SECRETS = 3 };
struct model_rules_file {
	uint32_t kind, reserved;
	char name[MODEL_NAME_TEXT]; /* for words */
};

struct model_worker_failure {
	int32_t code; /* -errno */
	char text[MODEL_WORKER_TEXT];
};

_Static_assert(sizeof(struct model_unpack_job) == 8, "no padding");
_Static_assert(sizeof(struct model_import_job) == 1032, "no padding");
_Static_assert(sizeof(struct model_unpack_result) == 168, "no padding");
_Static_assert(sizeof(struct model_import_result) == 656, "no padding");
_Static_assert(sizeof(struct model_plan_layer) == 152, "no padding");
_Static_assert(sizeof(struct model_plan_result) == 784, "no padding");
_Static_assert(sizeof(struct model_scan_job) == 32, "no padding");
_Static_assert(sizeof(struct model_scan_result) == 136, "no padding");
_Static_assert(sizeof(struct model_rules_file) == 520, "no padding");
_Static_assert(sizeof(struct model_worker_failure) == 1028, "no padding");
