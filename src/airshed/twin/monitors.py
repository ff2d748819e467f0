"""What monitors in the made region show: the truth at their cells, seen by instruments.

Particles, SO2 and NOx come from the truth. What the truth does not carry is a stated formula, no chemistry: coarse
particles and CO go with fine particles, NO2 and O3 share the odd oxygen of a background that rises with the sun.
Constants marked unverified are orders of magnitude from memory: nobody may cite them. Faults are planted afterwards
(``faults.plant``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.signal import lfilter

from airshed.errors import BadInput
from airshed.places import Station
from airshed.places.grid import Grid

__all__ = ["cells_of", "dust_plume", "nitrogen_dioxide", "observe", "ozone_background"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

COARSE_LEVEL: Final = 14.0  # [ug m-3] coarse particles of a calm day, own choice, unverified
COARSE_PER_FINE: Final = 0.45  # [1] coarse that goes with fine, own choice, unverified (PM2.5/PM10 near 0.6)
COARSE_BLOWN: Final = (
    40.0  # [ug m-3] raised at a friction velocity of 0.5 m/s, with its cube, own choice, unverified
)
CO_BACKGROUND: Final = 0.25  # [mg m-3] unverified
CO_PER_FINE: Final = 0.010  # [mg/ug] CO that goes with fine particles of combustion, unverified
NO2_AT_RELEASE: Final = 0.10  # [1] share of NOx released as NO2, 5-20 % in most inventories, unverified
MICROGRAMS_A_PPB: Final = {
    "no2": 1.88,
    "o3": 1.96,
}  # [ug m-3 / ppb] at 25 degC and 1013 hPa: molar mass / 24.47 L
PHOTOLYSIS: Final = 8.5e-3  # [s-1] of NO2 at 1000 W m-2, order of magnitude, unverified
TITRATION: Final = 4.4e-4  # [ppb-1 s-1] NO + O3 at 298 K (1.8e-14 cm3 s-1), unverified
NOTHING: Final = 1e-30  # [ppb] neither NOx nor ozone: no NO2 either
OZONE_NIGHT, OZONE_SUN = 32.0, 45.0  # [ppb] background at night, and what full sun and warmth add; unverified
OZONE_WARMTH: Final = (268.0, 303.0)  # [K] from no to full effect of warmth, own choice, unverified
OZONE_SUNSHINE: Final = 500.0  # [W m-2] mean of the last hours that counts as full, own choice
OZONE_MEMORY: Final = 4.0  # [h] over which sunshine counts, own choice

STATION_SPREAD: Final = {
    "pm": 0.10,
    "so2": 0.20,
    "nox": 0.25,
}  # log; how far a station differs from its cell, own choice
CONTROL: Final = {
    "pm": 0.75,
    "so2": 0.65,
    "nox": 0.45,
}  # [1] a control site out of town against its cell, own choice
JITTER: Final = 0.08  # log; what passes a station within hours, own choice
NOISE: Final[dict[str, tuple[float, float]]] = {
    "pm25": (0.05, 1.5),
    "pm10": (0.05, 2.0),
    "so2": (0.03, 0.7),
    "no2": (0.03, 1.0),
    "o3": (0.03, 1.5),
}
CO_NOISE: Final = (
    0.04,
    0.03,
)  # instruments: (share of the value, absolute [unit of the variable]), own choice
LEAST: Final = {"pm25": 2.0, "pm10": 4.0, "so2": 1.0, "no2": 2.0, "co": 0.1, "o3": 1.0}
DUST_PEAK, DUST_FINE = 1100.0, 0.12  # [ug m-3] of coarse dust, [1] fine beside it, own choice
DUST_SPEED, DUST_SETTLING = 40.0, 7.0  # [km/h] southward, [h] to fall by e, own choice
KILOMETRES_A_DEGREE: Final = 111.0  # [km] of latitude


def observe(
    concentration: xr.Dataset,
    weather: xr.Dataset,
    stations: Sequence[Station],
    rng: np.random.Generator,
    dust_from: int | None = None,
) -> dict[str, Floats]:
    """Hourly values of the six pollutants at stations, without gaps or faults.

    Parameters:
        concentration: of ``truth.run_truth``, all six classes, (time, y, x) [ug m-3].
        weather: of the same hours and grid; ``radiation``, ``temperature`` and ``friction_velocity`` are read.
        stations: with lon and lat; role ``control`` stands out of town.
        rng: the only source of chance.
        dust_from: hour number in which dust from the north reaches the northernmost station; none: no dust.

    Returns:
        Pollutant to (station, hour) in the catalogue's unit (ug/m3, CO mg/m3) and printed decimals: the form that
        ``faults.plant`` takes.

    Raises:
        BadInput: a station without coordinates or outside the grid; hours of air and weather that differ.
    """
    if not np.array_equal(concentration["time"].values, weather["time"].values):
        raise BadInput("air and weather of the same hours", "other hours", "take the weather of the run")
    cells = cells_of(stations, Grid.of(concentration))
    air = {name: _at(concentration[name], cells) for name in ("pm25", "fine", "so2", "nox")}
    near = {name: _at(weather[name], cells) for name in ("radiation", "friction_velocity")}
    warmth = _at(weather["temperature"].isel(layer=0), cells)
    control = np.array([s.role == "control" for s in stations])
    here = {kind: _nearby(kind, control, air["fine"].shape, rng) for kind in STATION_SPREAD}
    fine, pm25, nox = air["fine"] * here["pm"], air["pm25"] * here["pm"], air["nox"] * here["nox"]
    dust = np.zeros_like(pm25)
    if dust_from is not None:
        dust = dust_plume(np.array([float(s.lat or 0) for s in stations]), pm25.shape[1], dust_from, rng)
    coarse = _coarse(fine, near["friction_velocity"]) * np.exp(0.2 * _red_noise(fine.shape, 8, rng)) + dust
    background = ozone_background(near["radiation"], warmth)
    no2, o3 = nitrogen_dioxide(nox, background, near["radiation"])
    seen = {"pm25": _seen("pm25", pm25 + DUST_FINE * dust, rng)}
    seen["pm10"] = np.maximum(_seen("pm10", seen["pm25"] + coarse, rng), seen["pm25"] + 1)
    for name, value in {"so2": air["so2"] * here["so2"], "no2": no2, "o3": o3}.items():
        seen[name] = _seen(name, value, rng)
    seen["co"] = _seen("co", CO_BACKGROUND + CO_PER_FINE * fine, rng)
    return {name: seen[name] for name in LEAST}


def cells_of(stations: Sequence[Station], grid: Grid) -> Ints:
    """Flat number of the cell of each station.

    Raises:
        BadInput: a station without coordinates or outside the grid.
    """
    if lost := [s.id for s in stations if s.lon is None or s.lat is None]:
        raise BadInput("stations with lon and lat", f"{lost} without", "give their coordinates")
    cells = grid.cell_at([float(s.lon or 0) for s in stations], [float(s.lat or 0) for s in stations])
    if outside := [s.id for s, cell in zip(stations, cells, strict=True) if cell < 0]:
        raise BadInput(
            "stations on the grid", f"{outside} outside it", "take a larger grid or fewer stations"
        )
    return cells


def nitrogen_dioxide(nox: Floats, background: Floats, radiation: Floats) -> tuple[Floats, Floats]:
    """NO2 and O3 [ug m-3] of NOx in a background of ozone: the photostationary state.

    With odd oxygen Ox = O3 + NO2 kept, N = NOx and r = photolysis / titration, [NO] [O3] = r [NO2] gives
    NO2 = (s - sqrt(s^2 - 4 N Ox)) / 2, s = N + Ox + r [ppb] (Leighton 1961; Ox as in Clapp and Jenkin 2001,
    doi:10.1016/S1352-2310(01)00378-8). A formula, no chemistry: ozone made on the way is in the background only.

    Parameters:
        nox: counted as NO2 [ug m-3].
        background: ozone without local NO [ppb].
        radiation: [W m-2].
    """
    all_nox = nox / MICROGRAMS_A_PPB["no2"]
    oxygen = background + NO2_AT_RELEASE * all_nox
    ratio = PHOTOLYSIS * radiation / 1000.0 / TITRATION
    total = all_nox + oxygen + ratio
    # The other root's form: no difference of nearly equal numbers where there is little NOx.
    below = total + np.sqrt(np.maximum(total**2 - 4 * all_nox * oxygen, 0.0))
    no2 = 2 * all_nox * oxygen / np.maximum(below, NOTHING)
    return no2 * MICROGRAMS_A_PPB["no2"], np.maximum(oxygen - no2, 0.0) * MICROGRAMS_A_PPB["o3"]


def ozone_background(radiation: Floats, temperature: Floats) -> Floats:
    """Ozone of the region without local NO [ppb], (station, hour): rises with the last hours' sun and with warmth.

    A stated formula, no chemistry, unverified: radiation [W m-2] with a memory of four hours, temperature [K].
    """
    keep = float(np.exp(-1 / OZONE_MEMORY))
    sunny = np.asarray(lfilter([1 - keep], [1.0, -keep], radiation, axis=1))
    sun = np.clip(sunny / OZONE_SUNSHINE, 0.0, 1.0)
    cold, warm = OZONE_WARMTH
    warmth = np.clip((temperature - cold) / (warm - cold), 0.0, 1.0)
    return np.asarray(OZONE_NIGHT + OZONE_SUN * sun * (0.3 + 0.7 * warmth), dtype=np.float64)


def dust_plume(lat: Floats, hours: int, start: int, rng: np.random.Generator) -> Floats:
    """Coarse dust [ug m-3], (station, hour): comes from the north at 40 km/h and settles by e in seven hours."""
    arrival = start + np.rint((lat.max() - lat) * KILOMETRES_A_DEGREE / DUST_SPEED)
    since = np.arange(hours)[None, :] - arrival[:, None]
    fading = np.minimum((since + 1) / 2, 1) * np.exp(-np.clip(since, 0, None) / DUST_SETTLING)
    shape = np.where(since < 0, 0.0, fading)
    strength = DUST_PEAK * np.exp(0.25 * rng.standard_normal((len(lat), 1)))
    return np.asarray(np.where(shape > 0.01, shape, 0.0) * strength, dtype=np.float64)


def _coarse(fine: Floats, friction_velocity: Floats) -> Floats:
    blown = COARSE_BLOWN * (friction_velocity / 0.5) ** 3
    return np.asarray(COARSE_LEVEL + COARSE_PER_FINE * fine + blown, dtype=np.float64)


def _at(field: xr.DataArray, cells: Ints) -> Floats:
    """A field (time, y, x) at cells, (station, hour)."""
    rows, columns = np.divmod(cells, field.sizes["x"])
    found = field.isel(y=xr.DataArray(rows, dims="station"), x=xr.DataArray(columns, dims="station"))
    return np.asarray(found.transpose("station", "time").values, dtype=np.float64)


def _nearby(
    kind: str, control: NDArray[np.bool_], shape: tuple[int, ...], rng: np.random.Generator
) -> Floats:
    """What a station shows of its cell's mean: its place, and what passes within hours, (station, hour)."""
    place = np.exp(STATION_SPREAD[kind] * rng.standard_normal((shape[0], 1)))
    town = np.where(control, CONTROL[kind], 1.0)[:, None]
    return np.asarray(place * town * np.exp(JITTER * _red_noise(shape, 3, rng)), dtype=np.float64)


def _red_noise(shape: tuple[int, ...], memory: float, rng: np.random.Generator) -> Floats:
    """AR(1) along the hours: variance one, correlation falling by e in ``memory`` hours."""
    keep = float(np.exp(-1 / memory))
    noise = rng.standard_normal(shape)
    noise[:, 1:] *= np.sqrt(1 - keep**2)
    return np.asarray(lfilter([1.0], [1.0, -keep], noise, axis=1), dtype=np.float64)


def _seen(variable: str, values: Floats, rng: np.random.Generator) -> Floats:
    """As an instrument prints it: with its noise, its least value and its decimals."""
    share, floor = CO_NOISE if variable == "co" else NOISE[variable]
    noisy = values * (1 + share * rng.standard_normal(values.shape)) + floor * rng.standard_normal(
        values.shape
    )
    printed = np.round(np.maximum(noisy, LEAST[variable]), 1 if variable == "co" else 0)
    return np.asarray(printed, dtype=np.float64)
