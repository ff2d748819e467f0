"""Issue an outlook: from what was known at an instant to quantiles and members of the next days."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any, Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from airshed.errors import BadInput
from airshed.forecast.case_weather import engine_days
from airshed.forecast.coming import Coming, coming, for_training
from airshed.forecast.distribution import QUANTILES
from airshed.forecast.history import Knowledge, Known, known_days, known_hours, known_weather, unfit_series
from airshed.forecast.hourly import hourly_members
from airshed.forecast.members import coherent, mixture, nearest_in_season
from airshed.forecast.outlook import About, check_outlook, make_outlook
from airshed.forecast.shelf import find_model, load_model, save_model
from airshed.forecast.training import ALL_METHODS, Model, Progress, check_fits, predicted, train
from airshed.observations.panel import DAILY_POLLUTANTS, digest_of
from airshed.store import View, from_micros
from airshed.workspace import Workspace

__all__ = ["LONGEST", "Ask", "issue"]

Span = tuple[date, date]
Floats = NDArray[np.float64]

LONGEST: Final = 10  # [d] ahead
BACK: Final = (
    110  # [d] of history a model is run with: its errors of 60 days, at 10 d ahead, by means of 30; a reserve
)
LOOK_BACK: Final = 1500  # [d] of history a model is trained on at most: own choice, four years and a month
MOST_MEMBERS: Final = 1000


@dataclass(frozen=True)
class Ask:
    """What kind of outlook is asked for.

    Parameters:
        days: ahead, 1 to 10.
        places: jurisdiction ids; None: the members of the region on the day of the issue.
        region: id; the workspace's own by default.
        method: name in `forecast.training.ALL_METHODS`.
        weather: path of a forecast feed, ``archive`` (what the lake has of the days to come: perfect prognosis),
            ``case:NAME`` (the weather of a case of transport) or ``none``.
        members: how many.
        train: first and last day of training; None: a model that is kept, else all days up to the issue.
        targets: pollutants.
        seed: of all chance.
        hours: whether hours are made too.
        knowledge: as `forecast.history.Known` has it.

    Raises:
        BadInput: days, members or pollutants there cannot be.
    """

    days: int = LONGEST
    places: tuple[str, ...] | None = None
    region: str | None = None
    method: str = "blend"
    weather: str = "none"
    members: int = 50
    train: Span | None = None
    targets: tuple[str, ...] = DAILY_POLLUTANTS
    seed: int = 0
    hours: bool = True
    knowledge: Knowledge | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.days <= LONGEST:
            raise BadInput(f"1 to {LONGEST} days ahead", f"{self.days}", "ask for fewer days")
        if not 2 <= self.members <= MOST_MEMBERS:
            raise BadInput(f"2 to {MOST_MEMBERS} members", f"{self.members}", "50 suit most uses")
        if strange := sorted(set(self.targets) - set(DAILY_POLLUTANTS)):
            raise BadInput(f"pollutants of {', '.join(DAILY_POLLUTANTS)}", ", ".join(strange), "name these")


def issue(
    workspace: Workspace, view: View, when: datetime, ask: Ask | None = None, progress: Progress | None = None
) -> xr.Dataset:
    """The outlook as it could have been issued at an instant: nothing that ended, was received or issued later is read.

    With ``weather="archive"`` the weather of the coming days itself is read from the lake; the outlook then says
    ``perfect``. A model is taken from the workspace's shelf where one fits that was trained no later than the
    issue; else it is trained on what was known and kept.

    Parameters:
        view: whose eyes.
        when: instant with its zone.
        progress: called with what is done, of how much, and what it is.

    Returns:
        An outlook (`forecast.outlook.SHAPE`), with hours of PM2.5 and O3 where the lake has hours.

    Raises:
        BadInput: an issue after the data's end, too short a history, a city never seen, weather that does not reach,
            values off by a factor.
    """
    return _Issue(workspace, view, when, ask or Ask(), progress or (lambda *_: None)).run()


@dataclass
class _Issue:
    """One issue while it is made: each part is made when it is asked for."""

    workspace: Workspace
    view: View
    when: datetime
    ask: Ask
    progress: Progress

    def run(self) -> xr.Dataset:
        name, model = self.model
        check_fits(model, self.recent, self.coming.weather, self.ask.days)
        self.progress(0, 1, "outlook")
        day = self.known.issue_day
        spread = predicted(
            model, self.recent, self.coming.weather, day, self.ask.days, hours=self._evening(self.hours),
            engine=self.engine,
        )  # fmt: skip
        spread = spread[
            ..., [model.targets.index(t) for t in self.ask.targets], :
        ]  # a kept model has its own order
        members = coherent(spread, self._runs(model), np.array(QUANTILES), self.ask.seed)
        chain = self.workspace.gazetteer.chain
        outlook = make_outlook(
            self._cells(mixture(spread, np.array(QUANTILES)), ("lead", "place", "variable", "quantile")),
            self._cells(members, ("member", "lead", "place", "variable")),
            self.workspace.law, chain, self._about(name, model),
        )  # fmt: skip
        return outlook if self.hours is None or not self.ask.hours else self._with_hours(outlook, self.hours)

    # -- what was known ----------------------------------------------------------------------------------------

    @cached_property
    def known(self) -> Known:
        """Who asks and what counts as known, with the places that have a history."""
        return replace(self._asked, places=tuple(map(str, self.recent["place"].values)))

    @cached_property
    def _asked(self) -> Known:
        """The same, with all the places asked for."""
        ws = self.workspace
        if self.when.tzinfo is None:
            raise BadInput("an issue time with its zone", f"{self.when}", "write 2016-02-20T20:00+08:00")
        clock = ws.clock(self.ask.region)
        places = self.ask.places or ws.region(self.ask.region).members_on(clock.day_of(self.when))
        return Known(ws, self.view, self.when, tuple(places), clock, self.ask.knowledge).settled()

    @cached_property
    def recent(self) -> xr.Dataset:
        """The last days, as a trained model wants them, of the places that can be forecast."""
        known = self._asked
        found = known_days(known, known.issue_day - timedelta(days=BACK))[list(self.ask.targets)]
        self._check_end(found)
        reasons = unfit_series(found)
        if reasons and (self.ask.places or len(reasons) == len(known.places)):
            raise BadInput(
                "series to forecast from",
                "; ".join(list(reasons.values())[:5]),
                "ingest newer values, or leave these cities out",
            )
        return found.sel(place=[p for p in found["place"].values if p not in reasons])

    @property
    def left_out(self) -> tuple[str, ...]:
        """Members of the region without a series to forecast from."""
        return tuple(p for p in self._asked.places if p not in self.known.places)

    @cached_property
    def hours(self) -> xr.Dataset | None:
        """The last hours."""
        return known_hours(self.known, self.known.issue_day - timedelta(days=BACK))

    @cached_property
    def engine(self) -> xr.DataArray | None:
        """The transport engine's days, for the method that corrects them."""
        if self.ask.method != "engine":
            return None
        if not self.ask.weather.startswith("case:") or self.ask.targets != ("pm25",):
            came = f"--weather {self.ask.weather} --targets {','.join(self.ask.targets)}"
            raise BadInput(
                "a case, and PM2.5 alone, for the method engine", came, "--weather case:NAME --targets pm25"
            )
        return engine_days(self.known, self.ask.weather.removeprefix("case:"))

    @cached_property
    def coming(self) -> Coming:
        """The weather of the issue."""
        return coming(
            self.known, self.ask.weather, self.ask.days, self.known.issue_day - timedelta(days=BACK)
        )

    def _check_end(self, recent: xr.Dataset) -> None:
        """The issue must not come after the data have ended."""
        held = np.any([recent[t].notnull().any("place").values for t in self.ask.targets], axis=0)
        if not held.any():
            return  # said of each series
        last = recent["day"].values[held].max().astype("datetime64[D]").astype(date)
        if last < self._asked.issue_day:
            raise BadInput(
                f"data up to the issue day {self._asked.issue_day}", f"the last day with data is {last}",
                "ingest newer data, or issue earlier",
            )  # fmt: skip

    @cached_property
    def _hours_known(self) -> int:
        """How many hours of the issue day are over: a model that saw another number of them does not fit."""
        midnight = self.known.clock.day(self.known.issue_day).start
        return min(24, int((self.when - midnight).total_seconds() // 3600))

    def _evening(self, hours: xr.Dataset | None) -> xr.Dataset | None:
        """Hours as far into each day as the issue day is known, so that training and issue see the same of a day."""
        if hours is None:
            return None
        local = (
            hours["hour"].values.astype("datetime64[h]").astype(np.int64) + int(self.known.clock.utc_offset)
        ) % 24
        return hours.where(xr.DataArray(local < self._hours_known, dims="hour"))

    # -- the model ---------------------------------------------------------------------------------------------

    @cached_property
    def model(self) -> tuple[str, Model]:
        """A kept model that fits, else a new one, with its digest."""
        ask, folder = self.ask, self.workspace.folder
        if ask.method not in ALL_METHODS:
            raise BadInput(f"a method of {', '.join(ALL_METHODS)}", repr(ask.method), "name one of these")
        weather = self.coming.weather
        wanted: dict[str, Any] = {
            "method": ask.method, "places": self.known.places, "targets": ask.targets, "leads": ask.days,
            "weather_names": weather.names, "seed": ask.seed,
            "source": self._source(), "hours_known": None if self.hours is None else self._hours_known,
        }  # fmt: skip
        name = None if ask.train else find_model(folder, wanted, self.known.issue_day)
        if name is not None:
            return name, load_model(folder, name)
        model = self._train()
        return save_model(folder, model), model

    def _source(self) -> str:
        """What decides the weather of training: none, perfect, or one run that is spoilt."""
        weather = self.coming.weather
        return "run" if weather.kind == "feed" and weather.members == 1 else weather.kind

    def _train(self) -> Model:
        span = self._span()
        self.progress(0, 1, "history")
        known = self.known
        panel = known_days(known, span[0])[list(self.ask.targets)]
        hours = None if self.hours is None else self._evening(known_hours(known, span[0]))
        weather = self.coming.weather
        lake = known_weather(known, span[0])
        observed = lake.combine_first(weather.observed)[list(weather.names)] if weather.names else lake
        long = replace(weather, observed=observed.reindex(day=panel["day"]).transpose("place", "day"))
        if self.ask.weather.startswith("case:") or weather.kind == "feed":
            long = replace(long, observed=self._with_analyses(long.observed, span[0]))
        return train(
            panel, for_training(long, self.ask.days, span, self.ask.seed), self.ask.method, self.ask.targets,
            self.ask.days, span, hours=hours, hours_known=self._hours_known, engine=self.engine,
            seed=self.ask.seed, made=self.made, source=self._source(), progress=self.progress,
        )  # fmt: skip

    def _with_analyses(self, observed: xr.Dataset, first: date) -> xr.Dataset:
        whole = coming(self.known, self.ask.weather, self.ask.days, first).weather.observed
        return observed.combine_first(whole)[list(self.coming.weather.names)].sel(day=observed["day"])

    def _span(self) -> Span:
        """Days of training: as asked, else all there are of the last years, up to the issue day."""
        day = self.known.issue_day
        if self.ask.train:
            if self.ask.train[1] > day:
                raise BadInput(
                    f"training up to the issue day {day}", str(self.ask.train[1]), "nothing later was known"
                )
            return self.ask.train
        files = self.workspace.snapshot(as_of=self.known.as_of).files()
        first = self.known.clock.day_of(from_micros(min(f.min_start for f in files)))
        return max(first, day - timedelta(days=LOOK_BACK)), day

    @property
    def made(self) -> bool:
        """Whether the region's air or weather is made."""
        return self.coming.made or self.workspace.region(self.ask.region).made

    # -- the outlook -------------------------------------------------------------------------------------------

    def _runs(self, model: Model) -> Floats:
        """Past runs whose ranks the members follow, (member, lead, place, variable)."""
        chosen = nearest_in_season(model.run_days, np.datetime64(self.known.issue_day), self.ask.members)
        row = np.searchsorted(model.run_days, chosen)
        places = [model.places.index(p) for p in self.known.places]
        targets = [model.targets.index(t) for t in self.ask.targets]
        runs = model.runs[row][:, : self.ask.days][:, :, places][..., targets]
        return np.asarray(runs, dtype=np.float64)

    def _with_hours(self, outlook: xr.Dataset, hours: xr.Dataset) -> xr.Dataset:
        """Hours beside the days, learnt from the last months."""
        made = hourly_members(
            hours, self.when, outlook["members"].astype(np.float64), self.known.clock, self.ask.seed
        )
        return outlook if made is None else check_outlook(outlook.merge(made))

    def _cells(self, values: Floats, dims: tuple[str, ...]) -> xr.DataArray:
        days = np.datetime64(self.known.issue_day) + np.arange(1, self.ask.days + 1).astype("timedelta64[D]")
        coords: dict[str, Any] = {
            "lead": days.astype("datetime64[ns]"), "place": list(self.known.places), "variable": list(self.ask.targets)
        }  # fmt: skip
        if "quantile" in dims:
            coords["quantile"] = list(QUANTILES)
        else:
            coords["weather_member"] = ("member", np.arange(len(values)) % self.coming.weather.members)
        return xr.DataArray(values, coords, dims).rename(lead="day")

    def _about(self, name: str, model: Model) -> About:
        local = self.known.clock.local(self.when)
        trained = f"{model.first}/{model.last}, weather {model.weather}"
        weather = self.coming
        return About(
            local.isoformat(timespec="minutes"), str(self.known.issue_day), self.ask.method, weather.weather.kind,
            weather.source, weather.weather.members, str(self.known.knowledge), digest_of(self.recent), name, trained,
            self.ask.seed, " ".join(self.left_out), self.made,
        )  # fmt: skip
