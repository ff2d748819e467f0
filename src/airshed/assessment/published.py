"""Published figures, as sourced facts, and ours beside them where a workspace has the data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

import polars as pl
import yaml

from airshed.assessment.assess import assess
from airshed.assessment.period import Period
from airshed.assessment.report import Assessment
from airshed.workspace import Workspace

__all__ = ["Fact", "State", "against_published", "published_facts"]

State = Literal["computed", "no data in workspace", "incomplete data", "restatement needed", "not assessed"]

_PERCENT = 1e-2  # one per cent

_SCHEMA = {
    "zh": pl.String,
    "en": pl.String,
    "area": pl.String,
    "area_zh": pl.String,
    "area_en": pl.String,
    "period": pl.String,
    "published": pl.Float64,
    "unit": pl.String,
    "ours": pl.Float64,
    "difference": pl.Float64,
    "state": pl.String,
    "source_zh": pl.String,
    "source_en": pl.String,
    "status": pl.String,
    "note_zh": pl.String,
    "note_en": pl.String,
}


@dataclass(frozen=True)
class Fact:
    """A figure somebody published: what it is of, and where it stood."""

    measure: str
    zh: str
    en: str
    area: str
    period: str
    value: float
    unit: str
    source: str
    item: str | None = None
    against: str | None = None
    status: str = "quoted"
    note_zh: str = ""
    note_en: str = ""


@cache
def _text() -> dict[str, dict[str, dict[str, str]]]:
    path = files("airshed.assessment").joinpath("published_figures.yaml")
    text: dict[str, dict[str, dict[str, str]]] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return text


def published_facts() -> tuple[Fact, ...]:
    """All of them, in the order of the file."""
    return tuple(Fact(**row) for row in _text()["figures"])  # type: ignore[arg-type]


def against_published(workspace: Workspace) -> pl.DataFrame:
    """Every published figure with ours beside it.

    ``state`` says how ours came about: ``computed``; ``no data in workspace``; ``incomplete data`` (some
    city of the area lacks the days a year wants; ours is shown for what it is); ``restatement needed`` (a
    change across the change of the reference state, with particles that cannot be restated); ``not
    assessed`` (nothing of ours is the same thing). Areas are held to the plain mean of their cities.
    """
    beside = _Beside(workspace)
    rows = [_row(fact, *beside.ours(fact), beside.names(fact.area)) for fact in published_facts()]
    return pl.DataFrame(rows, schema=_SCHEMA, orient="row")


def _row(fact: Fact, ours: float | None, state: State, names: dict[str, str]) -> dict[str, object]:
    source = _text()["sources"][fact.source]
    period = f"{fact.period} vs {fact.against}" if fact.against else fact.period
    return {
        "zh": fact.zh,
        "en": fact.en,
        "area": fact.area,
        "area_zh": names["zh"],
        "area_en": names["en"],
        "period": period,
        "published": float(fact.value),
        "unit": fact.unit,
        "ours": ours,
        "difference": None if ours is None else ours - fact.value,
        "state": state,
        "source_zh": source["zh"],
        "source_en": source["en"],
        "status": fact.status,
        "note_zh": fact.note_zh,
        "note_en": fact.note_en,
    }


class _Beside:
    """Our figure for a published one; each area and year is assessed once."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.done: dict[tuple[str, str, str | None], Assessment] = {}

    def names(self, area: str) -> dict[str, str]:
        """Names of a region or a jurisdiction."""
        gazetteer = self.workspace.gazetteer
        names = gazetteer.jurisdiction(area).names if ":" in area else gazetteer.region(area).names
        return dict(names)

    def ours(self, fact: Fact) -> tuple[float | None, State]:
        """Our figure and how it came about."""
        read = _MEASURES.get(fact.measure)
        if read is None or not fact.period.isdigit():
            return None, "not assessed"
        if not all(self._has_files(year) for year in (fact.period, fact.against) if year):
            return None, "no data in workspace"
        found = self.assessed(fact.area, fact.period, fact.against)
        if not found.rows.height or self._empty(fact):
            return None, "no data in workspace"
        value = read(found.rows.tail(1).row(0, named=True), fact)
        if value is None:
            return None, "no data in workspace"
        codes = {note.code for note in found.notes}
        if fact.item in ("pm25", "pm10") and "particles_unrestated" in codes:
            return value, "restatement needed"
        return value, "computed" if self._complete(fact) else "incomplete data"

    def _has_files(self, year: str) -> bool:
        """Whether the lake holds anything of that year at all."""
        span = self.workspace.clock().days(Period.year(int(year)).first, Period.year(int(year)).last)
        return bool(self.workspace.snapshot().files(start=span.start, end=span.end))

    def assessed(self, area: str, year: str, against: str | None) -> Assessment:
        """The area over a calendar year, alone or compared with another."""
        key = (area, year, against)
        if key not in self.done:
            period, other = Period.year(int(year)), Period.year(int(against)) if against else None
            compare = (other.first, other.last) if other else None
            cities = self._cities(area)
            region = None if cities else area
            self.done[key] = assess(
                self.workspace, region, cities=cities, start=period.first, end=period.last, compare=compare
            )
        return self.done[key]

    def _cities(self, area: str) -> tuple[str, ...] | None:
        """The city itself, or the cities of a province; None for a region."""
        if ":" not in area:
            return None
        gazetteer = self.workspace.gazetteer
        if gazetteer.city_of(area) == area:
            return (area,)
        return tuple(c for c in gazetteer.children(area) if gazetteer.jurisdiction(c).level == "city")

    def _years(self, fact: Fact) -> list[pl.DataFrame]:
        years = [fact.period, *([fact.against] if fact.against else [])]
        tables = [self.assessed(fact.area, year, None).items for year in years]
        return [t.filter(pl.col("item") == fact.item) if fact.item else t for t in tables]

    def _empty(self, fact: Fact) -> bool:
        return any(t["n"].sum() == 0 for t in self._years(fact))

    def _complete(self, fact: Fact) -> bool:
        return all(t["sufficient"].fill_null(value=False).all() for t in self._years(fact))


Row = dict[str, float | None]
_Read = Callable[[Row, Fact], "float | None"]


def _per_city(row: Row, count: str) -> float | None:
    """Days of a region's row are city-days; what is published is the mean of its cities."""
    days, cities = row[count], row.get("cities_counted") or 1
    return None if days is None else days / cities


def _share(row: Row, _: Fact) -> float | None:
    share = row["good_share"]
    return None if share is None else share / _PERCENT


def _gained(row: Row, _: Fact) -> float | None:
    now, before = row["good_days"], row.get("good_days_before")
    return None if now is None or before is None else now - before


_MEASURES: dict[str, _Read] = {
    "mean": lambda row, fact: row[str(fact.item)],
    "change": lambda row, fact: row.get(f"{fact.item}_change"),
    "good_days": lambda row, _: _per_city(row, "good_days"),
    "heavy_days": lambda row, _: _per_city(row, "heavy_days"),
    "good_days_lost_to_o3": lambda row, _: _per_city(row, "good_days_lost_to_o3"),
    "good_share": _share,
    "good_days_gained": _gained,
}
