# SPDX-License-Identifier: Apache-2.0
"""Includes: no "../", every quoted include is a room's door or a file of the same folder, no cycle inside a room."""
import os
import re

from source import read, tracked

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]+"([^"]+)"', re.M)


def target(root, path, name):
    """The file that PATH means by NAME, relative to ROOT, or None."""
    beside = os.path.normpath(os.path.join(os.path.dirname(path), name))
    door = f"src/{name.split('/')[0]}/include/{name}"
    helper = f"test/include/{name}" if os.path.basename(path).startswith("test-") else beside
    for candidate in (beside, door, helper):
        if os.path.exists(os.path.join(root, candidate)):
            return candidate
    parts = path.split("/")
    inner = "/".join(parts[:2] + [name])
    return inner if os.path.exists(os.path.join(root, inner)) else None


def cycle(graph):
    state, trail = {}, []

    def walk(node):
        state[node] = 1
        trail.append(node)
        for following in graph.get(node, ()):
            if state.get(following) == 1:
                return trail[trail.index(following):] + [following]
            if following not in state:
                found = walk(following)
                if found:
                    return found
        trail.pop()
        state[node] = 2
        return None

    for node in sorted(graph):
        if node not in state:
            found = walk(node)
            if found:
                return found
    return None


def check(root, report):
    graph = {}
    for path in tracked(root, "src/*.c", "src/*.h"):
        text = read(root, path)
        for match in INCLUDE.finditer(text):
            name, line = match.group(1), text.count("\n", 0, match.start()) + 1
            if "../" in name:
                report(path, line, f'"{name}": name the door ("room/noun.h") instead of walking up')
                continue
            found = target(root, path, name)
            if not found:
                if not path.endswith(".c") or not name.endswith(".inc"):
                    report(path, line, f'"{name}": no such file beside this one or in a room\'s include folder')
                continue
            graph.setdefault(path, set()).add(found)
    found = cycle(graph)
    if found:
        report(found[0], 1, "include cycle: " + " -> ".join(found))
    return f"{len(graph)} files with includes"
