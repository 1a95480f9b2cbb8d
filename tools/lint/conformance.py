# SPDX-License-Identifier: Apache-2.0
"""
docs/conformance.md: every quoted name is a test of the file in its row; every property of the specification's JSON
schemas has a row, and its name occurs in one of that row's tests (or in the configuration that all of them start from).
"""
import itertools
import re

from runtime_schema import linux_properties
from source import read

DOC = "docs/conformance.md"


def expand(path):
    """a.{b,c}.d is a.b.d and a.c.d."""
    parts = [p[1:-1].split(",") if p.startswith("{") else [p] for p in re.findall(r"\{[^}]*\}|[^.]+", path)]
    return {".".join(words) for words in itertools.product(*parts)}


def bodies(root, file):
    """The tests of a file by name; "" is what they share."""
    text = read(root, f"test/system/{file}.bats")
    found = dict(re.findall(r'^@test "([^\n]*)" \{\n(.*?)^\}$', text, re.M | re.S))
    found[""] = re.sub(r'^@test "([^\n]*)" \{\n(.*?)^\}$', "", text, flags=re.M | re.S)
    return found


def check(root, report):
    rows, covered = 0, set()
    base = read(root, "test/data/config-base.json")
    for number, line in enumerate(read(root, DOC).splitlines(), 1):
        cells = [c.strip() for c in line.strip("|").split("|")]
        names = re.findall(r'"([^"]+)"', cells[-1]) if line.startswith("|") and len(cells) == 3 else []
        if not names:
            continue
        rows += 1
        tests = {}
        for file in re.findall(r"[\w-]+", cells[1]):
            tests |= bodies(root, file)
        for name in names:
            if name not in tests:
                report(DOC, number, f"no test of that name in {cells[1]}: {name}")
        text = base + tests[""] + "".join(tests.get(name, "") for name in names)
        for path in set().union(*map(expand, re.findall(r"`([\w.{},]+)`", cells[0]))):
            covered.add(path)
            if not re.search(rf"\b{re.escape(path.split('.')[-1])}\b", text):
                report(DOC, number, f"no test of the row says {path.split('.')[-1]}")
    known = list(dict.fromkeys(linux_properties(root)))
    for path in known:
        if path not in covered and not any(other.startswith(f"{path}.") for other in known):
            report(DOC, 1, f"no row for {path}")
    for path in sorted(covered - set(known)):
        report(DOC, 1, f"the schemas have no property {path}")
    return f"{rows} rows, {len(known)} properties"
