# SPDX-License-Identifier: Apache-2.0
"""docs/threat-model.md, the tests of attacks and test/weakened.toml: each attack is named, tested, and seen to succeed."""
import glob
import os
import re
import tomllib

from source import read

DOC = "docs/threat-model.md"


def tests_of(root):
    found = {}
    for path in sorted(glob.glob(f"{root}/test/system/attacks-*.bats")):
        suite = os.path.basename(path)[:-len(".bats")]
        for name in re.findall(r'^@test "(.*)" \{$', read(root, f"test/system/{suite}.bats"), re.M):
            found[name] = suite
    return found


def rows_of(root):
    """The table of attacks: line number, names of tests, the defences taken away."""
    for number, line in enumerate(read(root, DOC).splitlines(), 1):
        cells = [c.strip() for c in line.strip("|").split("|")]
        if line.startswith("|") and len(cells) == 3 and '"' in cells[1]:
            yield number, re.findall(r'"([^"]+)"', cells[1]), re.findall(r'"([^"]+)"', cells[2])


def check(root, report):
    tests = tests_of(root)
    weaks = {w["what"]: w for w in tomllib.loads(read(root, "test/weakened.toml"))["weak"]}
    named, used = set(), set()
    for number, names, whats in rows_of(root):
        named |= set(names)
        used |= set(whats)
        for name in names:
            if name not in tests:
                report(DOC, number, f"no test of an attack has the name: {name}")
            elif not any(name in weaks[w]["tests"] for w in whats if w in weaks):
                report(DOC, number, f"no case of the row makes this attack succeed: {name}")
        for what in whats:
            if what not in weaks:
                report(DOC, number, f"test/weakened.toml has no such case: {what}")
    for name in sorted(set(tests) - named):
        report(f"test/system/{tests[name]}.bats", 1, f"not in the table of {DOC}: {name}")
    for what in sorted(set(weaks) - used):
        report("test/weakened.toml", 1, f"not in the table of {DOC}: {what}")
    return f"{len(named)} attacks"
