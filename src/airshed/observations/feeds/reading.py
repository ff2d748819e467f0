"""The one place where dirty tables are opened: encodings, delimiters, odd headers, cut ends, sheets.

A clean file goes straight through Polars. Only where a cheap count of delimiters says that something is wrong
is it walked line by line, to name the lines that cannot be read; all other lines still go in.
"""

from __future__ import annotations

import contextlib
import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl

from airshed.observations.feeds.complaints import Complaints
from airshed.observations.feeds.decoding import decoded
from airshed.observations.feeds.unpacking import Member, members
from airshed.observations.schema import Refusal

__all__ = ["MISSING_MARKS", "NUMERIC_MARKS", "Sheet", "sheets", "tables_under"]

MISSING_MARKS = (
    "", "NaN", "nan", "NA", "N/A", "n/a", "na", "-", "--", "_", "—", "——", "–", "null", "NULL", "None",
    "无", "缺测", "/", "-999", "-999.0", "-99", "-99.0", "-9999", "-9999.0",
)  # fmt: skip
"""Texts that mean 'no value'. Not a zero: whether that means missing is the source's own habit."""
NUMERIC_MARKS = (-99.0, -999.0, -9999.0)
"""The same, once read as numbers."""

_DELIMITERS = (",", "\t", ";", "|")
_TABLES = (".csv", ".txt", ".tsv", ".gz", ".zip", ".xlsx", ".parquet")

Numeric = Callable[[Sequence[str]], Iterable[str]]


@dataclass(frozen=True)
class Sheet:
    """A table as read: text cells from CSV (numbers where asked for), typed cells from Parquet and XLSX.

    ``lines`` holds the line of each row where they do not simply follow the header.
    """

    name: str
    frame: pl.DataFrame
    complaints: Complaints
    first_line: int = 2
    lines: Sequence[int] | None = None

    def line(self, row: int) -> int:
        """The line of the file that holds this row (0-based row to 1-based line)."""
        return self.lines[row] if self.lines is not None else row + self.first_line

    def part(self, first: int, length: int) -> Sheet:
        """Some of the rows; their lines stay what they are."""
        lines = self.lines[first : first + length] if self.lines is not None else None
        frame = self.frame.slice(first, length)
        return Sheet(self.name, frame, self.complaints, self.first_line + first, lines)

    def with_column(self, column: pl.Series | pl.Expr) -> Sheet:
        """The same sheet with a column put in or replaced."""
        return replace(self, frame=self.frame.with_columns(column))

    def refuse(self, bad: pl.Series, column: str, wanted: str, advice: str) -> None:
        """One refusal for each row marked in ``bad`` while there is room, then one for all the others."""
        rows, cells = bad.arg_true(), self.frame[column]
        room = max(self.complaints.room, 0)
        singles = [(row, 1) for row in rows.head(room).to_list()]
        rest = [(rows[room], len(rows) - room)] if len(rows) > room else []
        for row, count in [*singles, *rest]:
            came = repr(cells[row]) if cells[row] is not None else "nothing"
            self.complaints.add(Refusal(self.name, self.line(row), column, wanted, came, advice, count))


def tables_under(path: Path) -> list[Path]:
    """The file itself, or in a folder every file that may be a table, by name."""
    if not path.is_dir():
        return [path]
    return sorted(p for p in path.rglob("*") if p.suffix.lower() in _TABLES and not p.name.startswith("."))


def sheets(path: Path, complaints: Complaints, numeric: Numeric | None = None) -> Iterator[Sheet]:
    """Every table in a file, archive or folder; what cannot be opened is refused by name.

    Parameters:
        numeric: given the column names, those to be read as numbers at once where all their cells allow it.
    """
    for file in tables_under(path):
        try:
            for member in members(file, complaints):
                yield from _sheet(member, complaints, numeric)
        except OSError as error:
            came = error.strerror or str(error)
            complaints.add(Refusal(file.name, None, None, "a readable file", came, "check its path"))


