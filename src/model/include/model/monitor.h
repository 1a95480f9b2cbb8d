/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The messages between a command and the monitor of a container. Both are trusted; widths are fixed all the same.
 */
#pragma once

#include <stdint.h>

enum model_monitor_message {
	MODEL_MONITOR_START = 101, /* command: model_monitor_start; fds: standard input, output, error, when attached */
	MODEL_MONITOR_STARTED = 102, /* monitor: it runs */
	MODEL_MONITOR_FAILED = 103,  /* monitor: model_monitor_failure, it never ran */
	MODEL_MONITOR_EXITED = 104,  /* monitor: model_monitor_exit, everything is recorded */
	MODEL_MONITOR_SIGNAL = 105,  /* command: model_monitor_signal, for its first process */
	MODEL_MONITOR_RESIZE = 106,  /* command: model_monitor_size of the terminal */
};

#define MODEL_PATH_TEXT 4096

struct model_monitor_start {
	char root[MODEL_PATH_TEXT], state[MODEL_PATH_TEXT];
	char id[128];
};
struct model_monitor_failure {
	int32_t code; /* -errno */
	char text[1024];
};
struct model_monitor_exit {
	int32_t code;
};
struct model_monitor_signal {
	int32_t number;
};
struct model_monitor_size {
	uint16_t rows, columns;
};
