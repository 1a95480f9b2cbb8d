# SPDX-License-Identifier: Apache-2.0
"""Words that may not appear: functions with a better replacement, notes to self, paths of one machine."""
import os
import re

from source import read, tokens, tracked

BANNED = {
    "strcpy": "no bound: str_dup or buf_add_str",
    "strcat": "no bound: buf_add_str",
    "strncpy": "leaves strings unterminated: memcpy with a checked length",
    "strncat": "its bound is not what it looks like: buf_add",
    "sprintf": "no bound: snprintf, str_printf or buf_printf",
    "vsprintf": "no bound: vsnprintf or buf_vprintf",
    "gets": "no bound",
    "strtok": "hidden state: strv_split",
    "atoi": "no errors: str_to_i64",
    "atol": "no errors: str_to_i64",
    "atoll": "no errors: str_to_i64",
    "atof": "no errors",
    "system": "runs a shell: posix_spawn with an argument vector",
    "popen": "runs a shell: posix_spawn with an argument vector",
    "alloca": "no limit: an arena or a fixed array",
    "tmpnam": "races: mkostemp or O_TMPFILE",
    "tempnam": "races: mkostemp or O_TMPFILE",
    "mktemp": "races: mkostemp or O_TMPFILE",
    "access": "the answer is old when it arrives: open the file and use the descriptor",
    "ctime": "hidden state: strftime",
    "asctime": "hidden state: strftime",
    "localtime": "hidden state: localtime_r",
    "gmtime": "hidden state: gmtime_r",
    "rand": "guessable: getrandom",
    "srand": "guessable: getrandom",
}
# What a library may not do; programs (bin), commands (cli) and tests may.
IN_LIBRARIES = {
    "exit": "libraries return errors; only a program ends",
    "abort": "libraries return errors; only a program ends",
    "printf": "libraries do not write to stdout",
    "puts": "libraries do not write to stdout",
    "perror": "libraries do not log: struct err carries the words",
    "setenv": "the environment is the process's own: main decides",
}
NOTES = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X)\b")
MACHINE_PATH = re.compile(r"(?<![\w.])/(wo" r"rk|home/\w+|Users)/")
CODE = ("*.c", "*.h")
COMMENTED = {".c", ".h", ".py", ".sh", ".bats", ".bash", ".build"}
PROGRAMS_WITHOUT_SUFFIX = re.compile(r"^(dev|\.ci/run|tools/[\w-]+|tools/lint/[\w-]+|meson_options\.txt)$")


def is_library(path):
    parts = path.split("/")
    return (parts[0] == "src" and parts[1] not in ("bin", "cli") and
            not parts[-1].startswith(("test-", "fuzz-")))


def check_code(root, report):
    for path in tracked(root, *CODE):
        before = ""
        stream = list(tokens(read(root, path)))
        for i, (word, line) in enumerate(stream):
            called = i + 1 < len(stream) and stream[i + 1][0] == "("
            if called and before not in (".", "->", "*"):
                reason = BANNED.get(word) or (is_library(path) and IN_LIBRARIES.get(word))
                if reason:
                    report(path, line, f"{word}(): {reason}")
            before = word


def check_text(root, report):
    for path in tracked(root):
        if path.startswith(("test/corpus/", "test/data/")) or os.path.islink(f"{root}/{path}"):
            continue
        try:
            text = read(root, path)
        except (UnicodeDecodeError, FileNotFoundError):
            continue
        lines = text.splitlines()
        suffix = os.path.splitext(path)[1]
        if suffix in COMMENTED or (not suffix and PROGRAMS_WITHOUT_SUFFIX.match(path)):
            licence = "GPL-2.0-only OR BSD-2-Clause" if "/bpf/" in path else "Apache-2.0"
            if not any(f"SPDX-License-Identifier: {licence}" in line for line in lines[:2]):
                report(path, 1, f"the first line (after #!) names the licence: SPDX-License-Identifier: {licence}")
        for number, line in enumerate(lines, 1):
            if NOTES.search(line):
                report(path, number, "a note to self: do it, or open an issue")
            if MACHINE_PATH.search(line):
                report(path, number, "a path of one machine")
            if suffix in COMMENTED and line != line.rstrip():
                report(path, number, "space at the end of the line")


def check(root, report):
    check_code(root, report)
    check_text(root, report)
    return ""