def _sheet(member: Member, complaints: Complaints, numeric: Numeric | None) -> Iterator[Sheet]:
    if member.data[:4] == b"PAR1":
        yield from _typed(member, complaints, lambda d: pl.read_parquet(io.BytesIO(d)), first_line=1)
    elif member.data[:4] == b"PK\x03\x04":
        yield from _typed(member, complaints, _read_xlsx, first_line=2)
    elif not member.data or member.data.isspace():
        complaints.add(Refusal(member.name, None, None, "a table", "an empty file", "fetch it again"))
    else:
        yield from _text(member, complaints, numeric)


def _read_xlsx(data: bytes) -> pl.DataFrame:
    return pl.read_excel(io.BytesIO(data), engine="calamine", infer_schema_length=None)


def _typed(
    member: Member, complaints: Complaints, read: Callable[[bytes], pl.DataFrame], first_line: int
) -> Iterator[Sheet]:
    try:
        yield Sheet(member.name, read(member.data), complaints, first_line)
    except Exception as error:  # the engines raise many kinds; each means that the file cannot be opened
        came = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        complaints.add(Refusal(member.name, None, None, "a whole table file", came, "export it again"))


def _text(member: Member, complaints: Complaints, numeric: Numeric | None) -> Iterator[Sheet]:
    data = decoded(_without_stump(member, complaints), complaints)
    table = data.lstrip(b"\r\n")
    first = 2 + data[: len(data) - len(table)].count(b"\n")
    head, _, body = table.partition(b"\n")
    delimiter = _delimiter(head)
    header = _header(member.name, head, delimiter, complaints)
    if not header:
        return
    known = set(header)
    numbers = [c for c in (numeric(header) if numeric else ()) if c in known]
    if _is_even(body, delimiter, len(header)):
        frame, lines = _parse(body, header, delimiter, numbers), None
    else:
        body, lines = _good_lines(_Body(member.name, body, delimiter, first), len(header), complaints)
        frame = _parse(body, header, delimiter, numbers)
    yield _without_repeated_header(Sheet(member.name, _dropped(frame), complaints, first, lines))


def _without_stump(member: Member, complaints: Complaints) -> Member:
    """A cut file loses its last, possibly half, line; the message names the last good one."""
    if not member.cut:
        return member
    kept = member.data[: member.data.rfind(b"\n") + 1]
    last = kept.count(b"\n")
    complaints.add(Refusal(
        member.name, last + 1, None, "a whole compressed file",
        f"one that is cut or damaged after line {last}",
        f"lines to {last} went in; fetch the file again for the rest",
    ))  # fmt: skip
    return Member(member.name, kept)


def _delimiter(head: bytes) -> str:
    counts = {d: head.count(d.encode()) for d in _DELIMITERS}
    return max(counts, key=lambda d: counts[d])


def _header(name: str, head: bytes, delimiter: str, complaints: Complaints) -> list[str]:
    """Column names; a name that comes twice is refused the second time and its column left unread."""
    try:
        cells = next(csv.reader([head.decode().replace("\r", "")], delimiter=delimiter), [])
    except csv.Error as error:  # a line of more than 128 KiB without a delimiter is no header
        complaints.add(Refusal(name, 1, None, "a header with column names", str(error), "is this a table?"))
        return []
    seen: dict[str, int] = {}
    header = []
    for place, cell in enumerate(cells, start=1):
        text = cell.strip()
        if text in seen:
            came = f"{text!r} in columns {seen[text]} and {place}"
            advice = f"column {seen[text]} is read, column {place} is not; rename one of them"
            complaints.add(Refusal(name, 1, text, "each column name once", came, advice))
            text = f"{_UNREAD}{place}"
        seen[text] = place
        header.append(text or f"{_UNREAD}{place}")
    return header


_UNREAD = "\0unread "


