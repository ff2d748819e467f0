"""From a raw state to weather: hour means, winds that keep mass, mixing."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from airshed.errors import BadInput
from airshed.meteorology.balance import (
    Adjuster,
    FaceWinds,
    face_winds,
    interface_pressure,
    omega_flux,
    smoothed,
)
from airshed.meteorology.column_state import check_state
from airshed.meteorology.fluxes import SECONDS, hour_fluxes
from airshed.meteorology.mixing import LEAST_HEIGHT, Ground, diffusivity, potential_temperature
from airshed.meteorology.weather import LAYER_TOPS, VARIABLES, check_weather
from airshed.places.grid import Grid

__all__ = ["RAW_TOPS", "TOP_RULES", "balance_text", "relative_humidity", "weather_from"]

Floats = NDArray[np.float64]
HIGH: Final = 10_000.0  # [m] a column that ends at or above it holds most of the air: nothing passes its top
RATIO: Final = 0.622  # [1] molar mass of water over that of dry air
FREEZING: Final = 273.15  # [K] 0 degC
MOST_HUMID: Final = 1.2  # [1] the bound of ``check_weather``

RAW_TOPS: Final = (
    *LAYER_TOPS,
    4200.0,
)  # [m] a layer more than weather has, so that its top has wind on both sides
TOP_RULES: Final = {
    "omega": "as the source's own vertical wind has it / 取自资料自带的垂直速度",
    "closed": "nothing, the column reaches 10 km or more / 气柱高于 10 km，视为零",
    "smoothed": "what the raw winds imply, smoothed / 由原始风场推得并平滑",
}
"""What passes the top of the balanced column, by attribute ``balance_top``."""


def weather_from(raw: xr.Dataset, grid: Grid, tops: tuple[float, ...] = LAYER_TOPS) -> xr.Dataset:
    """Weather from a raw state: an hour between each two instants.

    Winds at faces are means over the hour's two ends, adjusted so that air is neither made nor lost: what a column
    gains is what its pressure says, and what leaves through the top is the source's own vertical wind where it gives
    one (``TOP_RULES``). How much was changed stands in the attributes ``balance_rms`` and ``balance_max`` [m s-1].
    Precipitation and radiation are those of the hour; everything else is the mean of its two ends.

    Parameters:
        raw: a raw state (``column_state``) of at least two instants; its layers may reach beyond ``tops``, and had
            better (``RAW_TOPS`` where the source gives omega, 10 km or more where it gives none).
        grid: the grid it lies on.
        tops: of the layers wanted [m above ground]; the first layers of ``raw``.

    Raises:
        BadInput: the raw state is not one, lies on another grid, has one instant only or other layers.
    """
    check_state(raw)
    _check_fit(raw, grid, tops)
    maker = _Maker(raw, grid, len(tops))
    count = raw.sizes["time"] - 1
    fields: dict[str, NDArray[Any]] = {}
    for t in range(count):
        for name, field in maker.hour(t).items():
            kind = raw["air_mass"].dtype
            fields.setdefault(name, np.empty((count, *field.shape), dtype=kind))[t] = field
    fields["air_mass"] = raw["air_mass"].values[:, : len(tops)]
    fields["terrain"] = raw["terrain"].values
    made = {n: xr.Variable(VARIABLES[n][0], f, {"units": VARIABLES[n][1]}) for n, f in fields.items()}
    return check_weather(xr.Dataset(made, _coords(raw, grid, tops), _attrs(raw, grid, maker)))


def balance_text(weather: xr.Dataset) -> str:
    """How far the winds were adjusted, in a line to print, Chinese first."""
    rms, most = (float(weather.attrs[n]) for n in ("balance_rms", "balance_max"))
    rule = TOP_RULES[str(weather.attrs["balance_top"])]
    return (
        f"风场质量守恒调整：均方根 {rms:.3f} m/s，最大 {most:.3f} m/s / "
        f"winds adjusted to keep mass: rms {rms:.3f} m/s, maximum {most:.3f} m/s; 顶部 / top: {rule}"
    )


def relative_humidity(specific_humidity: Floats, temperature: Floats, pressure: Floats) -> Floats:
    """Relative humidity over water, 0..1.2, from specific humidity [kg kg-1], temperature [K] and pressure [Pa].

    Source: Bolton 1980, doi:10.1175/1520-0493(1980)108<1046:TCOEPT>2.0.CO;2, eq. 10 (0.1 % between -30 and 35 degC).

    >>> round(float(relative_humidity(np.asarray(0.01), np.asarray(293.15), np.asarray(101_325.0))), 2)
    0.69
    """
    celsius = temperature - FREEZING
    saturated = 611.2 * np.exp(17.67 * celsius / (celsius + 243.5))
    vapour = specific_humidity * pressure / (RATIO + (1.0 - RATIO) * specific_humidity)
    return np.asarray(np.clip(vapour / saturated, 0.0, MOST_HUMID), dtype=np.float64)


class _Maker:
    """The hours of one raw state, one after the other."""

    def __init__(self, raw: xr.Dataset, grid: Grid, layers: int) -> None:
        self.raw, self.grid, self.layers = raw, grid, layers
        self.interface = np.asarray(raw["interface"].values, dtype=np.float64)
        self.middles = 0.5 * (self.interface[1:] + self.interface[:-1])
        self.rule = "omega" if "omega" in raw else "closed" if self.interface[-1] >= HIGH else "smoothed"
        # with the source's omega the column ends at the weather's top; without it all the air there is must close
        self.column = layers if self.rule == "omega" else raw.sizes["layer"]
        self.adjust = Adjuster(grid, self._values("air_mass", 0)[: self.column].sum(axis=0))
        self.squares, self.faces, self.most = 0.0, 0, 0.0
        self._end = (-1, np.empty(0))  # the instant whose Kz was reckoned last, and it

    def hour(self, t: int) -> dict[str, Floats]:
        """All fields of the hour between instants t and t + 1."""
        winds = self._winds(t)
        kept = slice(None, self.layers)
        fields = {"u": winds.u[kept], "v": winds.v[kept], "kz": self._hour_kz(t)}
        fields["mixing_height"] = np.maximum(self._mean("mixing_height", t), LEAST_HEIGHT)
        fields["temperature"] = self._mean("temperature", t)[kept]
        fields["relative_humidity"] = 0.5 * (self._humidity(t) + self._humidity(t + 1))[kept]
        fields |= {name: self._values(name, t + 1) for name in ("precipitation", "radiation")}
        return fields | {name: self._mean(name, t) for name in ("cloud", "friction_velocity")}

    def _winds(self, t: int) -> FaceWinds:
        u, v, mass = (self._ends(name, t) for name in ("u", "v", "air_mass"))
        winds = face_winds(u, v, mass)
        column, mass = FaceWinds(winds.u[: self.column], winds.v[: self.column]), mass[:, : self.column]
        top_flux = self._top_flux(t, winds, mass)
        adjusted, change = self.adjust(column, mass[0], mass[1], top_flux)
        for field in (change.u, change.v):
            self.squares, self.faces = self.squares + float((field**2).sum()), self.faces + field.size
            self.most = max(self.most, float(np.abs(field).max()))
        return adjusted

    def _hour_kz(self, t: int) -> Floats:
        start = self._end[1] if self._end[0] == t else self._diffusivity(t)
        self._end = (t + 1, self._diffusivity(t + 1))
        return np.asarray(0.5 * (start + self._end[1]), dtype=np.float64)

    def _top_flux(self, t: int, winds: FaceWinds, mass: Floats) -> Floats:
        """What passes the top of the column, upward [kg m-2 s-1], (y, x)."""
        if self.rule == "closed":
            return np.zeros(self.grid.shape)
        if self.rule == "omega":
            omega = self._ends("omega", t)[:, : self.column + 1]
            pressure = interface_pressure(self._ends("surface_pressure", t), mass)
            interface = self.interface[: self.column + 1]
            fluxes = omega_flux(omega, pressure, winds, self.middles, interface, self.grid)
            return np.asarray(fluxes[-1], dtype=np.float64)
        area, scale, column = self.grid.area, self.grid.scale, slice(None, self.column)
        raw = hour_fluxes(winds.u[column], winds.v[column], mass[0], mass[1], area, scale, self.grid.cell)
        return smoothed(raw.z[-1] / (SECONDS * area))

    def _diffusivity(self, t: int) -> Floats:
        temperature, mass = self._values("temperature", t), self._values("air_mass", t)
        surface = self._values("surface_pressure", t)
        pressure = interface_pressure(surface, mass)
        theta = potential_temperature(temperature, 0.5 * (pressure[1:] + pressure[:-1]))
        heat = self._values("sensible_heat", t) if "sensible_heat" in self.raw else None
        friction, height, air = (
            self._values(n, t) for n in ("friction_velocity", "mixing_height", "temperature_2m")
        )
        u, v = (self._values(n, t)[: self.layers] for n in ("u", "v"))
        interface = self.interface[: self.layers + 1]
        return diffusivity(
            Ground(friction, height, air, heat), u, v, theta[: self.layers], surface, interface
        )

    def _humidity(self, t: int) -> Floats:
        pressure = interface_pressure(self._values("surface_pressure", t), self._values("air_mass", t))
        layer = 0.5 * (pressure[1:] + pressure[:-1])
        return relative_humidity(self._values("specific_humidity", t), self._values("temperature", t), layer)

    def _values(self, name: str, t: int) -> Floats:
        return np.asarray(self.raw[name].isel(time=t).values, dtype=np.float64)

    def _ends(self, name: str, t: int) -> Floats:
        return np.stack([self._values(name, t), self._values(name, t + 1)])

    def _mean(self, name: str, t: int) -> Floats:
        return np.asarray(self._ends(name, t).mean(axis=0), dtype=np.float64)


def _check_fit(raw: xr.Dataset, grid: Grid, tops: tuple[float, ...]) -> None:
    if Grid.of(raw) != grid:
        raise BadInput(f"a raw state on {grid}", f"one on {Grid.of(raw)}", "regrid it first")
    if raw.sizes["time"] < 2:
        raise BadInput("at least two instants, an hour apart", f"{raw.sizes['time']}", "read one more hour")
    interface = raw["interface"].values
    if len(interface) <= len(tops) or not np.allclose(interface[1 : len(tops) + 1], tops):
        came = ", ".join(f"{height:g}" for height in interface[1:])
        raise BadInput(f"layers that start with tops at {tops} m", f"{came} m", "regrid to these layers")


def _coords(raw: xr.Dataset, grid: Grid, tops: tuple[float, ...]) -> dict[str, Any]:
    edge = raw["time"].values
    return {
        "time": ("time", edge[:-1], {"long_name": "start of the hour, UTC"}),
        "edge": ("edge", edge),
        "interface": ("interface", np.array([0.0, *tops]), {"units": "m"}),
        "layer": ("layer", np.arange(len(tops))),
        "y": ("y", grid.y, {"units": "m"}),
        "x": ("x", grid.x, {"units": "m"}),
    }


def _attrs(raw: xr.Dataset, grid: Grid, maker: _Maker) -> dict[str, Any]:
    return {
        **grid.attrs(),
        "source": str(raw.attrs["source"]),
        "made": int(raw.attrs.get("made", 0)),
        "balance_rms": float(np.sqrt(maker.squares / maker.faces)),
        "balance_max": maker.most,
        "balance_top": maker.rule,
    }
