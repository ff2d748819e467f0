"""Running a case, step by step: operators, concentrations, footprints. Each step is found again if it was done."""

from __future__ import annotations

import shutil
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from airshed.chemistry import CLASSES
from airshed.errors import BadInput
from airshed.transport.backward import History, Past, backward
from airshed.transport.case import Case
from airshed.transport.history import HELD, history
from airshed.transport.layout import CARRIED_RESTS, origins
from airshed.transport.nouns import PARTICLES, SPECIES
from airshed.transport.operators import build_horizontals
from airshed.transport.shelf import Settled, Shelf

__all__ = ["footprint_days", "run_concentrations", "run_footprints", "run_operators"]

Array = NDArray[Any]
Progress = Callable[[int, int, str], None]
DAY = 24  # [h]


def run_operators(case: Case, progress: Progress | None = None) -> None:
    """Build the horizontal operators the case lacks."""
    archive = case.study.archive
    assert archive is not None
    build_horizontals(case.study.weather, archive, case.study.dtype, progress, positive=case.study.positive)


def run_concentrations(case: Case, progress: Progress | None = None) -> None:
    """March the whole emission through the weather: concentrations, receptors, tracers at midnights."""
    if (case.folder / "concentration.zarr").is_dir():
        return
    study = case.study
    midnights = {study.first_hour(day) for day in case.days} | {study.hours}
    surface: list[Array] = []
    receptors: list[dict[str, Array]] = []
    _keep_midnight(case, 0, {})
    for one in history(study, 0, study.hours, progress):
        surface.append(np.stack([one.surface[s] for s in (*SPECIES, "rests")]).astype(np.float32))
        receptors.append(one.receptors)
        if one.hour + 1 in midnights:
            _keep_midnight(case, one.hour + 1, one.tracers)
    _receptor_dataset(case, receptors).to_zarr(
        case.folder / "receptors.zarr", mode="w", zarr_format=2, consolidated=False
    )
    partial = case.folder / "concentration.part"
    shutil.rmtree(partial, ignore_errors=True)
    fields = _surface_dataset(case, np.stack(surface))
    chunks = {"pm25": {"chunks": (1, *fields["pm25"].shape[1:])}}
    fields.to_zarr(partial, mode="w", zarr_format=2, consolidated=False, encoding=chunks)
    # Renamed last: a folder of that name is whole.
    partial.rename(case.folder / "concentration.zarr")


def run_footprints(
    case: Case,
    days: Sequence[date],
    receptors: Sequence[str] | None = None,
    progress: Progress | None = None,
    *,
    footprints: bool = True,
    workers: int = 1,
    client: Any = None,
) -> None:
    """Footprints and contributions of receptors' days that are not there yet.

    Where the case's path is ``auto``, receptors' days whose footprint has a negative part above
    `lobes.LARGEST_NEGATIVE` are reckoned once more, by the positive path; that is what the shelf then holds of them.

    Parameters:
        footprints: whether they are kept; without them nothing is known of a negative part, and the first path speaks.
        workers: processes; more than one go through Dask, each with some days or receptors. The result is the same.
        client: of a Dask cluster of one's own, whose machines see the case's folder; ``workers`` is then the number of
            parts. None: processes here, for as long as it takes.

    Raises:
        BadInput: days without weather, receptors the case does not have, or no concentrations yet.
    """
    names = tuple(receptors or case.about.receptors)
    _march(case, days, names, progress, footprints, workers, client)
    if case.about.path == "auto":
        _march(case.positive, days, names, progress, footprints, workers, client)


def _march(
    case: Case,
    days: Sequence[date],
    receptors: Sequence[str],
    progress: Progress | None,
    footprints: bool,
    workers: int,
    client: Any,
) -> None:
    """What the case's path has still to reckon of these; the path beside makes its own operators and history first."""
    shelf = Shelf(case)
    wanted, names = shelf.to_march(days, receptors)
    if not wanted:
        return
    if case.beside:
        run_operators(case, progress)
        run_concentrations(case, progress)
    daily_bulk(case, wanted, names)  # refuses before anything is begun
    for settled in _settled(case, wanted, names, progress, footprints, workers, client):
        shelf.settle(settled)


def _settled(
    case: Case, days: Sequence[date], names: Sequence[str], progress: Progress | None, footprints: bool, workers: int,
    client: Any,
) -> Iterator[Settled]:  # fmt: skip
    if workers <= 1 and client is None:
        return footprint_days(case, days, names, footprints, progress)
    from airshed.transport.spread import spread_footprints

    return spread_footprints(case, days, names, footprints, workers, progress, client)


