# SPDX-License-Identifier: Apache-2.0
"""The table test/needs: which purposes of tools/packages a test file needs, and whether it runs alone."""
import fnmatch

ALONE = "alone"
FIXTURES = "fixtures"


def rows(root):
    """(line number, pattern, words) of each row."""
    with open(f"{root}/test/needs", encoding="utf-8") as f:
        for number, line in enumerate(f, 1):
            words = line.split("#")[0].split()
            if words:
                yield number, words[0], words[1:]


def needs_of(root, names):
    """The words of all rows that match one of the names ("system/run"), each once, in the order of the table."""
    found = []
    for _, pattern, words in rows(root):
        if any(fnmatch.fnmatch(name, pattern) for name in names):
            found += [word for word in words if word not in found]
    return found


def purposes(root):
    """The purposes that tools/packages knows."""
    with open(f"{root}/tools/packages", encoding="utf-8") as f:
        return {line.split()[0] for line in f if line.strip() and not line.startswith("#")}
