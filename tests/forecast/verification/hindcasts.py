"""Small made Hindcasts: a series that remembers a little, and forecasts of it that are as good as one likes."""

from __future__ import annotations

import numpy as np
import xarray as xr
from scipy.stats import norm

from airshed.forecast.distribution import QUANTILES

LEVELS = np.array(QUANTILES)


def lognormal(median: np.ndarray, spread: float) -> np.ndarray:
    """Quantiles (…, 21) of a lognormal."""
    return median[..., None] * np.exp(spread * norm.ppf(LEVELS))


def made(
    *,
    days: int = 364,
    leads: tuple[int, ...] = (1, 3),
    places: int = 1,
    seed: int = 0,
    noise: float = 0.35,
    members: int = 0,
) -> xr.Dataset:
    """A year of issues: ``model`` knows the logarithm of the day to come but for ``noise``; quantiles are honest."""
    rng = np.random.default_rng(seed)
    log = np.zeros((days + max(leads), places))
    for day in range(1, len(log)):
        log[day] = 0.7 * log[day - 1] + 0.55 * rng.standard_normal(places)
    values = 70 * np.exp(log)
    issue = np.datetime64("2015-03-01") + np.arange(days)
    observed = np.stack([values[lead : lead + days] for lead in leads], axis=1)
    told = np.stack([_told(log, lead, days, noise, rng) for lead in leads], axis=1)
    persistence = np.repeat(values[:days, None], len(leads), axis=1)
    climate = np.full(observed.shape, 70 * np.exp(log.var() / 2))
    quantiles = np.stack([
        lognormal(told, noise), np.repeat(persistence[..., None], len(LEVELS), -1),
        lognormal(np.full(observed.shape, 70.0), float(log.std())),
    ])  # fmt: skip
    means = np.stack([told * np.exp(noise**2 / 2), persistence, climate])
    fields = {
        "mean": (("method", "issue", "lead", "place"), means),
        "quantiles": (("method", "issue", "lead", "place", "quantile"), quantiles),
        "observed": (("issue", "lead", "place"), observed),
        "threshold_probability": (
            ("method", "lead"),
            np.array([[0.4] * len(leads), [0.5] * len(leads), [np.nan] * len(leads)]),
        ),
    }
    if members:
        drawn = told[None, :, None] * np.exp(noise * rng.standard_normal((1, days, members, 1, 1)))
        fields["members"] = (("method", "issue", "member", "lead", "place"), np.repeat(drawn, 3, axis=0))
    coords = {
        "method": ["model", "persistence", "climatology"], "issue": issue.astype("datetime64[ns]"),
        "lead": list(leads), "place": [f"made:{n}" for n in range(places)], "quantile": LEVELS,
    }  # fmt: skip
    return xr.Dataset(fields, coords, {"target": "pm25", "weather": "perfect", "test": ""})


def _told(log: np.ndarray, lead: int, days: int, noise: float, rng: np.random.Generator) -> np.ndarray:
    return 70 * np.exp(log[lead : lead + days] + noise * rng.standard_normal((days, log.shape[1])))
