"""From a path to bytes: plain, gzip (also cut short), zip. Never more memory than the limits allow."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from airshed.observations.feeds.complaints import Complaints
from airshed.observations.schema import Refusal

__all__ = ["MAX_BYTES", "MAX_RATIO", "RATIO_FREE_BYTES", "Member", "members"]

MAX_BYTES = 4 << 30
"""No single file inside an archive may unpack to more [bytes]."""
MAX_RATIO = 200
"""Monitoring tables compress 4- to 30-fold; an archive beyond this, once large, is a bomb or an accident."""
RATIO_FREE_BYTES = 64 << 20
"""Below this size the ratio is not looked at: a small file of blanks is harmless [bytes]."""

_CHUNK = 1 << 20
_GZIP = b"\x1f\x8b"
_ZIP = b"PK\x03\x04"
_WORKBOOK = "[Content_Types].xml"


@dataclass(frozen=True)
class Member:
    """One file's bytes. ``cut`` tells that it ends before its end: the last line may be a stump."""

    name: str
    data: bytes
    cut: bool = False


class _TooLargeError(Exception):
    """The data grow beyond what a table of observations can be."""


def members(path: Path, complaints: Complaints) -> Iterator[Member]:
    """The file, or every file inside an archive. What cannot be unpacked is refused by name."""
    with path.open("rb") as stream:
        head = stream.read(4)
    if head[:2] == _GZIP:
        yield from _gzip_member(path, complaints)
    elif head == _ZIP:
        yield from _zip_members(path, complaints)
    elif (size := path.stat().st_size) > MAX_BYTES:
        complaints.add(_bomb(path.name, f"{size >> 20} MiB"))
    else:
        yield Member(path.name, path.read_bytes())


def _gzip_member(path: Path, complaints: Complaints) -> Iterator[Member]:
    with path.open("rb") as stream:
        try:
            data, whole = _inflate(stream, path.stat().st_size)
        except _TooLargeError as error:
            complaints.add(_bomb(path.name, str(error)))
            return
    yield Member(path.name, data, cut=not whole)


def _inflate(stream: IO[bytes], packed: int) -> tuple[bytes, bool]:
    """Everything before the cut, and whether the stream came to its end; streams may follow each other."""
    parts: list[bytes] = []
    size, pending, engine = 0, b"", zlib.decompressobj(wbits=31)
    while chunk := pending or stream.read(_CHUNK):
        try:
            part = engine.decompress(chunk, _CHUNK * 8)
        except zlib.error:
            return b"".join(parts), False
        parts.append(part)
        size += len(part)
        _check(size, packed)
        pending = engine.unconsumed_tail
        if engine.eof:
            pending = engine.unused_data or stream.read(_CHUNK)
            if not pending.strip(b"\0"):
                return b"".join(parts), True
            engine = zlib.decompressobj(wbits=31)
    return b"".join(parts), False


def _zip_members(path: Path, complaints: Complaints) -> Iterator[Member]:
    try:
        archive = zipfile.ZipFile(path)
    except zipfile.BadZipFile as error:
        complaints.add(Refusal(path.name, None, None, "a whole zip archive", str(error), "copy it again"))
        return
    with archive:
        if _WORKBOOK in archive.namelist():
            yield from _workbook(path, archive, complaints)
            return
        for info in archive.infolist():
            hidden = Path(info.filename).name.startswith(".") or info.filename.startswith("__MACOSX/")
            if info.is_dir() or hidden:
                continue
            yield from _zip_member(path.name, archive, info, complaints)


def _workbook(path: Path, archive: zipfile.ZipFile, complaints: Complaints) -> Iterator[Member]:
    """An XLSX is a zip of its own kind: handed on whole, once its parts are no bomb."""
    try:
        for info in archive.infolist():
            _check(info.file_size, info.compress_size)
    except _TooLargeError as error:
        complaints.add(_bomb(path.name, str(error)))
    else:
        yield Member(path.name, path.read_bytes())


def _zip_member(
    outer: str, archive: zipfile.ZipFile, info: zipfile.ZipInfo, complaints: Complaints
) -> Iterator[Member]:
    name = f"{outer}/{info.filename}"
    parts: list[bytes] = []
    try:
        _check(info.file_size, info.compress_size)
        with archive.open(info) as stream:
            while part := stream.read(
                _CHUNK
            ):  # zipfile gives no more than the header's size, should that lie
                parts.append(part)
    except _TooLargeError as error:
        complaints.add(_bomb(name, str(error)))
        return
    except RuntimeError as error:  # zipfile's word for an encrypted member
        complaints.add(Refusal(name, None, None, "no password", str(error), "unpack it first"))
        return
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError):
        yield Member(name, b"".join(parts), cut=True)
        return
    yield Member(name, b"".join(parts))


def _check(size: int, packed: int) -> None:
    if size > MAX_BYTES:
        raise _TooLargeError(f"more than {MAX_BYTES >> 20} MiB unpacked")
    if size > RATIO_FREE_BYTES and size > MAX_RATIO * max(packed, 1):
        raise _TooLargeError(f"{size >> 20} MiB out of {packed} bytes")


def _bomb(name: str, came: str) -> Refusal:
    wanted = f"a table of at most {MAX_BYTES >> 20} MiB, packed at most {MAX_RATIO}-fold"
    advice = "nothing of it went in; if it is real, unpack and split it yourself"
    return Refusal(name, None, None, wanted, came, advice)
