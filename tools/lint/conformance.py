# SPDX-License-Identifier: Apache-2.0
"""docs/conformance.md against the tests it names: every quoted name is a test of the file in its row."""
import re

from source import read


def check(root, report):
    rows = 0
    for number, line in enumerate(read(root, "docs/conformance.md").splitlines(), 1):
        cells = [c.strip() for c in line.strip("|").split("|")]
        names = re.findall(r'"([^"]+)"', cells[-1]) if line.startswith("|") and len(cells) == 3 else []
        if not names:
            continue
        rows += 1
        known = set()
        for file in re.findall(r"[\w-]+", cells[1]):
            known |= set(re.findall(r'^@test "(.*)" \{$', read(root, f"test/system/{file}.bats"), re.M))
        for name in names:
            if name not in known:
                report("docs/conformance.md", number, f"no test of that name in {cells[1]}: {name}")
    return f"{rows} properties"
