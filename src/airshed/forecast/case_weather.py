"""Weather of a case of transport at the cities' seats, as days."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from airshed.errors import BadInput
from airshed.forecast.ahead import Ahead
from airshed.forecast.history import Known
from airshed.observations.daily_weather import days_of_steps, mean_of_days
from airshed.places import Gazetteer, Grid
from airshed.quantities import Clock
from airshed.quantities.humidity import dew_point
from airshed.transport import open_case

__all__ = ["case_ahead", "engine_days", "seat_hours", "seats_of", "weather_of_case"]

Floats = NDArray[np.float64]

ZERO_CELSIUS: Final = 273.15  # [K]


def weather_of_case(weather: xr.Dataset, seats: dict[str, tuple[float, float]], clock: Clock) -> xr.Dataset:
    """Days of gridded weather at points, as a days panel (place, day) of ``DAILY_WEATHER``, with ``mixing_height`` [m].

    Parameters:
        weather: as `meteorology.check_weather` has it; the lowest layer stands for the weather at the ground.
        seats: place to (lon, lat).
        clock: makes local days; a day begun or broken off is left out.

    Raises:
        BadInput: a seat off the grid.
    """
    hours = seat_hours(weather, seats)
    mixing = mean_of_days(hours["mixing_height"], clock)
    return days_of_steps(hours, clock).assign(mixing_height=mixing.assign_attrs(units="m"))


def seat_hours(weather: xr.Dataset, seats: dict[str, tuple[float, float]]) -> xr.Dataset:
    """Hours of the lowest layer at points, (place, hour): degC, m/s from west and south, mm, m."""
    grid = Grid.of(weather)
    cell = grid.cell_at([s[0] for s in seats.values()], [s[1] for s in seats.values()])
    if outside := [p for p, c in zip(seats, cell, strict=True) if c < 0]:
        raise BadInput(
            "seats on the grid of the weather", f"{', '.join(outside[:5])} outside it", "take a larger grid"
        )
    row, column = np.divmod(cell, grid.nx)
    at = {"y": xr.DataArray(row, dims="place"), "x": xr.DataArray(column, dims="place")}
    low = weather.isel(layer=0)
    u = _between(low["u"], "x_face", column, "y", row)
    v = _between(low["v"], "y_face", row, "x", column)
    celsius = _values(low["temperature"].isel(at)) - ZERO_CELSIUS
    fields = {
        "temperature": celsius, "dew_point": dew_point(celsius, _values(low["relative_humidity"].isel(at))),
        "precipitation": _values(weather["precipitation"].isel(at)),
        "wind_u": u, "wind_v": v, "wind_speed": np.hypot(u, v),
        "mixing_height": _values(weather["mixing_height"].isel(at)),
    }  # fmt: skip
    coords = {
        "place": np.array(list(seats), dtype=object),
        "hour": weather["time"].values.astype("datetime64[ns]"),
    }
    return xr.Dataset({k: (("place", "hour"), f) for k, f in fields.items()}, coords)


def _between(
    field: xr.DataArray, along: str, number: NDArray[np.int64], across: str, other: NDArray[np.int64]
) -> Floats:
    """Mean of the two faces of a cell."""
    place = {across: xr.DataArray(other, dims="place")}
    low, high = (field.isel({along: xr.DataArray(number + n, dims="place"), **place}) for n in (0, 1))
    return 0.5 * (_values(low) + _values(high))


def _values(field: xr.DataArray) -> Floats:
    return np.asarray(field.transpose("place", "time").values, dtype=np.float64)


def case_ahead(known: Known, name: str, days: int) -> Ahead:
    """The weather of a case as an outlook's: its days after the issue as the forecast, those before as history.

    Raises:
        BadInput: no such case, a city off its grid, or a case that does not reach so far.
    """
    case = open_case(known.workspace.folder, name)
    panel = weather_of_case(
        case.study.weather, seats_of(known.workspace.gazetteer, known.places), known.clock
    )
    panel = panel.drop_vars("mixing_height")
    ahead = panel["day"].values.astype("datetime64[D]")
    reach = int((ahead[-1] - np.datetime64(known.issue_day)).astype(np.int64)) if len(ahead) else 0
    if reach < days:
        came = f"case {name} that reaches {max(reach, 0)} d"
        raise BadInput(f"weather for {days} d ahead", came, "ask for fewer days, or extend the case")
    wanted = np.datetime64(known.issue_day) + np.arange(1, days + 1).astype("timedelta64[D]")
    chosen = panel.sel(day=wanted.astype("datetime64[ns]"))
    fields = chosen.rename(day="lead").assign_coords(lead=np.arange(1, days + 1))
    fields = fields.expand_dims(member=[0]).transpose("member", "lead", "place")
    past = panel.sel(day=slice(None, np.datetime64(known.issue_day)))
    return Ahead(fields, past, known.when, f"case {name}", case.about.made)


def engine_days(known: Known, name: str) -> xr.DataArray:
    """Daily PM2.5 of a case at its receptors, (place, day) [ug m-3]; NaN for cities it does not have.

    Raises:
        BadInput: no such case, or none of its concentrations yet.
    """
    case = open_case(known.workspace.folder, name)
    path = case.folder / "receptors.zarr"
    if not path.is_dir():
        raise BadInput(f"concentrations of case {name}", "none", "run: airshed transport run")
    with xr.open_zarr(path, consolidated=False, chunks=None) as held:
        hourly = held["pm25"].sum("part").transpose("receptor", "time").load()
    hours = hourly.rename(receptor="place", time="hour").drop_vars("tracer", errors="ignore")
    days = mean_of_days(hours, known.clock)
    return days.reindex(place=np.array(known.places, dtype=object)).rename("engine")


def seats_of(gazetteer: Gazetteer, places: Sequence[str]) -> dict[str, tuple[float, float]]:
    """Longitude and latitude of jurisdictions' seats.

    Raises:
        BadInput: one without.
    """
    found = {}
    for place in places:
        seat = gazetteer.jurisdiction(place)
        if seat.lon is None or seat.lat is None:
            raise BadInput(f"a seat of {place}", "none", "give lon and lat in the region's file")
        found[place] = (seat.lon, seat.lat)
    return found
