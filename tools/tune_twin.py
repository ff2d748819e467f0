"""Make the twin's weather look like its region: a quick model of its PM2.5 beside the real city series.

    .venv/bin/python tools/tune_twin.py [--check] [--set stagnation_winter=0.7 ...]

The quick model is a coarse donor-cell box with the twin's own winds, mixing and inventory, one tracer of fine particles
and one of what becomes fine particles; it stands for the truth model, which takes hours, and is used for nothing else.
Reads ../shared/data (real city series); prints the tables of docs/twin.md.
"""

from __future__ import annotations

import argparse
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numba import njit

from airshed.emissions.profiles import SECTORS, Profiles
from airshed.meteorology.fluxes import hour_fluxes
from airshed.places.gazetteer import Gazetteer
from airshed.places.grid import Grid
from airshed.twin.inventory import made_inventory
from airshed.twin.likeness import Likeness, likeness, table_of
from airshed.twin.passages import Character
from airshed.twin.weather import made_weather

SERIES = "data/air_quality/city_daily_366cities_20131202_20160229.parquet"
SHARED = Path(__file__).resolve().parent.parent.parent / "shared"
CITIES = ("北京", "天津", "石家庄", "唐山", "保定", "廊坊", "沧州", "衡水",
          "邢台", "邯郸", "太原", "济南", "郑州", "张家口", "承德", "秦皇岛")  # fmt: skip
PAIRS = (("北京", "天津"), ("北京", "石家庄"), ("北京", "廊坊"), ("北京", "张家口"), ("石家庄", "邢台"),
         ("石家庄", "邯郸"), ("石家庄", "太原"), ("天津", "济南"), ("北京", "济南"), ("北京", "郑州"),
         ("郑州", "邯郸"), ("唐山", "秦皇岛"))  # fmt: skip
TUNED = (date(2014, 1, 1), date(2015, 3, 1))
CHECKED = (date(2015, 3, 1), date(2016, 3, 1))
SEED, CELL, SPIN_UP = 7, 40_000.0, 4  # , m, days
WINTER = (11, 12, 1, 2)
BLOCK = 240  # h of weather at a time
BACKGROUND = 8e-9 / 1.2  # kg of fine particles a kg of air that comes in


def main() -> None:
    """Run the quick model over the days of one period and print both tables side by side."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="the period kept for checking")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument(
        "--set", nargs="*", default=[], metavar="name=value", help="of the weather's Character"
    )
    chosen = parser.parse_args()
    character = Character(**{k: float(v) for k, v in (s.split("=") for s in chosen.set)})
    start, end = CHECKED if chosen.check else TUNED
    begin = time.process_time()
    made = made_days(start, end, chosen.seed, character)
    real = real_days(start, end)
    print(f"{start} .. {end}, seed {chosen.seed}, {time.process_time() - begin:.0f} s CPU")
    months = np.array([(start + timedelta(days=i)).month for i in range(len(made))])
    print("monthly mean real", [round(float(np.nanmean(real[months == m]))) for m in range(1, 13)])
    print("monthly mean made", [round(float(np.nanmean(made[months == m]))) for m in range(1, 13)])
    print("city mean real", dict(zip(CITIES, np.nanmean(real, 0).round().astype(int).tolist(), strict=True)))
    print("city mean made", dict(zip(CITIES, np.nanmean(made, 0).round().astype(int).tolist(), strict=True)))
    show("whole period", *(likeness(t, CITIES, PAIRS) for t in (real, made)))
    winter = np.isin(months, WINTER)
    show("November to February", *(likeness(t, CITIES, PAIRS, winter) for t in (real, made)))


def show(title: str, real: Likeness, made: Likeness) -> None:
    """One table of docs/twin.md."""
    print(f"\n| {title} ({real.days} days) | real | made | |\n|---|---|---|---|")
    print(f"| mean, µg/m³ | {real.mean:.0f} | {made.mean:.0f} | |")
    ratio = made.variation / real.variation
    print(
        f"| coefficient of variation | {real.variation:.2f} | {made.variation:.2f} | {said(abs(ratio - 1) <= 0.2)} |"
    )
    for name in ("lag1", "lag3"):
        a, b = getattr(real, name), getattr(made, name)
        print(f"| {name} | {a:.2f} | {b:.2f} | {said(abs(a - b) <= 0.1)} |")
    print(f"| asymmetry | {real.asymmetry:.2f} | {made.asymmetry:.2f} | {said(made.asymmetry < 0)} |")
    for pair, r in real.pairs.items():
        ours = made.pairs[pair]
        print(f"| {pair[0]} – {pair[1]} | {r:.2f} | {ours:.2f} | {said(abs(r - ours) <= 0.1)} |")


def said(met: bool) -> str:
    """Whether a target is met."""
    return "met" if met else "missed"


def real_days(start: date, end: date) -> np.ndarray:
    """The real series (day, city) [ug/m3]; 0 means missing there."""
    rows = pl.read_parquet(SHARED / SERIES).select(
        city=pl.col("city").str.strip_suffix("市"),
        day=pl.col("date").cast(pl.Date),
        value=pl.when(pl.col("pm25") > 0).then(pl.col("pm25").cast(pl.Float64)),
    )
    return table_of(rows, CITIES, start, end)[0]


def made_days(start: date, end: date, seed: int, character: Character) -> np.ndarray:
    """The quick model's daily means (day, city) [ug/m3], local days of UTC+8."""
    gazetteer = Gazetteer.load()
    seats = [gazetteer.jurisdiction(gazetteer.require(c, prefer="city")) for c in CITIES]
    lon, lat = np.array([s.lon for s in seats]), np.array([s.lat for s in seats])
    grid = Grid.over(lon, lat, CELL, 160_000.0)
    cells = grid.cell_at(lon, lat)
    first = datetime(start.year, start.month, start.day, tzinfo=UTC) - timedelta(hours=8, days=SPIN_UP)
    hours = ((end - start).days + SPIN_UP) * 24
    model = Quick(grid, made_inventory(gazetteer, grid, seed))
    found = [
        model.run(first + timedelta(hours=h), min(BLOCK, hours - h), seed, character, cells)
        for h in range(0, hours, BLOCK)
    ]
    return np.concatenate(found)[SPIN_UP * 24 :].reshape(-1, 24, len(CITIES)).mean(axis=1)


