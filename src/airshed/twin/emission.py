"""What the made region emits in each hour, by tracer class and layer: release, profiles and plume rise."""

from __future__ import annotations

import numpy as np
import polars as pl
import xarray as xr
from numpy.typing import NDArray

from airshed.chemistry import CLASSES, RELEASE_TO_CLASS
from airshed.emissions import RELEASES, Profiles, hour_factors, layer_shares, profiles_of_the_house, release
from airshed.places.cells import CellShares
from airshed.places.grid import Grid
from airshed.twin.truth import Emission

__all__ = ["hourly_emission", "points_on"]

Floats = NDArray[np.float64]
SECONDS_PER_HOUR = 3600.0  # [s]


def points_on(grid: Grid, inventory: pl.DataFrame, profiles: Profiles | None = None) -> xr.Dataset:
    """The Release of an inventory whose every row has a point, as the made one has.

    Parameters:
        grid: where; rows outside it are counted in ``outside``.
        inventory: rows of ``emissions.INVENTORY``.
        profiles: the house's by default.

    Raises:
        BadInput: rows without a point, or not in order.
    """
    nowhere = CellShares(
        pl.DataFrame(schema={"place": pl.String, "cell": pl.Int64, "share": pl.Float64}), {}, "boxes"
    )
    return release(inventory, grid, nowhere, profiles or profiles_of_the_house())


def hourly_emission(
    put: xr.Dataset, weather: xr.Dataset, utc_offset: float, profiles: Profiles | None = None
) -> Emission:
    """The release of any hour of the weather, as ``twin.truth`` takes it.

    Parameters:
        put: a Release on the weather's grid, ``amount (group, species, y, x)`` [kg s-1, annual mean].
        weather: as ``meteorology.check_weather`` has it.
        utc_offset: of the local clock that the profiles follow [h].
        profiles: through the year, week and day, and the stacks; the house's by default.

    Returns:
        Hour number to (class, layer, y, x) [kg], classes in the order of ``chemistry.CLASSES``.
    """
    chosen = profiles or profiles_of_the_house()
    groups, amount = list(map(str, put["group"].values)), put["amount"].values
    factor = hour_factors(chosen, groups, weather["time"].values, utc_offset).values
    member = np.array(
        [[str(r) == name for r in put["release"].values] for name in RELEASES], dtype=np.float64
    )
    into = _into_classes([str(s) for s in put["species"].values])
    interface = weather["interface"].values.astype(np.float64)

    def of(hour: int) -> Floats:
        mixing, warm = (weather[n].values[hour].astype(np.float64) for n in ("mixing_height", "temperature"))
        shares = layer_shares(interface, mixing, warm, _speed(weather, hour), chosen.stacks).values
        by_release = np.einsum("rg,gsyx->rsyx", member * factor[:, hour], amount)
        by_class = np.einsum("cs,rsyx->rcyx", into, by_release) * SECONDS_PER_HOUR
        return np.asarray(np.einsum("rcyx,rlyx->clyx", by_class, shares))

    return of


def _into_classes(species: list[str]) -> Floats:
    """Mass in each class per mass emitted of each species, (class, species)."""
    into = np.zeros((len(CLASSES), len(species)))
    for column, name in enumerate(species):
        for direct, share in RELEASE_TO_CLASS[name]:
            into[CLASSES.index(direct), column] += share
    return into


def _speed(weather: xr.Dataset, hour: int) -> Floats:
    """Wind speed at the centres [m s-1], (layer, y, x)."""
    u, v = (weather[name].values[hour].astype(np.float64) for name in ("u", "v"))
    return np.asarray(np.hypot(0.5 * (u[..., 1:] + u[..., :-1]), 0.5 * (v[:, 1:] + v[:, :-1])))
