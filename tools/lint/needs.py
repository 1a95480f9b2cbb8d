# SPDX-License-Identifier: Apache-2.0
"""What tests need is installed before they start: the table test/needs is sound, and no test installs anything itself."""
import fnmatch
import os
import re
import sys

from source import tracked

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from testing import needs  # noqa: E402

# As a command: at the start of a line or behind what ends another; names of files and data may have the word.
INSTALLS = re.compile(r"tools/need\b|(?:^|[;&|({]|\b(?:then|do|else|exec|sudo|env)\b)\s*(?:apt|apt-get|aptitude|dpkg\s+-i|dpkg\s+--install)\s")


def check(root, report):
    files = [p[len("test/"):-len(".bats")] for p in tracked(root, "test/*.bats")]
    known = needs.purposes(root) | {needs.ALONE, needs.FIXTURES}
    count = 0
    for number, pattern, words in needs.rows(root):
        count += 1
        if not any(fnmatch.fnmatch(name, pattern) for name in files):
            report("test/needs", number, f"no test file is called {pattern}.bats")
        for word in words:
            if word not in known:
                report("test/needs", number, f"tools/packages has no purpose {word}")
    for path in tracked(root, "test/*.bats", "test/*.bash", "test/system/*"):
        try:
            with open(f"{root}/{path}", encoding="utf-8") as f:
                lines = f.readlines()
        except (UnicodeDecodeError, IsADirectoryError):
            continue
        for number, line in enumerate(lines, 1):
            if INSTALLS.search(line):
                report(path, number, "tests have no network: name what the file needs in test/needs")
    return f"{count} rows"
