"""An assessment: its tables, what they say aloud, and what they stand on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
from rich.console import RenderableType

from airshed.assessment.notes import Note
from airshed.assessment.rendering import render
from airshed.law import Provision

__all__ = ["Assessment"]


@dataclass(frozen=True)
class Assessment:
    """What the numbers say of a set of cities over a period.

    Parameters:
        rows: the table asked for (``by`` city, region or month); columns in docs/assessment.md.
        items: a row a period, place and item: statistics, validity, limits, factors, verdicts.
        index: a row a place and day: the index, its sub-indices and the version it was reckoned by.
        lists: best and worst by level and, in a comparison, by change.
        notes: what was chosen, and what the reader must know.
        parameters: what was asked for, as given and as resolved.
        provisions: the law it stands on.
        lake_version, law_digest, code_version: what it can be reckoned again from.
    """

    rows: pl.DataFrame
    items: pl.DataFrame
    index: pl.DataFrame
    lists: Mapping[str, pl.DataFrame]
    notes: tuple[Note, ...]
    parameters: Mapping[str, Any]
    provisions: tuple[Provision, ...]
    lake_version: int | None
    law_digest: str
    code_version: str
    names: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def stands_on(self) -> dict[str, Any]:
        """Lake version, law digest, code version and the provisions, as plain values."""
        return {
            "lake_version": self.lake_version,
            "law_digest": self.law_digest,
            "code_version": self.code_version,
            "provisions": [
                {"subject": p.subject, "version": p.version, "place": p.place, "instrument": p.instrument.id,
                 "clause": p.clause, "status": p.status, "digest": p.digest}
                for p in self.provisions
            ],
        }  # fmt: skip

    def to_dict(self) -> dict[str, Any]:
        """The stable JSON form (docs/assessment.md); days as ISO text, what is not known as null."""
        return {
            "parameters": dict(self.parameters),
            "rows": _plain(self.rows),
            "items": _plain(self.items),
            "lists": {name: table["place"].to_list() for name, table in self.lists.items()},
            "notes": [{"code": n.code, "zh": n.zh, "en": n.en} for n in self.notes],
            "stands_on": self.stands_on(),
        }

    def to_json(self) -> str:
        """``to_dict`` as text."""
        return json.dumps(self.to_dict(), ensure_ascii=False, indent=1, default=_iso)

    def to_csv(self) -> str:
        """The rows as CSV with a head line; nothing but the table, so that it can be read by anything."""
        return _flat(self.rows).write_csv()

    def to_table(self, language: str = "zh") -> RenderableType:
        """Tables for a terminal, with Rich; ``zh`` or ``en``."""
        return render(self, language)

    def to_xlsx(self, path: str | Path) -> Path:
        """A workbook with the rows, the items, the index by day, and what it all stands on.

        Returns:
            The path written.
        """
        import xlsxwriter

        target = Path(path)
        with xlsxwriter.Workbook(str(target)) as book:
            for title, table in (
                ("结果 rows", self.rows),
                ("分项 items", self.items),
                ("逐日 index", self.index),
            ):
                _flat(table).write_excel(book, title, autofit=True, freeze_panes=(1, 0))
            _flat(self._about()).write_excel(book, "说明 about", autofit=True)
        return target

    def _about(self) -> pl.DataFrame:
        stands = self.stands_on()
        lines = [("note", n.code, f"{n.zh} / {n.en}") for n in self.notes]
        lines += [("parameter", key, str(value)) for key, value in self.parameters.items()]
        lines += [("stands_on", key, str(value)) for key, value in stands.items() if key != "provisions"]
        lines += [
            ("provision", p["subject"], f"{p['version']} {p['clause']} [{p['status']}]")
            for p in stands["provisions"]
        ]
        return pl.DataFrame(lines, schema=["what", "key", "text"], orient="row")


def _flat(table: pl.DataFrame) -> pl.DataFrame:
    """Lists as text joined by ``+``: a cell of a spreadsheet holds one thing."""
    return table.with_columns(pl.col(c).list.join("+") for c, kind in table.schema.items() if kind == pl.List)


def _plain(table: pl.DataFrame) -> list[dict[str, Any]]:
    return [{key: _iso(value) for key, value in row.items()} for row in _flat(table).iter_rows(named=True)]


def _iso(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
