/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every reader, by the file that holds it. Inside the room only.
 */
#pragma once

#include "reader.h"

extern const struct scan_reader scan_release;						       /* release.c */
extern const struct scan_reader scan_dpkg, scan_dpkg_files;				       /* dpkg.c */
extern const struct scan_reader scan_apk;						       /* apk.c */
extern const struct scan_reader scan_alpm;						       /* alpm.c */
extern const struct scan_reader scan_npm, scan_npm_lock;				       /* npm.c */
extern const struct scan_reader scan_yarn, scan_pnpm;					       /* yarn.c */
extern const struct scan_reader scan_python, scan_requirements, scan_pipfile;		       /* python.c */
extern const struct scan_reader scan_toml_lock;						       /* toml-lock.c */
extern const struct scan_reader scan_gemspec, scan_gem_lock;				       /* ruby.c */
extern const struct scan_reader scan_php;						       /* php.c */
extern const struct scan_reader scan_dotnet, scan_dotnet_lock;				       /* dotnet.c */
extern const struct scan_reader scan_manifest;						       /* manifest.c */
extern const struct scan_reader scan_copyright;						       /* copyright.c */
extern const struct scan_reader scan_program;						       /* program.c */
extern const struct scan_reader scan_java;						       /* java.c */
extern const struct scan_reader scan_rpm_sqlite, scan_rpm_journal, scan_rpm_ndb, scan_rpm_bdb; /* rpm.c */
extern const struct scan_reader scan_secret;						       /* secret.c */
extern const struct scan_reader scan_malware;						       /* malware.c */
/* None, but in the test that shows what a parser that was taken over can do; the last of the table. */
extern const struct scan_reader scan_planted __attribute__((weak));