def _dropped(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.drop([c for c in frame.columns if c.startswith(_UNREAD)])


def _is_even(body: bytes, delimiter: str, columns: int) -> bool:
    """Whether every line must have the header's number of cells: no quotes, and the totals agree."""
    lines = body.count(b"\n") + (0 if body.endswith(b"\n") or not body else 1)
    return (
        b'"' not in body
        and b"\n\n" not in body
        and b"\n\r\n" not in body
        and body.count(delimiter.encode()) == lines * (columns - 1)
        and (columns > 1 or b"\r" not in body)
    )


def _parse(body: bytes, header: list[str], delimiter: str, numbers: Sequence[str]) -> pl.DataFrame:
    """Body to columns: numbers where asked and possible, else text.

    Looking for marks of gaps doubles the time of reading: the first attempt hopes that gaps are blanks.
    """
    text: dict[str, Any] = dict.fromkeys(header, pl.String)
    if body.isspace() or not body:
        return pl.DataFrame(schema=text)
    for marks in ((), MISSING_MARKS) if numbers else ():
        with contextlib.suppress(pl.exceptions.ComputeError):
            return _read_csv(body, delimiter, text | dict.fromkeys(numbers, pl.Float64), marks)
    # some cell is no number: read as text, and let the cells be judged one by one
    return _read_csv(body, delimiter, text, ())


def _read_csv(body: bytes, delimiter: str, schema: dict[str, Any], marks: Sequence[str]) -> pl.DataFrame:
    return pl.read_csv(
        body, separator=delimiter, has_header=False, schema=schema, null_values=list(marks) or None,
        truncate_ragged_lines=True,
    )  # fmt: skip


@dataclass(frozen=True)
class _Body:
    """The lines below the header, the first of which is line ``first_line`` of the file."""

    name: str
    data: bytes
    delimiter: str
    first_line: int


def _good_lines(body: _Body, columns: int, complaints: Complaints) -> tuple[bytes, list[int]]:
    """The slow way: every line whose number of cells is right, written clean, with its line number."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=body.delimiter, lineterminator="\n")
    reader = csv.reader(io.StringIO(body.data.decode(), newline=""), delimiter=body.delimiter)
    lines: list[int] = []
    name, before, above = body.name, body.first_line - 1, body.first_line - 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            break
        except csv.Error as error:
            complaints.add(
                Refusal(name, reader.line_num + above, None, "a line of a table", str(error), "mend it")
            )
            continue
        line, before = before + 1, reader.line_num + above
        if not any(cells):
            continue
        if len(cells) == columns or (len(cells) > columns and not any(cells[columns:])):
            writer.writerow(cells[:columns])
            lines.append(line)
        else:
            complaints.add(Refusal(
                name, line, None, f"{columns} cells, as in the header", f"{len(cells)}",
                "this line was left out; a last line like this means that the file was cut",
            ))  # fmt: skip
    return out.getvalue().encode(), lines


def _without_repeated_header(sheet: Sheet) -> Sheet:
    """Files put one behind another carry their header again and again: those lines are no data."""
    texts = sheet.frame.columns
    if any(kind != pl.String for kind in sheet.frame.dtypes):
        return sheet  # a number column was read as numbers, so no line can repeat the header
    same = pl.all_horizontal(pl.col(c) == c for c in texts).fill_null(False)
    repeated = sheet.frame.select(same).to_series()
    if not repeated.any():
        return sheet
    rows = repeated.arg_true().to_list()
    sheet.complaints.add(Refusal(
        sheet.name, sheet.line(rows[0]), None, "the header once, in line 1", "the header again",
        "the line was skipped; nothing is lost", len(rows),
    ))  # fmt: skip
    keep = (~repeated).arg_true().to_list()
    lines = [sheet.line(row) for row in keep]
    return Sheet(sheet.name, sheet.frame.filter(~repeated), sheet.complaints, lines=lines)
