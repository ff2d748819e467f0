"""Shares of enterprises and single cells: by particles, which nothing makes negative, beside the footprint's figure.

A footprint is one field for all sources; what it says of a single cell is a small difference of large weights. So the
share of a single source is taken from particles (`residence`), with its sampling error, and the footprint's figure
stands beside it with the gap between the two. Primary PM2.5 alone: it is deposited and washed out on the way, nothing
is converted. Sulfate, nitrate, ammonium and SOA of a single source are not reckoned here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np
import polars as pl
import xarray as xr
from numpy.typing import NDArray

from airshed.chemistry import CLASSES
from airshed.emissions.profiles import RELEASES, SECTORS, Profiles, hour_factors
from airshed.emissions.release import stack_class
from airshed.emissions.units import seconds_of
from airshed.errors import BadInput
from airshed.places.grid import Grid
from airshed.transport.backward import bins_of
from airshed.transport.case import Case
from airshed.transport.nouns import SPECIES
from airshed.transport.operators import hour_rates
from airshed.transport.particles import HourLoss
from airshed.transport.residence import (
    ERROR_FACTOR,
    PointShare,
    PointSource,
    Verdict,
    shares_of_points,
    verdict_of,
)
from airshed.transport.shelf import Shelf, bin_place
from airshed.transport.study import Study

__all__ = ["COUNT", "Point", "PointDay", "cell_point", "fine_loss", "point_shares", "points_of_rows"]

Array = NDArray[Any]
DAY: Final = 24  # [h]
COUNT: Final = 4_096  # particles an hour of the receptor, where nothing else is said
SECONDS_PER_HOUR: Final = 3600.0  # [s]
KILOGRAMS: Final = 1000.0  # [kg t-1]


@dataclass(frozen=True)
class Point:
    """A single source of primary PM2.5.

    Parameters:
        id: of the enterprise or cell.
        cell: flat number on the case's grid.
        rate: annual mean [kg h-1] by (sector, release class); the sector gives the hour's factor, the class the height.

    Raises:
        BadInput: nothing is emitted, or less than nothing.
    """

    id: str
    cell: int
    rate: Mapping[tuple[str, str], float]

    def __post_init__(self) -> None:
        if not self.rate or min(self.rate.values()) < 0 or not sum(self.rate.values()) > 0:
            came = f"{sum(self.rate.values()):g} kg/h" if self.rate else "none"
            raise BadInput(f"primary PM2.5 emitted by {self.id}", came, "name a source that emits pm25")


@dataclass(frozen=True)
class PointDay:
    """What one source adds to a receptor's day [ug m-3].

    Parameters:
        id, receptor, day: of what, to whom, when.
        contribution, standard_error: by particles; the error holds their sampling and that of the hours.
        footprint: what the stored footprint says of the same emission; ``gap``: footprint less contribution.
        distance: to the receptor's nearest cell [cells].
        verdict: whose words are in `residence.VERDICTS`.
        hours: of the day that were sampled.
    """

    id: str
    receptor: str
    day: date
    contribution: float
    standard_error: float
    footprint: float
    distance: int
    verdict: Verdict
    hours: int

    @property
    def gap(self) -> float:
        """Footprint less particles [ug m-3]."""
        return self.footprint - self.contribution


def point_shares(
    case: Case,
    receptor: str,
    day: date,
    points: Sequence[Point],
    count: int = COUNT,
    seed: int = 1,
    *,
    hours: int = DAY,
) -> list[PointDay]:
    """What single sources add to a receptor's day: the mean over its hours, as far back as the footprint reaches.

    Parameters:
        case: with the footprint of that day.
        points: at least one source; all are served by one run of particles.
        count: particles of each hour.
        seed: of the random numbers.
        hours: of the day that are sampled, evenly: 24 or a divisor of it.

    Raises:
        BadInput: a day or receptor without footprint, hours that do not divide the day, no points.
    """
    if hours < 1 or DAY % hours:
        raise BadInput("hours that divide the day: 1, 2, 3, 4, 6, 8, 12 or 24", str(hours), "choose one")
    if not points:
        raise BadInput("at least one source", "none", "name a source or a cell")
    study = case.for_receptors([receptor])
    shelf = Shelf(case)
    stored = shelf.footprint(day, receptor)[:, SPECIES.index("pm25")]
    first, start = study.first_hour(day), _oldest_hour(shelf, study, day, receptor)
    hourly = [_by_release(study, point, start, first + DAY) for point in points]
    emitted = _by_layer(study, points, hourly, start)
    step, found = DAY // hours, []
    for hour in range(first + step // 2, first + DAY, step):
        # Lag 0 is the receptor's own hour, so emission runs back from it.
        sources = [
            PointSource(p.id, p.cell, rows[: hour - start + 1][::-1])
            for p, rows in zip(points, emitted, strict=True)
        ]
        found.append(_hour(study, hour, hour - start + 1, sources, count, seed))
    return [
        _day(
            point, receptor, day, [hour[n] for hour in found],
            _footprint_says(stored, study, point, hourly[n], day, start),
        )
        for n, point in enumerate(points)
    ]  # fmt: skip


def _hour(
    study: Study, hour: int, lags: int, sources: Sequence[PointSource], count: int, seed: int
) -> list[PointShare]:
    (breathes,) = study.receptors
    own = int(np.random.SeedSequence([seed, hour]).generate_state(1)[0])
    return shares_of_points(
        study.weather, breathes.cells, hour, lags, sources, count, own, weights=breathes.weights,
        loss=lambda number: fine_loss(study.weather, number),
    )  # fmt: skip


def _day(point: Point, receptor: str, day: date, shares: Sequence[PointShare], footprint: float) -> PointDay:
    values = np.array([s.contribution for s in shares])
    errors = np.array([s.standard_error for s in shares])
    sampled = float(np.sqrt((errors**2).sum())) / len(values)
    # Hours left out are as uncertain as the others differ; with all 24 nothing is left out.
    left_out = 1 - len(values) / DAY
    between = float(values.std(ddof=1)) * np.sqrt(left_out / len(values)) if len(values) > 1 else 0.0
    mean, error = float(values.mean()), float(np.hypot(sampled, between))
    distance = shares[0].distance
    verdict = verdict_of(mean, ERROR_FACTOR * error, distance)
    return PointDay(point.id, receptor, day, mean, error, footprint, distance, verdict, len(values))


def fine_loss(weather: xr.Dataset, hour: int) -> HourLoss:
    """What primary PM2.5 loses in an hour: deposition from the lowest layer and washout; nothing is converted."""
    rates, number = hour_rates(weather, hour), CLASSES.index("fine")
    interface = weather["interface"].values.astype(np.float64)
    first = rates.scavenging[number].astype(np.float64).copy()
    first[0] += rates.deposition[number] * SECONDS_PER_HOUR / (interface[1] - interface[0])
    nothing = np.zeros_like(first)
    return HourLoss(first, nothing, nothing)


def _oldest_hour(shelf: Shelf, study: Study, day: date, receptor: str) -> int:
    """First hour of emission that the stored footprint reaches back to."""
    given = shelf.group["given"][shelf.day_number(day)][shelf.columns([receptor])[0]]
    reached = np.flatnonzero(np.abs(given).sum(axis=(1, 2, 3)))
    back = int(reached[-1]) if len(reached) else 0
    return max(study.first_hour(day) - back * DAY, 0)


def _by_release(study: Study, point: Point, start: int, end: int) -> Array:
    """Emission of a source by hour and release class [kg h-1], (hour, release)."""
    sectors = sorted({sector for sector, _ in point.rate})
    times = study.weather["time"].values[start:end]
    factor = hour_factors(study.profiles, sectors, times, study.utc_offset).values  # (sector, hour)
    found = np.zeros((end - start, len(RELEASES)))
    for (sector, release), rate in point.rate.items():
        found[:, RELEASES.index(release)] += rate * factor[sectors.index(sector)]
    return found


def _by_layer(study: Study, points: Sequence[Point], hourly: Sequence[Array], start: int) -> list[Array]:
    """The same by layer, as the plumes rise in each hour, (hour, layer)."""
    cells = [p.cell for p in points]
    hours = range(start, start + len(hourly[0]))
    shares = np.stack([study.layer_shares(hour)[:, :, cells] for hour in hours]).astype(np.float64)
    return [np.einsum("hr,hrk->hk", rows, shares[..., n]) for n, rows in enumerate(hourly)]


def _footprint_says(stored: Array, study: Study, point: Point, hourly: Array, day: date, start: int) -> float:
    """Footprint times emission of one cell [ug m-3]: bins hold means, so emission is summed over each.

    Parameters:
        stored: (bin, release, y, x) of primary PM2.5 [ug m-3 per kg emitted in the bin's hours].
        hourly: the emission by hour and release class [kg h-1], from hour ``start`` on.
    """
    row, column = divmod(point.cell, study.grid.nx)
    sensitivity = stored[:, :, row, column].astype(np.float64)
    first, total = study.first_hour(day) - start, 0.0
    for lag in range(-(-first // DAY) + 1):
        width, place = DAY // bins_of(lag), bin_place(lag)
        for number, one in enumerate(sensitivity[place]):
            begin = first - lag * DAY + number * width
            there = hourly[max(begin, 0) : max(begin + width, 0)]
            # A bin's sensitivity is a mean over all its hours, those before the weather (none) included.
            total += float(one @ there.sum(axis=0)) * width / max(len(there), 1)
    return total


def cell_point(case: Case, lon: float, lat: float) -> Point:
    """All that the cell round a place [deg, WGS-84] emits of primary PM2.5, as one source.

    Raises:
        BadInput: a place off the grid, or a cell that emits none.
    """
    study = case.study
    cell = int(study.grid.cell_at(lon, lat))
    if cell < 0:
        raise BadInput("a place on the case's grid", f"{lon:g}, {lat:g}", "name one inside")
    row, column = divmod(cell, study.grid.nx)
    here = study.release["amount"].sel(species="pm25")[:, row, column]
    rate: dict[tuple[str, str], float] = {}
    for sector, release, amount in zip(
        here["sector"].values, here["release"].values, here.values, strict=True
    ):
        if amount > 0:
            key = (str(sector), str(release))
            rate[key] = rate.get(key, 0.0) + float(amount) * SECONDS_PER_HOUR
    return Point(f"cell {row},{column}", cell, rate)


def points_of_rows(inventory: pl.DataFrame, grid: Grid, profiles: Profiles) -> list[Point]:
    """Sources of an inventory that lie at a point and emit primary PM2.5, those of one id and cell taken together.

    Parameters:
        inventory: rows of `airshed.emissions.INVENTORY` [t/a]; rows without a point, and points off the grid, are
            left out.
        profiles: give the release class of a stack, and the split of what has none.
    """
    rows = inventory.filter(
        (pl.col("species") == "pm25") & pl.col("lon").is_not_null() & (pl.col("amount") > 0)
    )
    if rows.is_empty():
        return []
    cells = grid.cell_at(rows["lon"].to_numpy(), rows["lat"].to_numpy())
    found: dict[tuple[str, int], dict[tuple[str, str], float]] = {}
    for row, cell, classes in zip(rows.iter_rows(named=True), cells, _classes(rows, profiles), strict=True):
        rate = found.setdefault((row["source"], int(cell)), {}) if cell >= 0 else {}
        for release, share in zip(RELEASES, classes, strict=True):
            key, amount = (row["sector"], release), row["amount"] * KILOGRAMS * float(share)
            rate[key] = rate.get(key, 0.0) + amount / seconds_of(None) * SECONDS_PER_HOUR
    return [
        Point(source, cell, {k: v for k, v in rate.items() if v > 0})
        for (source, cell), rate in found.items()
    ]


def _classes(rows: pl.DataFrame, profiles: Profiles) -> Array:
    """Share of each row in each release class, (row, release)."""
    share = profiles.split[[SECTORS.index(s) for s in rows["sector"]]].copy()
    stacked = rows["stack_height"].is_not_null().to_numpy()
    if stacked.any():
        names = ("stack_height", "stack_diameter", "exit_temperature", "exit_velocity")
        known = rows.filter(stacked).select(pl.col(names).cast(pl.Float64).fill_null(float("nan")))
        height, diameter, temperature, velocity = (known[n].to_numpy() for n in names)
        share[stacked] = np.eye(len(RELEASES))[stack_class(height, diameter, temperature, velocity, profiles)]
    return share
