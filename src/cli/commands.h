/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every command, by the file that holds it. Inside the room only; the order people see is in cli.c.
 */
#pragma once

#include "command.h"

extern const struct cli_command cli_image_import, cli_image_ls, cli_image_inspect, cli_image_rm, cli_image_unpack,
	cli_image_export;
