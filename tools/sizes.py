"""Files of at most 400 lines, functions of at most 40 lines of body: whoever grows past has two jobs.

A docstring does not count. What is let through stands in ``ALLOWED`` with its reason, and a reason
that is no longer needed is an error too.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FILE_LINES = 400
FUNCTION_LINES = 40
TREES = ("src", "tools", "benchmarks", "tests")

ALLOWED: dict[str, str] = {}
"""``path`` or ``path::function`` to the reason why it may be longer."""


@dataclass(frozen=True)
class Finding:
    """One file or function that is too long."""

    name: str
    line: int
    lines: int
    limit: int

    def __str__(self) -> str:
        return f"{self.name} (line {self.line}): {self.lines} lines, at most {self.limit}"


def body_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines from the first statement after the docstring to the last."""
    body = function.body
    if isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
        body = body[1:]
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def findings(text: str, name: str) -> Iterator[Finding]:
    """What is too long in one module's text."""
    lines = text.count("\n")
    if lines > FILE_LINES:
        yield Finding(name, 1, lines, FILE_LINES)
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and body_lines(node) > FUNCTION_LINES:
            yield Finding(f"{name}::{node.name}", node.lineno, body_lines(node), FUNCTION_LINES)


def survey(root: Path) -> list[Finding]:
    """All findings under the trees of the project, allowed ones included."""
    modules = [path for tree in TREES for path in sorted((root / tree).rglob("*.py"))]
    return [
        finding
        for path in modules
        for finding in findings(path.read_text(encoding="utf-8"), path.relative_to(root).as_posix())
    ]


def main() -> int:
    """Print what is too long, and which allowances are idle."""
    found = survey(Path(__file__).resolve().parent.parent)
    names = {finding.name for finding in found}
    idle = sorted(set(ALLOWED) - names)
    too_long = [finding for finding in found if finding.name not in ALLOWED]
    for finding in too_long:
        print(finding)
    for name in idle:
        print(f"{name}: allowed to be longer, but no longer needs to be; take it out of tools/sizes.py")
    return 1 if too_long or idle else 0


if __name__ == "__main__":
    sys.exit(main())
