# SPDX-License-Identifier: Apache-2.0
"""Lengths, complexity, parameters and nesting. Hard limits fail; the aims are counted, so that drift is seen.

tools/lint-exceptions.txt may raise one limit for one function ("path name measure limit"); it may only shrink.
"""
from source import functions, read, tracked

HARD = {"lines": 100, "complexity": 25, "parameters": 6, "nesting": 3}
AIM = {"lines": 60, "complexity": 15}
FILE_LINES, FILE_AIM, HEADER_LINES = 1000, 400, 250


def exceptions(root):
    found = {}
    for line in read(root, "tools/lint-exceptions.txt").splitlines():
        if line and not line.startswith("#"):
            path, name, measure, limit = line.split()
            found[path, name, measure] = int(limit)
    return found


def check(root, report):
    allowed, used, over = exceptions(root), set(), {"lines": 0, "complexity": 0, "file": 0}
    for path in tracked(root, "*.c", "*.h"):
        text = read(root, path)
        lines = text.count("\n")
        limit = HEADER_LINES if path.endswith(".h") else FILE_LINES
        if lines > limit:
            report(path, 1, f"{lines} lines, at most {limit}: split it by noun")
        over["file"] += lines > FILE_AIM
        for f in functions(text):
            for measure, hard in HARD.items():
                value = getattr(f, measure)
                key = (path, f.name, measure)
                if value > hard:
                    used.add(key)
                    if value > allowed.get(key, hard):
                        report(path, f.line, f"{f.name}: {measure} {value}, at most {hard}")
                if value > AIM.get(measure, value):
                    over[measure] += 1
    for key in allowed.keys() - used:
        report("tools/lint-exceptions.txt", 1, f"no longer needed: {' '.join(key)}")
    return (f"over the aim: {over['lines']} functions by lines, {over['complexity']} by complexity, "
            f"{over['file']} files by length")
