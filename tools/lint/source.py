# SPDX-License-Identifier: Apache-2.0
"""C source as tokens and functions: enough of a scanner to measure shape, without a compiler.

Preprocessor lines are dropped, so a function inside a macro body is not seen; strings and comments are one token
or none. That is exact for the house style, which has no macros that open braces.
"""
import re
import subprocess

TOKEN = re.compile(r"""
    (?P<comment>/\*.*?\*/|//[^\n]*)
  | (?P<prep>^[ \t]*\#(?:\\\n|/\*.*?\*/|[^\n])*)
  | (?P<string>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')
  | (?P<word>[A-Za-z_]\w*)
  | (?P<number>\d[\w.]*)
  | (?P<op>&&|\|\||->|\+\+|--|<<=?|>>=?|[-+*/%&|^=!<>]=|\.\.\.|[^\s\w])
  | (?P<newline>\n)
  | (?P<space>[^\S\n]+)
""", re.X | re.S | re.M)

CONTROL = {"if", "for", "while", "switch"}


def tracked(root, *patterns):
    """Files git knows or would add, relative to ROOT, sorted."""
    out = subprocess.run(["git", "-c", "safe.directory=*", "-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard",
                          "--", *patterns], capture_output=True, check=True).stdout
    return sorted({name.decode() for name in out.split(b"\0") if name})


def read(root, path):
    with open(f"{root}/{path}", encoding="utf-8") as f:
        return f.read()


def tokens(text):
    """(text, line) of every token that is code; preprocessor lines, comments and space are dropped."""
    line = 1
    for match in TOKEN.finditer(text):
        kind = match.lastgroup
        if kind in ("word", "number", "op", "string"):
            yield match.group(), line
        line += match.group().count("\n")


class Function:
    def __init__(self, name, parameters, first, body):
        self.name, self.parameters, self.line = name, parameters, first
        self.lines = body[-1][1] - first + 1
        words = [t for t, _ in body]
        self.complexity = 1 + sum(w in ("if", "for", "while", "case", "&&", "||", "?") for w in words)
        self.nesting = deepest(words)


def deepest(words):
    """How many control blocks are open at once at most; initialisers and statement expressions are no blocks."""
    openers, parens, blocks, most = [], [], [], 0
    closed = ""
    for i, word in enumerate(words):
        before = words[i - 1] if i else ""
        if word == "(":
            parens.append(before)
        elif word == ")" and parens:
            closed = parens.pop()
        elif word == "{":
            control = before in ("else", "do") or (before == ")" and closed in CONTROL)
            blocks.append(control)
            most = max(most, sum(blocks))
        elif word == "}" and blocks:
            blocks.pop()
    return most


def parameters_of(head):
    """Name and number of parameters of the function whose head (tokens up to the brace) is HEAD."""
    depth, groups, start = 0, [], 0
    for i, word in enumerate(head):
        if word == "(":
            if depth == 0:
                start = i
            depth += 1
        elif word == ")":
            depth -= 1
            if depth == 0:
                groups.append((start, i))
    groups = [g for g in groups if g[0] and head[g[0] - 1] not in ("__attribute__", "printf_like")]
    if not groups:
        return None, 0
    start, end = groups[-1]
    inside = head[start + 1:end]
    if inside in ([], ["void"]):
        return head[start - 1], 0
    depth, commas = 0, 0
    for word in inside:
        depth += (word == "(") - (word == ")")
        commas += word == "," and depth == 0
    return head[start - 1], commas + 1


def functions(text):
    head, body, depth, inside = [], [], 0, False
    for word, line in tokens(text):
        if depth == 0:
            if word == "{":
                words = [t for t, _ in head]
                inside = bool(words) and words[-1] in (")", "must_check") and "=" not in words
                depth, body = 1, [(word, line)]
            elif word == ";":
                head = []
            else:
                head.append((word, line))
            continue
        body.append((word, line))
        depth += (word == "{") - (word == "}")
        if depth == 0:
            if inside:
                name, parameters = parameters_of([t for t, _ in head])
                if name:
                    yield Function(name, parameters, head_line(head), body)
                head = []
            elif not is_declarator(head):
                head = []


def is_declarator(head):
    """After `struct x {...}` or `= {...}` the statement goes on to its semicolon."""
    return bool(head)


def head_line(head):
    return head[0][1]