def footprint_days(
    case: Case,
    days: Sequence[date],
    receptors: Sequence[str],
    footprints: bool,
    progress: Progress | None = None,
) -> Iterator[Settled]:
    """March some receptors' days back and write their large arrays; the small ones are for the caller to settle.

    A day is written beside the march of the days before it, and handed over when it is written.
    """
    shelf, bulk = Shelf(case), daily_bulk(case, days, receptors)
    held: dict[date, list[Past]] = {}
    known = History(_Midnights(case), bulk)
    study = case.for_receptors(receptors)
    with ThreadPoolExecutor(1) as writer:
        written: deque[Future[Settled]] = deque()
        for past in backward(study, days, known, case.about.memory, footprints=footprints, progress=progress):
            held.setdefault(past.day, []).append(past)
            if past.last:
                written.append(writer.submit(shelf.put, held.pop(past.day), receptors, bulk[past.day]))
            while len(written) > 1:  # one is enough to wait for: each is large
                yield written.popleft().result()
        while written:
            yield written.popleft().result()


def daily_bulk(case: Case, days: Sequence[date], receptors: Sequence[str]) -> dict[date, Array]:
    """Mean PM2.5 of receptors' days from the forward run [ug m-3]."""
    path = case.folder / "receptors.zarr"
    if not path.is_dir():
        raise BadInput(f"concentrations of case {case.about.name}", "none", "run: airshed transport run")
    with xr.open_zarr(path, consolidated=False, chunks=None) as seen:
        whole = seen["pm25"].sel(receptor=list(receptors)).sum("part").values
    found = {}
    for day in days:
        first = case.study.first_hour(day)
        case.study.require(first, DAY)
        found[day] = whole[first : first + DAY].mean(axis=0)
    return found


class _Midnights(dict[int, dict[str, Array]]):
    """Tracers at midnights, read when asked for."""

    def __init__(self, case: Case) -> None:
        super().__init__()
        self._case = case

    def __contains__(self, hour: object) -> bool:
        return bool(_midnight(self._case, int(str(hour))).is_file())

    def __getitem__(self, hour: int) -> dict[str, Array]:
        study = self._case.study
        with np.load(_midnight(self._case, hour)) as held:
            if not held.files:
                shape = (study.layers, study.grid.cells, len(HELD))
                return {name: np.zeros(shape, study.dtype) for name in CLASSES}
            return {name: held[name] for name in held.files}


def _midnight(case: Case, hour: int) -> Any:
    return case.folder / "midnights" / f"{hour:06d}.npz"


def _keep_midnight(case: Case, hour: int, tracers: dict[str, Array]) -> None:
    """Tracers at an hour; none at all means clean air."""
    path = _midnight(case, hour)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        np.savez(file, **tracers)  # type: ignore[arg-type]


def _receptor_dataset(case: Case, hours: Sequence[dict[str, Array]]) -> xr.Dataset:
    """Hourly means at receptors: PM2.5 by part, and each class's whole."""
    parts = (*SPECIES, *CARRIED_RESTS)
    pm25 = np.zeros((len(hours), len(case.about.receptors), len(parts)))
    for name in PARTICLES:
        columns = [parts.index(p) for p in (*origins(name), *CARRIED_RESTS)]
        for number, hour in enumerate(hours):
            pm25[number][:, columns] += hour[name]
    classes = list(hours[0])
    whole = np.stack([np.stack([hour[name].sum(axis=1) for name in classes]) for hour in hours])
    coords = {
        "time": case.study.weather["time"].values, "receptor": list(case.about.receptors), "part": list(parts),
        "tracer": classes,
    }  # fmt: skip
    unit = {"units": "ug m-3"}
    data = {
        "pm25": (("time", "receptor", "part"), pm25, unit), "mean": (("time", "tracer", "receptor"), whole, unit)
    }  # fmt: skip
    return xr.Dataset(data, coords, attrs={"made": int(case.about.made)})


def _surface_dataset(case: Case, surface: Array) -> xr.Dataset:
    study = case.study
    shape = (len(surface), surface.shape[1], *study.grid.shape)
    coords = {
        "time": study.weather["time"].values,
        "part": [*SPECIES, "rests"],
        "y": study.grid.y,
        "x": study.grid.x,
    }
    attrs = {
        "units": "ug m-3",
        "long_name": "PM2.5 of the lowest layer at the end of the hour, by what was emitted",
    }
    data = {"pm25": (("time", "part", "y", "x"), surface.reshape(shape), attrs)}
    return xr.Dataset(data, coords, attrs=study.grid.attrs() | {"made": int(case.about.made)})
