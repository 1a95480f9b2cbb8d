# SPDX-License-Identifier: Apache-2.0
"""Checks that other programs do: clang-format for the layout of C, shellcheck for shell."""
import os
import subprocess

from source import tracked


def check_format(root, report):
    files = tracked(root, "*.c", "*.h")
    done = subprocess.run(["clang-format-14", "--dry-run", "-Werror", "--ferror-limit=1", *files], cwd=root,
                          capture_output=True, text=True)
    wrong = sorted({line.split(":")[0] for line in done.stderr.splitlines() if ": error:" in line})
    for path in wrong:
        report(path, 1, "layout: run clang-format-14 -i on it")
    if done.returncode and not wrong:
        report(".clang-format", 1, done.stderr.strip()[:300])
    return f"{len(files)} files"


def is_shell(root, path):
    if path.endswith((".sh", ".bash", ".bats")):
        return True
    full = f"{root}/{path}"
    if "." in os.path.basename(path) or not os.path.isfile(full):
        return False
    with open(full, "rb") as f:
        first = f.readline(80)
    return first.startswith(b"#!") and (b"bash" in first or first.rstrip().endswith(b"/sh"))


def check_shell(root, report):
    files = [p for p in tracked(root) if is_shell(root, p) and not p.startswith("test/data/")]
    done = subprocess.run(["shellcheck", "-x", "--severity=warning", "-f", "gcc", *files], cwd=root, capture_output=True,
                          text=True)
    for line in done.stdout.splitlines():
        path, number, _, message = line.split(":", 3)
        report(path, number, message.strip())
    return f"{len(files)} files"


def check_coverage(root, report):
    """docs/coverage.md is written from the tags of our own rules."""
    done = subprocess.run([f"{root}/tools/coverage", "--check"], capture_output=True, text=True, check=False)
    if done.returncode:
        report("docs/coverage.md", 1, done.stderr.strip())
    return "rules/*.yaml"
