"""Forecasters' edits as a method of a Hindcast: scored like every model."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import polars as pl
import xarray as xr
from scipy.stats import norm

from airshed.errors import BadInput
from airshed.forecast.distribution import QUANTILES
from airshed.forecast.verification.scores import Floats

__all__ = ["EDIT_COLUMNS", "with_edits"]

EDIT_COLUMNS: Final = ("issue", "place", "day", "variable", "value")
"""What a table of edits holds at least; ``low``, ``high`` (the 80 % interval) and ``editor`` may stand beside."""

_LEVELS = np.array(QUANTILES)
_TENTH = float(norm.ppf((1 + 0.8) / 2))  # standard deviations from the median to the ends of an 80 % interval


def with_edits(hindcast: xr.Dataset, edits: pl.DataFrame, name: str = "edited") -> xr.Dataset:
    """A Hindcast with one more method for each editor.

    Parameters:
        hindcast: dims (method, issue, lead, place), of one target.
        edits: `EDIT_COLUMNS`, ``value`` [unit of the target], days as dates or as YYYY-MM-DD; rows of other
            variables are left out, as are places, issues and leads the Hindcast does not hold. With ``low`` and
            ``high`` [same unit] the edit has a distribution: two halves of normals through the median and these
            tenths, cut at zero. Without, it is scored as a value only. Of a day edited twice the last row holds.
        name: of the method; where ``editor`` says who, ``name:editor``.

    Raises:
        BadInput: columns missing, an interval that does not hold the value, or no edit of this Hindcast.
    """
    missing = [column for column in EDIT_COLUMNS if column not in edits.columns]
    if missing:
        raise BadInput(
            f"columns {', '.join(EDIT_COLUMNS)}", f"no {', '.join(missing)}", "add them to the table"
        )
    rows = _numbered(hindcast, edits)
    if not rows.height:
        wanted = f"edits of {hindcast.attrs['target']} for issues, places and leads of the Hindcast"
        raise BadInput(wanted, "none", "compare the issue days and place ids with those of the outlook")
    if name in hindcast["method"].values:
        raise BadInput("a new name for the method of the edits", name, "choose another")
    added = [_method(hindcast, part, str(label)) for (label,), part in _by_editor(rows, name)]
    return xr.concat([hindcast, *added], dim="method", data_vars="minimal", coords="minimal", join="outer")


def _numbered(hindcast: xr.Dataset, edits: pl.DataFrame) -> pl.DataFrame:
    """Rows of this target with the numbers of their cell."""
    try:
        dated = edits.with_columns(pl.col("issue", "day").cast(pl.String).str.slice(0, 10).str.to_date())
        rows = dated.with_columns(pl.col("value").cast(pl.Float64))
    except pl.exceptions.PolarsError as error:
        reason = str(error).splitlines()[0]
        raise BadInput("days as YYYY-MM-DD and values as numbers", reason, "correct the table") from error
    rows = rows.filter(pl.col("variable") == hindcast.attrs["target"], pl.col("value").is_finite())
    rows = rows.with_columns(lead=(pl.col("day") - pl.col("issue")).dt.total_days())
    axes = {
        "issue": hindcast["issue"].values.astype("datetime64[D]").tolist(),
        "lead": hindcast["lead"].values.tolist(),
        "place": [str(place) for place in hindcast["place"].values],
    }
    for axis, held in axes.items():
        numbers = pl.DataFrame(
            {axis: held, f"_{axis}": range(len(held))}, schema_overrides={f"_{axis}": pl.Int64}
        )
        rows = rows.join(numbers.cast({axis: rows.schema[axis]}), on=axis, how="inner", maintain_order="left")
    return rows


def _by_editor(rows: pl.DataFrame, name: str) -> list[tuple[tuple[object, ...], pl.DataFrame]]:
    who = pl.lit(name)
    if "editor" in rows.columns:
        who = (
            pl.when(pl.col("editor").is_null())
            .then(who)
            .otherwise(name + ":" + pl.col("editor").cast(pl.String))
        )
    return list(rows.group_by(who.alias("_method"), maintain_order=True))


def _method(hindcast: xr.Dataset, rows: pl.DataFrame, label: str) -> xr.Dataset:
    cells = tuple(rows[f"_{axis}"].to_numpy() for axis in ("issue", "lead", "place"))
    shape = tuple(hindcast.sizes[axis] for axis in ("issue", "lead", "place"))
    mean = np.full(shape, np.nan)
    mean[cells] = rows["value"].to_numpy()
    dims = ("method", "issue", "lead", "place")
    fields: dict[str, Any] = {"mean": (dims, mean[None])}
    if "quantiles" in hindcast:
        quantiles = np.full((*shape, len(QUANTILES)), np.nan)
        quantiles[cells] = _quantiles(rows)
        fields["quantiles"] = ((*dims, "quantile"), quantiles[None])
    coords = {axis: hindcast[axis] for axis in ("issue", "lead", "place")}
    return xr.Dataset(fields, {"method": [label], **coords})


def _quantiles(rows: pl.DataFrame) -> Floats:
    """(row, 21): through value, low and high; NaN where no interval was given."""
    if not {"low", "high"} <= set(rows.columns):
        return np.full((rows.height, len(QUANTILES)), np.nan)
    value, low, high = (
        rows[c].cast(pl.Float64).fill_null(float("nan")).to_numpy() for c in ("value", "low", "high")
    )
    if ((low > value) | (high < value)).any():
        raise BadInput("low <= value <= high in every edit", "one that is not", "correct the table")
    steps = norm.ppf(_LEVELS) / _TENTH
    spread = np.where(steps < 0, (value - low)[:, None], (high - value)[:, None])
    return np.asarray(np.maximum(value[:, None] + steps * spread, 0.0))
