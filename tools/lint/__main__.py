# SPDX-License-Identifier: Apache-2.0
"""usage: ./dev lint [CHECK...]

Runs the checks named, or all: format shape includes words rooms conformance attacks coverage shell
needs calls. One line per finding, "path:line: what";
the last line is "N passed, N failed". Nothing is changed.
"""
import os
import sys

import attacks
import calls
import conformance
import includes
import needs
import programs
import rooms
import shape
import words

CHECKS = {
    "format": programs.check_format,
    "shape": shape.check,
    "includes": includes.check,
    "words": words.check,
    "rooms": rooms.check,
    "conformance": conformance.check,
    "attacks": attacks.check,
    "coverage": programs.check_coverage,
    "shell": programs.check_shell,
    "needs": needs.check,
    "calls": calls.check,
}


def main(names):
    if "--help" in names:
        print(__doc__)
        return 0
    unknown = [n for n in names if n not in CHECKS]
    if unknown:
        print(f"lint: no check {unknown[0]!r}; there are: {' '.join(CHECKS)}", file=sys.stderr)
        return 2
    root = os.environ.get("SKEP_ROOT") or os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    failed = 0
    for name in names or CHECKS:
        found = []
        note = CHECKS[name](root, lambda path, line, what: found.append(f"{path}:{line}: {what}"))
        failed += bool(found)
        print(f"{'not ok' if found else 'ok'} {name}{f' ({note})' if note else ''}")
        print("".join(f"  {line}\n" for line in sorted(found)), end="")
    print(f"{len(names or CHECKS) - failed} passed, {failed} failed")
    return 1 if failed else 0


sys.exit(main(sys.argv[1:]))
