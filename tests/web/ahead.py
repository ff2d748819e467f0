"""A made outlook, a made scorecard and made effects: shapes that pages can show, with no training behind them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl
import xarray as xr

from airshed.assessment.effect import Change, Hours, Normalised, Skill, slope
from airshed.assessment.effect.cards import card_of, keep_effect, told_card
from airshed.assessment.effect.counterfactual import EventEffect, ranked
from airshed.assessment.effect.plain import pooled_dict, trend_dict
from airshed.assessment.effect.pooled import Alert, Pooled, pool
from airshed.assessment.trend import Trend
from airshed.forecast.cards import keep_card
from airshed.forecast.distribution import QUANTILES, quantile_at
from airshed.forecast.outlook import About, make_outlook
from airshed.forecast.shelf import add_edits, save_outlook
from airshed.forecast.verification.scorecard import scorecard
from airshed.observations.panel import DAILY_POLLUTANTS
from airshed.workspace import Workspace

__all__ = ["DAYS", "MEMBERS", "keep_all", "made_effect", "made_hindcast", "made_outlook"]

DAYS, MEMBERS = 10, 50
WINTER = {"zh": "几个冬天", "en": "some winters"}
LEVELS = {"pm25": 80.0, "pm10": 120.0, "o3_mda8": 90.0, "no2": 45.0, "so2": 14.0, "co": 1.0}
_BY_LEVEL = np.array([-2.3, -1.64, -1.28, -1.04, -0.84, -0.67, -0.52, -0.39, -0.25, -0.13, 0.0])
Z = np.concatenate([_BY_LEVEL, -_BY_LEVEL[-2::-1]])
"""Standard normal quantiles at `QUANTILES`."""


def made_outlook(
    workspace: Workspace,
    issue_day: date,
    *,
    seed: int = 1,
    days: int = DAYS,
    hours: bool = True,
    method: str = "blend",
) -> xr.Dataset:
    """An outlook with an episode in its first half; members share one story over cities and pollutants."""
    places = workspace.region().members_on(issue_day)
    rng = np.random.default_rng(seed)
    lead = np.arange(days)
    episode = 1 + 1.9 * np.exp(-(((lead - 3) / 1.7) ** 2))
    city = rng.lognormal(0, 0.25, len(places))
    names = tuple(LEVELS)
    middle = (
        city[:, None, None] * episode[:, None] ** np.array([1, 0.8, -0.3, 0.5, 0.6, 0.7]) * [*LEVELS.values()]
    )
    spread = (0.18 + 0.035 * lead)[:, None] * np.array([1, 0.9, 0.5, 0.6, 0.7, 0.7])
    quantiles = middle[..., None] * np.exp(spread[None, :, :, None] * Z)
    story = np.cumsum(rng.normal(0, 1, (MEMBERS, days)), axis=1) / np.sqrt(1 + lead)
    local = 0.35 * rng.normal(0, 1, (MEMBERS, len(places), days))
    chance = np.clip(0.5 + 0.28 * (story[:, None] + local), 0.01, 0.99)
    at = np.abs(np.asarray(QUANTILES)[None, None, None] - chance[..., None]).argmin(axis=-1)
    members = np.take_along_axis(quantiles[None], at[..., None, None], axis=-1)[..., 0]
    day = np.datetime64(issue_day) + 1 + lead.astype("timedelta64[D]")
    along = {"place": list(places), "day": day.astype("datetime64[ns]"), "variable": list(names)}
    about = About(
        issue=f"{issue_day}T20:00:00+08:00", issue_day=str(issue_day), method=method, weather="feed",
        weather_source="made by tests", weather_members=50, knowledge="hours to 20:00", data_digest="0" * 16,
        model_digest="1" * 16, trained="2023-01-01/2026-01-31", seed=seed, left_out="", made=True,
    )  # fmt: skip
    found = make_outlook(
        xr.DataArray(quantiles, {**along, "quantile": list(QUANTILES)}, ("place", "day", "variable", "quantile")),
        xr.DataArray(members, {"member": np.arange(MEMBERS), **along}, ("member", "place", "day", "variable")),
        workspace.law, lambda place: workspace.gazetteer.chain(place, issue_day), about,
    )  # fmt: skip
    return _with_hours(found, issue_day) if hours else found


def _with_hours(outlook: xr.Dataset, issue_day: date) -> xr.Dataset:
    """72 hours of PM2.5 and O3 with a daily course, in the shape of `forecast.hourly`."""
    start = np.datetime64(f"{issue_day}T12:00", "ns")
    hour = start + np.arange(72) * np.timedelta64(1, "h")
    course = {
        "pm25": 1 + 0.25 * np.cos((np.arange(72) - 4) * np.pi / 12),
        "o3": 0.6 - 0.5 * np.cos((np.arange(72) + 4) * np.pi / 12),
    }
    base = {"pm25": "pm25", "o3": "o3_mda8"}
    days = np.minimum(np.arange(72) // 24, outlook.sizes["day"] - 1)
    held = np.stack(
        [outlook["quantiles"].sel(variable=base[n]).values[:, days] * course[n][:, None] for n in course],
        axis=2,
    )
    dims = ("place", "hour", "hourly_variable", "quantile")
    return outlook.assign_coords(hour=hour, hourly_variable=list(course)).assign(
        hourly_quantiles=(dims, np.sort(held, axis=-1).astype(np.float32))
    )


def made_hindcast(places: tuple[str, ...], *, seed: int = 2, days: int = 120) -> xr.Dataset:
    """Forecasts of four methods whose errors grow with the lead; the two references are as bad as they are."""
    rng = np.random.default_rng(seed)
    methods, leads = ("persistence", "climatology", "ridge", "blend"), (1, 2, 3, 5, 7, 10)
    truth = (
        60
        * np.exp(np.cumsum(rng.normal(0, 0.35, (days + 11, 1)) * 0.8, axis=0) % 2.0 - 0.7)
        * np.ones(len(places))
    )
    truth = truth * rng.lognormal(0, 0.2, truth.shape)
    observed = np.stack([truth[n : n + days] for n in leads], axis=1)
    noise = {"ridge": 0.2, "blend": 0.15}
    mean = np.empty((len(methods), *observed.shape))
    spread = np.empty(mean.shape)
    for m, method in enumerate(methods):
        for k, lead in enumerate(leads):
            if method == "persistence":
                mean[m, :, k], spread[m, :, k] = truth[:days], 0.5
            elif method == "climatology":
                mean[m, :, k], spread[m, :, k] = truth.mean(), 0.6
            else:
                scale = noise[method] * (1 + lead / 5)
                mean[m, :, k] = observed[:, k] * np.exp(rng.normal(0, scale, observed[:, k].shape))
                spread[m, :, k] = scale
    issue = np.datetime64("2025-10-01") + np.arange(days)
    return xr.Dataset(
        {
            "mean": (("method", "issue", "lead", "place"), mean),
            "quantiles": (("method", "issue", "lead", "place", "quantile"),
                          mean[..., None] * np.exp(spread[..., None] * Z)),
            "observed": (("issue", "lead", "place"), observed),
            "threshold_probability": (("method", "lead"), np.full((len(methods), len(leads)), 0.4)),
        },
        {"method": list(methods), "issue": issue.astype("datetime64[ns]"), "lead": list(leads), "place": list(places),
         "quantile": list(QUANTILES)},
        {"target": "pm25", "weather": "degraded", "train": "2023-01-01/2025-09-30", "test": "2025-10-02/2026-02-07"},
    )  # fmt: skip


def made_effect(place: str, effect: float, *, seed: int = 3, days: int = 9) -> EventEffect:
    """An event whose days stand so far off [log ratio] what they would have been."""
    rng = np.random.default_rng(seed)
    placebos = rng.normal(-0.03, 0.18, 39)
    by_day = 95 * np.exp(np.cumsum(rng.normal(0, 0.2, days)))
    values = by_day * np.exp(effect + rng.normal(0, 0.1, days))
    ratio = float(np.log(values.mean() / by_day.mean()))
    start = date(2014, 11, 3)
    return EventEffect(
        place, "pm25", start, start + timedelta(days=days), float(values.mean()), float(by_day.mean()), ratio,
        ranked(ratio, placebos), placebos, np.datetime64("2013-11-01") + 12 * np.arange(39), "any", 31.0, 0.71,
        np.datetime64(start) + np.arange(days), by_day, values,
    )  # fmt: skip


def made_pooled(places: tuple[str, ...], effect: float = -0.25) -> Pooled:
    """Three alerts of each of some cities, in three episodes, and one alert that could not be evaluated."""
    effects = [made_effect(p, effect, seed=10 * n + m) for m in range(3) for n, p in enumerate(places)]
    refused = Alert(places[0], date(2015, 1, 5), date(2015, 1, 8))
    return pool(effects, np.repeat(np.arange(3), len(places)), [(refused, "wanted: days with weather")])


def made_trend(place: str) -> dict[str, object]:
    """Three years of months that fall by five a year, one of them missing, told as the command line tells a trend."""
    month, years = np.datetime64("2013-03") + np.arange(36), np.arange(36) / 12
    rng = np.random.default_rng(4)
    without = 80 - 5 * years + 30 * np.cos(2 * np.pi * years) + rng.normal(0, 2, 36)
    observed = without + rng.normal(0, 9, 36)
    hour = np.array([month[0], month[-1] + 1]).astype("datetime64[h]")
    none = np.full(2, np.nan)
    hours = Hours(place, "pm25", hour, none, none[:, None], none[:, None], np.ones(2, bool), ("temperature",))
    found = Normalised(hours, none, none, 300, (58, 87), Skill(blocked=0.61, random=0.86))
    changes = [
        [Change(what, date(2013, 3, 1), date(year, 3, 1), 80.0, 80 + fall * years, 1.25 * fall * years, (-20.0, 2.0),
                (-24.0, high))
         for what, fall, high in (("observed", -6.0, 6.0), ("normalised", -2.0, -1.0), ("corrected", -4.0, -3.5))]
        for years, year in ((1, 2014), (2, 2015))
    ]  # fmt: skip
    slopes = {n: slope(month, v, rng) for n, v in (("observed", observed), ("normalised", without))}
    held = np.arange(36) != 7
    months = [
        {"month": str(m), "observed": o, "normalised": n}
        for m, o, n in zip(month[held], observed[held], without[held], strict=True)
    ]
    return trend_dict(found, changes, slopes, Trend(None, 2, None, "too few years"), months)


def edit_outlook(workspace: Workspace, issue_day: date) -> None:
    """A forecaster's edits of the capital's PM2.5 on two days; one of them is thought over."""
    first, second = (issue_day + timedelta(days=n) for n in (3, 4))
    head = "place,day,variable,value,low,high"
    for number, rows in enumerate((
        [f"gb2260:110000,{first},pm25,210,150,290", f"gb2260:110000,{second},pm25,140,,"],
        [f"gb2260:110000,{first},pm25,230,170,300"],
    )):  # fmt: skip
        file = workspace.folder / f"edit{number}.csv"
        file.write_text("\n".join([head, *rows]), encoding="utf-8")
        at = datetime(issue_day.year, issue_day.month, issue_day.day, 13 + number, tzinfo=UTC)
        add_edits(workspace.folder, f"{issue_day:%Y%m%d}T2000-blend-feed", file, "王" if number else "李", at)
        file.unlink()


def keep_all(workspace: Workspace, issue_days: tuple[date, ...]) -> None:
    """Outlooks of some issues with edits of the first, one scorecard and effects of each kind in a workspace."""
    assert tuple(LEVELS) == DAILY_POLLUTANTS
    assert float(quantile_at(np.arange(21.0)[None], 0.5)[0]) == 10.0
    for number, day in enumerate(issue_days):
        save_outlook(workspace.folder, made_outlook(workspace, day, seed=number + 1))
    edit_outlook(workspace, issue_days[0])
    places = workspace.region().members_on(issue_days[0])[:3]
    law = workspace.law.on(date(2026, 2, 1), workspace.gazetteer.chain(places[0], date(2026, 2, 1)))["index"]
    card: pl.DataFrame = scorecard(made_hindcast(places), law, resamples=200, seasons=True)
    about = {"train": "2023-01-01/2025-09-30", "test": "2025-10-02/2026-02-07", "standard": law.version,
             "digest": "2" * 16,
             "made": "yes"}  # fmt: skip
    keep_card(workspace.folder, "pm25-degraded", card, about)
    published = [{"study": "Ansari 2019", "method": "WRF-Chem", "low": -26.0, "high": -20.0}]
    for name, names, size, beside in (
        ("summit", {"zh": "虚构峰会", "en": "A made summit"}, -0.6, published),
        ("alert", {"zh": "虚构红色预警", "en": "A made red alert"}, -0.1, []),
    ):
        keep_effect(
            workspace.folder, name, card_of(made_effect(places[0], size), names, made=True, published=beside)
        )
    pooled = told_card("pooled", pooled_dict(made_pooled(places)), WINTER, made=True)
    keep_effect(workspace.folder, "winter-pm25", pooled)
    keep_effect(
        workspace.folder,
        "years-pm25",
        told_card("trend", made_trend(places[0]), WINTER, made=True),
    )
