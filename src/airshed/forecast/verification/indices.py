"""The index as a target: Hindcasts of its pollutants make one of the index and of its primary pollutants."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl
import xarray as xr
from numpy.typing import NDArray

from airshed.errors import BadInput
from airshed.forecast.verification.events import INDEX
from airshed.forecast.verification.scores import Floats
from airshed.law import Provision
from airshed.observations.index import daily_index, items_of

__all__ = ["index_hindcast", "primary_hits"]

_DIMS = ("method", "issue", "lead", "place")


def index_hindcast(hindcasts: Mapping[str, xr.Dataset], provision: Provision) -> xr.Dataset:
    """A Hindcast of the index, from Hindcasts of its daily items with the same methods, issues and leads.

    The forecast index is that of the forecast values, not the expectation of an index. Where no Hindcast of an item
    is given, neither the forecast nor the observed index knows it.

    Parameters:
        hindcasts: item (``pm25``, ``o3_mda8``, …) to Hindcast.
        provision: what holds on ``index``.

    Returns:
        ``mean``, ``observed`` [1] and ``primary_hit``: whether forecast and observed primary pollutants share
        one; NaN on days of which none is observed (index up to 50) or forecast.

    Raises:
        BadInput: no item at all.
    """
    items = [item for item in items_of(provision, "day") if item in hindcasts]
    if not items:
        raise BadInput(
            "Hindcasts of items of the index", ", ".join(hindcasts) or "none", "give pm25 at least"
        )
    first = hindcasts[items[0]]
    told = {i: hindcasts[i]["mean"].broadcast_like(first["mean"]).transpose(*_DIMS) for i in items}
    seen = {i: hindcasts[i]["observed"].reindex_like(first["observed"]).transpose(*_DIMS[1:]) for i in items}
    absent = [i for i in items_of(provision, "day") if i not in items]
    forecast, primary_told = _index(told, provision, absent)
    observed, primary_seen = _index(seen, provision, absent)
    hits = primary_hits(primary_told, np.broadcast_to(primary_seen, primary_told.shape))
    fields = {"mean": (_DIMS, forecast), "observed": (_DIMS[1:], observed), "primary_hit": (_DIMS, hits)}
    return xr.Dataset(fields, first["mean"].coords, {**first.attrs, "target": INDEX})


def _index(
    values: Mapping[str, xr.DataArray], provision: Provision, absent: list[str]
) -> tuple[Floats, NDArray[np.object_]]:
    """Index and primary pollutants; a day of which any given item is missing has neither."""
    shape = next(iter(values.values())).shape
    columns = {
        item: np.clip(array.values.ravel().astype(np.float64), 0, None) for item, array in values.items()
    }
    found = daily_index(pl.DataFrame(columns), provision, not_monitored=absent)
    whole = np.isfinite(np.stack(list(columns.values()))).all(axis=0)
    index = np.where(whole, found["aqi"].cast(pl.Float64).fill_null(float("nan")).to_numpy(), np.nan)
    return index.reshape(shape), np.where(whole, found["primary"].to_numpy(), "").reshape(shape)


def primary_hits(forecast: NDArray[np.object_], observed: NDArray[np.object_]) -> Floats:
    """1 where primary pollutants (joined by ``+``) share one, 0 where not, NaN where none is observed or forecast.

    Ties count as a hit with either, as HJ 1130 style comparisons do where two items share the highest sub-index
    [M: the guideline's own text was not read].

    >>> primary_hits(np.array(["pm25", "pm10+pm25", ""]), np.array(["o3_mda8", "pm25", "pm25"])).tolist()
    [0.0, 1.0, nan]
    """
    pairs = zip(forecast.ravel(), observed.ravel(), strict=True)
    hits = [float(bool(set(f.split("+")) & set(o.split("+")))) if f and o else float("nan") for f, o in pairs]
    return np.array(hits).reshape(forecast.shape)
