"""A series without its weather: what each hour would have been under the weather that could have come in its place.

A gradient-boosted regression on weather, weather's memory, hour, season, weekday and slow time (Grange et al. 2018,
doi:10.5194/acp-18-6223-2018) is asked for each hour with its weather replaced by that of the same hour of the day
within a fortnight of the season in any year of the record (Vu et al. 2019, doi:10.5194/acp-19-11303-2019). All years
draw from one pool: were a year's own weather left out, two years would be told under different weather. Values are
learned as they are, so means stay means and nothing comes back from a logarithm.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

import lightgbm
import numpy as np
import xarray as xr
from numpy.typing import NDArray

from airshed.assessment.effect.series import FLAT, NEEDED, place_of
from airshed.errors import BadInput, UnknownVariable
from airshed.quantities import BEIJING, POLLUTANTS, Clock

__all__ = [
    "FORTNIGHT",
    "Hours",
    "Normalised",
    "Skill",
    "draws_of",
    "hours_of",
    "normalised",
    "resampled",
    "skill",
]

Array = NDArray[Any]
FORTNIGHT: Final = 14  # [d]: of the season, to either side, and length of a block
LEAST_HOURS: Final = 2 * 8766  # [h]: two years of the Julian calendar, for which a trend can be told
FOLDS: Final = 5
THREADS: Final = 2  # models at a time, each on one thread: threads of one model wait for one another
EDGE: Final = 24  # [h]: left out at either side of a block, the memory of the features
_WEATHER: Final = (
    "temperature", "pressure", "dew_point", "precipitation", "wind_u", "wind_v", "wind_speed", "relative_humidity",
)  # fmt: skip
_YEAR: Final = 365.2425  # [d]
PARAMETERS: Final[dict[str, Any]] = {
    "objective": "l2", "num_leaves": 31, "learning_rate": 0.1, "min_data_in_leaf": 40, "feature_fraction": 0.6,
    "bagging_fraction": 0.6, "bagging_freq": 1, "lambda_l2": 5.0, "num_threads": 1, "deterministic": True,
    "force_row_wise": True, "verbosity": -1, "seed": 1,
}  # fmt: skip
ROUNDS: Final = 100
"""Of boosting; with ``PARAMETERS`` chosen on blocked skill of PM2.5 alone, coarsely: docs/notes/effect.md."""


@dataclass(frozen=True)
class Hours:
    """Hours of one place without holes in time.

    Parameters:
        place, variable: whose.
        hour: (n,) datetime64[h], local, consecutive.
        value: (n,) [catalogue's unit], NaN where missing.
        calendar: (n, 4) slow time [month], day of the year, weekday, hour of the day.
        weather: (n, k) weather and its memory, NaN where unknown; ``known``: (n,) whether it is there at all.
        names: of the columns of ``weather``.
    """

    place: str
    variable: str
    hour: NDArray[np.datetime64]
    value: Array
    calendar: Array
    weather: Array
    known: NDArray[np.bool_]
    names: tuple[str, ...]

    @property
    def usable(self) -> NDArray[np.bool_]:
        """Hours with value and weather."""
        return np.isfinite(self.value) & self.known

    @property
    def table(self) -> Array:
        """Predictors, (n, 4 + k)."""
        return np.hstack([self.calendar, self.weather])


def hours_of(panel: xr.Dataset, variable: str, place: str | None = None, clock: Clock = BEIJING) -> Hours:
    """One pollutant of one place with its weather, hour by hour.

    Parameters:
        panel: hours as ``airshed.observations.panel.hours_panel`` makes them.
        variable: catalogue id of a pollutant.
        place: id; None where the panel holds one place only.
        clock: makes local hours.

    Raises:
        UnknownPlace, UnknownVariable: not in the panel.
        BadInput: no hours, no weather, less than two years, or a series that does not vary.
    """
    if "hour" not in panel.dims:
        raise BadInput("hours", "days", "trends without weather are told from hours")
    where = place_of(panel, place)
    one = panel.sel(place=where)
    if variable not in one or variable not in POLLUTANTS:
        held = sorted(str(v) for v in one.data_vars if v in POLLUTANTS)
        raise UnknownVariable("a pollutant of the panel", repr(variable), f"one of {', '.join(held)}")
    if missing := [n for n in NEEDED if n not in one or not np.isfinite(one[n].values).any()]:
        advice = "name a feed or file that has weather"
        raise BadInput(f"weather: {', '.join(NEEDED)} at least", f"no {', '.join(missing)}", advice)
    hour = (one["hour"].values + np.timedelta64(int(clock.utc_offset * 3600), "s")).astype("datetime64[h]")
    value = np.asarray(one[variable].values, dtype=np.float64)
    names = tuple(n for n in _WEATHER if n in one)
    now = np.column_stack([one[n].values for n in names]).astype(np.float64)
    memory = np.column_stack([_trailing(now[:, n], 24) for n in range(len(names))])
    known = np.isfinite(np.column_stack([one[n].values for n in NEEDED])).all(axis=1)
    weather = np.hstack([now, memory])
    labels = names + tuple(f"{n}_24h" for n in names)
    found = Hours(where, variable, hour, value, _calendar(hour), weather, known, labels)
    return _enough(found)


def _enough(found: Hours) -> Hours:
    value = found.value[found.usable]
    if len(value) < LEAST_HOURS * 0.9:
        came = f"{len(value)} usable hours of {found.variable} at {found.place}"
        raise BadInput("two years of hours, nine tenths of them there", came, "give more files")
    if np.std(value) < FLAT * abs(np.mean(value)):
        raise BadInput(
            "a series that varies", f"{found.variable} of {found.place} is flat", "look at the instrument"
        )
    return found


def _calendar(hour: NDArray[np.datetime64]) -> Array:
    day = hour.astype("datetime64[D]")
    month = hour.astype("datetime64[M]").astype(np.int64)
    of_year = (day - day.astype("datetime64[Y]").astype("datetime64[D]")).astype(np.int64)
    clock = hour.astype(np.int64) % 24
    return np.column_stack([month - month[0], of_year, (day.astype(np.int64) - 4) % 7, clock]).astype(
        np.float64
    )


def _trailing(values: Array, hours: int) -> Array:
    """Means of the last hours, this one included; NaN where half of them are unknown."""
    there = np.isfinite(values)
    total = np.concatenate([[0.0], np.cumsum(np.where(there, values, 0))])
    count = np.concatenate([[0], np.cumsum(there)])
    end = np.arange(1, len(values) + 1)
    start = np.maximum(end - hours, 0)
    held = count[end] - count[start]
    return np.where(2 * held > hours, (total[end] - total[start]) / np.maximum(held, 1), np.nan)


@dataclass(frozen=True)
class Skill:
    """R2 [1] of hourly values, by blocks of a fortnight and by random hours; the second flatters: hours resemble."""

    blocked: float
    random: float


def skill(hours: Hours, seed: int = 1) -> Skill:
    """Cross-validated skill of the regression, five folds either way.

    Parameters:
        hours: the series.
        seed: of the folds.
    """
    return _crossed(hours, None, seed)[0]


def _crossed(hours: Hours, drawn: Sequence[_Draws] | None, seed: int) -> tuple[Skill, Array]:
    """Skill, and each hour's value less what its weather added, told by models without its block."""
    generator = np.random.default_rng(seed)
    block = np.arange(len(hours.value)) // (24 * FORTNIGHT)
    by_block = generator.permutation(block.max() + 1)[block] % FOLDS
    by_hour = generator.permutation(len(hours.value)) % FOLDS
    own, other = _left_out(hours, by_block, EDGE, drawn)
    random, _ = _left_out(hours, by_hour, 0, None)
    return Skill(_r2(hours, own), _r2(hours, random)), hours.value - own + other


def _left_out(
    hours: Hours, fold: NDArray[np.int64], edge: int, drawn: Sequence[_Draws] | None
) -> tuple[Array, Array]:
    """What models without an hour's fold say of it under its own weather, and under drawn weather."""
    table = hours.table
    own, other = np.full(len(fold), np.nan), np.full(len(fold), np.nan)

    def one(number: int) -> None:
        out = fold == number
        near = np.convolve(out, np.ones(2 * edge + 1), "same") > 0.5 if edge else out
        model = _trained(table, hours.value, hours.usable & ~near)
        own[out] = model.predict(table[out], num_threads=1)
        for draws in drawn or ():
            mine = draws.among(out)
            other[mine.targets] = _means(model, hours, mine)

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(one, range(FOLDS)))
    return own, other


