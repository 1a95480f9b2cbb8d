/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command line of skep: one file per command, one table that parsing, --help and completion are made from. Data
 * goes to stdout, words to stderr.
 */
#pragma once

/* Runs the command line; returns the exit code. */
int cli_main(int argc, char **argv);
