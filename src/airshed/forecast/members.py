"""Coherent members from marginal quantiles: a past run of days lends each member the order of its ranks.

Quantiles say how likely a value is on one day in one city; a warning asks how likely several days in a row are. The
Schaake shuffle answers it without a model of dependence: for each cell (lead, place, variable) the members take the
quantiles at evenly spaced levels, and which member takes which is told by how a past run of days of that number ranked
there among its fellows. All cells of a member follow one past date, so that what goes together in the past goes
together in the member (Clark et al. 2004, doi:10.1175/1525-7541(2004)005<0243:TSSAMF>2.0.CO;2). Where the method sees
the coming weather, the part of the dependence that the weather makes is already in the quantiles; then the runs are
of its past errors, not of what was observed.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from airshed.errors import BadInput

__all__ = [
    "SEASON",
    "coherent",
    "mixture",
    "nearest_in_season",
    "past_runs",
    "ranks_of",
    "shuffled_between_days",
    "values_at",
    "weather_member",
]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Days = NDArray[np.datetime64]

SEASON: Final = 45  # [d] either side of the day of the year from which runs are taken first, own choice
_FINE: Final = 99  # levels at which a run's distribution enters a mixture
_YEAR: Final = 365.25  # [d]


def coherent(quantiles: Floats, template: Floats, levels: Floats, seed: int) -> Floats:
    """Members whose every cell has the distribution of the quantiles and whose cells go together as the template's.

    Parameters:
        quantiles: (lead, place, variable, level), ascending along the last axis; NaN where nothing is forecast. Or
            with a member of weather first, (weather, lead, place, variable, level): member m then takes those of
            weather m modulo their number.
        template: (member, lead, place, variable) past runs, one a member: observed values or errors; NaN is ranked
            by lot.
        levels: of the quantiles (level,), between 0 and 1.
        seed: of the lots; equal seeds give equal members.

    Returns:
        (member, lead, place, variable) in the unit of the quantiles. Beyond the outermost levels the outermost
        quantiles hold.

    Raises:
        BadInput: shapes that do not belong together, or quantiles that fall.
    """
    by_weather = quantiles if quantiles.ndim == template.ndim + 1 else quantiles[None]
    if by_weather.shape[1:-1] != template.shape[1:] or by_weather.shape[-1] != len(levels):
        came = f"quantiles {quantiles.shape}, runs {template.shape}, {len(levels)} levels"
        raise BadInput(
            "quantiles and past runs over the same leads, places, variables", came, "take both alike"
        )
    if (np.diff(by_weather, axis=-1) < -1e-9).any():
        raise BadInput("quantiles that rise with their level", "some that fall", "sort them")
    level = (ranks_of(template, seed) + 0.5) / len(template)
    found = np.empty(template.shape)
    for member in range(len(template)):
        own = by_weather[weather_member(member, len(by_weather))]
        found[member] = values_at(own, levels, level[member])
    return found


def ranks_of(template: Floats, seed: int) -> Ints:
    """Ranks 0, 1, … along the first axis of runs (member, …); equal and missing values in the order of a lot.

    >>> ranks_of(np.array([[3.0], [1.0], [2.0]]), seed=0).ravel().tolist()
    [2, 0, 1]
    """
    rng = np.random.default_rng(seed)
    lot, known = rng.random(template.shape), np.isfinite(template)
    place = _places(lot, np.where(known, template, np.inf))
    # A missing value stands at a drawn place among the known ones, not with all the missing at one end.
    share = np.where(known, (place + 0.5) / np.maximum(known.sum(axis=0), 1), lot)
    return _places(lot, share)


def _places(lot: Floats, values: Floats) -> Ints:
    """Place of each value along the first axis when sorted, equals by lot."""
    order = np.lexsort((lot, values), axis=0)
    places = np.empty(values.shape, dtype=np.int64)
    np.put_along_axis(places, order, np.broadcast_to(_column(len(values), values.ndim), values.shape), axis=0)
    return places


def _column(length: int, dims: int) -> Ints:
    return np.arange(length, dtype=np.int64).reshape(-1, *([1] * (dims - 1)))


def values_at(quantiles: Floats, levels: Floats, wanted: Floats) -> Floats:
    """Quantiles (…, level) read at one wanted level a cell (…), straight between neighbours, held at both ends."""
    place = np.clip(np.searchsorted(levels, wanted, side="right") - 1, 0, len(levels) - 2)
    share = np.clip((wanted - levels[place]) / (levels[place + 1] - levels[place]), 0.0, 1.0)
    low = np.take_along_axis(quantiles, place[..., None], axis=-1)[..., 0]
    high = np.take_along_axis(quantiles, place[..., None] + 1, axis=-1)[..., 0]
    return np.asarray(low + share * (high - low))


def mixture(quantiles: Floats, levels: Floats) -> Floats:
    """Quantiles of the mixture of several runs of weather, each as likely: (weather, …, level) to (…, level).

    Parameters:
        quantiles: of each run; ``levels``: (level,).
    """
    if len(quantiles) == 1:
        return np.asarray(quantiles[0])
    fine = (np.arange(_FINE) + 0.5) / _FINE
    shape = (_FINE, *quantiles.shape[:-1])
    read = values_at(
        np.broadcast_to(quantiles, (*shape, len(levels))),
        levels,
        np.broadcast_to(fine.reshape(-1, *[1] * (len(shape) - 1)), shape),
    )
    pooled = read.reshape(-1, *quantiles.shape[1:-1])
    return np.asarray(np.moveaxis(np.quantile(pooled, levels, axis=0), 0, -1))


def weather_member(member: int, of: int) -> int:
    """Which member of the weather a member of the outlook uses: they share their number, modulo the weather's.

    >>> [weather_member(m, 3) for m in range(5)]
    [0, 1, 2, 0, 1]
    """
    return member % of


def past_runs(
    series: xr.DataArray,
    issue: np.datetime64,
    leads: Ints,
    members: int,
    *,
    last: np.datetime64 | None = None,
) -> Floats:
    """Runs of observed days that began near the season of an issue, the same dates over all places and variables.

    Parameters:
        series: (place, day, variable), ``day`` without holes.
        issue: local day of the issue. No day after it is looked at.
        leads: [d] after an issue.
        members: how many runs.
        last: the last day that may be looked at, where that is not ``issue`` (the training years' end).

    Returns:
        (member, lead, place, variable).

    Raises:
        BadInput: no date whose whole run lies in the past.
    """
    days = series["day"].values.astype("datetime64[D]")
    until = (issue if last is None else min(last, issue)).astype("datetime64[D]")
    starts = days[(days + int(leads.max()) <= until) & (days + int(leads.min()) >= days[0])]
    chosen = nearest_in_season(starts, issue, members)
    first = (chosen - days[0]).astype(np.int64)
    picked = series.transpose("day", "place", "variable").values[first[:, None] + leads[None, :]]
    return np.asarray(picked, dtype=np.float64)


def nearest_in_season(starts: Days, issue: np.datetime64, members: int) -> Days:
    """Dates nearest to an issue's day of the year, spread over the years and the season, repeated where too few.

    Parameters:
        starts: dates to choose among.
        issue: whose day of the year counts.
        members: how many are wanted; `SEASON` is widened where it holds fewer.

    Raises:
        BadInput: none to choose among.
    """
    if not len(starts):
        raise BadInput("past runs as long as the leads", "none", "give a longer history, or fewer days ahead")
    apart = np.abs((starts - issue.astype("datetime64[D]")).astype(np.float64)) % _YEAR
    apart = np.minimum(apart, _YEAR - apart)
    order = np.lexsort((starts, np.round(apart)))
    pool = np.sort(starts[order[: max(members, int((apart <= SEASON).sum()))]])
    if len(pool) <= members:
        return np.asarray(np.resize(pool, members))
    # Evenly through the pool: neighbours share most of their run and would be one member told twice.
    return np.asarray(pool[np.floor((np.arange(members) + 0.5) * len(pool) / members).astype(np.int64)])


def shuffled_between_days(members: Floats, seed: int) -> Floats:
    """The same members with each lead's order drawn anew: the same days, no runs. What coherence is measured against.

    Parameters:
        members: (member, lead, …); all places and variables of a lead stay together.
    """
    rng = np.random.default_rng(seed)
    found = members.copy()
    for lead in range(members.shape[1]):
        found[:, lead] = members[rng.permutation(len(members)), lead]
    return found
