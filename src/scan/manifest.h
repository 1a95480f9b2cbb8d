/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Manifests and locks of languages and package managers beyond those with a reader of their own: the functions that read
 * them, by the file that holds them. manifest.c has the table of names. Inside the room only.
 */
#pragma once

#include "reader.h"

typedef int scan_manifest_fn(struct scan_out *o, const struct scan_file *f, struct err *e);

extern scan_manifest_fn scan_read_go_mod;						      /* go-mod.c */
extern scan_manifest_fn scan_read_pom, scan_read_gradle_lock, scan_read_gradle_metadata;      /* maven.c */
extern scan_manifest_fn scan_read_sbt_lock;						      /* maven.c */
extern scan_manifest_fn scan_read_packages_config, scan_read_project;			      /* msbuild.c */
extern scan_manifest_fn scan_read_packrat_lock, scan_read_conda_explicit;		      /* text-locks.c */
extern scan_manifest_fn scan_read_paket_lock;						      /* text-locks.c */
extern scan_manifest_fn scan_read_conda_lock;						      /* yaml-locks.c */
extern scan_manifest_fn scan_read_bun_lock, scan_read_deno_lock;			      /* bun.c */
extern scan_manifest_fn scan_read_mix_lock, scan_read_rebar_lock, scan_read_cabal_freeze;     /* text-locks.c */
extern scan_manifest_fn scan_read_cartfile, scan_read_rockspec, scan_read_r_description;      /* text-locks.c */
extern scan_manifest_fn scan_read_wordpress, scan_read_portage, scan_read_vcpkg_status;	      /* text-locks.c */
extern scan_manifest_fn scan_read_pubspec_lock, scan_read_podfile_lock, scan_read_stack_lock; /* yaml-locks.c */
extern scan_manifest_fn scan_read_workflow, scan_read_snap, scan_read_snap_manifest;	      /* yaml-locks.c */
extern scan_manifest_fn scan_read_conda_environment;					      /* yaml-locks.c */
extern scan_manifest_fn scan_read_swift_resolved, scan_read_renv_lock, scan_read_conan_lock;  /* json-locks.c */
extern scan_manifest_fn scan_read_conda_meta, scan_read_dub, scan_read_vcpkg, scan_read_spdx; /* json-locks.c */
extern scan_manifest_fn scan_read_flatpak;						      /* msbuild.c */

/*
 * The text of F with the comments and trailing commas that JSON has not left out, parsed; -EBADMSG as scan_json().
 */
int scan_json_relaxed(const struct scan_file *f, struct json **ret, struct err *e) must_check;
