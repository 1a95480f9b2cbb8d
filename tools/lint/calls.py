# SPDX-License-Identifier: Apache-2.0
"""The table of system calls has all that the newest kernel headers have, with the same numbers."""
import os
import re

TABLE = "src/model/calls.tsv"
NEWEST = "build/headers/usr/lib/linux/uapi/x86/asm"
INSTALLED = "/usr/include/x86_64-linux-gnu/asm"


def folder_of(root):
    """The newest headers that there are, and their version."""
    if os.path.exists(f"{root}/{NEWEST}/unistd_64.h"):
        with open(f"{root}/build/headers/version", encoding="ascii") as f:
            return f"{root}/{NEWEST}", f.read().strip()
    return INSTALLED, "this machine, since newer ones could not be fetched"


def calls(path):
    with open(path, encoding="ascii") as f:
        return {name: number for name, number in re.findall(r"^#define __NR_(\w+) (\d+)$", f.read(), re.M)}


def check(root, report):
    folder, version = folder_of(root)
    table = {64: {}, 32: {}}
    with open(f"{root}/{TABLE}", encoding="ascii") as f:
        for line in f:
            if not line.startswith("#"):
                name, wide, narrow = line.split()
                table[64][name], table[32][name] = wide, narrow
    for width in (64, 32):
        for name, number in calls(f"{folder}/unistd_{width}.h").items():
            if table[width].get(name) != number:
                report(TABLE, 1, f"{name} is number {number} of {width}-bit programs in the headers of {version}")
    return f"headers of {version}"