def _r2(hours: Hours, said: Array) -> float:
    both = hours.usable
    return float(1 - np.mean((hours.value - said)[both] ** 2) / np.var(hours.value[both]))


def _trained(table: Array, value: Array, rows: NDArray[np.bool_]) -> lightgbm.Booster:
    return lightgbm.train(PARAMETERS, lightgbm.Dataset(table[rows], value[rows]), ROUNDS)


@dataclass(frozen=True)
class Normalised:
    """A series and what it would have been under other weather.

    Parameters:
        hours: the series.
        value: (n,) normalised [unit of the value], as Grange and Vu have it.
        corrected: (n,) measured less what its weather added, ``y - (f(t, own) - mean f(t, drawn))`` with f of the other
            blocks: what f itself misses of a change stays in. None without cross-validation.
        resamples: of weather for each hour.
        pool: least and most different weathers they were drawn from.
        skill: cross-validated.
    """

    hours: Hours
    value: Array
    corrected: Array | None
    resamples: int
    pool: tuple[int, int]
    skill: Skill | None


def normalised(hours: Hours, resamples: int = 300, seed: int = 1, *, with_skill: bool = True) -> Normalised:
    """The weather-normalised series.

    Parameters:
        hours: the series.
        resamples: of weather for each hour; balanced: each weather of the pool is drawn as often as any other, give or
            take one, so that drawing adds next to nothing to the error.
        seed: of draws and folds.
        with_skill: whether to cross-validate as well.
    """
    model = _trained(hours.table, hours.value, hours.usable)
    drawn = draws_of(hours, resamples, np.random.default_rng(seed))
    value = resampled(model, hours, drawn)
    sizes = np.concatenate([draws.pools for draws in drawn])
    pool = int(sizes.min()), int(sizes.max())
    found, corrected = _crossed(hours, drawn, seed) if with_skill else (None, None)
    return Normalised(hours, value, corrected, resamples, pool, found)


