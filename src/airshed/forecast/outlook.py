"""The outlook: the next days of places as quantiles and as members, each member with its index by the law of the day.

A plain Dataset whose shape `check_outlook` declares. Quantiles answer for one pollutant on one day; everything that
joins pollutants or days (index, category, primary pollutant, how long) is read from the members.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Final

import numpy as np
import polars as pl
import xarray as xr
from numpy.typing import NDArray

from airshed.errors import BadInput
from airshed.forecast.distribution import QUANTILES
from airshed.law import Book, LawView
from airshed.observations.index import NO_INDEX, category_of, daily_index, items_of
from airshed.observations.panel import DAILY_POLLUTANTS

__all__ = [
    "HEAVY",
    "SHAPE",
    "About",
    "category_probability",
    "check_outlook",
    "exceedance_probability",
    "heavy_probability",
    "holding",
    "make_outlook",
    "primary_items",
]

Floats = NDArray[np.float64]

HEAVY: Final = 5
"""Place of 重度污染 / heavy pollution in the law's list of categories; it and those after it are heavy."""
HOURS_OF_DAY: Final = 24

_CELL = ("place", "day")
SHAPE: Final[dict[str, tuple[str, ...]]] = {
    "quantiles": (*_CELL, "variable", "quantile"),
    "members": ("member", *_CELL, "variable"),
    "index": ("member", *_CELL),
    "category": ("member", *_CELL),
    "primary": ("member", *_CELL),
    "heavy_above": _CELL,
    "law": _CELL,
}
"""Variables of an outlook and their dims. Hours (`forecast.hourly`) may stand beside them."""


@dataclass(frozen=True)
class About:
    """What an outlook says of itself.

    Parameters:
        issue: local instant of the issue, ISO 8601 with its offset; ``issue_day``: the last local day that is known.
        method: name; ``weather``: kind (`ForecastWeather`); ``weather_source``: where it is from;
            ``weather_members``: how many runs of it.
        knowledge: what was held to be known at the issue.
        data_digest: of the history; ``model_digest``: of the trained model.
        trained: first and last day of training, and on which weather.
        seed: of members; ``left_out``: members of the region without a series to forecast from.
        made: whether anything in it is made, not measured.
    """

    issue: str
    issue_day: str
    method: str
    weather: str
    weather_source: str
    weather_members: int
    knowledge: str
    data_digest: str
    model_digest: str
    trained: str
    seed: int
    left_out: str
    made: bool


def make_outlook(
    quantiles: xr.DataArray,
    members: xr.DataArray,
    book: Book,
    chain_of: Callable[[str], Sequence[str]],
    about: About,
) -> xr.Dataset:
    """An outlook from marginal quantiles and coherent members.

    Parameters:
        quantiles: (place, day, variable, quantile) [catalogue units].
        members: (member, place, day, variable).
        book: the law; each day and place has the index of its own law.
        chain_of: from a place to the jurisdictions whose law it has, nearest first.

    Raises:
        BadInput: arrays of other dims.
        LawNotFound: a day without a law on the index.
    """
    places, days = [str(p) for p in members["place"].values], members["day"].values.astype("datetime64[D]")
    laws = {
        (p, d): book.on(day.astype(date), chain_of(place))
        for p, place in enumerate(places)
        for d, day in enumerate(days)
    }
    held = members.transpose("member", *_CELL, "variable").astype(np.float32)  # the index is of what is kept
    index, primary = _indices(held, laws)
    category = np.full(index.shape, NO_INDEX, dtype=np.int8)
    bound, version = np.zeros(index.shape[1:], dtype=np.int16), np.empty(index.shape[1:], dtype="<U64")
    for (p, d), view in laws.items():
        law = view["index"]
        category[:, p, d] = category_of(index[:, p, d], law)
        bound[p, d], version[p, d] = law.value["categories"][HEAVY - 2]["to"], law.version
    found = xr.Dataset(
        {
            "quantiles": quantiles.transpose(*_CELL, "variable", "quantile").astype(np.float32),
            "members": held,
            "index": (("member", *_CELL), index.astype(np.int16), {"long_name": "AQI", "missing": NO_INDEX}),
            "category": (("member", *_CELL), category, {"missing": NO_INDEX}),
            "primary": (("member", *_CELL), primary, _bits(members)),
            "heavy_above": (_CELL, bound, {"long_name": "AQI above which the law's heavy pollution begins"}),
            "law": (_CELL, version),
        },
        attrs=_attrs(about, book),
    )
    return check_outlook(found)


def _attrs(about: About, book: Book) -> dict[str, Any]:
    said = {k: int(v) if isinstance(v, bool) else v for k, v in asdict(about).items()}
    return said | {"law_digest": book.digest, "Conventions": "CF-1.11", "outlook": 1}


def _bits(members: xr.DataArray) -> dict[str, Any]:
    """CF's way of saying that several may be meant at once."""
    names = [str(v) for v in members["variable"].values]
    return {"flag_masks": [1 << n for n in range(len(names))], "flag_meanings": " ".join(names)}