class Quick:
    """Fine particles and what becomes them, in boxes of 40 km."""

    def __init__(self, grid: Grid, inventory: pl.DataFrame) -> None:
        self.grid, self.profiles = grid, Profiles.load()
        self.sectors = sorted(inventory["sector"].unique())
        self.rate = np.zeros(
            (len(self.sectors), 2, 2, *grid.shape)
        )  # sector, tracer, (ground, stacks), y, x [kg/s]
        weights = {"pm25": (1.0, 0.0), "so2": (0.05, 1.2), "nox": (0.0, 0.9), "voc": (0.0, 0.08)}
        at = grid.cell_at(inventory["lon"].to_numpy(), inventory["lat"].to_numpy())
        flat = self.rate.reshape(len(self.sectors), 2, 2, -1)
        for cell, sector, species, amount, stack in zip(
            at, *(inventory[c] for c in ("sector", "species", "amount", "stack_height")), strict=True
        ):
            for tracer, weight in enumerate(weights.get(species, ())):
                flat[self.sectors.index(sector), tracer, int(stack is not None), cell] += (
                    weight * amount / 31_536
                )
        self.mass: Any = None

    def run(
        self, start: datetime, hours: int, seed: int, character: Character, cells: np.ndarray
    ) -> np.ndarray:
        """Ground concentrations of fine particles in ``cells`` (hour, cell) [ug/m3]."""
        w = made_weather(self.grid, start, hours, seed, character=character)
        field = {n: w[n].values for n in w.data_vars}
        air = field["air_mass"][0].astype(float) * self.grid.area
        if self.mass is None:
            self.mass = np.stack([air * BACKGROUND, air * BACKGROUND])
        depth = np.diff(w["interface"].values)
        out = np.empty((hours, len(cells)))
        for h in range(hours):
            u, v, before = (field[n][h].astype(float) for n in ("u", "v", "air_mass"))
            f = hour_fluxes(u, v, before, before, self.grid.area, self.grid.scale, self.grid.cell)
            self.mass += self._released(start + timedelta(hours=h), len(air))
            advect(self.mass, air, f.x, f.y, f.z, BACKGROUND)
            settle(self.mass, air, field["kz"][h].astype(float), depth, field["relative_humidity"][h].astype(float),
                   field["temperature"][h].astype(float), field["precipitation"][h].astype(float))  # fmt: skip
            density = field["air_mass"][h, 0].ravel()[cells] / depth[0]
            out[h] = (self.mass[0, 0] / air[0]).ravel()[cells] * density * 1e9
        return out

    def _released(self, when: datetime, layers: int) -> np.ndarray:
        local = when + timedelta(hours=8)
        total = np.zeros((2, 2, *self.grid.shape))
        for i, sector in enumerate(self.sectors):
            p, number = self.profiles, SECTORS.index(sector)
            factor = p.month[number, local.month - 1] * p.weekday[number, local.weekday()]
            total += self.rate[i] * (factor * p.hour[number, local.hour])
        out = np.zeros((2, layers, *self.grid.shape))
        out[:, 0], out[:, 1] = 0.8 * total[:, 0] * 3600, 0.2 * total[:, 0] * 3600
        out[:, 3], out[:, 4] = 0.5 * total[:, 1] * 3600, 0.5 * total[:, 1] * 3600
        return out


