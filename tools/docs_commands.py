"""What the documentation names, read out of it: commands with their options, make targets, links.

The reading is here, the judging in ``tests/house/test_docs.py``.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FENCE = re.compile(r"^(`{3,}|~{3,})\s*([\w+-]*).*?\n(.*?)^\1\s*$", re.DOTALL | re.MULTILINE)
SPAN = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)(?:\s+\"[^\"]*\")?\)")
HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*$", re.MULTILINE)
SHELL = {"", "sh", "bash", "shell", "console", "text"}


@dataclass(frozen=True)
class Named:
    """One thing a document names: the file, the line, the words."""

    file: str
    line: int
    words: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {' '.join(self.words)}"


def documents(root: Path = ROOT) -> list[Path]:
    """Every Markdown file a reader is sent to."""
    return sorted([*root.glob("*.md"), *root.glob("docs/**/*.md")])


def _line(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1


def blocks(text: str) -> Iterator[tuple[str, int, str]]:
    """The fenced blocks: language, line of their first line, content."""
    for match in FENCE.finditer(text):
        yield match[2].lower(), _line(text, match.start(3)), match[3]


def _shell_lines(text: str) -> Iterator[tuple[int, str]]:
    for language, first, content in blocks(text):
        if language in SHELL:
            joined = content.replace("\\\n", "  ")
            yield from ((first + i, line) for i, line in enumerate(joined.split("\n")))
    outside = FENCE.sub(lambda m: "\n" * m[0].count("\n"), text)
    yield from ((_line(outside, m.start()), m[1]) for m in SPAN.finditer(outside))


def calls(text: str, program: str, file: str) -> list[Named]:
    """Every call of a program in the shell blocks and code spans of a document.

    >>> [c.words for c in calls("say `airshed law on 2015-06-01 --place 北京`", "airshed", "a.md")]
    [('law', 'on', '2015-06-01', '--place', '北京')]
    """
    found = []
    for number, line in _shell_lines(text):
        for part in re.split(r"&&|\|\||[|;]", line.split(" #")[0]):
            words = _words(part.strip().removeprefix("$ "))
            words = words[1:] if words[:1] == ["time"] else words
            if words and words[0].removeprefix(".venv/bin/") == program:
                found.append(Named(file, number, tuple(words[1:])))
    return found


def _words(part: str) -> list[str]:
    try:
        return shlex.split(part)
    except ValueError:
        return part.split()


def links(text: str, file: str) -> list[Named]:
    """Every link of a document that stays inside the repository."""
    outside = FENCE.sub(lambda m: "\n" * m[0].count("\n"), text)
    outside = SPAN.sub(lambda m: " " * len(m[0]), outside)
    return [
        Named(file, _line(outside, m.start()), (m[1],))
        for m in LINK.finditer(outside)
        if not re.match(r"[a-z]+:", m[1])
    ]


def anchors(text: str) -> set[str]:
    """The anchors of a document's headings, made as forges make them.

    >>> sorted(anchors("# The way of a number\\n## 数据 & law"))
    ['the-way-of-a-number', '数据--law']
    """
    titles = (m[1] for m in HEADING.finditer(FENCE.sub("", text)))
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}