def _indices(
    members: xr.DataArray, laws: Mapping[tuple[int, int], LawView]
) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """AQI and primary pollutants (bits in the order of the variables) of each member, by cells of one law."""
    names = [str(v) for v in members["variable"].values]
    values = members.values
    index = np.full(values.shape[:-1], NO_INDEX, dtype=np.int64)
    primary = np.zeros(values.shape[:-1], dtype=np.uint8)
    by_law: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for cell, view in laws.items():
        by_law.setdefault((view["index"].version, view["index"].place), []).append(cell)
    for cells in by_law.values():
        law = laws[cells[0]]["index"]
        rows, columns = (np.array(c) for c in zip(*cells, strict=True))
        flat = values[:, rows, columns].reshape(-1, len(names))
        frame = pl.DataFrame({n: flat[:, i] for i, n in enumerate(names)})
        unmonitored = [i for i in items_of(law, "day") if i not in names]
        found = daily_index(frame, law, unmonitored)
        shape = (len(values), len(cells))
        index[:, rows, columns] = found["aqi"].fill_null(NO_INDEX).to_numpy().reshape(shape)
        primary[:, rows, columns] = _as_bits(found["primary"], names).reshape(shape)
    return index, primary


def _as_bits(primary: pl.Series, names: Sequence[str]) -> NDArray[np.uint8]:
    words = primary.unique().to_list()
    bits = {w: sum(1 << names.index(i) for i in w.split("+") if i in names) for w in words}
    return primary.replace_strict(bits, return_dtype=pl.UInt8).to_numpy()


def check_outlook(outlook: xr.Dataset) -> xr.Dataset:
    """The Dataset itself, if it is an outlook.

    Raises:
        BadInput: a message that names every fault at once: variables, dims, levels, order, what it must say of itself.
    """
    faults = [
        f"{name} {'is missing' if name not in outlook else f'has dims {outlook[name].dims}, wanted {dims}'}"
        for name, dims in SHAPE.items()
        if name not in outlook or outlook[name].dims != dims
    ]
    faults += [
        f"it does not say its {k}"
        for k in (*About.__dataclass_fields__, "law_digest")
        if k not in outlook.attrs
    ]
    if not faults:
        faults = _faults_of_values(outlook)
    if faults:
        raise BadInput("an outlook as docs/design.md has it", "; ".join(faults), "make it by forecast.issue")
    return outlook


def _faults_of_values(outlook: xr.Dataset) -> list[str]:
    faults = []
    if not np.allclose(outlook["quantile"].values, QUANTILES):
        faults.append("its levels are not forecast.QUANTILES")
    if unknown := set(map(str, outlook["variable"].values)) - set(DAILY_POLLUTANTS):
        faults.append(f"variables {sorted(unknown)} are not daily pollutants")
    if (np.diff(outlook["quantiles"].values, axis=-1) < 0).any():
        faults.append("quantiles that fall")
    if (outlook["members"].values < 0).any():
        faults.append("concentrations below zero")
    steps = np.diff(outlook["day"].values)
    if (steps != np.timedelta64(1, "D")).any():
        faults.append("days that do not follow each other")
    return faults


def category_probability(outlook: xr.Dataset) -> xr.DataArray:
    """Share of members in each category of the law, (place, day, category 1, 2, …); NaN where none has an index."""
    category = outlook["category"]
    known = (category != NO_INDEX).sum("member")
    numbers = np.arange(1, HEAVY + 2)
    counts = xr.concat(
        [(category == n).sum("member") for n in numbers], xr.DataArray(numbers, dims="category")
    )
    counts = counts.assign_coords(category=numbers).transpose(*_CELL, "category")
    return (counts / known.where(known > 0)).rename("category_probability")


def exceedance_probability(outlook: xr.Dataset, index_above: float | xr.DataArray) -> xr.DataArray:
    """Share of members whose AQI is above a threshold, (place, day); NaN where none has an index.

    Parameters:
        index_above: one figure, or one for each place and day.
    """
    known = (outlook["index"] != NO_INDEX).sum("member")
    return (outlook["index"] > index_above).sum("member") / known.where(known > 0)


def heavy_probability(outlook: xr.Dataset) -> xr.DataArray:
    """Probability of heavy pollution by the law of each day, (place, day)."""
    return exceedance_probability(outlook, outlook["heavy_above"])


def holding(outlook: xr.Dataset, index_above: float | xr.DataArray, hours: float) -> xr.DataArray:
    """Probability that the daily AQI stays above a threshold so long somewhere in the outlook, (place).

    Parameters:
        index_above: a warning's threshold, one figure or one for each place and day.
        hours: how long at least [h]; counted in whole days, a begun one as a whole.

    Read from members: the days of one member belong together.

    Raises:
        BadInput: longer than the outlook, or no time at all.
    """
    run, days = int(np.ceil(hours / HOURS_OF_DAY)), outlook.sizes["day"]
    if not 1 <= run <= days:
        raise BadInput(f"a time of 1 to {days * HOURS_OF_DAY} h", f"{hours:g} h", "ask for a shorter one")
    above = (outlook["index"] > index_above).transpose("member", *_CELL).values
    windows = np.lib.stride_tricks.sliding_window_view(above, run, axis=2)
    held = windows.all(axis=-1).any(axis=-1).mean(axis=0)
    return xr.DataArray(held, {"place": outlook["place"]}, ("place",), attrs={"hours": run * HOURS_OF_DAY})


def primary_items(
    outlook: xr.Dataset, place: str, day: np.datetime64, least: float = 0.0
) -> dict[str, float]:
    """Primary pollutants of a place's day and the share of members that have each, most likely first.

    Parameters:
        least: share below which a pollutant is left out.
    """
    bits = outlook["primary"].sel(place=place, day=day).values
    names = [str(v) for v in outlook["variable"].values]
    share = {name: float(((bits >> n) & 1).mean()) for n, name in enumerate(names)}
    kept = {n: s for n, s in share.items() if s > least}
    return dict(sorted(kept.items(), key=lambda item: -item[1]))
