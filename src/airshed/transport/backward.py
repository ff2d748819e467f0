"""Backward: whose emission, and when, a receptor's day is made of. The exact transpose of `forward`.

All receptors' days that are still remembered march back together, as columns of one array. At each local midnight the
memory of some may be over (what is older is small enough, or long enough), and the day that ends there joins.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from airshed.chemistry import CLASSES
from airshed.transport.blocks import ENDED, Blocks
from airshed.transport.history import HELD
from airshed.transport.hour import Hour
from airshed.transport.reverse import Back, Reverse, laid_back
from airshed.transport.study import Study
from airshed.transport.threads import made_ahead

__all__ = ["BINS", "DAY", "FINE_LAGS", "History", "Memory", "Past", "backward", "bins_of"]

Array = NDArray[Any]
DAY: Final = 24  # [h]
BINS: Final = 8  # of three hours, in a day of emission that is kept finely
FINE_LAGS: Final = (
    2  # days of emission kept finely: the receptors' own and the one before; further back one bin a day
)


def bins_of(lag: int) -> int:
    """Bins in which the emission of a day so many days before the receptors' is kept."""
    return BINS if lag < FINE_LAGS else 1


@dataclass(frozen=True)
class Memory:
    """How far back a receptor's day is followed.

    Parameters:
        days: at least so many before the day itself.
        most: at most so many.
        older: the share of a receptor's concentration that may be older; the memory grows until it is reached.
    """

    days: int = 1
    most: int = 10
    older: float = 0.02


@dataclass(frozen=True)
class History:
    """What the forward run of the whole emission knows, for the rests.

    Parameters:
        tracers: hour of the weather to the tracers at its start, columns `HELD`; at local midnights.
        bulk: day to the concentration of all there is [ug m-3], (receptor,).
    """

    tracers: Mapping[int, Mapping[str, Array]]
    bulk: Mapping[date, Array]


@dataclass(frozen=True)
class Past:
    """What one day of emission gave to one day of the receptors.

    Parameters:
        day: of the receptors; ``lag``: how many days before it the emission was.
        given: by species, (source, receptor) [ug m-3].
        footprint: (bin, receptor, species, release, cell) [ug m-3 per kg emitted in the bin], oldest bin first; no
            bins where none are kept.
        rests: what came in that day (``sides``, ``top``) and, when the memory ends, what was there before
            (``sides``, ``top``, ``initial``, ``older``), (receptor,) [ug m-3].
        last: whether the memory of all receptors ends with this day of emission. Each has a memory of its own, so
            what it is given does not depend on who marches beside it: past its end all its figures are zero.
    """

    day: date
    lag: int
    given: Mapping[str, Array]
    footprint: list[Array]
    rests: Mapping[str, Array]
    last: bool


def backward(
    study: Study,
    days: Sequence[date],
    history: History,
    memory: Memory | None = None,
    *,
    footprints: bool = True,
    progress: Callable[[int, int, str], None] | None = None,
) -> Iterator[Past]:
    """March the receptors' days back through the weather; yields what each day of emission gave to each of them.

    Parameters:
        days: the receptors' local days, in any order.
        history: of the forward run over the same weather.
        memory: how far back; as `Memory` has it where none is given.
        footprints: whether they are kept; sums by source always are.

    Raises:
        BadInput: days without weather.
    """
    how, pending, done = memory or Memory(), set(days), 0
    for day in sorted(pending):
        study.require(study.first_hour(day), DAY)
    blocks = Blocks(study, footprints)
    today = max(pending)
    hours = made_ahead(
        lambda one: Hour.of(study, one[0], laid_back, seen=one[1]), _hours_back(study, frozenset(pending))
    )
    march = Reverse(study, blocks)
    while pending or blocks.live():
        if today in pending:
            blocks.open(today)
            pending.remove(today)
        binned = _march_day(march, hours, today, footprints)
        for day in blocks.live():
            past, ended = _past(study, blocks, day, today, history, how, binned)
            blocks.end(day, ended)
            done += past.last
            yield past
        if progress is not None:
            progress(done, len(days), f"back to {today}")
        today -= timedelta(days=1)


def _hours_back(study: Study, days: Set[date]) -> Iterator[tuple[int, bool]]:
    """From the end of the last of some days back to the beginning of the weather: hours, and whether they are of one
    of these days."""
    day = max(days)
    for hour in reversed(range(study.first_hour(day) + DAY)):
        if hour < study.first_hour(day):
            day -= timedelta(days=1)
        yield hour, day in days


def _march_day(
    march: Reverse, hours: Iterator[Hour[Back]], today: date, footprints: bool
) -> dict[date, list[Array]]:
    """Back through one local day; returns, by receptors' day, the footprints of its bins, oldest first."""
    blocks, first = march.blocks, march.study.first_hour(today)
    binned: dict[date, list[Array]] = {day: [] for day in blocks.live()}
    for hour in reversed(range(first, first + DAY)):
        if hour >= 0:
            march.run(next(hours), today)
        for day in blocks.live() if footprints else ():
            width = DAY // bins_of((day - today).days)
            if (hour - first) % width == 0:
                binned[day].insert(0, blocks.lift(day, 1 / width))
    return binned


def _past(
    study: Study, blocks: Blocks, day: date, today: date, history: History, how: Memory,
    binned: Mapping[date, list[Array]],
) -> tuple[Past, NDArray[np.bool_]]:  # fmt: skip
    """What a day of emission gave, and whose memory is over with it, (receptor,)."""
    lag, start = (day - today).days, study.first_hour(today)
    open_ = blocks.of(day) != ENDED
    rests = blocks.take(blocks.rests, day)
    # A history must know the beginning of the weather: nothing ends a memory before it.
    known = start <= 0 or start in history.tracers
    ended = ~open_
    if known:
        before = _before(blocks, day, history.tracers[max(start, 0)])
        ended |= _ends(lag, start, np.abs(before["older"]), history.bulk[day], how)
        ending = ended & open_
        rests = {name: rests.get(name, np.zeros(1)) + ending * before[name] for name in before}
    given = blocks.take(blocks.sums, day)
    return Past(day, lag, given, binned[day], rests, bool(ended.all())), ended


def _ends(lag: int, start: int, older: Array, bulk: Array, how: Memory) -> NDArray[np.bool_]:
    """Whose memory of a day ends here: no weather before, long enough, or nothing older to speak of."""
    over = start <= 0 or lag >= how.most
    return np.asarray((lag >= how.days) & (older <= how.older * bulk) | over, dtype=bool)


def _before(blocks: Blocks, day: date, tracers: Mapping[str, Array]) -> dict[str, Array]:
    """What the receptors breathe of the tracers that were there, by rest; of emission: what is older."""
    found = {name: np.zeros(blocks.receptors) for name in HELD}
    for name in CLASSES:
        seen = blocks.read(blocks.field[name], day).reshape(-1, blocks.receptors).astype(np.float64)
        read = tracers[name].reshape(len(seen), -1).T.astype(np.float64) @ seen
        for number, held in enumerate(HELD):
            found[held] += read[number]
    found["older"] = found.pop("emitted")
    return found
