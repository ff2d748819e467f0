"""The tree behind a figure: value, function, inputs, provision, and what it was made from.

A figure is explained by reckoning it again from the lake version and the law it stands on; no tree is stored.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Literal, get_args

import polars as pl

from airshed.assessment.core import Standard, assess_period
from airshed.assessment.daily import ITEMS, within
from airshed.assessment.daily import items as named_items
from airshed.assessment.gathering import Source
from airshed.assessment.period import Period
from airshed.assessment.standards import named_provisions, standard_of
from airshed.errors import BadInput
from airshed.law import Provision
from airshed.quantities import Clock, variable
from airshed.store import View
from airshed.workspace import Workspace

__all__ = ["Quantity", "Tree", "explain_value"]

Tree = dict[str, Any]
"""``label {zh, en}, value, unit, function, formula, inputs, provision, children``; null where absent."""

Quantity = Literal["aqi", "mean", "percentile", "composite", "good_share"]

_VARIABLE = {"o3": "o3_mda8"}
_DAYS_SHOWN = 8  # so many days are leaves of their own before a series is only summed up


def explain_value(
    workspace: Workspace,
    place: str,
    quantity: Quantity,
    *,
    start: date,
    end: date | None = None,
    item: str | None = None,
    standard: str | Sequence[str] | None = None,
    as_of: datetime | None = None,
    view: View | None = None,
) -> Tree:
    """Why a figure of a city is what it is.

    Parameters:
        place: name or code of a city.
        quantity: ``aqi`` of the day ``start``; ``mean`` or ``percentile`` of one ``item``, the ``composite``
            index, or the ``good_share`` of ``start`` to ``end``.
        item: ``pm25 pm10 so2 no2 co o3``, for a mean or percentile.

    Raises:
        BadInput: a quantity or item nobody knows.
    """
    _check(quantity, item)
    period = Period(start, start if quantity == "aqi" else end or start)
    city = workspace.gazetteer.require(place, prefer="city")
    chain = workspace.gazetteer.chain(city, period.last)
    names = (standard,) if isinstance(standard, str) else tuple(standard or ())
    law = standard_of(workspace.law, period, chain, named_provisions(workspace.law, names, period, chain))
    source = Source(workspace, view or View.everything(), Clock(workspace.region().utc_offset), as_of)
    return _Explainer(source, city, period, law).tree(quantity, item)


def _check(quantity: str, item: str | None) -> None:
    if quantity not in get_args(Quantity):
        raise BadInput(f"one of {', '.join(get_args(Quantity))}", repr(quantity), "choose one")
    if quantity in ("mean", "percentile") and item not in ITEMS:
        raise BadInput(f"an item for a {quantity}: {', '.join(ITEMS)}", repr(item), "name one")


def _node(zh: str, en: str, value: Any, function: str, **more: Any) -> Tree:
    base: Tree = {"label": {"zh": zh, "en": en}, "value": value, "unit": None, "function": function}
    base |= {"formula": None, "inputs": {}, "provision": None, "children": []}
    return base | more


def _law(provision: Provision) -> Tree:
    return {
        "subject": provision.subject,
        "version": provision.version,
        "instrument": provision.instrument.id,
        "titles": provision.instrument.titles,
        "clause": provision.clause,
        "status": provision.status,
        "unverified": list(provision.unverified),
        "since": provision.since.isoformat(),
        "until": provision.until.isoformat() if provision.until else None,
        "note": provision.note,
        "digest": provision.digest,
    }


class _Explainer:
    """Reckons one city over one period again, and tells how."""

    def __init__(self, source: Source, city: str, period: Period, law: Standard) -> None:
        self.source, self.city, self.period, self.law = source, city, period, law
        self.daily = named_items(source.daily([city], period))
        self.tables = assess_period(self.daily.drop("item"), [city], period, law)
        self.names = source.workspace.gazetteer.jurisdiction(city).names

    def tree(self, quantity: Quantity, item: str | None) -> Tree:
        """The tree of one quantity."""
        if item is not None and quantity in ("mean", "percentile"):
            return self.statistic(item, quantity)
        return {"aqi": self.aqi, "composite": self.composite, "good_share": self.good_share}[quantity]()

    def aqi(self) -> Tree:
        """The index of the period's first day."""
        row = self.tables.index.row(0, named=True)
        law = self.law.index[0].provision
        children = [self._sub_index(i, row, law) for i in ITEMS]
        zh, en, day = self.names["zh"], self.names["en"], self.period.first
        return _node(
            f"{zh} {day} AQI",
            f"AQI of {en} on {day}",
            row["aqi"],
            "airshed.observations.index.daily_index",
            formula="AQI = max(IAQI)",
            provision=_law(law),
            children=children,
            inputs={k: row[k] for k in ("primary", "level", "missing")},
        )

    def _sub_index(self, item: str, row: dict[str, Any], law: Provision) -> Tree:
        name = _VARIABLE.get(item, item)
        label = variable(name).label
        table = law.value["breakpoints"]["day"].get(name)
        return _node(
            f"{label} 分指数",
            f"sub-index of {label}",
            row.get(f"iaqi_{name}"),
            "airshed.observations.index.sub_index",
            formula="IAQI = ceil((I_hi - I_lo) / (B_hi - B_lo) * (C - B_lo) + I_lo)",
            inputs={"breakpoints": table, "index": law.value.get("index")},
            provision=_law(law),
            children=self._days(item, self.period),
        )

    def statistic(self, item: str, which: str) -> Tree:
        """A mean or percentile of the period."""
        row = self._item(item)
        v = variable(_VARIABLE.get(item, item))
        formulas = {
            "mean": "mean = sum(C_day) / n",
            "percentile": "k = 1 + (n - 1) p; X(s) + (X(s+1) - X(s)) (k - s)",
        }
        inputs = {k: row[k] for k in ("n", "days", "coverage", "sufficient")}
        inputs |= {"rounded": row[f"{which}_rounded"], "limit": row[f"{which}_limit"]}
        if which == "percentile":
            inputs["percent"] = row["percent"]
        zh = {"mean": "均值", "percentile": "百分位数"}[which]
        return _node(
            f"{self.names['zh']} {self.period.label} {v.label} {zh}",
            f"{which} of {v.label}, {self.names['en']}, {self.period.label}",
            row[which],
            "airshed.assessment.statistics.city_statistics",
            unit=v.unit,
            formula=formulas[which],
            inputs=inputs,
            provision=_law(self.law.evaluation),
            children=self._days(item, self.period),
        )

    def _item(self, item: str) -> dict[str, Any]:
        return self.tables.items.row(by_predicate=pl.col("item") == item, named=True)

    def composite(self) -> Tree:
        """The composite index of the period."""
        value = self.tables.cities["composite"][0]
        zh, en = self.names["zh"], self.names["en"]
        return _node(
            f"{zh} {self.period.label} 综合指数",
            f"composite index of {en}, {self.period.label}",
            value,
            "airshed.assessment.composite.composite_index",
            formula="I = sum(w C / S)",
            inputs={"principal": self.tables.cities["principal"].to_list()[0]},
            provision=_law(self.law.composite),
            children=[self._term(item, term) for item, term in self.law.composite.value["terms"].items()],
        )

    def _term(self, item: str, term: dict[str, Any]) -> Tree:
        row, statistic = self._item(item), term["statistic"]
        label = variable(_VARIABLE.get(item, item)).label
        limit = self.law.limits.value[self.law.composite.value["grade"]][item][term["limit"]]
        return _node(
            f"{label} 单项指数",
            f"sub-index of {label}",
            row["sub_index"],
            "airshed.assessment.composite.sub_indices",
            formula="C / S",
            provision=_law(self.law.limits),
            children=[self.statistic(item, statistic)],
            inputs={"concentration": row[f"{statistic}_rounded"], "limit": limit, "weight": row["weight"]},
        )

    def good_share(self) -> Tree:
        """The share of good days among valid days."""
        row = self.tables.cities.row(0, named=True)
        zh, en = self.names["zh"], self.names["en"]
        bound = self.law.evaluation.value["good_day_at_most"]
        spans = [
            _node(
                f"AQI {s.period.label}",
                f"AQI {s.period.label}",
                None,
                "airshed.assessment.days.index_days",
                provision=_law(s.provision),
            )
            for s in self.law.index
        ]
        return _node(
            f"{zh} {self.period.label} 优良天数比例",
            f"share of good days, {en}, {self.period.label}",
            row["good_share"],
            "airshed.assessment.days.day_counts",
            formula="good days / valid days",
            inputs={k: row[k] for k in ("good_days", "valid_days", "days")} | {"good_day_at_most": bound},
            provision=_law(self.law.evaluation),
            children=[*spans, self._lake(self.period)],
        )

    def _days(self, item: str, period: Period) -> list[Tree]:
        """The daily values of an item: each for a few days, summed up for many; then the lake."""
        rows = within(self.daily, period).filter(pl.col("item") == item)
        v = variable(_VARIABLE.get(item, item))
        if rows.height > _DAYS_SHOWN:
            valid = rows.filter("valid")
            inputs = {
                "first": str(rows["day"].min()),
                "last": str(rows["day"].max()),
                "days_with_a_value": rows.height,
                "valid": valid.height,
                "least": valid["value"].min(),
                "most": valid["value"].max(),
                "sources": rows["source"].unique().sort().to_list(),
                "bases": rows["basis"].unique().sort().to_list(),
            }
            series = _node(
                f"{v.label} 逐日值",
                f"daily values of {v.label}",
                None,
                "airshed.observations.averages.city_daily",
                unit=v.unit,
                inputs=inputs,
            )
            series["children"] = [self._lake(period)]
            return [series]
        return [self._day(row, v.label, v.unit) for row in rows.iter_rows(named=True)]

    def _day(self, row: dict[str, Any], label: str, unit: str) -> Tree:
        inputs = {k: row[k] for k in ("hours", "valid", "dust", "basis", "source")}
        day = row["day"]
        return _node(
            f"{label} {day} 日值",
            f"{label} on {day}",
            row["value"],
            "airshed.observations.averages.city_daily",
            unit=unit,
            inputs=inputs,
            provision=_law(self.law.validity),
            children=[self._lake(Period(day, day))],
        )

    def _lake(self, period: Period) -> Tree:
        """The files of the lake that hold the period, by digest."""
        snapshot = self.source.workspace.snapshot(as_of=self.source.as_of)
        span = self.source.clock.days(period.first, period.last)
        files = snapshot.files(start=span.start, end=span.end)
        at = snapshot.at.isoformat() if snapshot.at else None
        return _node(
            "数据湖",
            "the lake",
            None,
            "airshed.store.lake.Lake.snapshot",
            inputs={
                "version": snapshot.version,
                "committed_at": at,
                "files": [{"path": f.path, "source": f.source, "sha256": f.sha256} for f in files],
            },
        )