def draws_of(hours: Hours, resamples: int, generator: np.random.Generator) -> list[_Draws]:
    """Weathers drawn for each hour, by hour of the day.

    Parameters:
        hours: the series.
        resamples: draws for each hour; a weather drawn k times is predicted once and weighs k.
        generator: of the draws.
    """
    return [_drawn(hours, clock, resamples, generator) for clock in range(24)]


def resampled(model: lightgbm.Booster, hours: Hours, drawn: Sequence[_Draws]) -> Array:
    """Mean prediction of each hour over the weathers drawn for it, (n,).

    Parameters:
        model: of ``hours.table``.
        hours: the series.
        drawn: of `draws_of`.
    """
    with ThreadPoolExecutor(THREADS) as pool:
        means = list(pool.map(lambda draws: _means(model, hours, draws), drawn))
    value = np.full(len(hours.value), np.nan)
    for draws, mean in zip(drawn, means, strict=True):
        value[draws.targets] = mean
    return value


@dataclass(frozen=True)
class _Draws:
    """Of one hour of the day: target ``targets[owner[j]]`` gets the weather of ``source[j]``, ``weight[j]`` times."""

    targets: NDArray[np.int64]
    owner: NDArray[np.int64]
    source: NDArray[np.int64]
    weight: NDArray[np.int64]
    pools: NDArray[np.int64]

    def among(self, chosen: NDArray[np.bool_]) -> _Draws:
        """Those of some hours, (n,) of the series."""
        keep = chosen[self.targets]
        number = np.cumsum(keep) - 1
        mine = keep[self.owner]
        owner = number[self.owner[mine]]
        return _Draws(self.targets[keep], owner, self.source[mine], self.weight[mine], self.pools[keep])


def _drawn(hours: Hours, clock: int, resamples: int, generator: np.random.Generator) -> _Draws:
    targets = np.flatnonzero(hours.calendar[:, 3] == clock)
    sources = targets[hours.known[targets]]
    of_year = hours.calendar[:, 1]
    apart = np.abs(of_year[targets][:, None] - of_year[sources][None])
    owner, column = np.nonzero(np.minimum(apart, _YEAR - apart) <= FORTNIGHT)
    pools = np.bincount(owner, minlength=len(targets))
    start = np.cumsum(pools) - pools
    # Places within a pool in random order: the first (resamples mod pool) are drawn once more than the others.
    order = np.argsort(generator.random(len(owner)) + owner, kind="stable")
    place = np.empty(len(owner), dtype=np.int64)
    place[order] = np.arange(len(owner)) - start[owner[order]]
    weight = resamples // pools[owner] + (place < resamples % pools[owner])
    used = weight > 0
    return _Draws(targets, owner[used], sources[column[used]], weight[used], pools)


def _means(model: lightgbm.Booster, hours: Hours, draws: _Draws) -> Array:
    """Weighted means over each target's draws."""
    rows = np.hstack([hours.calendar[draws.targets[draws.owner]], hours.weather[draws.source]])
    said = np.asarray(model.predict(rows, num_threads=1))
    total = np.bincount(draws.owner, draws.weight * said, len(draws.targets))
    weight = np.bincount(draws.owner, draws.weight, len(draws.targets))
    return np.asarray(total / np.where(weight > 0, weight, np.nan))
