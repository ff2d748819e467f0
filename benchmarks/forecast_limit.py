"""How good a forecast can be under weather of a stated correlation, beside how good ours is: training years alone.

    python -m benchmarks.forecast_limit

A model that knows the weather that comes has a correlation with what comes (of logarithms, on days it had not seen);
weather that is forecast has the stated anomaly correlation with the weather that comes. Where both are as good as
normal, a forecast made of both has their product, and no learner passes it but by what it knows without the weather of
that day: the issue day's air, the season, weather of the days before, which is forecast better. For the event, "above
150", two normal variables of that correlation give a Brier skill: the chance that two such days which share what was
known are both above, less the square of the base rate, over its variance.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.stats import multivariate_normal, norm

from airshed.forecast import perfect, train_methods
from airshed.forecast.degraded import CORRELATION, degraded
from airshed.forecast.distribution import exceedance
from airshed.forecast.methods.base import Fitted
from airshed.forecast.methods.conformal import Calibrated
from airshed.forecast.methods.dressing import FLOOR
from airshed.law import Book
from airshed.observations.panel import days_panel, hours_panel, read_rows
from airshed.places import Gazetteer
from airshed.quantities import BEIJING

TRAIN = (date(2013, 3, 1), date(2015, 2, 28))
HEAVY, GOALS, RUNS, SEED = 150.0, (0.60, 0.35, 0.20), 10, 1000
SHARED = Path(__file__).resolve().parent.parent.parent / "shared" / "data"
FILE = SHARED / "air_quality" / "prsa_beijing_12sites_hourly_20130301_20160229.parquet"

Floats = NDArray[np.float64]


def skill_of(correlation: float, base: float) -> float:
    """Brier skill, against the base rate, of the best probability from what has that correlation with the cause."""
    bound = norm.isf(base)
    both = multivariate_normal.cdf([-bound, -bound], cov=[[1, correlation**2], [correlation**2, 1]])
    return float((both - base**2) / (base * (1 - base)))


def told(fitted: Fitted) -> tuple[float, float]:
    """Correlation of logarithms on unseen days, and Brier skill against the base rate of the same days."""
    assert isinstance(fitted, Calibrated)
    known = np.isfinite(fitted.unseen) & np.isfinite(fitted.observed)
    said, came = fitted.unseen[known], fitted.observed[known]
    chance = exceedance(fitted.dressing.around(said).quantiles, HEAVY)
    event = (came > HEAVY).astype(np.float64)
    miss = ((chance - event) ** 2).mean() / event.var()
    return float(np.corrcoef(np.log(said + FLOOR), np.log(came + FLOOR))[0, 1]), float(1 - miss)


def main() -> None:
    gazetteer = Gazetteer.load()
    rows = read_rows("prsa", [FILE], gazetteer)
    days = days_panel(rows, gazetteer, Book.load(), BEIJING).sel(day=slice(None, np.datetime64(TRAIN[1])))
    hours = hours_panel(rows, gazetteer)
    values = days["pm25"].values
    base = float((values[np.isfinite(values)] > HEAVY).mean())
    issues = days["day"].values[:-1].astype("datetime64[D]")
    leads = tuple(CORRELATION)
    spoilt = degraded(days, issues, leads, SEED, donors=TRAIN, members=RUNS)
    made = [
        train_methods(days, w, ["blend"], "pm25", leads, TRAIN, hours=hours) for w in (perfect(days), spoilt)
    ]
    print(
        f"blend, PM2.5, unseen days of {TRAIN[0]} to {TRAIN[1]}; {100 * base:.1f} % of days above {HEAVY:g}"
    )
    print("lead  perfect x stated = product   reached   of it | Brier skill of the product  reached   of it")
    for lead in leads:
        (best, _), (got, skill) = (told(m.models["blend", lead]) for m in made)
        limit = best * CORRELATION[lead]
        allowed = skill_of(limit, base)
        print(
            f"{lead:4d}    {best:.3f} x   {CORRELATION[lead]:.2f} =   {limit:.3f}     {got:.3f}    {got / limit:.2f} "
            f"| {allowed:22.3f}    {skill:.3f}    {skill / allowed:.2f}"
        )
    for goal in GOALS:
        needed = brentq(lambda c, g=goal: skill_of(c, base) - g, 0.01, 0.999)
        print(f"a Brier skill of {goal:.2f} takes a correlation of {needed:.2f}")
    print(
        f"a model without error under weather of {CORRELATION[7]:.2f}: {skill_of(CORRELATION[7], base):.3f}"
    )


if __name__ == "__main__":
    main()
