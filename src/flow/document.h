/* SPDX-License-Identifier: Apache-2.0 */
/* Documents of operators: policies, profiles, lists of decisions. Inside the room only. */
#pragma once

#include "base/json.h"

/*
 * The one YAML or JSON document of the file PATH, of at most BYTES_MAX bytes. Errors name the file, and YAML's mistakes their line
 * and column. Free it with json_free().
 */
int document_read(const char *path, size_t bytes_max, struct json **ret, struct err *e) must_check;

/*
 * R after E got the words of a reader that refused PLACE ("spec.mirrors[1].address") of that file: they begin with the file, and with
 * its line and column where they are found.
 */
int document_refuse(const char *path, size_t bytes_max, const char *place, int r, struct err *e);