@njit(cache=True)  # air (layer, y, x) [kg]; fluxes [kg/h] -> steps in which no box loses more than it has
def steps_of(air: Any, fx: Any, fy: Any, fz: Any) -> int:
    layers, ny, nx = air.shape
    worst = 0.0
    for k in range(layers):
        for j in range(ny):
            for i in range(nx):
                out = (
                    max(fx[k, j, i + 1], 0)
                    - min(fx[k, j, i], 0)
                    + max(fy[k, j + 1, i], 0)
                    - min(fy[k, j, i], 0)
                )
                out += max(fz[k + 1, j, i], 0) - min(fz[k, j, i], 0)
                worst = max(worst, out / air[k, j, i])
    return int(worst / 0.9) + 1


@njit(cache=True)  # mass (tracer, layer, y, x), air (layer, y, x) [kg]; fluxes [kg/h]; inflow [kg/kg]
def advect(mass: Any, air: Any, fx: Any, fy: Any, fz: Any, inflow: float) -> None:
    layers, ny, nx = air.shape
    steps = steps_of(air, fx, fy, fz)
    for _ in range(steps):
        for t in range(mass.shape[0]):
            q = mass[t] / air
            for k in range(layers):
                for j in range(ny):
                    for i in range(nx + 1):
                        west = q[k, j, i - 1] if i > 0 else inflow
                        east = q[k, j, i] if i < nx else inflow
                        m = fx[k, j, i] / steps * (west if fx[k, j, i] > 0 else east)
                        if i > 0:
                            mass[t, k, j, i - 1] -= m
                        if i < nx:
                            mass[t, k, j, i] += m
                for j in range(ny + 1):
                    for i in range(nx):
                        south = q[k, j - 1, i] if j > 0 else inflow
                        north = q[k, j, i] if j < ny else inflow
                        m = fy[k, j, i] / steps * (south if fy[k, j, i] > 0 else north)
                        if j > 0:
                            mass[t, k, j - 1, i] -= m
                        if j < ny:
                            mass[t, k, j, i] += m
                for j in range(ny):
                    for i in range(nx):
                        above = q[k + 1, j, i] if k + 1 < layers else inflow
                        m = fz[k + 1, j, i] / steps * (q[k, j, i] if fz[k + 1, j, i] > 0 else above)
                        mass[t, k, j, i] -= m
                        if k + 1 < layers:
                            mass[t, k + 1, j, i] += m


@njit(cache=True)  # one hour of conversion, removal and implicit mixing; depth (layer) [m]
def settle(mass: Any, air: Any, kz: Any, depth: Any, humidity: Any, temperature: Any, rain: Any) -> None:
    layers, ny, nx = air.shape
    upper, lower, right = np.empty(layers), np.empty(layers), np.empty(layers)
    for j in range(ny):
        for i in range(nx):
            for k in range(layers):
                moist = max(0.0, (humidity[k, j, i] - 0.45) / 0.5)
                cool = 1 / (1 + np.exp((temperature[k, j, i] - 293) / 4))
                share = 1 - np.exp(-(0.003 + 0.06 * moist * moist) * (0.15 + 0.85 * cool))
                moved = share * mass[1, k, j, i]
                mass[1, k, j, i] -= moved
                mass[0, k, j, i] += moved
                kept = np.exp(-0.6 * rain[j, i])
                mass[0, k, j, i] *= kept
                mass[1, k, j, i] *= kept
            for t in range(2):
                fall = (0.0015 if t == 0 else 0.004) * 3600 / depth[0]
                for k in range(layers):
                    right[k] = mass[t, k, j, i] / air[k, j, i]
                    upper[k] = (
                        -3600
                        * kz[k + 1, j, i]
                        / (depth[k] * 0.5 * (depth[k] + depth[min(k + 1, layers - 1)]))
                    )
                    lower[k] = -3600 * kz[k, j, i] / (depth[k] * 0.5 * (depth[k] + depth[max(k - 1, 0)]))
                upper[layers - 1], lower[0] = 0.0, 0.0
                factor = 1 + fall - upper[0]
                upper[0], right[0] = upper[0] / factor, right[0] / factor
                for k in range(1, layers):
                    factor = 1 - upper[k] - lower[k] - lower[k] * upper[k - 1]
                    right[k] = (right[k] - lower[k] * right[k - 1]) / factor
                    upper[k] /= factor
                for k in range(layers - 2, -1, -1):
                    right[k] -= upper[k] * right[k + 1]
                for k in range(layers):
                    mass[t, k, j, i] = right[k] * air[k, j, i]


if __name__ == "__main__":
    main()
