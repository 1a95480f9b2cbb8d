/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every command, by the file that holds it. Inside the room only; the order people see is in cli.c.
 */
#pragma once

#include "command.h"

extern const struct cli_command cli_run, cli_ps, cli_exec, cli_logs, cli_stop, cli_kill, cli_rm, cli_pause, cli_unpause,
	cli_wait, cli_doctor, cli_completion, cli_inspect, cli_stats, cli_top, cli_cp, cli_diff, cli_events, cli_watch,
	cli_record, cli_replay;
extern const struct cli_command cli_image_import, cli_image_ls, cli_image_inspect, cli_image_rm, cli_image_unpack,
	cli_image_export;
extern const struct cli_command cli_scan, cli_sbom, cli_score, cli_explain;
extern const struct cli_command cli_db_import, cli_db_update, cli_db_status, cli_db_publish;
extern const struct cli_command cli_policy_check, cli_policy_explain, cli_policy_test;
extern const struct cli_command cli_profile_show, cli_profile_lint, cli_profile_ladder, cli_profile_diff,
	cli_profile_observe, cli_profile_try, cli_profile_merge, cli_profile_status, cli_profile_mode,
	cli_profile_break_glass;
