"""Outlooks that were issued, beside what came: a Hindcast of what was really said."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

import numpy as np
import xarray as xr

from airshed.errors import BadInput
from airshed.forecast.distribution import QUANTILES
from airshed.forecast.hindcast import train_methods
from airshed.forecast.samples import samples
from airshed.forecast.verification.cases import REFERENCES
from airshed.forecast.weather import ForecastWeather

__all__ = ["hindcast_of_outlooks"]

_DIMS: Final = ("method", "issue", "lead", "place")


def hindcast_of_outlooks(outlooks: Sequence[xr.Dataset], days: xr.Dataset, target: str) -> xr.Dataset:
    """A Hindcast of stored outlooks: what they said of one pollutant, and what was observed.

    Parameters:
        outlooks: as `forecast.shelf` keeps them; each method and kind of weather is a method of its own,
            ``method (weather)``.
        days: panel (place, day) of observations, from before the first issue to the last day observed. Climatology
            is that of its days up to the first issue, the only training years all outlooks share.
        target: variable of the outlooks.

    Returns:
        As `forecast.hindcast.hindcast`; ``mean`` is that of the members. No ``threshold_probability``: an outlook
        calls no warning by itself, so events are of the mean.

    Raises:
        BadInput: no outlook, none of the target, no observation of it, or less than 60 days before the first issue.
    """
    if not outlooks or any(target not in o["variable"].values for o in outlooks):
        raise BadInput(
            f"stored outlooks with {target}", f"{len(outlooks)} outlooks", "make some: airshed forecast"
        )
    if target not in days:
        raise BadInput(f"observations of {target}", ", ".join(map(str, days.data_vars)), "ingest them first")
    said = [_said(outlook, target) for outlook in outlooks]
    issues = np.unique([np.datetime64(o.attrs["issue_day"], "D") for o in outlooks])
    leads = sorted({int(lead) for one in said for lead in one["lead"].values})
    grid = {"issue": issues.astype("datetime64[ns]"), "lead": leads, "place": days["place"].values}
    by_method: dict[str, list[xr.Dataset]] = {}
    for outlook, one in zip(outlooks, said, strict=True):
        by_method.setdefault(f"{outlook.attrs['method']} ({outlook.attrs['weather']})", []).append(one)
    parts = [_gathered(name, ones).reindex(grid) for name, ones in by_method.items()]
    references = _references(days, target, issues, leads)
    joined = xr.concat([*parts, references.drop_vars("observed")], dim="method").assign(
        observed=references["observed"]
    )
    attrs = {"target": target, "weather": "as issued", "test": "", "train": f"/{issues[0]}"}
    return joined.transpose(*_DIMS, "quantile").assign_attrs(attrs)


def _said(outlook: xr.Dataset, target: str) -> xr.Dataset:
    """(issue, lead, place) of one outlook."""
    issue = np.datetime64(outlook.attrs["issue_day"], "D")
    leads = (outlook["day"].values.astype("datetime64[D]") - issue).astype(np.int64)
    mine = outlook.sel(variable=target)
    fields = {
        "mean": (("lead", "place"), mine["members"].mean("member").transpose("day", "place").values),
        "quantiles": (
            ("lead", "place", "quantile"),
            mine["quantiles"].transpose("day", "place", "quantile").values,
        ),
    }
    coords = {"lead": leads, "place": outlook["place"].values, "quantile": list(QUANTILES)}
    made = xr.Dataset(fields, coords).astype(np.float64)
    return made.expand_dims(issue=[issue.astype("datetime64[ns]")])


def _gathered(name: str, ones: list[xr.Dataset]) -> xr.Dataset:
    """All issues of a method; of a day issued twice the last outlook holds."""
    last = {one["issue"].values[0]: one for one in ones}
    joined = xr.concat([last[issue] for issue in sorted(last)], dim="issue", join="outer")
    return joined.expand_dims(method=[name])


def _references(days: xr.Dataset, target: str, issues: np.ndarray, leads: list[int]) -> xr.Dataset:
    first, start = issues[0].astype(date), days["day"].values[0].astype("datetime64[D]").astype(date)
    # the panel ends with the last observation; target days after it are asked for and are not there
    last = max(issues[-1] + np.timedelta64(max(leads), "D"), days["day"].values[-1].astype("datetime64[D]"))
    every = np.arange(days["day"].values[0].astype("datetime64[D]"), last + np.timedelta64(1, "D"))
    whole = days.reindex(day=every.astype("datetime64[ns]"))
    weather = ForecastWeather("none", whole.drop_vars(list(whole.data_vars)))  # the references look at none
    span = (start + timedelta(max(leads)), first)
    trained = train_methods(whole, weather, REFERENCES, target, leads, span)
    shape = (len(issues), len(leads), days.sizes["place"])
    observed, mean = np.full(shape, np.nan), np.full((2, *shape), np.nan)
    quantiles = np.full((2, *shape, len(QUANTILES)), np.nan)
    for at, lead in enumerate(leads):
        given = samples(whole, weather, target, lead, issues)
        observed[:, at] = given.observed.reshape(-1, shape[-1])
        for number, method in enumerate(REFERENCES):
            made = trained.models[method, lead].predict(given)
            mean[number, :, at] = made.mean.reshape(-1, shape[-1])
            quantiles[number, :, at] = made.quantiles.reshape(-1, shape[-1], len(QUANTILES))
    fields = {
        "mean": (_DIMS, mean),
        "quantiles": ((*_DIMS, "quantile"), quantiles),
        "observed": (_DIMS[1:], observed),
    }
    coords = {"method": list(REFERENCES), "issue": issues.astype("datetime64[ns]"), "lead": leads,
              "place": days["place"].values, "quantile": list(QUANTILES)}  # fmt: skip
    return xr.Dataset(fields, coords)
