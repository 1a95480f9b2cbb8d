/* SPDX-License-Identifier: Apache-2.0 */
/* What the arguments of system calls are called in rules, and how each is shown. */
#pragma once

#include "look.h"

enum arg_form {
	ARG_FORM_NUMBER = 1, /* argument INDEX as a number */
	ARG_FORM_PATH,	     /* a path, joined with the folder it is relative to */
	ARG_FORM_PATH2,
	ARG_FORM_TEXT, /* the first path or name as it was given */
	ARG_FORM_TEXT2,
	ARG_FORM_FD,	 /* argument INDEX is a descriptor; shown with its file */
	ARG_FORM_RESULT, /* what the call returned */
	ARG_FORM_NEW_FD, /* the same, and it is a descriptor */
	ARG_FORM_FLAGS,	 /* argument INDEX by WORDS */
	ARG_FORM_ONE_OF, /* argument INDEX is one of WORDS */
	ARG_FORM_MODE,
	ARG_FORM_USER,
	ARG_FORM_GROUP,
	ARG_FORM_TUPLE,	  /* the two ends of a socket */
	ARG_FORM_ADDRESS, /* the address that was given */
	ARG_FORM_DATA,
	ARG_FORM_PROGRAM, /* what was executed, as it was given */
	ARG_FORM_ARGV0,
	ARG_FORM_EXE_FLAGS,
	ARG_FORM_NAME, /* name of the process */
	ARG_FORM_LINE, /* its arguments */
	ARG_FORM_CWD,
	ARG_FORM_OPEN_MODE, /* the mode of a file that the open made */
};

struct call_arg {
	uint16_t name; /* enum detect_arg */
	uint8_t form;
	uint8_t index; /* from 1 */
	const struct look_flag *words;
};

struct call_args {
	const struct call_arg *args;
	size_t count;
};

/* By x86-64 system call number; a call without a row has no named arguments. */
extern const struct call_args call_args[WATCH_OWN];

extern const struct look_flag args_exe_flags[];
