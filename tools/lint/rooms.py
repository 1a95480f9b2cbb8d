# SPDX-License-Identifier: Apache-2.0
"""The room table of docs/ARCHITECTURE.md against src/meson.build, and a test beside every source.

tools/lint-untested.txt names the sources without a test of their own and the system test that covers each
("src/room/noun.c test/system/name.bats").
"""
import os
import re

from source import read, tracked


def rooms_of_meson(root):
    text = read(root, "src/meson.build")
    table = re.search(r"^rooms = \[(.*?)^\]", text, re.M | re.S)
    row = re.compile(r"\['([\w-]+)',\s*\[([^\]]*)\],\s*\[([^\]]*)\]\]")
    return {m[1]: set(re.findall(r"'([\w-]+)'", m[2])) for m in row.finditer(table[1])}


def rooms_of_document(root):
    text = read(root, "docs/ARCHITECTURE.md")
    section = re.search(r"^## Rooms\n(.*?)(?=^## )", text, re.M | re.S)
    found = {}
    for line in section[1].splitlines() if section else []:
        cells = [c.strip() for c in line.strip("|").split("|")]
        if line.startswith("|") and len(cells) == 3 and re.fullmatch(r"`[\w-]+`", cells[0]):
            found[cells[0].strip("`")] = set(re.findall(r"[\w-]+", cells[2]))
    return found


def check_table(root, report):
    meson, document = rooms_of_meson(root), rooms_of_document(root)
    for room in sorted(meson.keys() | document.keys()):
        if room == "bin":
            continue
        if room not in meson or room not in document:
            report("docs/ARCHITECTURE.md", 1, f"room {room} is only in {'src/meson.build' if room in meson else 'the document'}")
        elif meson[room] != document[room]:
            report("docs/ARCHITECTURE.md", 1,
                   f"room {room} may use {sorted(document[room])} here, but {sorted(meson[room])} in src/meson.build")
    for folder in sorted(os.listdir(f"{root}/src")):
        if os.path.isdir(f"{root}/src/{folder}") and folder not in meson and folder != "bin":
            report(f"src/{folder}", 1, "a folder that is no room of src/meson.build")


def check_tests(root, report):
    excused = {}
    for line in read(root, "tools/lint-untested.txt").splitlines():
        if line and not line.startswith("#"):
            path, test = line.split(None, 1)
            excused[path] = test
            if not os.path.exists(f"{root}/{test}"):
                report("tools/lint-untested.txt", 1, f"{path}: no test {test}")
    for path in tracked(root, "src/*.c"):
        folder, name = os.path.split(path)
        if name.startswith(("test-", "fuzz-")) or path.startswith("src/bin/"):
            continue
        stem = name[:-2].removesuffix("-fallback")
        has_test = os.path.exists(f"{root}/{folder}/test-{stem}.c")
        if has_test and path in excused:
            report("tools/lint-untested.txt", 1, f"{path} has its own test now: take it off the list")
        if not has_test and path not in excused:
            report(path, 1, f"no test-{stem}.c beside it (or a line in tools/lint-untested.txt)")


def check(root, report):
    check_table(root, report)
    check_tests(root, report)
    return ""
