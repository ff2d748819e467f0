"""From bytes to UTF-8: BOM, UTF-16, GB18030, and files with a broken character in them."""

from __future__ import annotations

import codecs

from airshed.observations.feeds.complaints import Complaints
from airshed.observations.feeds.unpacking import Member
from airshed.observations.schema import Refusal

__all__ = ["decoded"]

_UTF16 = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_FEW = 0.05
"""UTF-8 with a fault in it spoils few of its non-ASCII characters; GB18030 read as UTF-8 spoils most."""


def decoded(member: Member, complaints: Complaints) -> bytes:
    """The member's text as UTF-8 without BOM, lines ended by ``\\n`` or ``\\r\\n``."""
    data = member.data
    if data[:2] in _UTF16:
        text = data[: len(data) // 2 * 2].decode("utf-16", errors="replace")
        return _unix(_complained(member.name, text, "UTF-16", complaints).encode())
    data = data.removeprefix(codecs.BOM_UTF8)
    return _unix(data if _is_utf8(data) else _guessed(member, data, complaints))


def _is_utf8(data: bytes) -> bool:
    if data.isascii():
        return True
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _guessed(member: Member, data: bytes, complaints: Complaints) -> bytes:
    utf8 = data.decode("utf-8", errors="replace")
    foreign = sum(1 for c in utf8 if c > "\x7f")
    if utf8.count("\ufffd") <= max(1, _FEW * foreign) and foreign > utf8.count("\ufffd"):
        return _complained(member.name, utf8, "UTF-8", complaints).encode()
    text = data.decode("gb18030", errors="replace")
    return _complained(member.name, text, "GB18030", complaints).encode()


def _complained(name: str, text: str, encoding: str, complaints: Complaints) -> str:
    """Names the lines that hold characters no reading explains; the text itself stays as it is."""
    if "\ufffd" in text:
        bad = [n for n, line in enumerate(text.split("\n"), start=1) if "\ufffd" in line]
        complaints.add(Refusal(
            name, bad[0], None, f"text in {encoding}", "bytes that are no character of it",
            "the line was read with ? in their place; save the file as UTF-8", len(bad),
        ))  # fmt: skip
    return text


def _unix(data: bytes) -> bytes:
    """Old Macintosh line ends (a lone carriage return) become newlines."""
    return data if b"\n" in data else data.replace(b"\r", b"\n")
