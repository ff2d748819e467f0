"""Members for a Hindcast: each issue's quantiles strung into runs of days by the order of past errors."""

from __future__ import annotations

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from airshed.errors import BadInput
from airshed.forecast.distribution import QUANTILES
from airshed.forecast.members import coherent, nearest_in_season
from airshed.forecast.verification.scores import Floats

__all__ = ["with_members"]

_LEVELS = np.array(QUANTILES)


def with_members(hindcast: xr.Dataset, errors: xr.DataArray, count: int, seed: int) -> xr.Dataset:
    """The Hindcast with ``members`` (method, issue, member, lead, place).

    Parameters:
        hindcast: with ``quantiles`` (method, issue, lead, place, quantile).
        errors: (method, issue, lead, place) what the same models got wrong in the training years, on any scale that
            keeps their order from run to run; issues of which a lead is unknown are drawn by lot there.
        count: members of each issue.
        seed: of the lots.

    Raises:
        BadInput: no past run of errors at all.

    Past runs begin near the season of the issue (`forecast.members.nearest_in_season`); an issue of which a
    quantile is missing has no members (NaN).
    """
    dims = ("method", "issue", "lead", "place")
    quantiles = hindcast["quantiles"].transpose(*dims, "quantile").values
    past = errors.transpose(*dims).sel({"method": hindcast["method"], "lead": hindcast["lead"]})
    past = past.sel(place=hindcast["place"])
    starts = past["issue"].values.astype("datetime64[D]")
    whole = np.isfinite(past.values).any(axis=(0, 2, 3))
    if not whole.any():
        raise BadInput("errors of past runs", "none", "train on a longer period")
    issues = hindcast["issue"].values.astype("datetime64[D]")
    shape = (quantiles.shape[0], len(issues), count, *quantiles.shape[2:4])
    members = np.full(shape, np.nan)
    for number, issue in enumerate(issues):
        chosen = np.searchsorted(starts, nearest_in_season(starts[whole], issue, count))
        for method in range(len(quantiles)):
            members[method, number] = _strung(
                quantiles[method, number], past.values[method, chosen], seed + number
            )
    return hindcast.assign(members=(("method", "issue", "member", "lead", "place"), members))


def _strung(quantiles: Floats, template: Floats, seed: int) -> NDArray[np.float64]:
    """(member, lead, place) of one issue; without quantiles NaN."""
    if not np.isfinite(quantiles).any():
        return np.full(template.shape, np.nan)
    known = np.where(np.isfinite(quantiles), quantiles, 0.0)
    made = coherent(known[:, :, None], template[..., None], _LEVELS, seed)[..., 0]
    return np.where(np.isfinite(quantiles).all(axis=-1), made, np.nan)
